//! How the partitions of a window come and go.

use std::collections::HashSet;

use jiff::civil::Date;

use super::period::Period;
use super::range::Range;
use super::window::{Expired, Window};
use super::{Table, Tables};
use crate::kind::{Aside, Due, Fate, InTheWay, Kind, Rolling};
use crate::model::{Address, Name, Object};
use crate::sql::Fragment;

/// Somebody else makes the partitions, and takes them away.
#[derive(Debug)]
pub struct External {
    pub parent: Address,
}

impl Rolling for External {
    fn parent(&self) -> &Address {
        &self.parent
    }

    fn fate(&self, live: &Object) -> Option<Fate> {
        (live.partition_of.as_ref() == Some(&self.parent)).then_some(Fate::Stays(None))
    }

    fn due(&self, _desired: &[&Object], _live: &[&Object]) -> Result<Due, Box<InTheWay>> {
        Ok(Due::default())
    }
}

/// A window as of a day.
#[derive(Debug)]
pub struct Roll {
    parent: Address,
    window: Window,
    every: Period,
    as_of: Date,
    /// The day that the current partition begins with.
    current: Date,
    /// The first day whose rows are kept; none if all are.
    kept_since: Option<Date>,
}

impl Roll {
    pub fn new(parent: &Address, window: &Window, every: Period, as_of: Date) -> Self {
        let current = every.start_of(as_of);
        let keep = window.keep.as_ref().and_then(|keep| Period::parse(keep.as_str()));
        Self {
            parent: parent.clone(),
            window: window.clone(),
            every,
            as_of,
            current,
            kept_since: keep.map(|keep| every.start_of(keep.after(current, -1))),
        }
    }

    fn is_expired(&self, live: &Object) -> bool {
        let range = values(live).and_then(Range::parse);
        let kept = self.kept_since.and_then(|day| self.from(day));
        range.zip(kept).is_some_and(|(range, kept)| range.to <= kept)
    }

    /// A day as a bound.
    fn from(&self, day: Date) -> Option<i128> {
        Some(self.range(day)?.from)
    }

    fn range(&self, start: Date) -> Option<Range> {
        Range::parse(&self.window.values(start, self.every.after(start, 1)))
    }

    fn name(&self, start: Date) -> Name {
        self.every.name(self.window.name.as_str(), start).into()
    }

    fn reason(&self, what: &str) -> String {
        let keep = self.window.keep.as_ref().map_or("", |keep| keep.as_str());
        format!("{what}, since it is past the {keep} that are kept")
    }

    /// Days before the current one that partitions begin with: since `start`, else since the first
    /// that there is.
    fn past(&self, all: &[(&Object, Range)]) -> Vec<Date> {
        let start = self.window.start.as_ref().and_then(|start| start.as_str().parse().ok());
        let start = start.and_then(|day| self.from(self.every.start_of(day)));
        let earliest = all.iter().map(|(_, range)| range.from).filter(|from| *from > i128::MIN);
        let kept = self.kept_since.and_then(|day| self.from(day)).unwrap_or(i128::MIN);
        let Some(since) = start.or(earliest.min()).map(|since| since.max(kept)) else {
            return Vec::new();
        };
        let days = (1..).map(|n| self.every.after(self.current, -n));
        let ranged = days.map_while(|day| Some((day, self.range(day)?)));
        let days = ranged.take_while(|(_, range)| range.from >= since).map(|(day, _)| day);
        let mut days: Vec<Date> = days.collect();
        if start.is_none() {
            let names: HashSet<&Name> =
                all.iter().map(|(object, _)| &object.address.name).collect();
            while days.pop_if(|day| !names.contains(&self.name(*day))).is_some() {}
        }
        days
    }
}

impl Rolling for Roll {
    fn parent(&self) -> &Address {
        &self.parent
    }

    fn fate(&self, live: &Object) -> Option<Fate> {
        let (expired, has_grace) = (self.window.expired, self.window.grace.is_some());
        let parent = self.parent.qualified();
        if live.partition_of.as_ref() == Some(&self.parent) {
            if expired == Expired::Keep || !self.is_expired(live) {
                return Some(Fate::Stays(None));
            }
            let mut spec = live.spec.get::<Table>()?.clone();
            spec.retired = Aside(Some(mark(&parent, self.as_of, live.comment.as_deref())));
            let retired = |spec: Table| {
                let mut object = Object::new(live.address.clone(), spec);
                object.comment.clone_from(&live.comment);
                object.owner.clone_from(&live.owner);
                object.privileges.clone_from(&live.privileges);
                object
            };
            if expired == Expired::Drop && !has_grace {
                let mut object = retired(spec);
                object.partition_of.clone_from(&live.partition_of);
                return Some(Fate::Drops(Box::new(object), self.reason("dropped")));
            }
            spec.values = None;
            return Some(Fate::Becomes(Box::new(retired(spec)), self.reason("detached")));
        }
        let detached = detached_on(live, &parent)?;
        if expired != Expired::Drop {
            return Some(Fate::Stays(None));
        }
        let grace = self.window.grace.as_ref().and_then(|grace| Period::parse(grace.as_str()));
        let due = grace.map_or(detached, |grace| grace.after(detached, 1));
        if self.as_of < due {
            let remark = format!(
                "table {} was detached from {parent} on {detached}, and is to be dropped on {due}",
                live.address.qualified()
            );
            return Some(Fate::Stays(Some(remark)));
        }
        let mut spec = live.spec.get::<Table>()?.clone();
        spec.retired = Aside(Some(String::new()));
        let mut object = Object { spec: live.spec.clone(), ..live.clone() };
        object.spec = Object::new(live.address.clone(), spec).spec;
        let reason = format!("dropped, since it was detached from {parent} on {detached}");
        Some(Fate::Drops(Box::new(object), reason))
    }

    fn due(&self, desired: &[&Object], live: &[&Object]) -> Result<Due, Box<InTheWay>> {
        let is_desired = |object: &&Object| desired.iter().any(|it| it.address == object.address);
        let ranged = |object: &&'_ Object| values(object).and_then(Range::parse);
        let beyond: Vec<(&Object, Range)> = live
            .iter()
            .filter(|object| !is_desired(object))
            .filter_map(|object| Some((*object, ranged(object)?)))
            .collect();
        let stays = |range: Range| {
            let over = beyond.iter().filter(move |(_, other)| other.overlaps(range));
            over.map(|(object, range)| (*object, *range)).collect::<Vec<_>>()
        };
        let mut due = Due::default();
        let mut ahead =
            (0..=i32::from(self.window.ahead)).map(|n| self.every.after(self.current, n));
        let named = |day: Date| {
            let name = self.name(day);
            desired.iter().copied().find(move |object| {
                object.address.name == name && object.partition_of.as_ref() == Some(&self.parent)
            })
        };
        let is_live = |object: &Object| live.iter().any(|it| it.address == object.address);
        for object in ahead.clone().filter_map(named).filter(|object| !is_live(object)) {
            let Some(range) = ranged(&object) else { continue };
            let over = stays(range);
            if range.is_covered_by(over.iter().map(|(_, range)| *range)) {
                due.covered.push(object.address.clone());
            } else if !over.is_empty() {
                return Err(in_the_way(&self.parent, object, &over));
            }
        }
        let Some(sibling) = ahead.find_map(named) else { return Ok(due) };
        let ours = desired.iter().filter_map(|object| Some((*object, ranged(object)?)));
        let all: Vec<(&Object, Range)> = ours.chain(beyond.iter().copied()).collect();
        for day in self.past(&all) {
            let Some(range) = self.range(day) else { continue };
            let over: Vec<_> = all.iter().filter(|(_, it)| it.overlaps(range)).copied().collect();
            let further = self.like(sibling, day);
            if over.is_empty() {
                due.further.push(further);
            } else if !range.is_covered_by(over.iter().map(|(_, range)| *range)) {
                return Err(in_the_way(&self.parent, &further, &over));
            }
        }
        Ok(due)
    }
}

impl Roll {
    /// The partition that begins on a day, otherwise as one that there is to be.
    fn like(&self, sibling: &Object, start: Date) -> Object {
        let schema = sibling.address.schema.clone();
        let address = Address { schema, ..Address::global(Tables::TAG, &self.name(start)) };
        let end = self.every.after(start, 1);
        let values = self.window.values_like(start, end, values(sibling).unwrap_or_default());
        let mut spec = sibling.spec.get::<Table>().cloned().unwrap_or_default();
        spec.values = Some(Fragment::new(values));
        let mut object = Object::new(address, spec);
        object.partition_of.clone_from(&sibling.partition_of);
        object.owner.clone_from(&sibling.owner);
        object.privileges.clone_from(&sibling.privileges);
        object
    }
}

fn in_the_way(parent: &Address, wanted: &Object, others: &[(&Object, Range)]) -> Box<InTheWay> {
    let text = |object: &Object| values(object).unwrap_or_default().to_owned();
    Box::new(InTheWay {
        parent: parent.clone(),
        wanted: wanted.address.clone(),
        values: text(wanted),
        others: others.iter().map(|(it, _)| (it.address.clone(), text(it))).collect(),
    })
}

fn values(object: &Object) -> Option<&str> {
    Some(object.spec.get::<Table>()?.values.as_ref()?.as_str())
}

/// A detached partition is known by the last line of its comment: no state is kept elsewhere.
fn mark(parent: &str, as_of: Date, comment: Option<&str>) -> String {
    let mark = format!("{MARK}{parent} as of {as_of}");
    let kept = comment.map(|comment| comment.lines().filter(|line| !line.starts_with(MARK)));
    let lines: Vec<&str> = kept.into_iter().flatten().chain([mark.as_str()]).collect();
    lines.join("\n")
}

const MARK: &str = "pgconverge: detached from ";

fn detached_on(live: &Object, parent: &str) -> Option<Date> {
    let last = live.comment.as_deref()?.lines().last()?;
    let rest = last.strip_prefix(MARK)?.strip_prefix(parent)?;
    rest.strip_prefix(" as of ")?.parse().ok()
}
