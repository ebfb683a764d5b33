//! Every `tests/lint/RULE/CASE.toml` is a test: a schema, and what the rule finds in it, in `CASE.txt`.
//! `BLESS=1 cargo test --test lint` writes that down.
//!
//! Each rule has a case in which it finds something, one in which it does not, and a section in
//! `docs/lint.md`. The project's own files and its examples have nothing to find.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how a failure is told"
)]

#[path = "support/lab.rs"]
mod lab;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use lab::Lab;
use libtest_mimic::{Arguments, Failed, Trial};
use pgconverge::lint::{Finding, Level, Levels, RULES, Severity};
use pgconverge::pipeline;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

fn main() {
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).unwrap();
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let runtime = Arc::new(Runtime::new().unwrap());
    let lab: Arc<OnceCell<Lab>> = Arc::default();
    let mut trials = vec![
        Trial::test("every_rule_has_cases", every_rule_has_cases),
        Trial::test("every_rule_is_described", every_rule_is_described),
    ];
    for file in cases() {
        let (runtime, lab) = (Arc::clone(&runtime), Arc::clone(&lab));
        let name = file.strip_prefix("tests/lint").unwrap().with_extension("");
        let trial = move || runtime.block_on(run(&file, &lab));
        trials.push(Trial::test(name.display().to_string(), trial));
    }
    for schema in clean() {
        let (runtime, lab) = (Arc::clone(&runtime), Arc::clone(&lab));
        let name = format!("clean/{}", schema.display());
        trials.push(Trial::test(name, move || runtime.block_on(is_clean(&schema, &lab))));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Some(lab) = Arc::into_inner(lab).and_then(OnceCell::into_inner) {
        runtime.block_on(lab.stop());
    }
    conclusion.exit();
}

/// What the rule of a case finds, and what is allowed in vain.
async fn run(file: &Path, lab: &OnceCell<Lab>) -> Result<(), Failed> {
    let rule = file.parent().unwrap().file_name().unwrap().to_str().unwrap();
    let schema = alone(file);
    let text: String = findings(&schema, lab, &whole())
        .await?
        .into_iter()
        .filter(|(found, _)| [rule, "unused-allow"].contains(&found.rule))
        .map(|(_, line)| line)
        .collect();
    let path = file.with_extension("txt");
    if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
        fs::write(&path, text).unwrap();
        return Ok(());
    }
    let expected = fs::read_to_string(&path)
        .map_err(|error| Failed::from(format!("{}: {error}", path.display())))?;
    if text == expected {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), text.as_str());
    Err(Failed::from(diff.unified_diff().header("expected", "is").to_string()))
}

/// Every rule, also those that nobody is asked by themselves.
fn whole() -> Levels {
    let level = |severity| match severity {
        Severity::Suggestion => Level::Suggestion,
        Severity::Warning => Level::Warning,
        Severity::Error => Level::Error,
    };
    Levels(RULES.iter().map(|rule| (rule.name.to_owned(), level(rule.severity))).collect())
}

async fn is_clean(schema: &Path, lab: &OnceCell<Lab>) -> Result<(), Failed> {
    let found = findings(schema, lab, &Levels(BTreeMap::new())).await?;
    let lines: String = found.into_iter().map(|(_, line)| line).collect();
    if lines.is_empty() { Ok(()) } else { Err(Failed::from(lines)) }
}

/// Everything that is found below a directory, each with a line about it.
async fn findings(
    schema: &Path,
    lab: &OnceCell<Lab>,
    levels: &Levels,
) -> Result<Vec<(Finding, String)>, Failed> {
    let lab = lab.get_or_init(Lab::start).await;
    let failed = |error: miette::Report| Failed::from(format!("{error:?}"));
    let settings = lab.settings(schema, "postgres", Date::constant(2025, 11, 15));
    // It makes the roles and tablespaces that the files name.
    let declared = lab.desired(&settings).await.map_err(failed)?.declared;
    let linted = pipeline::linted(&settings, declared, lab.major(), levels, &lab::silent).await;
    let (desired, findings) = linted.map_err(failed)?;
    let sources = &desired.declared.sources;
    let at = |place| {
        let (line, column) = sources.line_and_column(place);
        format!("{line}:{column}")
    };
    let line = |found: &Finding| {
        let file = sources.path(found.place.file).file_name().unwrap().to_str().unwrap();
        let other = found.other.map(|place| format!(" ({})", at(place))).unwrap_or_default();
        let (place, severity) = (at(found.place), found.severity.name());
        format!(
            "{file}:{place}: {severity} {}: {}: {}{other}\n",
            found.rule, found.subject, found.message
        )
    };
    Ok(findings.into_iter().map(|found| (found.clone(), line(&found))).collect())
}

/// A folder with nothing but this file in it.
fn alone(file: &Path) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file.with_extension(""));
    fs::create_dir_all(&folder).unwrap();
    fs::copy(file, folder.join(file.file_name().unwrap())).unwrap();
    folder
}

fn every_rule_has_cases() -> Result<(), Failed> {
    let mut missing = Vec::new();
    let cases = cases();
    for rule in RULES {
        let folder = Path::new("tests/lint").join(rule.name);
        let of_rule = cases.iter().filter(|file| file.starts_with(&folder));
        let texts: Vec<String> = of_rule
            .map(|file| fs::read_to_string(file.with_extension("txt")).unwrap_or_default())
            .collect();
        if texts.iter().all(String::is_empty) {
            missing.push(format!("{}: no case in which it finds anything", rule.name));
        }
        if !texts.iter().any(String::is_empty) {
            missing.push(format!("{}: no case in which it finds nothing", rule.name));
        }
    }
    for folder in entries(Path::new("tests/lint")) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        if !RULES.iter().any(|rule| rule.name == name) {
            missing.push(format!("{}: there is no such rule", folder.display()));
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(Failed::from(missing.join("\n"))) }
}

fn every_rule_is_described() -> Result<(), Failed> {
    let page = fs::read_to_string("docs/lint.md").unwrap();
    let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let described: Vec<&str> = headings
        .iter()
        .filter_map(|heading| heading.strip_prefix('`')?.split('`').next())
        .collect();
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    if !names.is_sorted() {
        return Err(Failed::from("the registry is not in the order of names"));
    }
    if described != names {
        let text = format!("docs/lint.md has sections for {described:?}, there are {names:?}");
        return Err(Failed::from(text));
    }
    for rule in RULES {
        let usual = if rule.usual { "" } else { ", off by default" };
        let wanted = format!("## `{}`\n\n*{}{usual}.*", rule.name, rule.severity.name());
        if !page.contains(&wanted) {
            return Err(Failed::from(format!("docs/lint.md does not begin a section:\n{wanted}")));
        }
    }
    Ok(())
}

fn cases() -> Vec<PathBuf> {
    let files = entries(Path::new("tests/lint")).into_iter().flat_map(|folder| entries(&folder));
    files.filter(|file| file.extension().is_some_and(|extension| extension == "toml")).collect()
}

/// The schema of the project, and those of its examples.
fn clean() -> Vec<PathBuf> {
    let mut schemas = vec![PathBuf::from("schema")];
    let examples = entries(Path::new("examples")).into_iter().map(|folder| folder.join("schema"));
    schemas.extend(examples.filter(|schema| schema.is_dir()));
    let kinds = entries(Path::new("examples/kinds"));
    let files = kinds.iter().filter(|file| file.extension().is_some_and(|e| e == "toml"));
    schemas.extend(files.map(|file| alone(file)));
    schemas
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.collect();
    paths.sort();
    paths
}
