//! For servers of continuous integration: a case an object that differs.

use super::{Class, Drift, Entry};
use crate::diagnostic::exchange::{self, Case, Failure};

/// The whole report as one suite. What cannot be managed passes, unless it counts.
#[must_use]
pub fn junit(drift: &Drift) -> String {
    let mut cases: Vec<Case> = drift.entries.iter().map(|entry| case(entry, drift)).collect();
    cases.extend(drift.unmanaged.iter().map(|thing| unmanaged(thing, drift)));
    // A suite without any case is taken for one that did not run.
    if cases.is_empty() {
        let (name, place) = ("no differences".to_owned(), drift.database.clone());
        cases.push(Case { name, place, failures: Vec::new(), remark: None });
    }
    exchange::junit("pgconverge drift", &cases)
}

fn case(entry: &Entry, drift: &Drift) -> Case {
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
    let place = place.map_or_else(|| drift.database.clone(), ToString::to_string);
    Case { name, place, failures: vec![failure], remark: None }
}

fn unmanaged(thing: &str, drift: &Drift) -> Case {
    let class = Class::Unmanaged.name();
    let message = "it is there, and this version cannot manage it".to_owned();
    let (failures, remark) = match drift.strict {
        true => (vec![Failure { message, sort: Some(class), text: thing.to_owned() }], None),
        false => (Vec::new(), Some(message)),
    };
    Case { name: format!("{class}: {thing}"), place: drift.database.clone(), failures, remark }
}
