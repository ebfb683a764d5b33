//! How the partitions of a window come and go.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::civil::Date;

use super::axis::Axis;
use super::course::Course;
use super::each::{at, beside, partitions};
use super::key::{self, IntegerKey};
use super::range::Range;
use super::window::{Expired, Partitions, Window};
use super::{Table, retention};
use crate::kind::{Declared, Due, Expansion, Fate, Misfit, Reached, Rolling};
use crate::model::{Address, Name, Object};

/// How many partitions a window can have. With more, plans of queries take longer than the queries;
/// whoever comes so far has mistaken a key, or a year.
pub const MOST: usize = 10_000;

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
}

/// A window as of a day.
#[derive(Debug, Clone)]
pub struct Roll {
    pub parent: Address,
    pub window: Window,
    pub course: Course,
    pub as_of: Date,
    /// The column whose values say where an integer window stands.
    column: Option<Name>,
    /// The first partition of all.
    pub start: Option<i64>,
    /// The partition that the day, or the highest key, is in. Nothing, where nobody can tell.
    pub current: Option<i64>,
    /// Those that the files stand for by themselves. Where an integer window stands, they do not
    /// know: then these show what its partitions are like.
    pub declared: RangeInclusive<i64>,
    /// The highest key, for people.
    pub highest: Option<String>,
    /// What the parent may have been called.
    pub former: Vec<Address>,
    /// Those that others keep from leaving.
    held: BTreeSet<Address>,
}

/// The partitions that must exist as of a day, and the rule by which others come and go.
pub fn expand(it: &Declared<'_, Table>, as_of: Date) -> Expansion {
    match &it.spec.partitions {
        None => Expansion::default(),
        Some(Partitions::External) => {
            let rule = External { parent: it.address.clone() };
            Expansion { objects: Vec::new(), rule: Some(Arc::new(rule)) }
        }
        Some(Partitions::Window(window)) => {
            let Some(roll) = Roll::new(it, window, as_of) else { return Expansion::default() };
            let objects = roll.declared.clone().flat_map(|ordinal| roll.objects(ordinal)).collect();
            Expansion { objects, rule: Some(Arc::new(roll)) }
        }
    }
}

impl Roll {
    fn new(it: &Declared<'_, Table>, window: &Window, as_of: Date) -> Option<Self> {
        let axis = Axis::of(window, IntegerKey::of(it.spec).unwrap_or(IntegerKey::ANY))?;
        let start = window.start.as_ref().and_then(|start| axis.start(start.as_str()));
        let current = axis.on(as_of).or(start).unwrap_or(0);
        let mut roll = Self {
            parent: it.address.clone(),
            window: window.clone(),
            course: Course::new(window, axis),
            as_of,
            column: matches!(axis, Axis::Integers { .. }).then(|| key::name(it.spec)).flatten(),
            start,
            current: Some(current),
            declared: current..=current,
            highest: None,
            former: Vec::new(),
            held: BTreeSet::new(),
        };
        roll.declared = roll.required(current);
        Some(roll)
    }

    /// Those that must exist when one is the current one.
    pub fn required(&self, current: i64) -> RangeInclusive<i64> {
        let last = current.saturating_add(self.window.ahead.into());
        self.start.map_or(current, |start| start.max(current))..=last
    }

    fn objects(&self, ordinal: i64) -> Vec<Object> {
        let (Some(name), Some(values)) = (self.course.name(ordinal), self.course.values(ordinal))
        else {
            return Vec::new();
        };
        let values = at(values, self.window.every.place());
        let address = beside(&self.parent, &name);
        partitions(self.window.each.as_ref(), &self.parent, address, values)
    }

    /// The first partition whose rows are kept.
    pub fn kept(&self) -> Option<i64> {
        self.course.axis.kept(self.current?, self.window.keep.as_ref()?.as_str())
    }

    /// Whether it stands where it begins, for want of a key that says more.
    pub fn is_without_rows(&self) -> bool {
        self.column.is_some() && self.highest.is_none()
    }

    /// The ordinal of a partition that has a name of the window.
    pub fn ordinal_of(&self, object: &Object) -> Option<i64> {
        let ordinal = self.ordinal_at(range(object)?)?;
        (self.course.name(ordinal)? == object.address.name).then_some(ordinal)
    }

    /// The same of one that has its bounds at least: its names may have been others.
    pub fn ordinal_within(&self, object: &Object) -> Option<i64> {
        let range = range(object)?;
        let has_bounds = |ordinal: &i64| self.course.range(*ordinal) == Some(range);
        self.ordinal_of(object).or_else(|| self.ordinal_at(range).filter(has_bounds))
    }

    fn ordinal_at(&self, range: Range) -> Option<i64> {
        match (range.from, range.to) {
            (i128::MIN, i128::MAX) => None,
            (i128::MIN, to) => self.course.at(to - 1),
            (from, _) => self.course.at(from),
        }
    }

    /// What somebody else made stays, however old its rows are.
    fn is_expired(&self, live: &Object) -> bool {
        let kept = self.kept().and_then(|kept| self.course.range(kept));
        let past = range(live).zip(kept).is_some_and(|(range, kept)| range.to <= kept.from);
        past && self.ordinal_within(live).is_some()
    }
}

impl Rolling for Roll {
    fn parent(&self) -> &Address {
        &self.parent
    }

    fn ahead(&self) -> Option<u16> {
        Some(self.window.ahead)
    }

    fn fate(&self, live: &Object) -> Option<Fate> {
        let is_partition = live.partition_of.as_ref() == Some(&self.parent);
        if self.current.is_none() && (is_partition || retention::detached_on(live, self).is_some())
        {
            return Some(Fate::Stays(None));
        }
        if !is_partition {
            return retention::detached(self, live);
        }
        let leaves = self.window.expired != Expired::Keep && self.is_expired(live);
        match leaves && !self.held.contains(&live.address) {
            true => retention::expired(self, live),
            false => Some(retention::kept(live).unwrap_or(Fate::Stays(None))),
        }
    }

    fn due(
        &self,
        desired: &[&Object],
        live: &[&Object],
        expanded: &dyn Fn(&Address) -> bool,
        loose: &dyn Fn(&Address) -> bool,
    ) -> Result<Due, Box<Misfit>> {
        super::due::due(self, desired, live, expanded, loose)
    }

    fn formerly(&self, names: &[Address]) -> Option<Arc<dyn Rolling>> {
        Some(Arc::new(Self { former: names.to_vec(), ..self.clone() }))
    }

    fn holding(&self, held: &BTreeSet<Address>) -> Option<Arc<dyn Rolling>> {
        Some(Arc::new(Self { held: held.clone(), ..self.clone() }))
    }

    fn goes_by(&self) -> Option<&Name> {
        self.column.as_ref()
    }

    fn told(&self, reached: &Reached, live: &[&Object]) -> Option<Arc<dyn Rolling>> {
        let mut roll = self.clone();
        // Without rows, it stands where it begins: with the first partition there is.
        let first = || live.iter().filter_map(|object| self.ordinal_of(object)).min();
        let rowless = || first().max(self.start).unwrap_or(0);
        roll.current = match reached {
            Reached::Unknown => None,
            Reached::Nowhere => Some(rowless()),
            Reached::Key(key) => {
                roll.highest = Some(key.clone());
                let holding = self.course.axis.holding(key);
                Some(
                    holding.map_or_else(rowless, |it| self.start.map_or(it, |start| start.max(it))),
                )
            }
        };
        Some(Arc::new(roll))
    }
}

/// What a partition holds.
pub fn range(object: &Object) -> Option<Range> {
    Range::parse(values(object)?)
}

pub fn values(object: &Object) -> Option<&str> {
    Some(object.spec.get::<Table>()?.values.as_ref()?.as_str())
}
