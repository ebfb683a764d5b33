//! Which keys of a table need each other, and which cannot be together: asked of the reader, as all else is.

use super::ask::sample;
use super::shape::{Bonds, Key};

/// What there is between the keys of a table; `passes` tells whether the reader takes one, and `whole` whether
/// nothing around it has a say in what it needs. Where no table with one or two keys more than the required ones
/// passes, nothing is told.
pub fn bonds(passes: &dyn Fn(&str) -> bool, keys: &[Key], whole: bool) -> Bonds {
    let asked = Asked { passes, keys };
    let sets = asked.sets();
    let mut bonds = Bonds::default();
    if whole && !sets.iter().any(Vec::is_empty) {
        bonds.needs.clone_from(&sets);
    }
    let optional: Vec<&Key> = keys.iter().filter(|key| !key.required).collect();
    for (n, one) in optional.iter().enumerate() {
        for other in &optional[n + 1..] {
            let (one, other) = (one.name, other.name);
            let apart = |set: &Vec<&'static str>| {
                let with = |more: &[&'static str]| asked.takes(set, &[one, other], more);
                with(&[one]) && with(&[other]) && !with(&[one, other])
            };
            if sets.iter().any(apart) {
                bonds.apart.push((one, other));
            }
        }
    }
    let lists = keys.iter().filter(|key| key.shape.list.is_some());
    let filled = lists.filter(|key| {
        sets.iter().any(|set| {
            let rest = asked.table(set, &[key.name], &[]);
            asked.takes(set, &[key.name], &[key.name])
                && !(asked.passes)(&format!("{{ {rest}{} = [] }}", key.name))
        })
    });
    bonds.filled = filled.map(|key| key.name).collect();
    bonds
}

struct Asked<'a> {
    passes: &'a dyn Fn(&str) -> bool,
    keys: &'a [Key],
}

impl Asked<'_> {
    /// The smallest sets of keys with which a table passes, beside the required ones.
    fn sets(&self) -> Vec<Vec<&'static str>> {
        if self.takes(&[], &[], &[]) {
            return vec![Vec::new()];
        }
        let optional = self.keys.iter().filter(|key| !key.required).map(|key| key.name);
        let optional: Vec<&'static str> = optional.collect();
        let (alone, others): (Vec<&str>, Vec<&str>) =
            optional.into_iter().partition(|key| self.takes(&[], &[], &[key]));
        let mut sets: Vec<Vec<&'static str>> = alone.into_iter().map(|key| vec![key]).collect();
        for (n, one) in others.iter().enumerate() {
            let pairs = others[n + 1..].iter().filter(|other| self.takes(&[], &[], &[one, other]));
            sets.extend(pairs.map(|other| vec![*one, *other]));
        }
        sets
    }

    fn takes(&self, set: &[&'static str], without: &[&str], more: &[&str]) -> bool {
        (self.passes)(&format!("{{ {} }}", self.table(set, without, more).trim_end_matches(", ")))
    }

    /// The required keys, a set without some, and more, each with a value.
    fn table(&self, set: &[&'static str], without: &[&str], more: &[&str]) -> String {
        let is_in = |key: &&Key| {
            let name = &key.name;
            more.contains(name) || ((key.required || set.contains(name)) && !without.contains(name))
        };
        let value = |key: &Key| format!("{} = {}, ", key.name, sample(&key.shape));
        self.keys.iter().filter(is_in).map(value).collect()
    }
}
