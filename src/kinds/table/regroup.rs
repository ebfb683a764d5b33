//! Partitions that are split, or put together: the rows go to where they belong, in one transaction, and nobody
//! has to drop any.

use std::collections::BTreeSet;

use super::Table;
use super::bounds::{condition, constants_of};
use super::range::Range;
use crate::kind::{Aside, Declared};
use crate::model::{Action, Cause, Change, Object};
use crate::sql::Sql;

/// What a partition takes rows from, and what it gives rows to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Regrouped {
    /// Partitions, schema and name.
    pub takes: Vec<String>,
    /// The conditions of the rows that others take.
    pub gives: Vec<Sql>,
    /// The default partition, where it stays and has rows to give; and how many others take of it
    /// before.
    pub rest: Option<(String, usize)>,
}

/// Tells partitions of one parent that go, or get other bounds, which of the others take their rows: new ones, or
/// for what goes also those that grow. What nobody takes is lost as before, and needs leave.
pub fn regroup(changes: &mut [&mut Change], moves: bool) {
    let mut plans: Vec<Regrouped> = vec![Regrouped::default(); changes.len()];
    for (n, change) in changes.iter().enumerate() {
        let Some(source) = Extent::before(change) else { continue };
        let takers: Vec<(usize, Extent, Sql)> = changes
            .iter()
            .enumerate()
            .filter(|(m, other)| *m != n && takes(other, change))
            .filter_map(|(m, other)| {
                let to = other.to.as_ref()?;
                Some((m, Extent::of(to)?, condition(&Declared::of(to)?)?))
            })
            .filter(|(_, extent, _)| extent.overlaps(&source))
            .collect();
        let whole = Extent::covers(takers.iter().map(|(_, extent, _)| extent), &source);
        if change.action == Action::Drop && !whole {
            continue;
        }
        for (m, _, condition) in takers {
            plans[m].takes.push(change.address.qualified());
            plans[n].gives.push(condition);
        }
    }
    let mut before = 0;
    for (change, plan) in changes.iter().zip(&mut plans).filter(|_| moves) {
        if let Some(rest) = rest(change, changes) {
            plan.rest = Some((rest, before));
            before += 1;
        }
    }
    for (change, plan) in changes.iter_mut().zip(plans) {
        let object = match change.action {
            Action::Drop => &mut change.from,
            _ => &mut change.to,
        };
        if let Some(object) = object
            && plan != Regrouped::default()
            && let Some(mut table) = object.spec.get::<Table>().cloned()
        {
            table.regrouped = Aside(plan);
            object.spec = Object::new(object.address.clone(), table).spec;
        }
    }
}

/// The default partition beside a new one, if nothing else happens to it.
fn rest(change: &Change, all: &[&mut Change]) -> Option<String> {
    let to = change.to.as_ref().filter(|_| change.action == Action::Create)?;
    condition(&Declared::of(to)?)?;
    let rest = to.spec.get::<Table>()?.beside_default.0.clone()?;
    all.iter().all(|other| other.address.qualified() != rest).then_some(rest)
}

fn takes(other: &Change, source: &Change) -> bool {
    match (other.action, source.action) {
        (Action::Create, _) => true,
        (Action::Alter, Action::Drop) => rebounds(other),
        _ => false,
    }
}

/// Whether it stays with its parent and gets other bounds.
fn rebounds(change: &Change) -> bool {
    let values = |object: &Option<Object>| {
        let object = object.as_ref()?;
        Some((object.partition_of.clone()?, object.spec.get::<Table>()?.values.clone()?))
    };
    let (from, to) = (values(&change.from), values(&change.to));
    from.as_ref().zip(to.as_ref()).is_some_and(|(from, to)| from.0 == to.0 && from.1 != to.1)
}

/// What a partition holds, as far as that can be compared.
enum Extent {
    Range(Range),
    List(BTreeSet<String>),
    /// Whatever is left.
    Rest,
}

impl Extent {
    /// Of a partition that goes for good, or gets other bounds.
    fn before(change: &Change) -> Option<Self> {
        let goes = change.action == Action::Drop && !matches!(change.cause, Some(Cause::Ruled(_)));
        let changes = change.action == Action::Alter && rebounds(change);
        change.from.as_ref().filter(|_| goes || changes).and_then(Self::of)
    }

    fn of(object: &Object) -> Option<Self> {
        let table = object.spec.get::<Table>()?;
        let values = table.values.as_ref()?.as_str();
        if table.is_default() {
            return Some(Self::Rest);
        }
        Range::parse(values)
            .map(Self::Range)
            .or_else(|| constants_of(values).map(|all| Self::List(all.into_iter().collect())))
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Range(one), Self::Range(other)) => one.overlaps(*other),
            (Self::List(one), Self::List(other)) => !one.is_disjoint(other),
            (Self::Range(_) | Self::List(_), Self::Rest) => true,
            _ => false,
        }
    }

    fn covers<'a>(all: impl Iterator<Item = &'a Self>, source: &Self) -> bool {
        match source {
            Self::Range(range) => range.is_covered_by(all.filter_map(|it| match it {
                Self::Range(range) => Some(*range),
                _ => None,
            })),
            Self::List(list) => {
                let mut left = list.clone();
                for extent in all {
                    if let Self::List(taken) = extent {
                        left.retain(|constant| !taken.contains(constant));
                    }
                }
                left.is_empty()
            }
            Self::Rest => false,
        }
    }
}
