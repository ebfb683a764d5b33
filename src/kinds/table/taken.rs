//! The steps with which rows go from one partition to another. All of them are in one transaction, with whoever
//! takes the rows out of its parent, or not yet in it: nobody sees them twice, or not at all.

use super::Table;
use super::bounds::condition;
use super::rows::{copied, keep_out, let_go, stored};
use crate::kind::Declared;
use crate::model::{Reach, Step};
use crate::sql::{Fragment, LockLevel, Sql, quote_literal};

type It<'a> = Declared<'a, Table>;

/// Copies of the rows that are to be in a partition, from those that had them.
pub fn taken(it: &It<'_>) -> Vec<Step> {
    let Some(condition) = condition(it) else { return Vec::new() };
    let columns = stored(it.spec);
    let others = it.spec.regrouped.0.takes.iter().map(String::as_str);
    let steps = others.chain(rest(it).map(|(rest, _)| rest)).map(|source| {
        let sql = copied(&it.address.qualified(), &columns, source);
        let title = format!("take the rows that {source} has of it");
        let mut step = Step::alter(it.address, title, sql.raw(" WHERE ").append(&condition))
            .lock(LockLevel::AccessExclusive, source.to_owned())
            .scans();
        step.frees.push(rows_of(source));
        // Nobody writes where the rows come from until they are where they belong.
        [keep_out(it.address, source, format!("keep others out of {source}")), step]
    });
    steps.flatten().collect()
}

/// The end of the rows that others have taken; the partition itself stays.
pub fn given(it: &It<'_>) -> Option<Step> {
    let condition = conditions(it)?;
    let partition = it.address.qualified();
    let title = "let go of the rows that others have taken";
    let mut step = let_go(it.address, &partition, &condition, title);
    step.claims.push(rows_of(&partition));
    Some(step)
}

/// A refusal to drop a partition that has rows which nobody has taken.
pub fn emptied(it: &It<'_>) -> Option<Step> {
    let condition = conditions(it)?;
    let partition = it.address.qualified();
    let block = format!(
        "
BEGIN
  IF EXISTS (SELECT FROM {partition} WHERE ({}) IS NOT TRUE) THEN
    RAISE EXCEPTION 'no other partition takes some rows of %', {}
      USING ERRCODE = 'check_violation';
  END IF;
END
",
        condition.as_str(),
        quote_literal(&partition),
    );
    let sql = Sql::new("DO ").body(&Fragment::new(block));
    let mut step = Step::alter(it.address, "see that every row is taken", sql)
        .lock(LockLevel::AccessExclusive, partition.clone())
        .scans();
    step.claims.push(rows_of(&partition));
    Some(step)
}

fn conditions(it: &It<'_>) -> Option<Sql> {
    let (first, rest) = it.spec.regrouped.0.gives.split_first()?;
    Some(rest.iter().fold(first.clone(), |all, other| all.raw(" OR ").append(other)))
}

/// That a partition has its rows still.
fn rows_of(partition: &str) -> String {
    format!("rows of {partition}")
}

/// Whether rows come to the partition, or go from it.
pub fn is_regrouped(table: &Table) -> bool {
    let regrouped = &table.regrouped.0;
    !regrouped.takes.is_empty() || !regrouped.gives.is_empty() || regrouped.rest.is_some()
}

/// Steps around the one that attaches a new partition, with which rows of the default partition get into it: out of
/// it, and it out of its parent meanwhile, so that no foreign key takes them for gone.
pub fn of_the_rest(it: &It<'_>, join: Step) -> Vec<Step> {
    let Some((rest, turn)) = rest(it) else { return vec![join] };
    let (Some(parent), Some(condition)) = (it.partition_of, condition(it)) else {
        return vec![join];
    };
    let on_parent = |title: &str, action: &str| {
        let sql = Sql::new("ALTER TABLE ").raw(&parent.qualified()).raw(" ").raw(action);
        Step::alter(it.address, title, sql)
            .lock(LockLevel::AccessExclusive, rest.to_owned())
            .lock(LockLevel::AccessExclusive, parent.qualified())
    };
    let mut out = on_parent("take the default partition out", &format!("DETACH PARTITION {rest}"));
    out.reach = Some(Reach::Leaves(parent.clone()));
    let gone = let_go(it.address, rest, &condition, "let go of the rows that are taken");
    let back = format!("ATTACH PARTITION {rest} DEFAULT");
    let mut back = on_parent("put the default partition back", &back).scans();
    back.reach = Some(Reach::Joins(parent.clone()));
    // One after the other, where several take of it.
    if let Some(before) = turn.checked_sub(1) {
        out.claims.push(format!("turn {before} of {rest}"));
    }
    back.frees.push(format!("turn {turn} of {rest}"));
    vec![out, gone, join, back]
}

/// The default partition that rows are taken from, and the turn in which they are.
fn rest<'a>(it: &'a It<'_>) -> Option<(&'a str, usize)> {
    let (rest, turn) = it.spec.regrouped.0.rest.as_ref()?;
    Some((rest, *turn))
}
