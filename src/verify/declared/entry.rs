//! From an entry of a file to a check: what the types alone do not say about it.

use super::Declared;
use super::form::{CheckForm, ExpectationForm, PlanForm};
use super::time::time;
use crate::kind::FormError;
use crate::sql::{Fragment, Place};
use crate::verify::expectation::{
    Changed, Count, Every, Expectation, PlanShape, Refusal, Rows, SameAs, What,
};

const INVALID: &str = "pgconverge::desired::invalid_value";

/// The check that `form` declares.
pub fn check(name: &str, place: Place, form: CheckForm) -> Result<Declared, FormError> {
    if form.expect.is_empty() {
        let error = FormError::new(INVALID, format!("the check {name} expects nothing"));
        return Err(error.help(ONE_OF).or_at(place));
    }
    let expectations = form.expect.into_iter().map(expectation).collect::<Result<_, _>>()?;
    Ok(Declared {
        name: name.to_owned(),
        place,
        description: form.description,
        uses: form.uses.iter().map(|name| name.as_str().to_owned()).collect(),
        setup: form.setup,
        settings: form.settings,
        expectations,
    })
}

const ONE_OF: &str = "say with one of `rows`, `same_as`, `every`, `count`, `at_least`, `at_most`, `error`, `plan`, \
                      `changed_by` what is to come of it, or with `within` how soon";

fn expectation(form: ExpectationForm) -> Result<Expectation, FormError> {
    let place = form.sql.place();
    let located = |error: FormError| match place {
        Some(place) => error.or_at(place),
        None => error,
    };
    let within = form.within.as_ref().map(time).transpose()?;
    let counted = form.count.is_some() || form.at_least.is_some() || form.at_most.is_some();
    if form.count.is_some() && (form.at_least.is_some() || form.at_most.is_some()) {
        let error = FormError::new(INVALID, "`count` leaves no room for `at_least` and `at_most`");
        return Err(located(error.help("take either the one or the others")));
    }
    if form.constraint.is_some() && form.error.is_none() {
        let error = FormError::new(INVALID, "`constraint` says which constraint an `error` is of");
        return Err(located(error.help("add `error`, such as \"23503\" for a foreign key")));
    }
    let mut said: Vec<What> = Vec::new();
    said.extend(form.rows.map(|rows| {
        What::Rows(Rows::of(
            rows.into_iter().map(|row| row.into_iter().map(|cell| cell.0).collect()),
        ))
    }));
    said.extend(form.same_as.map(|query| What::SameAs(SameAs { query })));
    said.extend(form.every.map(|predicate| What::Every(Every { predicate })));
    said.extend(counted.then(|| {
        let (exactly, at_least, at_most) = (form.count, form.at_least, form.at_most);
        What::Count(Count { least: exactly.or(at_least), most: exactly.or(at_most) })
    }));
    if let Some(code) = form.error {
        said.push(What::Refusal(Refusal { code: sqlstate(&code)?, constraint: form.constraint }));
    }
    if let Some(shape) = form.plan {
        said.push(What::Plan(plan(shape).map_err(located)?));
    }
    said.extend(form.changed_by.map(|statement| What::Changed(Changed { statement })));
    let what = match (said.pop(), within) {
        (Some(what), _) if said.is_empty() => what,
        (None, Some(_)) => What::Answer,
        (None, None) => {
            return Err(located(FormError::new(INVALID, "nothing is expected of it").help(ONE_OF)));
        }
        (Some(_), _) => {
            let error = FormError::new(INVALID, "more than one thing is expected of it");
            return Err(located(error.help("make an [[…expect]] of its own for each")));
        }
    };
    Ok(Expectation { setup: form.setup, sql: form.sql, within, what })
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn sqlstate(code: &Fragment) -> Result<String, FormError> {
    let text = code.as_str();
    let right = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
    if matches!(text.len(), 2 | 5) && text.chars().all(right) {
        return Ok(text.to_owned());
    }
    let error = FormError::new(INVALID, format!("`{text}` is no SQLSTATE"))
        .help("it has five characters, and its class two: 23503 is a foreign key, 23505 a unique key, 23514 a check");
    Err(match code.place() {
        Some(place) => error.or_at(place),
        None => error,
    })
}

fn plan(form: PlanForm) -> Result<PlanShape, FormError> {
    if form == PlanForm::default() {
        return Err(FormError::new(INVALID, "nothing is expected of the plan")
            .help("its keys are `partitions`, `scans`, `index` and `sequential_scan`"));
    }
    let PlanForm { partitions, scans, index, sequential_scan } = form;
    Ok(PlanShape { partitions, scans, index, sequential_scan })
}
