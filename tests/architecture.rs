//! The rules of ARCHITECTURE.md, held against the sources, the cases and the pages.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use pgconverge::kinds::REGISTRY;
use source::{Kind, Source, root};

#[path = "support/source.rs"]
mod source;

/// A module imports from rows above its own, and from itself.
const ROWS: &[&[&str]] = &[
    &["sql"],
    &["model"],
    &["diagnostic"],
    &["kind", "server"],
    &["kinds"],
    &["desired", "catalog", "diff", "plan", "hazard", "render", "execute"],
    &["canonical", "lint"],
    &["pipeline"],
    &["verify"],
    &["cli"],
];

/// These compute and do nothing else: no waiting, no files, no network, no clock, no variables.
const PURE: &[&str] = &["sql", "model", "diff", "plan", "hazard", "render"];

const IMPURE_WORDS: &[&str] = &["async", "await", "tokio", "tokio_postgres", "futures_util"];

const IMPURE_MODULES: &[&str] = &["env", "fs", "io", "net", "os", "process", "thread", "time"];

/// Files that may be longer than [`LONGEST`], each with the reason.
const LONG_FILES: &[(&str, &str)] = &[];

const LONGEST: usize = 400;

/// Stages that say the name of a kind or of a section, each with the reason.
const NAMED_KINDS: &[(&str, &str, &str)] = &[
    ("src/desired/layout.rs", "column", "columns have a line each, however few there are"),
    ("src/desired/tree.rs", "primary_key", "PostgreSQL's default name for it"),
    ("src/catalog/error.rs", "function", "what the server says may not be called"),
    ("src/render/drift/json.rs", "column", "of a place in a file"),
    ("src/lint/routine/statement.rs", "table", "a statement of SQL: TABLE accounts"),
    ("src/lint/routine/subject.rs", "trigger", "a type that functions return"),
    ("src/lint/routine/subject.rs", "event_trigger", "another one"),
    ("src/verify/declared/read.rs", "check", "the section of a file of checks"),
];

/// Quotes put around something outside `sql`, each with the reason.
const QUOTED_ELSEWHERE: &[(&str, &str)] = &[
    ("src/kinds/table/course.rs", "days and integers, which have no quotes in them"),
    ("src/kinds/routine/statements.rs", "the empty list of names, as a constant"),
    ("src/kinds/routine/read.rs", "an empty array, in a query"),
    ("src/kind/form/error.rs", "a message"),
    ("src/desired/toml_text.rs", "TOML, not SQL"),
    ("src/kind/grammar/ask.rs", "TOML, not SQL"),
];

/// Collects what breaks a rule, and fails with all of it.
#[derive(Default)]
struct Broken(Vec<String>);

impl Broken {
    fn at(&mut self, source: &Source, line: usize, what: &str) {
        self.0.push(format!("{}:{line}: {what}", source.path));
    }

    fn add(&mut self, what: String) {
        self.0.push(what);
    }

    fn none(self, rule: &str) {
        assert!(self.0.is_empty(), "{rule}\n  {}\n", self.0.join("\n  "));
    }
}

fn row_of(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

fn lookup(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_default()
}

#[test]
fn every_module_has_a_row() {
    let mut broken = Broken::default();
    let declared: BTreeSet<String> = lookup("src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned))
        .collect();
    for module in &declared {
        if row_of(module).is_none() {
            broken.add(format!("src/lib.rs: `{module}` has no row"));
        }
    }
    let map = lookup("ARCHITECTURE.md");
    for (number, row) in ROWS.iter().enumerate() {
        let names: Vec<String> = row.iter().map(|name| format!("`{name}`")).collect();
        let line = format!("| {number} | {} |", names.join(" · "));
        if !map.contains(&line) {
            broken.add(format!("ARCHITECTURE.md lacks the row: {line}"));
        }
        for module in *row {
            if !declared.contains(*module) {
                broken.add(format!("row {number} has `{module}`, src/lib.rs has not"));
            }
        }
    }
    broken.none("Every module of the crate has a row, here and in ARCHITECTURE.md:");
}

#[test]
fn modules_import_from_rows_above() {
    let mut broken = Broken::default();
    for source in source::all() {
        let Some(own) = source.module().first().copied().map(str::to_owned) else { continue };
        for found in source.paths().iter().filter(|found| found.parts[0] == "crate") {
            let module = found.parts[1].as_str();
            let allowed = module == own || row_of(module) < row_of(&own);
            if !allowed || row_of(module).is_none() {
                broken.at(
                    &source,
                    found.line,
                    &format!("`{own}` uses `{}`", found.parts.join("::")),
                );
            }
        }
    }
    broken.none("A module imports only from rows above its own:");
}

#[test]
fn no_path_leaves_its_module_by_super() {
    let mut broken = Broken::default();
    for source in source::all() {
        // A kind is as closed to its siblings as a module is to its.
        let least = if source.within("src/kinds") { 2 } else { 1 };
        let depth = source.module().len();
        for found in source.paths() {
            let climbs = found.parts.iter().take_while(|part| *part == "super").count();
            let lands = climbs < found.parts.len() && climbs > 0;
            if lands && depth < least + climbs {
                broken.at(&source, found.line, &found.parts.join("::"));
            }
        }
    }
    broken.none("`super` stays within the module, and within the kind:");
}

#[test]
fn kinds_do_not_know_each_other() {
    let mut broken = Broken::default();
    for source in source::all() {
        let module = source.module();
        let [first, own, ..] = module.as_slice() else { continue };
        if *first != "kinds" {
            continue;
        }
        for found in source.paths() {
            let parts: Vec<&str> = found.parts.iter().map(String::as_str).collect();
            if parts.starts_with(&["crate", "kinds"]) && parts.get(2) != Some(own) {
                broken.at(&source, found.line, &parts.join("::"));
            }
        }
    }
    broken.none("A kind uses nothing of the registry or of another kind:");
}

#[test]
fn pure_modules_do_no_io() {
    let mut broken = Broken::default();
    for source in source::all() {
        if !source.module().first().is_some_and(|module| PURE.contains(module)) {
            continue;
        }
        for (line, word) in source.words() {
            if IMPURE_WORDS.contains(&word) {
                broken.at(&source, line, &format!("`{word}`"));
            }
        }
        for found in source.paths() {
            let module = found.parts.get(1).map(String::as_str).unwrap_or_default();
            if found.parts[0] == "std" && IMPURE_MODULES.contains(&module) {
                broken.at(&source, found.line, &found.parts.join("::"));
            }
        }
    }
    broken.none("What is pure neither waits nor reads nor writes:");
}

#[test]
fn stages_know_no_kind_by_name() {
    let mut broken = Broken::default();
    // `schema` is left out: it is a part of every address.
    let mut names: BTreeSet<&str> = REGISTRY.iter().map(|row| row.tag.0).collect();
    names.extend(REGISTRY.iter().flat_map(|row| (row.sections)()).map(|section| section.key));
    names.remove("schema");
    let mut excused: BTreeSet<(&str, &str)> = BTreeSet::new();
    for source in source::all() {
        let Some(module) = source.module().first().copied() else { continue };
        for window in source.tokens.windows(3) {
            let [a, b, Kind::Text(tag)] = [&window[0].kind, &window[1].kind, &window[2].kind]
            else {
                continue;
            };
            let is_tag = *a == Kind::Word("Tag".to_owned()) && *b == Kind::Mark('(');
            if is_tag && module != "kinds" && !tag.is_empty() {
                broken.at(&source, window[2].line, &format!("Tag(\"{tag}\")"));
            }
        }
        if row_of(module) <= row_of("kinds") {
            continue;
        }
        for (line, text) in
            source.texts().filter(|(_, text)| *text == "column" || names.contains(text))
        {
            let excuse =
                NAMED_KINDS.iter().find(|(file, word, _)| *file == source.path && *word == text);
            match excuse {
                Some((file, word, _)) => drop(excused.insert((file, word))),
                None => broken.at(&source, line, &format!("\"{text}\"")),
            }
        }
    }
    for (file, word, _) in
        NAMED_KINDS.iter().filter(|(file, word, _)| !excused.contains(&(file, word)))
    {
        broken.add(format!("{file} does not say \"{word}\" any more: take it off the list"));
    }
    broken.none("Outside `kinds`, no kind and no section is known by name:");
}

#[test]
fn only_sql_quotes() {
    let mut broken = Broken::default();
    let mut excused: BTreeSet<&str> = BTreeSet::new();
    for source in source::all() {
        // What libpq and npm quote is not SQL.
        if source.within("src/sql") || source.within("src/server") {
            continue;
        }
        let doubles = source.tokens.windows(4).filter_map(|window| {
            let [Kind::Word(word), Kind::Mark('('), Kind::Character(quote), Kind::Mark(',')] =
                [0, 1, 2, 3].map(|n| window[n].kind.clone())
            else {
                return None;
            };
            (word == "replace" && matches!(quote.as_str(), "\"" | "\\'")).then_some(window[0].line)
        });
        let wraps = source.texts().filter(|(_, text)| {
            ["'{", "\\\"{"].iter().any(|open| text.contains(open))
                && ["}'", "}\\\""].iter().any(|close| text.contains(close))
        });
        let doubled = source.texts().filter(|(_, text)| matches!(*text, "''" | "\\\"\\\""));
        let lines = doubles.chain(wraps.chain(doubled).map(|(line, _)| line));
        for line in lines {
            match QUOTED_ELSEWHERE.iter().find(|(file, _)| *file == source.path) {
                Some((file, _)) => drop(excused.insert(file)),
                None => broken.at(&source, line, "quotes are put around something"),
            }
        }
    }
    for (file, _) in QUOTED_ELSEWHERE.iter().filter(|(file, _)| !excused.contains(file)) {
        broken.add(format!("{file} quotes nothing any more: take it off the list"));
    }
    broken.none("Only `sql` quotes names and constants:");
}

#[test]
fn canonical_databases_come_from_catalogs() {
    let mut broken = Broken::default();
    for source in source::all() {
        let may = ["src/catalog", "src/canonical"].iter().any(|module| source.within(module));
        if may || source.path == "src/model/database.rs" {
            continue;
        }
        for (line, word) in source.words().filter(|(_, word)| *word == "read_from_catalog") {
            broken.at(&source, line, word);
        }
    }
    broken.none("Only the catalog's reader and its cache make a Database<Canonical>:");
}

#[test]
fn unsafe_code_is_forbidden() {
    let mut broken = Broken::default();
    let manifest: toml::Table = lookup("Cargo.toml").parse().unwrap();
    if manifest["lints"]["rust"]["unsafe_code"].as_str() != Some("forbid") {
        broken.add("Cargo.toml: [lints.rust] has not unsafe_code = \"forbid\"".to_owned());
    }
    for source in source::all() {
        for (line, word) in source.words().filter(|(_, word)| *word == "unsafe") {
            broken.at(&source, line, word);
        }
    }
    broken.none("There is no unsafe code:");
}

#[test]
fn the_day_is_asked_for_in_cli_only() {
    let mut broken = Broken::default();
    for source in source::all().iter().filter(|source| !source.within("src/cli")) {
        for found in
            source.paths().iter().filter(|found| found.parts.last().is_some_and(|p| p == "now"))
        {
            // How long something takes is no matter of the day.
            let waits = source.within("src/server") || source.within("src/execute");
            let patience = waits && found.parts[found.parts.len() - 2] == "Instant";
            if !patience {
                broken.at(source, found.line, &found.parts.join("::"));
            }
        }
    }
    broken.none("Time enters by the command line:");
}

#[test]
fn output_goes_through_cli_output() {
    let mut broken = Broken::default();
    for source in source::all() {
        for window in source.tokens.windows(2) {
            let [Kind::Word(word), Kind::Mark('!')] = [&window[0].kind, &window[1].kind] else {
                continue;
            };
            if matches!(word.as_str(), "print" | "println" | "eprint" | "eprintln" | "dbg") {
                broken.at(&source, window[0].line, &format!("{word}!"));
            }
        }
        // The bar asks whether there is a terminal.
        if ["src/cli/output.rs", "src/cli/progress.rs"].contains(&source.path.as_str()) {
            continue;
        }
        for found in source.paths() {
            let parts: Vec<&str> = found.parts.iter().map(String::as_str).collect();
            if matches!(parts[..], [.., "io", "stdout" | "stderr"]) {
                broken.at(&source, found.line, &parts.join("::"));
            }
        }
    }
    broken.none("Only cli::output writes to standard output and standard error:");
}

#[test]
fn files_are_short() {
    let mut broken = Broken::default();
    let sources = source::all();
    for source in &sources {
        let excused = LONG_FILES.iter().any(|(file, _)| *file == source.path);
        if source.lines > LONGEST && !excused {
            broken.add(format!("{} has {} lines", source.path, source.lines));
        }
        if source.lines <= LONGEST && excused {
            broken.add(format!("{} is short again: take it off the list", source.path));
        }
    }
    broken.none("A file has 400 lines at most:");
}

#[test]
fn every_kind_is_registered_tested_and_described() {
    let mut broken = Broken::default();
    let mut folders: Vec<String> = fs::read_dir(root().join("src/kinds"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    for kind in &folders {
        if !REGISTRY.iter().any(|row| row.tag.0.replace(' ', "_") == *kind) {
            broken.add(format!("src/kinds/{kind}: no row of the registry has this tag"));
        }
        let cases = root().join("tests/cases").join(kind);
        let any = fs::read_dir(&cases).is_ok_and(|mut entries| {
            entries.any(|entry| entry.is_ok_and(|entry| entry.path().is_dir()))
        });
        if !any {
            broken.add(format!("tests/cases/{kind}: there is no case"));
        }
        let page = format!("docs/kinds/{kind}.md");
        if !root().join(&page).is_file() {
            broken.add(format!("{page}: there is no such page"));
        }
        let example = format!("examples/kinds/{kind}.toml");
        if !root().join(&example).is_file() {
            broken.add(format!("{example}: there is no such example"));
        }
    }
    for row in REGISTRY {
        if !folders.iter().any(|folder| *folder == row.tag.0.replace(' ', "_")) {
            broken.add(format!("the registry has `{}`, src/kinds has not", row.tag));
        }
    }
    broken.none("A kind has a folder, a row, a case, a page and an example:");
}

#[test]
fn every_section_is_in_the_format() {
    let mut broken = Broken::default();
    let format = lookup("docs/format.md");
    for section in REGISTRY.iter().flat_map(|row| (row.sections)()) {
        let heading = format!("`{}`", section.key);
        let found = format.lines().any(|line| line.starts_with('#') && line.contains(&heading));
        if !found {
            broken.add(format!("docs/format.md has no heading with {heading}"));
        }
    }
    broken.none("Every section of the file format is described:");
}

#[test]
fn every_section_is_in_an_example() {
    let mut broken = Broken::default();
    for row in REGISTRY {
        let file = format!("examples/kinds/{}.toml", row.tag.0.replace(' ', "_"));
        let example: toml::Table = lookup(&file).parse().unwrap();
        for section in (row.sections)() {
            let here = example.contains_key(section.key);
            let nested = example.values().filter_map(toml::Value::as_table).any(|objects| {
                let objects = objects.values().filter_map(toml::Value::as_table);
                objects.into_iter().any(|object| object.contains_key(section.key))
            });
            if !here && !nested {
                broken.add(format!("{file} does not use `{}`", section.key));
            }
        }
    }
    broken.none("The example of a kind uses each of its sections:");
}

#[test]
fn every_code_is_explained() {
    let mut broken = Broken::default();
    let mut codes: BTreeMap<String, String> = BTreeMap::new();
    for source in source::all().iter().filter(|source| source.path != "src/main.rs") {
        let paths = source.paths();
        let paths = paths.iter().map(|found| (found.line, found.parts.join("::")));
        let texts = source.texts().map(|(line, text)| (line, text.to_owned()));
        for (line, code) in paths.chain(texts).filter(|(_, code)| is_code(code)) {
            codes.entry(code).or_insert(format!("{}:{line}", source.path));
        }
    }
    let page = lookup("docs/errors.md");
    let explained: BTreeSet<&str> =
        page.lines().flat_map(|line| line.split('`')).filter(|word| is_code(word)).collect();
    for (code, place) in &codes {
        if !explained.contains(code.as_str()) {
            broken.add(format!("{place}: {code} is not in docs/errors.md"));
        }
    }
    for code in explained.iter().filter(|code| !codes.contains_key(**code)) {
        broken.add(format!("docs/errors.md: {code} is in no source"));
    }
    broken.none("Every code of a diagnostic is explained in docs/errors.md:");
}

/// `pgconverge::stage::problem`
fn is_code(text: &str) -> bool {
    let parts: Vec<&str> = text.split("::").collect();
    let plain =
        |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    parts.len() == 3 && parts[0] == "pgconverge" && parts.iter().all(plain)
}

#[test]
fn the_readme_names_every_command_and_flag() {
    let mut broken = Broken::default();
    let readme = lookup("README.md");
    let help = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_pgconverge")).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let top = help(&["--help"]);
    let list = top.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<&str> = list
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.contains(&"plan"), "{top}");
    for command in commands {
        if !readme.contains(&format!("| `{command}` |"))
            && !readme.contains(&format!("| `{command} "))
        {
            broken.add(format!("README.md has no row for `{command}`"));
        }
        for flag in help(&[command, "--help"]).split_whitespace().filter_map(long_flag) {
            if !readme.contains(&format!("`{flag}")) {
                broken.add(format!("README.md does not name {flag}, of `{command}`"));
            }
        }
    }
    broken.none("README.md names every command and flag:");
}

fn long_flag(word: &str) -> Option<&str> {
    let flag = word.trim_end_matches([',', ';', '.', ']', ')']);
    let plain = |c: char| c.is_ascii_lowercase() || c == '-';
    (flag.starts_with("--") && flag.len() > 2 && flag.chars().all(plain)).then_some(flag)
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Broken::default();
    let mut pages: Vec<_> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(|page| root().join(page))
        .into();
    for directory in ["docs", "examples"] {
        collect_pages(&root().join(directory), &mut pages);
    }
    for page in pages {
        let text = fs::read_to_string(&page).unwrap_or_default();
        if text.is_empty() {
            broken.add(format!("{}: there is no such page", page.display()));
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            let elsewhere = link.contains("://") || file.is_empty();
            if !elsewhere && !page.parent().is_some_and(|folder| folder.join(file).exists()) {
                broken.add(format!("{}: {link}", page.display()));
            }
        }
    }
    broken.none("Links between pages lead to files:");
}

fn collect_pages(directory: &Path, pages: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_pages(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}
