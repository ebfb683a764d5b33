//! The rows, asked before the first step of a plan.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::casts;
use super::referred;
use super::samples;
use super::values::{self, Holder};
use crate::catalog::reason;
use crate::diagnostic::Located;
use crate::kind::{Doubt, Question};
use crate::kinds;
use crate::model::{Action, Address, Change, Object, Part, Plan};
use crate::pipeline::desired_state::DesiredState;
use crate::pipeline::settings::Talk;
use crate::sql::{Sql, quote_identifier};

/// How many rows in the way are counted.
const MOST: i64 = 1000;

const USUAL: &str = "change or remove these rows, or the files; nothing was done";

const MOVE: &str = "with `--allow copy` the plan moves them to where they belong, if another partition takes \
                    them; or change them, or the files; nothing was done";

const LEAVE: &str = "PostgreSQL takes no partition out whose rows are referred to: delete these rows, or have \
                     them refer to others, or drop the foreign key first; nothing was done";

/// How many are shown.
const SHOWN: i64 = 3;

/// How long rows are compared with each other: it can take as long as their number times itself.
const PAIRS: &str = "SET LOCAL statement_timeout = '60s'";

/// Rows that are in the way of a plan. What the plan itself makes cannot be asked about yet, and is not; why
/// anything else could not be asked is said.
pub async fn rows(
    plan: &Plan,
    desired: &DesiredState,
    client: &Client,
    talk: Talk<'_>,
) -> Vec<(Address, Located)> {
    let of = |change| doubts_of(plan, change).into_iter().map(move |doubt| (change, doubt));
    let mut doubts: Vec<_> = plan
        .changes
        .values()
        .flat_map(of)
        .map(|(change, doubt)| {
            let help = if doubt.moves { MOVE } else { USUAL };
            (change, doubt, help)
        })
        .collect();
    match referred::doubts(plan, client).await {
        Ok(found) => doubts.extend(found.into_iter().map(|(change, doubt)| (change, doubt, LEAVE))),
        Err(error) => talk(&format!("warning: {error}")),
    }
    let mut problems = Vec::new();
    for (change, doubt, help) in doubts {
        if std::iter::once(&doubt.relation).chain(&doubt.other).any(|it| plan.renames(it)) {
            let address = &change.address;
            talk(&format!("{address}: its rows are not asked, since names change before"));
            continue;
        }
        if doubt.other.as_ref().is_some_and(|other| gets_rows(plan, other)) {
            let address = &change.address;
            talk(&format!(
                "{address}: its rows are not asked, since what they refer to comes with the plan"
            ));
            continue;
        }
        match ask(&doubt, plan, change, client).await {
            Ok(found) => problems.extend(found.into_iter().map(|found| {
                let problem = Located::new("pgconverge::preflight::rows", found).help(help);
                (change.address.clone(), declared_at(desired, change, problem))
            })),
            Err(error) if is_to_come(&error) => {}
            // The run will say so.
            Err(error) if error.is_closed() => return Vec::new(),
            Err(error) => {
                let (address, reason) = (&change.address, reason(&error));
                talk(&format!("warning: {address}: its rows could not be asked: {reason}"));
            }
        }
    }
    problems
}

/// Whether a table that is there becomes a partition of a relation, with its rows.
fn gets_rows(plan: &Plan, relation: &str) -> bool {
    let below = |parent: &Address| {
        let partitions = plan.relations.get(relation).into_iter().flat_map(|it| &it.partitions);
        let mut names = partitions.map(|it| format!("{}.{}", it.schema, it.name));
        parent.qualified() == relation || names.any(|name| parent.qualified() == name)
    };
    plan.changes.values().filter(|change| change.action == Action::Alter).any(|change| {
        let [from, to] = change.parents();
        from != to && to.is_some_and(below)
    })
}

/// Where the object is declared; if it is not any more, what it is a part of.
fn declared_at(desired: &DesiredState, change: &Change, problem: Located) -> Located {
    let declared = &desired.declared;
    let [parent, _] = change.parents();
    let mut of = std::iter::once(&change.address).chain(parent);
    match of.find_map(|address| declared.places.find(&Part::whole(address))) {
        Some(place) => problem.at(&declared.sources, place, "declared here"),
        None => problem,
    }
}

/// What rows may have against a change.
pub fn doubts(change: &Change) -> Vec<Doubt> {
    let Some(to) = &change.to else { return Vec::new() };
    let from = change.from.as_ref().filter(|_| change.action == Action::Alter);
    match change.action {
        Action::Drop => Vec::new(),
        _ => (kinds::row(change.address.kind).1.doubts)(from, to),
    }
}

/// The same, in view of the plan that it is a part of.
fn doubts_of(plan: &Plan, change: &Change) -> Vec<Doubt> {
    let Some(to) = &change.to else { return Vec::new() };
    let row = kinds::row(change.address.kind).1;
    let mut doubts = doubts(change);
    // A type that the plan makes, or makes another, cannot be tried yet.
    doubts.retain(|doubt| match &doubt.question {
        Question::Assignment { data_type, .. } => {
            let named = data_type.as_str().trim_end_matches("[]");
            let is = |change: &Change| change.address.qualified() == named && change.redefines();
            !plan.changes.values().any(is)
        }
        _ => true,
    });
    if let Some(from) = change.from.as_ref().filter(|_| change.action == Action::Replace) {
        let below = plan.changes.values().filter_map(|it| it.to.as_ref());
        let below: Vec<&Object> = below.filter(|it| it.partition_of.is_some()).collect();
        doubts.extend((row.unplaced)(to, &below));
        let gone = (row.values_gone)(from, to);
        if !gone.is_empty() {
            let list = gone.iter().enumerate().fold(Sql::default(), |list, (n, value)| {
                if n > 0 { list.raw(", ") } else { list }.literal(value)
            });
            let condition = Sql::new("value::text IN (").append(&list).raw(")");
            let what = format!("that is gone: {}", list.as_str());
            doubts.push(Doubt::values(&change.address.qualified(), condition, what));
        }
    }
    doubts
}

/// What is found, in words.
async fn ask(
    doubt: &Doubt,
    plan: &Plan,
    change: &Change,
    client: &Client,
) -> Result<Vec<String>, tokio_postgres::Error> {
    let Question::Values(condition) = &doubt.question else {
        return Ok(asked(doubt, change, client).await?.into_iter().collect());
    };
    let mut found = Vec::new();
    for holder in values::holders(client, &doubt.relation).await? {
        if converts(plan, change, &holder) {
            let doubt = of_column(doubt, condition, &holder);
            found.extend(asked(&doubt, change, client).await?);
        }
    }
    Ok(found)
}

/// Whether what a column holds of a type has to become one of its new form. What is gone or is another one by
/// then has not.
fn converts(plan: &Plan, change: &Change, holder: &Holder) -> bool {
    let relation = |address: &Address| {
        address.relation.is_none()
            && address.schema.as_ref() == Some(&holder.schema)
            && address.name == holder.table
            && (kinds::row(address.kind).1.claims)(address)
                .contains(&crate::kind::relation_claim(&holder.schema, &holder.table))
    };
    let theirs = plan.changes.values().find(|it| relation(&it.address));
    match (theirs.map(|it| (it.action, it)), change.action) {
        (Some((Action::Drop, _)), _) => false,
        // They step over to the new one, and those that do not are none of it any more.
        (Some((Action::Alter, theirs)), Action::Replace) => {
            !theirs.released_from(Some(&holder.column)).is_empty()
        }
        (None, Action::Replace) => false,
        _ => true,
    }
}

fn of_column(doubt: &Doubt, condition: &Sql, holder: &Holder) -> Doubt {
    let Holder { relation, column, from, .. } = holder;
    let condition = Sql::new("EXISTS (SELECT FROM ")
        .raw(from)
        .raw(" WHERE EXISTS (SELECT FROM (SELECT v0.value) v WHERE ")
        .append(condition)
        .raw("))");
    let what = format!("rows of {relation} with a value in {column} {}", doubt.what);
    Doubt::rows(relation, &condition, what)
}

/// What one question finds, in words; nothing, if nothing is.
async fn asked(
    doubt: &Doubt,
    change: &Change,
    client: &Client,
) -> Result<Option<String>, tokio_postgres::Error> {
    let path = match &change.address.schema {
        Some(schema) if &**schema != "public" => format!("{schema}, public"),
        _ => "public".to_owned(),
    };
    // Rows that a policy would hide are in the way as well: where they may not be seen, it is an error. Nobody
    // is waited for, and nobody waits behind us: whoever holds a table alone is the run's business.
    let begin = format!(
        "BEGIN READ ONLY; SET LOCAL search_path = {path}; SET LOCAL row_security = off;
         SET LOCAL timezone = 'UTC'; SET LOCAL lock_timeout = '1ms'"
    );
    client.batch_execute(&begin).await?;
    let relations =
        doubt.other.iter().fold(doubt.relation.clone(), |all, other| format!("{all}, {other}"));
    let lock = format!("LOCK TABLE {relations} IN ACCESS SHARE MODE NOWAIT");
    let answer = match client.batch_execute(&lock).await {
        Ok(()) => answer(doubt, client).await,
        Err(error) => Err(error),
    };
    client.batch_execute("ROLLBACK").await?;
    answer
}

async fn answer(doubt: &Doubt, client: &Client) -> Result<Option<String>, tokio_postgres::Error> {
    let shown: Vec<String> = doubt.shown.iter().map(|name| quote_identifier(name)).collect();
    let shown = match shown.is_empty() {
        false => samples::list(&shown),
        true => samples::key(client, &doubt.relation).await?,
    };
    let (count, shown) = match &doubt.question {
        Question::Rows(from) => counted(from, &shown, client).await?,
        Question::Pairs(from) => {
            client.batch_execute(PAIRS).await?;
            counted(from, &shown, client).await?
        }
        Question::Assignment { column, way, data_type } => {
            let what = (column, way, data_type);
            casts::refused(client, &doubt.relation, what, &shown, (MOST, SHOWN)).await?
        }
        // Each of their columns is asked about by itself.
        Question::Values(_) => return Ok(None),
    };
    if count == 0 {
        return Ok(None);
    }
    let count = if count < MOST { count.to_string() } else { format!("{MOST} or more") };
    let shown = shown.into_iter().map(|it| format!("({it})"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    Ok(Some(format!("{}: {count}, such as {shown}", doubt.what)))
}

async fn counted(
    from: &Sql,
    shown: &str,
    client: &Client,
) -> Result<casts::Found, tokio_postgres::Error> {
    let query = format!(
        "SELECT count(*), array_agg(shown) FILTER (WHERE number <= {SHOWN})
         FROM (SELECT row_number() OVER () AS number, found.shown
               FROM (SELECT concat_ws(', ', {shown}) AS shown {} LIMIT {MOST}) found) numbered",
        from.as_str()
    );
    let row = client.query_one(&query, &[]).await?;
    Ok((row.try_get(0)?, row.try_get::<_, Option<Vec<String>>>(1)?.unwrap_or_default()))
}

/// Whether something was asked for that the plan is yet to make, or to change.
fn is_to_come(error: &tokio_postgres::Error) -> bool {
    const TO_COME: [SqlState; 7] = [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::UNDEFINED_OBJECT,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::DATATYPE_MISMATCH,
        SqlState::INVALID_TEXT_REPRESENTATION,
    ];
    error.code().is_some_and(|code| TO_COME.contains(code))
}
