//! For forges, which show differences beside the lines that declare it otherwise.

use super::{Class, Drift, Entry, Several};
use crate::diagnostic::exchange::{self, Found, Level, Location, Rule};
use crate::model::Address;

/// The whole report as one run.
#[must_use]
pub fn sarif(drift: &Drift) -> String {
    exchange::sarif(&rules(&[drift]), &found(drift))
}

/// All targets as one run: a result says of which targets it is, and which they are is also in its `properties`.
#[must_use]
pub fn sarif_of(several: &Several<'_>) -> String {
    let drifts: Vec<&Drift> = several.alike.iter().map(|alike| alike.drift).collect();
    let mut rules = rules(&drifts);
    let mut results: Vec<Found> = Vec::new();
    for alike in &several.alike {
        for result in found(alike.drift) {
            // Of targets that differ otherwise, too.
            match results
                .iter_mut()
                .find(|it| Found { targets: Vec::new(), ..(*it).clone() } == result)
            {
                Some(known) => known.targets.extend_from_slice(alike.targets),
                None => results.push(Found { targets: alike.targets.to_vec(), ..result }),
            }
        }
    }
    for result in &mut results {
        result.message.push_str(&format!(" ({})", several.names(&result.targets)));
    }
    if !several.failed.is_empty() {
        rules.push(unknown());
    }
    results.extend(several.failed.iter().map(|(target, reason)| Found {
        rule: UNKNOWN,
        level: Level::Error,
        subject: (*target).to_owned(),
        message: format!("{target}: it could not be looked at: {reason}"),
        location: Location::In(several.files.to_owned()),
        other: None,
        targets: vec![(*target).to_owned()],
    }));
    exchange::sarif(&rules, &results)
}

const UNKNOWN: &str = "drift-unknown";

fn unknown() -> Rule {
    Rule {
        id: UNKNOWN,
        gist: "Not compared".to_owned(),
        description: "The database could not be compared with the files.".to_owned(),
        help: "`pgconverge drift --target NAME` has the whole error",
        level: Level::Error,
        enabled: true,
    }
}

/// Those of which something was found.
fn rules(drifts: &[&Drift]) -> Vec<Rule> {
    let is_there = |class: &Class| {
        let mut counts = drifts.iter().flat_map(|drift| drift.counts());
        counts.any(|(of, n)| of == *class && n > 0)
    };
    let strict = drifts.iter().any(|drift| drift.strict);
    Class::ALL.into_iter().filter(is_there).map(|class| rule(class, strict)).collect()
}

fn found(drift: &Drift) -> Vec<Found> {
    let beside = |address: Option<&Address>| {
        let schema = address.and_then(|address| address.schema.as_ref());
        Location::In(drift.files.of(schema).to_owned())
    };
    let mut found: Vec<Found> = drift
        .entries
        .iter()
        .map(|entry| Found {
            rule: id(entry.class),
            level: Level::Error,
            subject: entry.object(),
            message: format!("{}: {}", entry.object(), message(entry)),
            location: entry.place.clone().map_or_else(|| beside(entry.address()), Location::At),
            other: None,
            targets: Vec::new(),
        })
        .collect();
    found.extend(drift.unmanaged.iter().map(|thing| Found {
        rule: id(Class::Unmanaged),
        level: if drift.strict { Level::Error } else { Level::Note },
        subject: thing.clone(),
        message: format!("{thing}: it is there, and this version cannot manage it"),
        location: beside(None),
        other: None,
        targets: Vec::new(),
    }));
    found
}

/// What differs, in a line.
pub fn message(entry: &Entry) -> String {
    let mut parts = match entry.class {
        Class::Missing => vec!["declared, and not in the database".to_owned()],
        Class::Extra => vec!["in the database, and not declared".to_owned()],
        Class::Changed | Class::Invalid | Class::Unmanaged => Vec::new(),
    };
    parts.extend(entry.because.iter().cloned());
    parts.extend(entry.attributes.iter().map(|attribute| match attribute.is_long() {
        true => format!("{} is another", attribute.path),
        false => format!("{}: {}", attribute.path, attribute.sides(str::to_owned)),
    }));
    parts.join("; ")
}

fn id(class: Class) -> &'static str {
    match class {
        Class::Missing => "drift-missing",
        Class::Extra => "drift-extra",
        Class::Changed => "drift-changed",
        Class::Invalid => "drift-invalid",
        Class::Unmanaged => "drift-unmanaged",
    }
}

fn rule(class: Class, strict: bool) -> Rule {
    let (gist, description, help) = match class {
        Class::Missing => (
            "Declared, and not in the database",
            "The files declare it, and the database has it not.",
            "`pgconverge apply` makes it; `pgconverge drift --accept` takes it out of the files",
        ),
        Class::Extra => (
            "In the database, and not declared",
            "The database has it, and the files do not declare it.",
            "`pgconverge drift --accept` writes it into the files; `pgconverge apply` drops it",
        ),
        Class::Changed => (
            "Declared otherwise than it is in the database",
            "The database has it otherwise than the files declare it.",
            "`pgconverge apply` brings the database back; `pgconverge drift --accept` writes what is there",
        ),
        Class::Invalid => (
            "Begun and not ended, or due",
            "It is there, but begun and not ended, or due by a window of partitions.",
            "`pgconverge apply` ends it; windows of partitions, `pgconverge maintain`, too",
        ),
        Class::Unmanaged => (
            "In the database, and nothing that can be managed",
            "It is there, and this version of pgconverge cannot manage it.",
            "nothing compares it; `--ignore` takes it out of the report",
        ),
    };
    let level = match class {
        Class::Unmanaged if !strict => Level::Note,
        _ => Level::Error,
    };
    let (gist, description) = (gist.to_owned(), description.to_owned());
    Rule { id: id(class), gist, description, help, level, enabled: true }
}
