//! What the files allow, with a reason.

use std::collections::HashMap;
use std::sync::Arc;

use super::finding::{Finding, Raised};
use super::levels::Levels;
use super::rule::{Fix, Rule};
use super::rules::{RULES, UNUSED_ALLOW};
use crate::desired::{Allow, AllowScope, Declared};
use crate::diagnostic::{Located, Many, did_you_mean};
use crate::kinds;
use crate::model::{Address, Part};
use crate::sql::Place;

/// Whether every rule that is allowed exists.
///
/// # Errors
/// One problem for each that does not.
pub fn check_rules(declared: &Declared) -> Result<(), Many> {
    let unknown = declared.allows.iter().filter(|allow| rule(&allow.rule).is_none());
    let problems: Vec<Located> = unknown
        .map(|allow| {
            let message = format!("there is no rule `{}`", allow.rule);
            Located::new("pgconverge::lint::unknown_rule", message)
                .at(&declared.sources, allow.place, "here")
                .help(match did_you_mean(&allow.rule, RULES.iter().map(|rule| rule.name)) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "docs/lint.md has all rules".to_owned(),
                })
        })
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    let headline = "The files allow what no rule forbids".to_owned();
    Err(Many { headline, problems: Arc::new(problems) })
}

fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

/// What is left of `raised` to be shown, in the order of the files; and what is allowed in vain.
pub fn judge(raised: Vec<Raised>, declared: &Declared, levels: &Levels) -> Vec<Finding> {
    let entries = entries(declared);
    let mut used = vec![false; declared.allows.len()];
    let mut findings = Vec::new();
    for raised in raised {
        let Some(place) = declared.places.find(&raised.part) else { continue };
        let around = around(&raised.part, declared, &entries);
        let mut allowed = false;
        for (allow, used) in declared.allows.iter().zip(&mut used) {
            if allow.rule == raised.rule.name && covers(allow, place, &around) {
                *used = true;
                allowed = true;
            }
        }
        let severity = levels.of(raised.rule).filter(|_| !allowed);
        let other = raised.other.and_then(|other| declared.places.find(&other));
        let removable = raised.safe
            && raised.rule.fix == Fix::Remove
            && has_entry(&raised.part, place, declared, &entries);
        findings.extend(severity.map(|severity| Finding {
            rule: raised.rule.name,
            severity,
            subject: raised.part.to_string(),
            message: raised.message,
            help: raised.rule.help,
            place: raised.at.unwrap_or(place),
            other: other.filter(|other| *other != place),
            part: Some(raised.part),
            removable,
        }));
    }
    findings.extend(unused(declared, levels, &used));
    findings.sort_by(|a, b| {
        let at = |it: &Finding| (it.place.file, it.place.start);
        (at(a), a.rule, &a.message).cmp(&(at(b), b.rule, &b.message))
    });
    findings
}

/// What is allowed without being there. Of a rule that is not asked nobody can tell.
fn unused<'a>(
    declared: &'a Declared,
    levels: &'a Levels,
    used: &'a [bool],
) -> impl Iterator<Item = Finding> + 'a {
    let severity = levels.of(&UNUSED_ALLOW);
    let vain = declared.allows.iter().zip(used).filter(|(_, used)| !**used);
    let asked = vain.filter(|(allow, _)| rule(&allow.rule).is_some_and(|r| levels.of(r).is_some()));
    asked.filter_map(move |(allow, _)| {
        Some(Finding {
            rule: UNUSED_ALLOW.name,
            severity: severity?,
            subject: match &allow.scope {
                AllowScope::File(_) => "this file".to_owned(),
                AllowScope::Object(address) => address.to_string(),
            },
            message: format!("`{}` is allowed here, and finds nothing", allow.rule),
            help: UNUSED_ALLOW.help,
            place: allow.place,
            other: None,
            part: None,
            removable: true,
        })
    })
}

fn covers(allow: &Allow, place: Place, around: &[Address]) -> bool {
    match &allow.scope {
        AllowScope::File(file) => *file == place.file,
        AllowScope::Object(address) => around.contains(address),
    }
}

/// The declared objects by their places: PostgreSQL spells the address of some otherwise. What a file
/// merely stands for has the place of something else, which comes first.
fn entries(declared: &Declared) -> HashMap<Place, &Address> {
    let mut entries = HashMap::new();
    let implied = |address: &Address| {
        declared.expanded.contains(address)
            || (kinds::row(address.kind).1.namespace)(&address.name).is_some()
    };
    let (last, first): (Vec<_>, Vec<_>) =
        declared.database.objects.keys().partition(|address| implied(address));
    for address in first.into_iter().chain(last) {
        if let Some(place) = declared.places.exactly(address) {
            entries.entry(place).or_insert(address);
        }
    }
    entries
}

/// Whether what stands at `place` is the entry of just this object, and not of something that it
/// comes with, as a partition comes with its window.
fn has_entry(
    part: &Part,
    place: Place,
    declared: &Declared,
    entries: &HashMap<Place, &Address>,
) -> bool {
    let Some(address) = entries.get(&place) else { return false };
    let same = address.kind == part.address.kind && address.name == part.address.name;
    part.column.is_none() && same && !declared.expanded.contains(*address)
}

/// The declared object that a part is of, and those that this one is nested in.
fn around(part: &Part, declared: &Declared, entries: &HashMap<Place, &Address>) -> Vec<Address> {
    let objects = &declared.database.objects;
    let place = declared.places.find(&Part::whole(&part.address));
    let mut next = place.and_then(|place| entries.get(&place)).map(|address| (*address).clone());
    let mut around = Vec::new();
    while let Some(address) = next {
        next = objects.get(&address).and_then(|object| kinds::parent(object, objects));
        around.push(address);
    }
    around
}
