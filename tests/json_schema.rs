//! `docs/schema.json` is what `pgconverge schema` prints, and says the same of files as the program does, as far as
//! a validator that knows nothing of it can see.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how a failure is told"
)]

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use pgconverge::desired;
use serde_json::Value;

const FILE: &str = "docs/schema.json";

#[test]
fn the_file_is_what_the_program_says() {
    let text = format!("{:#}\n", desired::json_schema());
    if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
        fs::write(root().join(FILE), &text).unwrap();
    }
    let same = fs::read_to_string(root().join(FILE)).unwrap_or_default() == text;
    assert!(same, "{FILE} is of another day: BLESS=1 cargo test --test json_schema");
}

/// The cases have every key of the format (`tests/coverage.rs`).
#[test]
fn what_the_program_takes_is_valid() {
    let validator = validator();
    let mut wrong = Vec::new();
    let mut count = 0;
    for directory in ["schema", "examples", "tests/cases", "tests/lint", "tests/fixes"] {
        for file in files(&root().join(directory)) {
            let name = file.file_name().unwrap().to_str().unwrap();
            if name == "case.toml"
                || name == "pgconverge.toml"
                || file.iter().any(|part| part == "checks")
            {
                continue;
            }
            let Some(value) = read(&file) else { continue };
            count += 1;
            let file = file.strip_prefix(root()).unwrap().display().to_string();
            let errors = validator.iter_errors(&value);
            wrong.extend(errors.map(|error| format!("{file}: {}: {error}", error.instance_path())));
        }
    }
    assert!(count > 500, "{count} files");
    assert!(wrong.is_empty(), "{} files, and of these:\n{}", count, wrong.join("\n"));
}

/// What is wrong with the form of files, and not with what they speak of, is seen in an editor.
#[test]
fn what_the_program_refuses_is_not() {
    let validator = validator();
    let mut missed = Vec::new();
    let mut count = 0;
    for folder in fs::read_dir(root().join("tests/errors")).unwrap() {
        let folder = folder.unwrap().path();
        let expected = fs::read_to_string(folder.join("expected.txt")).unwrap_or_default();
        let codes = ["unknown_key", "unknown_value", "type_mismatch", "missing_key"];
        let of_form = |code: &&str| expected.contains(&format!("pgconverge::desired::{code}"));
        if !codes.iter().any(of_form) {
            continue;
        }
        count += 1;
        let mut values = files(&folder).into_iter().filter_map(|file| read(&file));
        if values.all(|value| validator.is_valid(&value)) {
            missed.push(folder.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    missed.sort();
    assert!(count > 5, "{count} folders");
    assert_eq!(missed, MISSED, "files whose form is wrong, and nothing is seen of it");
}

/// Keys that need each other, or cannot be together: each of these is refused without a server, and seen in an
/// editor. What is refused and not seen is named by `docs/editors.md`.
#[test]
fn what_keys_have_to_do_with_each_other_is_seen() {
    const SEEN: &[&str] = &[
        "[view.v]\n",
        "[materialized_view.v]\n",
        "[table.t.column]\na = { type = \"integer\", default = \"1\", identity = \"always\" }\n",
        "[table.t.index]\ni = []\n",
        "[table.t.index.i]\ncolumns = []\n",
        "[table.t.index.i]\nunique = true\n",
        "[function.f]\nlanguage = \"sql\"\nreturns = \"integer\"\n",
        "[procedure.f]\nlanguage = \"sql\"\n",
        "[function.f]\nlanguage = \"sql\"\nbody = \"SELECT 1\"\nsql_body = \"SELECT 1\"\n",
        "[table.t.trigger.g]\nexecute = \"f()\"\n",
        "[table.t.trigger.g]\nbefore = [\"insert\"]\n",
        "[table.t.trigger.g]\nbefore = [\"insert\"]\nafter = [\"insert\"]\nexecute = \"f()\"\n",
    ];
    const NOT_SEEN: &[&str] = &[
        // Whether a column can be serial at all is a matter of its type.
        "[table.t.column]\na = { type = \"integer\", serial = true, generated = \"1\" }\n",
        // With `inherits` or `of`, the type is elsewhere.
        "[table.t.column]\na = {}\n",
    ];
    let validator = validator();
    for text in SEEN.iter().chain(NOT_SEEN) {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.toml"), text).unwrap();
        let files = desired::read_files(directory.path()).unwrap();
        let loaded = desired::load(files, "2025-11-15".parse().unwrap());
        assert!(loaded.is_err(), "the program takes {text}");
        let value = serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
        assert_eq!(validator.is_valid(&value), NOT_SEEN.contains(text), "{text}");
    }
}

/// What a schema does not see, each with the reason.
const MISSED: &[&str] = &[];

/// Every key has a description and an example.
#[test]
fn every_key_is_described() {
    let schema = desired::json_schema();
    let mut bare = Vec::new();
    look(&schema, "", &mut bare);
    assert!(bare.is_empty(), "without description or example:\n{}", bare.join("\n"));
}

fn look(value: &Value, path: &str, bare: &mut Vec<String>) {
    for (key, property) in value["properties"].as_object().into_iter().flatten() {
        let described = property["description"].as_str().is_some_and(|text| !text.is_empty());
        if !described || property["examples"].as_array().is_none_or(Vec::is_empty) {
            bare.push(format!("{path}.{key}"));
        }
    }
    match value {
        Value::Object(map) => {
            // What is excluded is described where it is a key.
            let keys = map.iter().filter(|(key, _)| !["examples", "not"].contains(&key.as_str()));
            for (key, value) in keys {
                look(value, &format!("{path}.{key}"), bare);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| look(value, path, bare)),
        _ => {}
    }
}

/// Of what the file has, too: another test holds that.
fn validator() -> Validator {
    jsonschema::draft7::new(&desired::json_schema()).unwrap()
}

fn read(file: &Path) -> Option<Value> {
    let table: toml::Table = fs::read_to_string(file).ok()?.parse().ok()?;
    serde_json::to_value(table).ok()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of TOML below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    found.sort();
    found
}
