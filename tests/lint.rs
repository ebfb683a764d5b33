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
#[path = "support/majors.rs"]
mod majors;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use lab::Lab;
use libtest_mimic::{Arguments, Failed, Trial};
use pgconverge::lint::{Finding, Level, Levels, RULES, Severity};
use pgconverge::{desired, pipeline};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

fn main() {
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).unwrap();
    majors::run_on(&["14", "18"]);
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let runtime = Arc::new(Runtime::new().unwrap());
    let lab: Arc<OnceCell<Lab>> = Arc::default();
    let mut trials = vec![
        Trial::test("every_rule_has_cases", every_rule_has_cases),
        Trial::test("every_rule_is_described", every_rule_is_described),
        Trial::test("false_alarms_are_counted", false_alarms_are_counted),
    ];
    for file in cases() {
        let (runtime, lab) = (Arc::clone(&runtime), Arc::clone(&lab));
        let name = file.strip_prefix("tests/lint").unwrap().with_extension("");
        let trial = move || runtime.block_on(run(&file, &lab));
        trials.push(Trial::test(name.display().to_string(), trial));
    }
    for folder in entries(Path::new("tests/fixes")) {
        let (runtime, lab) = (Arc::clone(&runtime), Arc::clone(&lab));
        let name = format!("fix/{}", folder.file_name().unwrap().to_str().unwrap());
        trials.push(Trial::test(name, move || runtime.block_on(is_mended(&folder, &lab))));
    }
    for script in entries(Path::new("tests/open_schemas")) {
        if script.extension().is_some_and(|extension| extension == "sql") {
            let (runtime, lab) = (Arc::clone(&runtime), Arc::clone(&lab));
            let name = format!("open/{}", script.file_stem().unwrap().to_str().unwrap());
            trials.push(Trial::test(name, move || runtime.block_on(is_judged(&script, &lab))));
        }
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
    is_written(&text, &file.with_extension("txt"))
}

/// Whether a text is the one in a file; with `BLESS=1` it is put there.
fn is_written(text: &str, path: &Path) -> Result<(), Failed> {
    if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
        fs::write(path, text).unwrap();
        return Ok(());
    }
    let expected = fs::read_to_string(path)
        .map_err(|error| Failed::from(format!("{}: {error}", path.display())))?;
    if text == expected {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), text);
    Err(Failed::from(diff.unified_diff().header("expected", "is").to_string()))
}

/// Each `tests/fixes/NAME` has a file before and after `check --fix`, and what is said of it. A second run
/// does nothing, and no object is another for it: those that are gone are those that were named.
async fn is_mended(folder: &Path, lab: &OnceCell<Lab>) -> Result<(), Failed> {
    let schema = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    fs::create_dir_all(&schema).unwrap();
    fs::copy(folder.join("before.toml"), schema.join("schema.toml")).unwrap();
    let lab = lab.get_or_init(Lab::start).await;
    let failed = |error: miette::Report| Failed::from(format!("{error:?}"));
    let settings = lab.settings(&schema, "postgres", Date::constant(2025, 11, 15));
    let before = lab.desired(&settings).await.map_err(failed)?.canonical.objects;
    let mend = async || pipeline::mended(&settings, lab.major(), &whole(), &lab::silent).await;
    let mended = mend().await.map_err(failed)?;
    let [file] = &mended.written[..] else {
        return Err(Failed::from(format!("{} files are written", mended.written.len())));
    };
    let lines: Vec<String> = mended
        .removed
        .iter()
        .map(|line| format!("{}\n", line.split_once("schema.toml:").unwrap().1))
        .collect();
    is_written(&lines.concat(), &folder.join("removed.txt"))?;
    is_written(&file.text, &folder.join("after.toml"))?;
    fs::write(schema.join("schema.toml"), &file.text).unwrap();
    let again = mend().await.map_err(failed)?;
    if !again.written.is_empty() || !again.removed.is_empty() {
        return Err(Failed::from(format!("a second run does something: {:?}", again.removed)));
    }
    let mut after = again.state.canonical.objects;
    for (address, object) in before {
        match after.remove(&address) {
            Some(kept) if kept == object => {}
            Some(_) => return Err(Failed::from(format!("{address} is another"))),
            None if lines.iter().any(|line| line.contains(&format!(" {address}:"))) => {}
            None => return Err(Failed::from(format!("{address} is gone, and nobody says so"))),
        }
    }
    match after.keys().next() {
        Some(address) => Err(Failed::from(format!("{address} is new"))),
        None => Ok(()),
    }
}

/// Each `tests/open_schemas/NAME.sql` makes a schema as well-known programs have it, in words of our own.
/// What the rules say of it is in `NAME.txt`.
async fn is_judged(script: &Path, lab: &OnceCell<Lab>) -> Result<(), Failed> {
    let failed = |error: miette::Report| Failed::from(format!("{error:?}"));
    let server = lab.get_or_init(Lab::start).await;
    let database = server.create_database().await;
    let connection = server.connect(&database).await;
    let text = fs::read_to_string(script).unwrap();
    connection.client.batch_execute(&text).await.map_err(|error| {
        Failed::from(error.as_db_error().map_or_else(|| error.to_string(), |e| format!("{e:?}")))
    })?;
    let mut live = pipeline::read_whole(&connection.client, &[]).await.map_err(failed)?;
    live.leave_out_usual(None);
    connection.close().await.unwrap();
    server.give_up(database).await;
    let schema = Path::new(env!("CARGO_TARGET_TMPDIR")).join(script.with_extension(""));
    let _ = fs::remove_dir_all(&schema);
    for file in desired::write(&live.database).map_err(|error| failed(error.into()))? {
        let path = schema.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.text).unwrap();
    }
    let found = findings(&schema, lab, &Levels(BTreeMap::new())).await?;
    let lines: String = found.into_iter().map(|(_, line)| line).collect();
    is_written(&lines, &script.with_extension("txt"))
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

/// Of what the rules say of the open schemas, `false_alarms.txt` has what is noise, as whoever read it saw
/// it; `docs/lint.md` says how much that is.
fn false_alarms_are_counted() -> Result<(), Failed> {
    let folder = Path::new("tests/open_schemas");
    let scripts = entries(folder).into_iter().filter(|path| path.extension().unwrap() == "sql");
    let found: String =
        scripts.map(|path| fs::read_to_string(path.with_extension("txt")).unwrap()).collect();
    let noise = fs::read_to_string(folder.join("false_alarms.txt")).unwrap();
    if let Some(line) = noise.lines().find(|line| !found.lines().any(|other| other == *line)) {
        return Err(Failed::from(format!("nobody raises this alarm any more: {line}")));
    }
    let count = |text: &str, severity: &str| {
        text.lines().filter(|line| line.split(' ').nth(1) == Some(severity)).count()
    };
    let of = |text| ["error", "warning", "suggestion"].map(|severity| count(text, severity));
    let ([errors, warnings, suggestions], [no_errors, no_warnings, small]) =
        (of(&found), of(&noise));
    let wanted = format!(
        "{} errors and warnings there, {} of them false alarms, and {suggestions} suggestions, {small} of them noise",
        errors + warnings,
        no_errors + no_warnings,
    );
    let page = fs::read_to_string("docs/lint.md")
        .unwrap()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if page.contains(&wanted) {
        Ok(())
    } else {
        Err(Failed::from(format!("docs/lint.md does not say: {wanted}")))
    }
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
