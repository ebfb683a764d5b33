//! For servers of continuous integration: a case an object that differs.

use super::{Class, Drift, Entry, Several};
use crate::diagnostic::exchange::{self, Case, Failure};

const NAME: &str = "pgconverge drift";

/// The whole report as one suite. What cannot be managed passes, unless it counts.
#[must_use]
pub fn junit(drift: &Drift) -> String {
    exchange::junit(NAME, &cases(drift, &drift.database))
}

/// A suite a target. One that could not be looked at has a case that fails.
#[must_use]
pub fn junit_of(several: &Several<'_>) -> String {
    let mut suites: Vec<(String, Vec<Case>)> = Vec::new();
    for alike in &several.alike {
        let of = |target: &String| (target.clone(), cases(alike.drift, target));
        suites.extend(alike.targets.iter().map(of));
    }
    suites.extend(several.failed.iter().map(|(target, reason)| {
        let message = "it could not be looked at".to_owned();
        let failure = Failure { message, sort: Some("unknown"), text: reason.clone() };
        let (name, place) = ("comparison".to_owned(), (*target).to_owned());
        let case = Case { name, place, failures: vec![failure], remark: None };
        ((*target).to_owned(), vec![case])
    }));
    suites.sort_by(|(one, _), (other, _)| one.cmp(other));
    exchange::junit_suites(NAME, &suites)
}

/// The cases of a database that is called `of`.
fn cases(drift: &Drift, of: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = drift.entries.iter().map(|entry| case(entry, of)).collect();
    cases.extend(drift.unmanaged.iter().map(|thing| unmanaged(thing, drift, of)));
    // A suite without any case is taken for one that did not run.
    if cases.is_empty() {
        let (name, place) = ("no differences".to_owned(), of.to_owned());
        cases.push(Case { name, place, failures: Vec::new(), remark: None });
    }
    cases
}

fn case(entry: &Entry, of: &str) -> Case {
    let place = entry.place.as_ref().filter(|_| entry.declared.is_some());
    let name = format!("{}: {}", entry.class.name(), entry.object());
    let message = super::sarif::message(entry);
    let mut text: Vec<String> = place.iter().map(ToString::to_string).collect();
    text.extend(entry.because.iter().cloned());
    for attribute in &entry.attributes {
        match attribute.is_long() {
            false => text.push(format!("{}: {}", attribute.path, attribute.sides(str::to_owned))),
            true => {
                text.push(format!("{}: declared → live", attribute.path));
                text.extend(attribute.lines().iter().map(|(mark, line)| format!("{mark} {line}")));
            }
        }
    }
    let failure = Failure { message, sort: Some(entry.class.name()), text: text.join("\n") };
    let place = place.map_or_else(|| of.to_owned(), ToString::to_string);
    Case { name, place, failures: vec![failure], remark: None }
}

fn unmanaged(thing: &str, drift: &Drift, of: &str) -> Case {
    let class = Class::Unmanaged.name();
    let message = "it is there, and this version cannot manage it".to_owned();
    let (failures, remark) = match drift.strict {
        true => (vec![Failure { message, sort: Some(class), text: thing.to_owned() }], None),
        false => (Vec::new(), Some(message)),
    };
    Case { name: format!("{class}: {thing}"), place: of.to_owned(), failures, remark }
}
