//! The way back from a plan, and what does not come back on it.

use std::collections::{BTreeMap, BTreeSet};

use super::comparison::Outcome;
use crate::diff;
use crate::kind::ServerVersion;
use crate::kinds;
use crate::model::{
    Action, Address, Canonical, Cause, Change, Database, Dependency, Effect, Grantable, Latent,
    Maker, Object, Plan, Renaming, Step,
};
use crate::plan::{self, Grounds};
use crate::sql::quote_literal;

/// What a way back is made of: a plan's two sides, as they were compared.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The database before the plan, under the names that it has after its renames.
    pub live: Database<Canonical>,
    /// The dependencies of what the files declare.
    pub wanted: Vec<Dependency>,
    /// What partitions have of their parents' indexes and keys, as declared.
    pub latent: Vec<Latent>,
    pub maker: Maker,
    pub version: ServerVersion,
}

/// A way back.
#[derive(Debug, Clone, Default)]
pub struct Undo {
    /// From the database as the plan leaves it to the database as it was.
    pub plan: Plan,
    /// What it does not bring back, and how to keep that.
    pub losses: Vec<String>,
}

/// The way back from the plan of `outcome`, by the short way for every relation.
///
/// # Errors
/// Steps that wait for each other.
pub fn undo(outcome: &Outcome) -> miette::Result<Undo> {
    let Some(Origin { live, wanted, latent, maker, version }) = outcome.origin.as_deref() else {
        return Ok(Undo::default());
    };
    let done = &outcome.plan;
    let mut after = live.clone();
    for change in done.changes.values().filter(|change| change.action != Action::Rename) {
        let Some(to) = &change.to else {
            after.objects.remove(&change.address);
            continue;
        };
        after.objects.insert(change.address.clone(), to.clone());
    }
    diff::inherit(&mut after);
    after.dependencies = dependencies(&done.changes, &after, wanted, &live.dependencies);
    let mut losses = losses(done);
    let mut changes = diff::compare(live, &after, &[]).changes;
    changes.retain(|address, change| {
        let hidden = |object: &Object| (kinds::row(address.kind).1.hides)(object);
        let of_plan = done.changes.get(address).filter(|it| it.action == Action::Alter);
        if of_plan.is_some_and(|it| matches!(it.cause, Some(Cause::Ruled(_)))) {
            losses.push(format!("{address} stays as its window leaves it"));
            return false;
        }
        let kept = !change.to.as_ref().is_some_and(hidden);
        if !kept {
            losses.push(format!("{address} stays as the plan leaves it, since it had a secret"));
        }
        kept
    });
    diff::take_along(&mut changes, live, &after);
    // Those that have got rows of others have them still.
    let anew = done.changes.values().filter(|it| it.cause == Some(Cause::Regrouped));
    let giving = anew.map(|it| it.address.qualified()).collect();
    diff::settle_partitions(&mut changes, live, &after, &giving);
    diff::settle_owners(&mut changes, &after);
    let claims = |address: &Address| (kinds::row(address.kind).1.claims)(address);
    let taken = after.objects.keys().flat_map(claims).collect();
    let grounds = Grounds {
        taken,
        latent: live.latent.iter().chain(latent).cloned().collect(),
        version: *version,
        natures: live.natures.clone(),
        ..Grounds::default()
    };
    let mut plan = plan::plan(changes, &live.dependencies, &after.dependencies, maker, &grounds)?;
    let back: Vec<Renaming> = done.renamings.iter().rev().map(Renaming::reversed).collect();
    plan::rename_last(&mut plan, back);
    Ok(Undo { plan, losses })
}

/// What depends on what after a plan: as declared, where it made or changed something; as before, elsewhere.
fn dependencies(
    changes: &BTreeMap<Address, Change>,
    after: &Database<Canonical>,
    wanted: &[Dependency],
    before: &[Dependency],
) -> Vec<Dependency> {
    let declared: BTreeSet<&Address> = wanted.iter().map(|it| &it.dependent.address).collect();
    let made = |it: &&Dependency| {
        let address = &it.dependent.address;
        let change = changes.get(address).filter(|_| declared.contains(address));
        change.is_some_and(|change| change.action != Action::Rename)
    };
    let there = |it: &&Dependency| {
        after.objects.contains_key(&it.dependent.address)
            && after.objects.contains_key(&it.referenced.address)
    };
    let new = wanted.iter().filter(made);
    let old = before.iter().filter(|it| !made(it));
    let all: BTreeSet<&Dependency> = new.chain(old).filter(there).collect();
    all.into_iter().cloned().collect()
}

/// What the steps of a plan lose for good, with what to save before it.
fn losses(plan: &Plan) -> Vec<String> {
    let lost = plan.steps.iter().filter_map(|step| Some((step, step.loses.as_ref()?)));
    lost.map(|(step, what)| {
        // Its number is one of the plan, and this is told of the way back.
        let statement = step.sql.as_str();
        let first = statement.lines().next().unwrap_or_default();
        let more = if first.len() < statement.len() { " …" } else { "" };
        let advice = advice(step).map(|advice| format!("; to keep that, first: {advice}"));
        let rows = plan.relations.get(&step.address.qualified()).and_then(|relation| relation.rows);
        let rows = rows.map(|rows| format!(" (about {rows} rows)")).unwrap_or_default();
        format!(
            "the plan's {first}{more} loses {what}{rows}, which nothing brings back{}",
            advice.unwrap_or_default()
        )
    })
    .collect()
}

/// How to save what a step loses, in psql or a shell.
fn advice(step: &Step) -> Option<String> {
    let name = step.address.qualified();
    match kinds::row(step.address.kind).1.grantable? {
        Grantable::Sequence => Some(format!("SELECT last_value, is_called FROM {name}")),
        Grantable::Relation if step.effect == Effect::Drop => {
            Some(format!("pg_dump --data-only --table={}", quote_literal(&name)))
        }
        Grantable::Relation => {
            let file = quote_literal(&format!("{name}.csv"));
            Some(format!("\\copy {name} TO {file} (FORMAT csv, HEADER)"))
        }
        _ => None,
    }
}
