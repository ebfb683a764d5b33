//! Which partitions a window is to have, in the face of those that there are.

use super::Table;
use super::each::{at, beside, name_within};
use super::range::Range;
use super::rolling::{MOST, Roll, range, values};
use crate::kind::{Due, Further, InTheWay, Misfit, TooLong};
use crate::model::{Address, Object};

type Ranged<'a> = (&'a Object, Range);

/// [`crate::kind::Rolling::due`]
pub fn due(
    roll: &Roll,
    desired: &[&Object],
    live: &[&Object],
    expanded: &dyn Fn(&Address) -> bool,
    loose: &dyn Fn(&Address) -> bool,
) -> Result<Due, Box<Misfit>> {
    let mut due = Due::default();
    let of_window = |object: &&&Object| object.partition_of.as_ref() == Some(&roll.parent);
    let by_rule = |ordinal: &Option<i64>, object: &Object| {
        ordinal.is_some_and(|it| roll.declared.contains(&it)) && expanded(&object.address)
    };
    let mut ours: Vec<(Option<i64>, &Object)> =
        desired.iter().filter(of_window).map(|object| (roll.ordinal_of(object), *object)).collect();
    let siblings = ours.clone();
    let required = roll.current.map(|current| roll.required(current));
    ours.retain(|(ordinal, object)| {
        let spare = by_rule(ordinal, object)
            && !required.as_ref().zip(*ordinal).is_some_and(|(it, ordinal)| it.contains(&ordinal));
        if spare {
            due.covered.push(object.address.clone());
        }
        !spare
    });
    let Some(required) = required else { return Ok(due) };
    let beyond =
        live.iter().filter(|object| !ours.iter().any(|(_, ours)| ours.address == object.address));
    let all = ours.iter().map(|(_, object)| object).chain(beyond.clone());
    let all: Vec<Ranged<'_>> = all.filter_map(|object| Some((*object, range(object)?))).collect();
    let named = ours.iter().filter_map(|(ordinal, _)| *ordinal);
    let first = named.chain(beyond.filter_map(|object| roll.ordinal_within(object))).min();
    let since = since(roll, first, *required.start(), loose);
    room(roll, since, *required.end())?;

    let mut copies = siblings.iter().filter(|(ordinal, object)| by_rule(ordinal, object));
    let sibling = copies.next().or(siblings.iter().find(|(ordinal, _)| ordinal.is_some()));
    let like = |ordinal| copy(roll, sibling?.1, desired, ordinal);
    let there = |address: &Address| live.iter().find(|object| object.address == *address);
    for ordinal in required.clone() {
        let declared = roll.course.name(ordinal).and_then(|name| {
            ours.iter().map(|(_, object)| *object).find(|object| object.address.name == name)
        });
        let (address, mut further) = match declared {
            Some(object) => (object.address.clone(), Vec::new()),
            None => {
                let Some(copies) = like(ordinal) else { continue };
                let Some(first) = copies.first() else { continue };
                (first.object.address.clone(), copies)
            }
        };
        if let Some(live) = there(&address) {
            if let Some(first) = further.first_mut() {
                spell_like(first, live);
            }
            let wanted = declared.or(further.first().map(|further| &further.object));
            if wanted.is_none_or(|wanted| range(wanted) == range(live)) {
                due.further.extend(further);
                continue;
            }
        }
        let Some(wanted) = declared.or(further.first().map(|further| &further.object)) else {
            continue;
        };
        let Some(range) = range(wanted) else { continue };
        let others = all.iter().filter(|(object, _)| object.address != address);
        let over: Vec<Ranged<'_>> =
            others.filter(|(_, other)| other.overlaps(range)).copied().collect();
        if range.is_covered_by(over.iter().map(|(_, range)| *range)) {
            due.covered.extend(declared.map(|object| object.address.clone()));
        } else if !over.is_empty() {
            return Err(in_the_way(&roll.parent, wanted, &over));
        } else {
            due.further.extend(further);
        }
    }
    for ordinal in since..*required.start() {
        let Some(range) = roll.course.range(ordinal) else { continue };
        let over: Vec<Ranged<'_>> =
            all.iter().filter(|(_, other)| other.overlaps(range)).copied().collect();
        let Some(further) = like(ordinal) else { continue };
        if over.is_empty() {
            due.further.extend(further);
        } else if !range.is_covered_by(over.iter().map(|(_, range)| *range))
            && let Some(first) = further.first()
        {
            return Err(in_the_way(&roll.parent, &first.object, &over));
        }
    }
    Ok(due)
}

/// The partition that the window begins with: since `start`, else since the `first` that there is, or what
/// somebody detached before it.
fn since(roll: &Roll, first: Option<i64>, current: i64, loose: &dyn Fn(&Address) -> bool) -> i64 {
    let kept = match roll.kept() {
        // What was let go of has rows, perhaps, and would take the window back to itself.
        Some(_) if roll.is_without_rows() => current,
        kept => kept.unwrap_or(i64::MIN),
    };
    let mut since = roll.start.or(first).map_or(current, |since| since.max(kept).min(current));
    let is_loose =
        |ordinal| roll.course.name(ordinal).is_some_and(|name| loose(&beside(&roll.parent, &name)));
    while roll.start.is_none() && since > kept && is_loose(since - 1) {
        since -= 1;
    }
    since
}

fn room(roll: &Roll, first: i64, last: i64) -> Result<(), Box<Misfit>> {
    let count = i128::from(last) - i128::from(first) + 1;
    if count <= i128::try_from(MOST).unwrap_or(i128::MAX) {
        return Ok(());
    }
    let counts = first > i64::MIN && last < i64::MAX;
    let name = |ordinal| roll.course.name(ordinal).filter(|_| counts).map(|name| name.to_string());
    Err(Box::new(Misfit::TooLong(TooLong {
        parent: roll.parent.clone(),
        count: counts.then_some(count),
        most: MOST,
        names: name(first).zip(name(last)),
        highest: roll.highest.clone(),
    })))
}

/// The partition of an ordinal, with partitions of its own, otherwise as one that there is to be.
fn copy(roll: &Roll, sibling: &Object, desired: &[&Object], ordinal: i64) -> Option<Vec<Further>> {
    let name = roll.course.name(ordinal)?;
    let values = roll.course.values_like(ordinal, values(sibling).unwrap_or_default())?;
    let address = Address { name, ..sibling.address.clone() };
    let mut object = as_sibling(sibling, address.clone());
    let mut spec = sibling.spec.get::<Table>()?.clone();
    spec.values = Some(at(values, None));
    object.spec = Object::new(address.clone(), spec).spec;
    object.partition_of.clone_from(&sibling.partition_of);
    let mut copies = vec![Further { object, like: sibling.address.clone() }];
    for template in roll.window.each.iter().flat_map(|each| each.partition.keys()) {
        let theirs = beside(&sibling.address, &name_within(template, &sibling.address.name));
        let within = desired.iter().find(|object| {
            object.address == theirs && object.partition_of.as_ref() == Some(&sibling.address)
        });
        copies.extend(within.map(|within| {
            let mut object =
                as_sibling(within, beside(&address, &name_within(template, &address.name)));
            object.partition_of = Some(address.clone());
            Further { object, like: within.address.clone() }
        }));
    }
    Some(copies)
}

fn as_sibling(sibling: &Object, address: Address) -> Object {
    Object { address, comment: None, partition_of: None, any_name: false, ..sibling.clone() }
}

/// Two spellings of the same bounds are no difference.
fn spell_like(further: &mut Further, live: &Object) {
    let theirs = live.spec.get::<Table>().and_then(|table| table.values.clone());
    if range(&further.object) == range(live)
        && let Some(mut spec) = further.object.spec.get::<Table>().cloned()
    {
        spec.values = theirs;
        further.object.spec = Object::new(live.address.clone(), spec).spec;
    }
}

fn in_the_way(parent: &Address, wanted: &Object, others: &[Ranged<'_>]) -> Box<Misfit> {
    let text = |object: &Object| values(object).unwrap_or_default().to_owned();
    Box::new(Misfit::InTheWay(InTheWay {
        parent: parent.clone(),
        wanted: wanted.address.clone(),
        values: text(wanted),
        others: others.iter().map(|(it, _)| (it.address.clone(), text(it))).collect(),
    }))
}
