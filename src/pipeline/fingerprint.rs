//! What a side of a comparison is, in a few bytes an object.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::comparison::Outcome;
use super::tenant::Tenant;
use crate::model::{Canonical, Change, Database, Name, Object};

/// A hash for each object, by its address in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprints(BTreeMap<String, String>);

/// Those of both sides of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sides {
    /// The database, as far as the files have a say over it.
    pub live: Fingerprints,
    /// The files, as PostgreSQL reads them.
    pub desired: Fingerprints,
}

impl Fingerprints {
    /// Those of the objects of `database`.
    #[must_use]
    pub fn of(database: &Database<Canonical>) -> Self {
        let objects = database.objects.values();
        Self(objects.map(|object| (object.address.to_string(), of_object(object))).collect())
    }

    /// The same, with something that is no object.
    #[must_use]
    pub fn with(mut self, what: String, text: &str) -> Self {
        self.0.insert(what, hash([text.as_bytes()]));
        self
    }

    /// In what `after` differs, in words.
    #[must_use]
    pub fn moved(&self, after: &Self) -> Vec<String> {
        let names: BTreeSet<&String> = self.0.keys().chain(after.0.keys()).collect();
        let moved =
            names.into_iter().filter_map(|name| match (self.0.get(name), after.0.get(name)) {
                (Some(before), Some(after)) if before == after => None,
                (Some(_), Some(_)) => Some(format!("{name} is another than it was")),
                (None, _) => Some(format!("{name} is new")),
                (_, None) => Some(format!("{name} is gone")),
            });
        moved.collect()
    }
}

/// What is to be done to a database and to be said of it, in a few bytes: the same for databases of which
/// that is the same, however large they are. `needs` is what else counts, by step. Of a tenant the name of its
/// schema does not count; that is looked for in texts, since nothing is decided by it.
#[must_use]
pub fn likeness(outcome: &Outcome, needs: &[String], tenant: Option<&Tenant>) -> String {
    let Outcome { plan, remarks, unmanaged, left_alone, wrong, .. } = outcome;
    let mut lines: Vec<String> = Vec::new();
    for (n, step) in plan.steps.iter().enumerate() {
        lines.push(format!("{}{}{}", step.transactional, step.begins, step.sql));
        lines.extend(needs.get(n).cloned());
    }
    for change in plan.changes.values() {
        let Change { address, action, cause, differences, .. } = change;
        lines.push(format!("{address} {action:?} {cause:?} {differences:?}"));
    }
    lines.extend(remarks.iter().chain(left_alone).cloned());
    lines.extend(wrong.iter().map(|wrong| wrong.problem.to_string()));
    lines.extend(unmanaged.iter().map(|thing| thing.what.clone()));
    if let Some(Tenant { declared, schema }) = tenant {
        for line in &mut lines {
            *line = with_name(line, schema, declared);
        }
    }
    hash(lines.iter().map(String::as_bytes))
}

/// A text with `to` where the name `from` stands as a word.
fn with_name(text: &str, from: &Name, to: &Name) -> String {
    let (from, to) = (from.to_string(), to.to_string());
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '"');
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(&from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        out.push_str(before);
        let word = !out.ends_with(in_name) && !after.starts_with(in_name);
        out.push_str(if word { &to } else { &from });
        rest = after;
    }
    out.push_str(rest);
    out
}

impl Sides {
    /// That of a plan from the one side to the other by the steps of `script`.
    #[must_use]
    pub fn of_plan(&self, script: &str) -> String {
        let side = |side: &Fingerprints| {
            let texts = side.0.iter().flat_map(|(name, hash)| [name, hash]).map(String::as_bytes);
            hash(texts)
        };
        let (live, desired) = (side(&self.live), side(&self.desired));
        hash([live.as_bytes(), desired.as_bytes(), script.as_bytes()])
    }
}

fn of_object(object: &Object) -> String {
    let parent = object.partition_of.as_ref().map(ToString::to_string);
    let beside = (&object.comment, &object.owner, &object.privileges, parent, object.any_name);
    // These are texts and maps of texts, all of which can be written.
    let beside = rmp_serde::to_vec(&beside).unwrap_or_default();
    hash([&beside[..], &object.spec.encode()[..]])
}

/// 64 bits are enough to tell apart what nobody chose in order to be mistaken for something else.
fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
