//! Partitions that are split, put together, or share out their rows anew: which of them are made anew for that, so
//! that nobody has to drop any row.

use std::collections::BTreeSet;

use super::Table;
use super::bounds::{condition, constants_of};
use super::hash::Residue;
use super::range::Range;
use crate::kind::{Aside, Declared, Family};
use crate::model::{Action, Cause, Change, Object};
use crate::sql::Sql;

/// What is known of partitions that take the place of others, with their rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Regrouped {
    pub family: Family,
    /// The default partition is one of them.
    pub rest: bool,
    /// The partition, and the condition, of rows that no partition takes, where there may be some.
    pub unplaced: Option<(String, Sql)>,
}

/// [`crate::kind::Kind::regroup`]
pub fn regroup(
    changes: &mut [&mut Change],
    family: &Family,
    giving: &BTreeSet<String>,
) -> Vec<String> {
    // A default partition does not change by itself.
    let mut missing: BTreeSet<String> = changes.iter().filter_map(|it| rest(it)).collect();
    missing.retain(|rest| giving.contains(rest));
    missing.extend(changes.iter().filter_map(|it| heir(it, changes)));
    missing.retain(|rest| changes.iter().all(|it| it.address.qualified() != *rest));
    if !missing.is_empty() {
        return missing.into_iter().collect();
    }
    let mut marks: Vec<Option<Regrouped>> = vec![None; changes.len()];
    for (n, change) in changes.iter().enumerate() {
        let name = change.address.qualified();
        let mark = || Regrouped { family: family.clone(), rest: false, unplaced: None };
        if is_rekeyed(change) {
            marks[n].get_or_insert_with(mark);
        }
        let gives =
            change.action == Action::Alter && (giving.contains(&name) || becomes_default(change));
        let Some(source) = Extent::before(change, gives) else { continue };
        let default = is_rest(change, giving);
        let takers = changes.iter().enumerate().filter(|(m, other)| {
            *m != n && takes(other) && (!default || rest(other).as_ref() == Some(&name))
        });
        let takers: Vec<(usize, Extent)> = takers
            .filter_map(|(m, other)| Some((m, Extent::of(other.to.as_ref()?)?)))
            .filter(|(_, extent)| extent.overlaps(&source))
            .collect();
        let whole = || Extent::covers(takers.iter().map(|(_, extent)| extent), &source);
        let heir = heir(change, changes);
        let heir = changes.iter().position(|it| Some(it.address.qualified()) == heir);
        // A new default partition alone is no word that what goes is to live on in it.
        let parted = takers.iter().any(|(_, extent)| !matches!(extent, Extent::Rest));
        let kept = || parted && (default || heir.is_some() || whole());
        if takers.is_empty() || change.action == Action::Drop && !kept() {
            continue;
        }
        for m in takers.iter().map(|(m, _)| *m).chain(heir).chain([n]) {
            marks[m].get_or_insert_with(mark);
        }
    }
    let unplaced = unplaced(changes, &marks);
    let mut marked = changes.iter().zip(&marks).filter(|(_, mark)| mark.is_some());
    let rest = marked.any(|(change, _)| is_rest(change, giving));
    for (mark, unplaced) in marks.iter_mut().zip(unplaced) {
        mark.iter_mut().for_each(|mark| mark.unplaced.clone_from(&unplaced));
    }
    for (change, mark) in changes.iter_mut().zip(marks) {
        let mark = mark.map(|mark| Regrouped { rest, ..mark });
        // What the way back is made of has the marks of the way there.
        let marked = |it: &Option<Object>| it.as_ref().is_some_and(is_marked);
        if mark.is_none() && !marked(&change.from) && !marked(&change.to) {
            continue;
        }
        if mark.is_some() && change.action == Action::Alter {
            change.action = Action::Replace;
            change.cause = Some(Cause::Regrouped);
        }
        for object in [&mut change.from, &mut change.to].into_iter().flatten() {
            if let Some(mut table) = object.spec.get::<Table>().cloned() {
                table.regrouped = Aside(mark.clone());
                object.spec = Object::new(object.address.clone(), table).spec;
            }
        }
    }
    Vec::new()
}

fn is_marked(object: &Object) -> bool {
    object.spec.get::<Table>().is_some_and(|table| table.regrouped.0.is_some())
}

/// The default partition beside one that comes, or gets other bounds.
fn rest(change: &Change) -> Option<String> {
    let side = if change.action == Action::Create { &change.to } else { &change.from };
    let table = side.as_ref().filter(|_| takes(change))?.spec.get::<Table>()?;
    table.beside_default.0.clone()
}

/// Whether it is a default partition with rows that others are to have.
fn is_rest(change: &Change, giving: &BTreeSet<String>) -> bool {
    let gives = match change.action {
        Action::Alter => !rebounds(change),
        Action::Drop => matches!(Extent::before(change, false), Some(Extent::Rest)),
        _ => false,
    };
    gives && giving.contains(&change.address.qualified())
}

/// The default partition that stays, and has what is left of one that goes while others come for a part of it.
fn heir(change: &Change, changes: &[&mut Change]) -> Option<String> {
    let source = Extent::before(change, false)?;
    let heir = change.from.as_ref()?.spec.get::<Table>()?.beside_default.0.clone()?;
    let stays = |it: &Change| {
        it.address.qualified() != heir
            || it.action == Action::Alter
                && !rebounds(it)
                && it.to.as_ref().is_some_and(|to| to.partition_of.is_some())
    };
    let extents =
        || changes.iter().filter(|it| takes(it)).filter_map(|it| Extent::of(it.to.as_ref()?));
    let parted = extents().any(|it| it.overlaps(&source))
        && !Extent::covers(extents().collect::<Vec<_>>().iter(), &source);
    (parted && changes.iter().all(|it| stays(it))).then_some(heir)
}

/// Whether its partition key changes, or something else that needs a new table in its place.
fn is_rekeyed(change: &Change) -> bool {
    let parent = |it: &Option<Object>| it.as_ref().and_then(|it| it.partition_of.clone());
    change.action == Action::Replace
        && matches!(change.cause, Some(Cause::NotInPlace(_)))
        && parent(&change.from) == parent(&change.to)
}

fn takes(change: &Change) -> bool {
    match change.action {
        Action::Create => true,
        Action::Alter => rebounds(change),
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

/// One that has whatever is left has nothing that others have from now on.
fn becomes_default(change: &Change) -> bool {
    let is_default = |it: &Object| it.spec.get::<Table>().is_some_and(Table::is_default);
    rebounds(change) && change.to.as_ref().is_some_and(is_default)
}

/// What is to be asked of each that is made anew: the condition of rows which nobody takes, where there may be some.
/// One that goes is asked in the name of one that comes.
fn unplaced(changes: &[&mut Change], marks: &[Option<Regrouped>]) -> Vec<Option<(String, Sql)>> {
    let marked = || changes.iter().zip(marks).filter(|(_, mark)| mark.is_some());
    let takers: Vec<&Object> = marked().filter_map(|(change, _)| change.to.as_ref()).collect();
    let conditions = takers.iter().map(|object| condition(&Declared::of(object)?));
    // A default partition takes whatever is left, and has no condition.
    let beyond = conditions.collect::<Option<Vec<Sql>>>().and_then(|all| {
        let (first, rest) = all.split_first()?;
        let any = rest.iter().fold(first.clone(), |any, other| any.raw(" OR ").append(other));
        Some(Sql::new("(").append(&any).raw(") IS NOT TRUE"))
    });
    let extents: Vec<Extent> = takers.iter().filter_map(|it| Extent::of(it)).collect();
    let of = |change: &Change| {
        let extent = Extent::of(change.from.as_ref()?);
        let whole = extent.is_some_and(|extent| Extent::covers(extents.iter(), &extent));
        let beyond = beyond.clone().filter(|_| !whole && change.action != Action::Create)?;
        Some((change.address.qualified(), beyond))
    };
    let mut asked: Vec<Option<(String, Sql)>> = changes.iter().map(|change| of(change)).collect();
    let gone = changes
        .iter()
        .zip(marks)
        .position(|(change, mark)| mark.is_some() && change.action == Action::Drop);
    let comes = changes
        .iter()
        .zip(marks)
        .position(|(change, mark)| mark.is_some() && change.action == Action::Create);
    if let Some((gone, comes)) = gone.zip(comes) {
        asked[comes] = asked[gone].clone();
    }
    asked
}

/// What a partition holds, as far as that can be compared.
enum Extent {
    Range(Range),
    List(BTreeSet<String>),
    Hash(Residue),
    /// Whatever is left.
    Rest,
}

impl Extent {
    /// Of a partition that goes for good, or `gives` rows that it is not to have.
    fn before(change: &Change, gives: bool) -> Option<Self> {
        let goes = change.action == Action::Drop && !matches!(change.cause, Some(Cause::Ruled(_)));
        change.from.as_ref().filter(|_| goes || gives).and_then(Self::of)
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
            .or_else(|| Residue::parse(values).map(Self::Hash))
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Range(one), Self::Range(other)) => one.overlaps(*other),
            (Self::List(one), Self::List(other)) => !one.is_disjoint(other),
            (Self::Hash(one), Self::Hash(other)) => one.overlaps(*other),
            (Self::Range(_) | Self::List(_), Self::Rest)
            | (Self::Rest, Self::Range(_) | Self::List(_)) => true,
            _ => false,
        }
    }

    fn covers<'a>(all: impl Iterator<Item = &'a Self>, source: &Self) -> bool {
        let all: Vec<&Self> = all.collect();
        // It has whatever others leave.
        if all.iter().any(|it| matches!(it, Self::Rest)) && !matches!(source, Self::Rest) {
            return true;
        }
        let all = all.into_iter();
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
            Self::Hash(residue) => {
                let others = all.filter_map(|it| match it {
                    Self::Hash(residue) => Some(*residue),
                    _ => None,
                });
                residue.is_covered_by(&others.collect::<Vec<_>>())
            }
            Self::Rest => false,
        }
    }
}
