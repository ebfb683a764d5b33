//! Every key of the file format occurs in a case: an attribute that nobody tests is a mistake that
//! shows here.
//!
//! Which keys there are is asked of the program, which lists them when it meets one that it does
//! not know.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use miette::Diagnostic;
use pgconverge::desired;
use pgconverge::kinds::REGISTRY;
use toml::{Table, Value};

/// Keys that no case has, each with the reason.
const EXCUSED: &[(&str, &str)] = &[
    ("event_trigger.*.owner", "only superusers may own one"),
    ("foreign_data_wrapper.*.owner", "only superusers may own one"),
    ("function.*.transform", "transforms come with languages that the test servers have not"),
    ("table.*.index.*.attached_to", "of a partition's indexes only, where cases have it"),
    ("table.*.replica_identity.comment", "it has none"),
    ("table.*.replica_identity.name", "it has none"),
    ("table.*.trigger.*.inherited", "of a partition's triggers only, where cases have it"),
    ("table.*.trigger.*.instead_of", "of a view's triggers only"),
];

/// A key that nothing has, and nothing is like.
const UNKNOWN: &str = "qqqqqqqqqqqq";

/// The keys of an entry. Where two places list the same ones, it is one kind of entry.
type Keys = BTreeSet<String>;

/// What the cases use of each kind of entry, and a place where it stands.
#[derive(Default)]
struct Coverage {
    /// By place, such as `table.*.column.*`; `None` where any name may stand.
    forms: BTreeMap<String, Option<Keys>>,
    used: BTreeMap<Keys, (String, Keys)>,
}

#[test]
fn every_key_occurs_in_a_case() {
    let mut coverage = Coverage::default();
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"), &mut files);
    for file in files {
        // What a case is unlike others in is no schema.
        if file.file_name().is_some_and(|name| name != "case.toml") {
            let table: Table = fs::read_to_string(&file).unwrap().parse().unwrap();
            coverage.look_at(&mut Vec::new(), "", &Value::Table(table));
        }
    }
    let mut missing = BTreeSet::new();
    let mut excused = BTreeSet::new();
    for (keys, (place, _)) in &coverage.used {
        let used = coverage.used_of(keys);
        // What lint rules are told is looked after by tests/lint.rs.
        for key in keys.difference(&used).filter(|key| *key != "lint") {
            let name = format!("{place}.{key}");
            match EXCUSED.iter().find(|(excused, _)| *excused == name) {
                Some((name, _)) => drop(excused.insert(*name)),
                None => drop(missing.insert(name)),
            }
        }
    }
    let missing: Vec<String> = missing.into_iter().collect();
    assert!(
        missing.is_empty(),
        "a case in tests/cases has to use each of these keys:\n  {}\n",
        missing.join("\n  ")
    );
    let used: Vec<&str> =
        EXCUSED.iter().map(|(name, _)| *name).filter(|name| !excused.contains(name)).collect();
    assert!(
        used.is_empty(),
        "take these off the list, a case uses them:\n  {}\n",
        used.join("\n  ")
    );
}

impl Coverage {
    /// What is used of an entry, and of the one that it is in, where that is of the same kind but for a key or two: a
    /// partition is a table, with bounds.
    fn used_of(&self, keys: &Keys) -> Keys {
        let place = &self.used[keys].0;
        let alike = self.used.iter().filter(|(other, (around, _))| {
            let within = place.strip_prefix(&**around).is_some_and(|rest| rest.starts_with('.'));
            *other == keys || within && keys.symmetric_difference(other).count() <= 3
        });
        alike.flat_map(|(_, (_, used))| used.clone()).collect()
    }

    /// `path` leads to `value`, in a file; `place` is the same with names left out.
    fn look_at(&mut self, path: &mut Vec<String>, place: &str, value: &Value) {
        let form = self.forms.entry(place.to_owned()).or_insert_with(|| keys_at(path)).clone();
        if let Some(keys) = &form {
            let key = || place.rsplit('.').find(|part| *part != "*");
            let used = match value {
                Value::Table(table) => table.keys().cloned().collect(),
                _ => short(key().unwrap_or_default()).into_iter().collect::<Keys>(),
            };
            let known = self.used.entry(keys.clone()).or_default();
            if known.0.is_empty() {
                known.0 = place.to_owned();
            }
            known.1.extend(used);
        }
        let Value::Table(table) = value else { return };
        for (key, value) in table {
            path.push(key.clone());
            let name = if form.is_some() || place.is_empty() { key } else { "*" };
            let below = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
            if !place.is_empty() || value.is_table() {
                self.look_at(path, &below, value);
            }
            path.pop();
        }
    }
}

/// The attribute that a value other than a table stands for.
fn short(section: &str) -> Option<String> {
    let mut sections = REGISTRY.iter().flat_map(|row| (row.sections)());
    sections.find(|known| known.key == section)?.short.map(str::to_owned)
}

/// The keys of a table at `path`; `None` when any will do, or when there can be no table.
fn keys_at(path: &[String]) -> Option<Keys> {
    let mut value = Value::Table(Table::from_iter([(UNKNOWN.to_owned(), Value::Integer(1))]));
    for key in path.iter().rev() {
        value = Value::Table(Table::from_iter([(key.clone(), value)]));
    }
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("probe.toml"), toml::to_string(&value).unwrap()).unwrap();
    let files = desired::read_files(directory.path()).unwrap();
    let error = desired::load(files, Date::constant(2025, 11, 15)).err()?;
    let problems = error.related()?;
    let helps =
        problems.filter(|problem| problem.to_string() == format!("unknown key `{UNKNOWN}`"));
    let help = helps.filter_map(|problem| Some(problem.help()?.to_string())).next()?;
    let keys = help.strip_prefix("the keys here are ")?.split(", ");
    Some(keys.map(|key| key.trim_matches('`').to_owned()).collect())
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
}
