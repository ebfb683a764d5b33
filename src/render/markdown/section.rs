//! One object: what becomes of it, what is to be known of that, and the statements.

use crate::model::{Action, Difference, Hazard, HazardClass};
use crate::render::Report;
use crate::render::facts;
use crate::render::markup::{code, fence, html_code, prose};
use crate::render::view::{ChangeView, cause, column_place, is_long, line_diff, path};

/// What is said of an object: at length and folded, or in a line where there is no room for that.
pub struct Section {
    pub full: String,
    pub line: String,
    /// What a reviewer has to see: the least is the first.
    pub weight: u8,
}

/// What is said of an object.
pub fn section(report: &Report<'_>, view: &ChangeView<'_>) -> Section {
    let change = view.change;
    let name = change.address.to_string();
    let (word, warning) = (word(change.action), warning(view));
    let head = format!("{word} {}{warning}", html_code(&name));
    let hazards = || view.steps.iter().flat_map(|(_, _, hazards)| hazards.iter());
    let weight = match () {
        () if hazards().any(|hazard| hazard.needs_leave) => 0,
        () if hazards().next().is_some() => 1,
        () => 2,
    };
    Section {
        full: format!(
            "<details><summary>{head}</summary>\n\n{}\n</details>\n\n",
            body(report, view)
        ),
        line: format!("- {word} {}{warning}\n", code(&name)),
        weight,
    }
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Create => "➕ create",
        Action::Alter => "✏️ change",
        Action::Replace => "♻️ replace",
        Action::Drop => "➖ drop",
        Action::Rename => "🏷️ rename",
    }
}

/// The worst hazard, in a few words.
fn warning(view: &ChangeView<'_>) -> String {
    let hazards = view.steps.iter().flat_map(|(_, _, hazards)| hazards.iter());
    let Some(worst) = hazards.min_by_key(|hazard| (!hazard.needs_leave, hazard.class)) else {
        return String::new();
    };
    let what = match worst.class {
        HazardClass::Protected => "is protected",
        HazardClass::DataLoss => "loses data",
        HazardClass::Copy => "copies rows",
        HazardClass::Rewrite => "is written anew",
        HazardClass::BlocksReads => "reads wait",
        HazardClass::BlocksWrites => "writes wait",
        HazardClass::Rename => "old name goes",
    };
    match (worst.needs_leave, &worst.refused_by) {
        (true, Some(_)) => format!(" ⛔ {what}: refused"),
        (true, None) => format!(" ⛔ {what}: needs leave"),
        (false, _) => format!(" ⚠️ {what}"),
    }
}

/// What a hazard that is not simply to go on needs, or which line is against it.
pub fn leave(hazard: &Hazard) -> String {
    let flag = code(&format!("--allow {}", hazard.class));
    match (&hazard.refused_by, hazard.class) {
        (Some(place), HazardClass::Protected) => format!("**refused** by {}", code(place)),
        (Some(place), _) => format!("**refused** by {}, unless {flag} gives leave", code(place)),
        (None, _) => format!("**needs leave**: {flag}"),
    }
}

fn body(report: &Report<'_>, view: &ChangeView<'_>) -> String {
    let change = view.change;
    let mut out = String::new();
    if let Some(place) = &view.place {
        out.push_str(&format!("Declared at {}.\n", code(place)));
    }
    let mut list = String::new();
    if let Some(cause) = cause(change) {
        list.push_str(&format!("- {}\n", prose(&cause)));
    }
    let place_of = |difference: &Difference| {
        let place = column_place(report, view, difference);
        place.map(|place| format!(" ({})", code(&place))).unwrap_or_default()
    };
    for difference in change.differences.iter().filter(|difference| !is_long(difference)) {
        let value =
            |text: &Option<String>| text.as_ref().map_or("nothing".to_owned(), |text| code(text));
        let (from, to) = (value(&difference.from), value(&difference.to));
        let place = place_of(difference);
        list.push_str(&format!("- {}: {from} → {to}{place}\n", code(&path(difference))));
    }
    for (number, _, hazards) in &view.steps {
        for hazard in *hazards {
            let (mark, leave) = match hazard.needs_leave {
                true => ("⛔", format!(" — {}", leave(hazard))),
                false => ("⚠️", String::new()),
            };
            list.push_str(&format!("- {mark} step {number} {}{leave}\n", prose(&hazard.message)));
        }
        for fact in facts::told(report, number - 1) {
            list.push_str(&format!("- step {number} {}\n", prose(&fact)));
        }
    }
    let mut blocks: Vec<String> = vec![out, list];
    for difference in change.differences.iter().filter(|difference| is_long(difference)) {
        let lines = line_diff(difference).into_iter().map(|(mark, text)| format!("{mark}{text}"));
        let lines = lines.collect::<Vec<_>>().join("\n");
        let head = format!("{}:{}\n", code(&path(difference)), place_of(difference));
        blocks.push(format!("{head}{}", fence("diff", &lines)));
    }
    let steps = view.steps.iter();
    let steps = steps.map(|(number, step, _)| format!("-- step {number}\n{};", step.sql));
    let steps: Vec<String> = steps.collect();
    blocks.push(match steps.is_empty() {
        true => "It goes with what it belongs to.\n".to_owned(),
        false => fence("sql", &steps.join("\n")),
    });
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n")
}
