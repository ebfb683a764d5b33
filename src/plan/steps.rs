//! The steps of every change, not yet in order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::copies::{self, Copies};
use super::error::PlanError;
use super::grounds::{Sites, key};
use super::rights::{self, Rights};
use crate::kind::{Disturbance, Release, Site, relation_claim};
use crate::kinds;
use crate::model::{Action, Address, Change, Dependency, Effect, Maker, Name, Object, Part, Step};
use crate::sql::{LockLevel, Sql};

/// Objects that end without a step of their own, with what takes them along.
pub type Implied = HashMap<Address, Vec<Part>>;

/// All steps, those of one change next to each other, and the drops that other drops imply.
pub fn of(
    changes: &BTreeMap<Address, Change>,
    live: &[Dependency],
    maker: &Maker,
    sites: &Sites<'_>,
) -> (Vec<Step>, Implied) {
    let implied = implied(changes, live);
    let mut copies = copies::of(changes, live, &implied, sites);
    let anew = copied_whole(changes, &copies);
    let mut steps = Vec::new();
    for change in changes.values() {
        let row = kinds::row(change.address.kind).1;
        let of_copy = || row.ties && key(&change.address).is_some_and(|key| anew.contains(&key));
        let site = sites.of(change).or_else(|| sites.of_copy(change).filter(|_| of_copy()));
        let begins = steps.len();
        let along = implied.contains_key(&change.address);
        let drop = |from: &Object| if along { Vec::new() } else { (row.drop)(from, site) };
        // What goes by itself has no place that another could take.
        let beside = site.map(|site| Site { beside: site.beside && !along, ..site });
        match (change.action, &change.from, &change.to) {
            (Action::Create | Action::Replace, from, Some(to)) => {
                let Rights { owner, grants } = rights::of(change, to, maker);
                let from = from.as_ref().filter(|_| change.action == Action::Replace);
                let made_anew = |from| match (row.replace)(from, to, beside) {
                    Some(steps) => steps,
                    None => {
                        let again = site.map(|site| Site { again: true, ..site });
                        [drop(from), (row.create)(to, again)].concat()
                    }
                };
                let mut made = copies
                    .steps
                    .remove(&change.address)
                    .unwrap_or_else(|| from.map_or_else(|| (row.create)(to, site), made_anew));
                let finishes = made.iter().position(|step| step.finishes);
                let finish = made.split_off(finishes.unwrap_or(made.len()));
                if !(row.owned_with)(to).is_empty() {
                    // It can join only what has the same owner.
                    let created = made.iter().rposition(|step| step.effect == Effect::Create);
                    let joining = made.split_off(created.map_or(0, |at| at + 1));
                    steps.extend(made.into_iter().chain(owner).chain(joining));
                    steps.extend(to.comment.as_ref().map(|_| comment(to, to)));
                } else {
                    steps.extend(made);
                    steps.extend(to.comment.as_ref().map(|_| comment(to, to)));
                    steps.extend(owner);
                }
                steps.extend(grants.into_iter().chain(finish));
            }
            (Action::Drop, Some(from), _) => {
                steps.extend(copies.steps.remove(&change.address).unwrap_or_else(|| drop(from)));
            }
            (Action::Alter, Some(from), Some(to)) => {
                let Rights { owner, grants } = rights::of(change, to, maker);
                let joins = !(row.owned_with)(to).is_empty();
                let (before, after) = if joins { (owner, None) } else { (None, owner) };
                steps.extend(before);
                steps.extend(altering(change, from, to, site));
                if from.comment != to.comment {
                    steps.push(comment(from, to));
                }
                steps.extend(after);
                steps.extend(grants);
            }
            _ => {}
        }
        for exchange in &copies.exchanges {
            exchange.order(change, &mut steps[begins..]);
        }
    }
    (steps, implied)
}

/// Whether PostgreSQL lets everything go over that has to.
pub fn all_can_step_over(changes: &BTreeMap<Address, Change>) -> Result<(), PlanError> {
    for change in changes.values().filter(|change| change.action == Action::Alter) {
        for (part, referenced) in &change.released {
            let column = part.column.as_ref();
            let release = |from: &Object| {
                let row = kinds::row(change.address.kind).1;
                (row.release)(from, column, &change.released_from(column))
            };
            let refused = change.from.as_ref().and_then(release).and_then(|it| it.refused);
            if let Some(reason) = refused {
                let (part, referenced) = (part.clone().into(), referenced.address.clone().into());
                return Err(PlanError::CannotStepOver { part, referenced, reason });
            }
        }
    }
    Ok(())
}

/// The relations that are copied and have no partitions: the new one has all the rows when it comes.
fn copied_whole(changes: &BTreeMap<Address, Change>, copies: &Copies) -> BTreeSet<(Name, Name)> {
    let copied = copies.steps.iter().filter(|(address, steps)| {
        let mut parents = changes.values().filter_map(|it| it.to.as_ref()?.partition_of.as_ref());
        address.relation.is_none() && !steps.is_empty() && parents.all(|parent| parent != *address)
    });
    copied.filter_map(|(address, _)| key(address)).collect()
}

/// What lets go does so first and takes hold again last; what both the object's own change and that
/// would do is done once.
fn altering(change: &Change, from: &Object, to: &Object, site: Option<Site<'_>>) -> Vec<Step> {
    let row = kinds::row(change.address.kind).1;
    let (mut aside, mut back) = (Vec::new(), Vec::new());
    let mut own = if change.redefines() { (row.alter)(from, to, site) } else { Vec::new() };
    let parts: BTreeSet<Option<&Name>> =
        change.released.iter().map(|(part, _)| part.column.as_ref()).collect();
    for column in parts {
        let referenced = change.released_from(column);
        let release = |object| (row.release)(object, column, &referenced).unwrap_or_default();
        let (before, after) = (release(from), release(to));
        let anew = |release: &Release| release.disturbs == Some(Disturbance::Recreated);
        let part = column.map(|column| Part::column(&change.address, column));
        if let (Some(part), true, true) = (&part, anew(&before), anew(&after)) {
            // What is made anew is made as it is to be.
            own.retain(|step| !step.makes.contains(part) && !step.unmakes.contains(part));
        }
        if let (Some(part), true, false) = (part, anew(&before), anew(&after)) {
            // What need not be made anew stays: the first step of the change lets go.
            if let Some(first) = own.iter_mut().find(|step| step.makes.contains(&part)) {
                first.makes.retain(|made| *made != part);
                first.unmakes.push(part);
            }
        } else {
            aside.extend(before.aside);
        }
        back.extend(after.back);
    }
    own.retain(|step| aside.iter().chain(&back).all(|other| other.sql != step.sql));
    [aside, own, back].concat()
}

/// <https://www.postgresql.org/docs/current/sql-comment.html>
fn comment(from: &Object, to: &Object) -> Step {
    let row = kinds::row(to.address.kind).1;
    let sql = Sql::new("COMMENT ON ").append(&(row.comment_target)(&to.address)).raw(" IS ");
    let (title, sql) = match (&to.comment, (row.initial_comment)(from)) {
        (Some(comment), _) => ("comment", sql.literal(comment)),
        (None, Some(initial)) => ("put the initial comment back", sql.literal(initial)),
        (None, None) => ("remove comment", sql.raw("NULL")),
    };
    let step = Step::alter(&to.address, title, sql);
    match (&to.address.schema, &to.address.relation) {
        (Some(schema), None) if is_relation(&to.address, schema) => {
            step.lock(LockLevel::ShareUpdateExclusive, to.address.qualified())
        }
        _ => step,
    }
}

/// Whether an object of that schema is a relation: it takes the name of one.
pub fn is_relation(address: &Address, schema: &Name) -> bool {
    (kinds::row(address.kind).1.claims)(address).contains(&relation_claim(schema, &address.name))
}

/// An object that PostgreSQL drops together with another one needs no drop of its own; unless it
/// also holds on to a third that goes, as a foreign key does to the table that it refers to.
fn implied(changes: &BTreeMap<Address, Change>, live: &[Dependency]) -> Implied {
    let ends = |address: &Address| {
        changes
            .get(address)
            .is_some_and(|change| matches!(change.action, Action::Drop | Action::Replace))
    };
    let goes = |part: &Part| {
        ends(&part.address)
            || part.column.as_ref().is_some_and(|column| column_goes(changes, part, column))
    };
    let mut implied: Implied = HashMap::new();
    let mut holds_on: HashMap<&Address, Vec<&Part>> = HashMap::new();
    for dependency in live {
        let (dependent, referenced) = (&dependency.dependent, &dependency.referenced);
        let own = dependent.address == referenced.address;
        if own || !ends(&dependent.address) || !goes(referenced) {
            continue;
        }
        if dependency.automatic && dependent.column.is_none() {
            implied.entry(dependent.address.clone()).or_default().push(referenced.clone());
        } else {
            holds_on.entry(&dependent.address).or_default().push(referenced);
        }
    }
    // A check holds on to columns of the very table that it goes with.
    implied.retain(|address, along| {
        holds_on.get(address).into_iter().flatten().all(|held| {
            along.iter().any(|part| part.column.is_none() && part.address == held.address)
        })
    });
    implied
}

fn column_goes(changes: &BTreeMap<Address, Change>, part: &Part, column: &str) -> bool {
    let Some(change) = changes.get(&part.address) else { return false };
    let (Some(from), Some(to)) = (&change.from, &change.to) else { return false };
    (kinds::row(part.address.kind).1.disturbs)(from, to)
        .iter()
        .any(|(name, how)| &**name == column && *how == Disturbance::Recreated)
}
