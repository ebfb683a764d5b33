//! Models of all kinds at random, made of the fragments in `tests/models`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how a failure is told"
)]

#[path = "support/bench.rs"]
mod bench;
#[path = "support/lab.rs"]
mod lab;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fmt, fs};

use bench::{Bench, Model, holds};
use indexmap::IndexMap;
use pgconverge::kinds::REGISTRY;
use pgconverge::pipeline::Manage;
use proptest::prelude::*;
use serde::Deserialize;

/// A piece of a schema, in one of several forms.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fragment {
    /// Other fragments that it uses.
    #[serde(default)]
    needs: Vec<String>,
    /// The first major version that can do it.
    #[serde(default)]
    since: u32,
    variants: Vec<String>,
}

type Fragments = IndexMap<String, Fragment>;

fn fragments() -> Fragments {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models");
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    let mut all = Fragments::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let read: Fragments =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        all.extend(read);
    }
    for (name, fragment) in &all {
        let missing = fragment.needs.iter().find(|need| !all.contains_key(*need));
        assert!(missing.is_none(), "{name} needs {missing:?}, which is no fragment");
    }
    all
}

/// Fragments by name, each in one of its variants.
#[derive(Clone)]
struct Choice(BTreeMap<String, usize>);

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|(name, variant)| format!("{name}/{variant}"));
        f.write_str(&words.collect::<Vec<_>>().join(" "))
    }
}

/// Some fragments that a major version can do, with all that they need.
fn choice(fragments: &Fragments, major: u32) -> impl Strategy<Value = Choice> + use<> {
    let fragments = fragments.clone();
    let numbers = proptest::option::weighted(0.6, 0..60_usize);
    proptest::collection::vec(numbers, fragments.len()).prop_map(move |numbers| {
        let mut chosen: BTreeMap<String, usize> = fragments
            .iter()
            .zip(numbers)
            .filter(|((_, fragment), _)| fragment.since <= major)
            .filter_map(|((name, it), n)| Some((name.clone(), n? % it.variants.len())))
            .collect();
        loop {
            let there = |need: &String| chosen.contains_key(need);
            let lacking = chosen.keys().find(|name| !fragments[*name].needs.iter().all(there));
            let Some(lacking) = lacking.cloned() else { break };
            chosen.remove(&lacking);
        }
        Choice(chosen)
    })
}

fn model(fragments: &Fragments, choice: &Choice) -> Model {
    let entries = choice.0.iter().map(|(name, variant)| {
        let file = name.split('.').next().unwrap_or(name);
        (file.to_owned(), fragments[name].variants[*variant].clone())
    });
    let entries: Model = entries.collect();
    // What is said of the schema may be said once.
    let declared = entries.iter().any(|(_, text)| text.contains("[schema.public"));
    let public = ("public".to_owned(), "[schema.public]\n".to_owned());
    entries.into_iter().chain((!declared).then_some(public)).collect()
}

#[test]
fn every_kind_is_in_some_model() {
    fn keys(table: &toml::Table, found: &mut BTreeSet<String>) {
        for (key, value) in table {
            found.insert(key.clone());
            if let toml::Value::Table(table) = value {
                keys(table, found);
            }
        }
    }
    let mut found = BTreeSet::new();
    for text in fragments().values().flat_map(|fragment| &fragment.variants) {
        keys(&toml::from_str(text).unwrap(), &mut found);
    }
    let missing: Vec<&str> = REGISTRY
        .iter()
        .flat_map(|row| (row.sections)())
        .map(|section| section.key)
        .filter(|key| !found.contains(*key))
        .collect();
    assert!(missing.is_empty(), "no fragment in tests/models has {missing:?}");
}

#[test]
fn any_model_of_all_kinds_is_reached_from_any_other_and_then_there_is_nothing_to_do() {
    let bench = Bench { manage: Manage::Database, ..Bench::new() };
    let fragments = fragments();
    let major = bench.lab.major();
    let choice = || choice(&fragments, major);
    holds(6, &(choice(), choice()), |(one, other)| {
        let (one, other) = (model(&fragments, &one), model(&fragments, &other));
        bench.runtime.block_on(async {
            let database = bench.lab.create_database().await;
            let there_and_back = async {
                for model in [&one, &other, &one] {
                    bench.converge(&database, model).await?;
                }
                Ok(())
            };
            let result = there_and_back.await;
            bench.lab.drop_database(&database).await;
            result
        })
    });
    bench.end();
}
