//! The scripts of `examples/ci`, run as a job of a forge runs them.
//!
//! Used by `#[path = "support/scripts.rs"] mod scripts;`, next to `project` and `repository`.

#![allow(clippy::unwrap_used, dead_code, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::project::{Database, Project, Ran};
use crate::repository;

/// What a comment of ours begins with.
pub const MARKER: &str = "<!-- pgconverge: schema -->\n";

pub const BEFORE: &str = "[table.books]\nprimary_key = [\"id\"]\n[table.books.column]\nid = \"integer\"\n\
                          title = \"text\"\n";

/// What the branch makes of it.
pub const ADDED: &str = "title = \"text\"\npublished = \"date\"\n";

pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci")
}

/// A project on a branch that adds a column, and a database that is as its base.
pub fn branch() -> (Project, Database) {
    let project = Project::with(BEFORE);
    repository::begin(&project);
    let database = Database::of(&project);
    repository::git(&project, &["switch", "--quiet", "--create", "work"]);
    project.edit("schema/schema.toml", "title = \"text\"\n", ADDED);
    repository::commit(&project);
    (project, database)
}

/// A script, with nothing of the forge that the tests themselves may run on.
pub fn script(project: &Project, name: &str) -> Command {
    let mut command = Command::new("bash");
    command.arg(directory().join("scripts").join(name)).current_dir(project.path(""));
    for (variable, value) in project.command(&[]).get_envs() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    let ours = ["GITHUB_", "CI_", "PGCONVERGE", "RUNNER_"];
    for (variable, _) in std::env::vars_os() {
        let variable = variable.to_string_lossy().into_owned();
        if ours.iter().any(|prefix| variable.starts_with(prefix)) {
            command.env_remove(variable);
        }
    }
    command.env("PGCONVERGE", env!("CARGO_BIN_EXE_pgconverge")).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The event of a pull request from `source`.
pub fn event(project: &Project, source: &str) -> Value {
    let head = json!({ "sha": repository::head(project), "repo": { "full_name": source } });
    json!({ "pull_request": { "number": 7, "head": head } })
}

/// What is in a file that a script has left.
#[track_caller]
pub fn left(project: &Project, name: &str) -> String {
    let path = project.path("pgconverge-out").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The directory of a job, packed as an artifact is.
pub fn packed(project: &Project) -> Vec<u8> {
    let directory = project.path("pgconverge-out");
    let files = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name());
    let mut command = Command::new("python3");
    command.args(["-m", "zipfile", "-c", "../artifact.zip"]).args(files).current_dir(&directory);
    assert!(command.status().unwrap().success());
    fs::read(project.path("artifact.zip")).unwrap()
}

/// Neither what is said nor what is left has a secret in it.
#[track_caller]
pub fn keeps_secrets(ran: &Ran, secrets: &[&str]) {
    for secret in secrets {
        for text in [&ran.out, &ran.err] {
            assert!(!text.contains(secret), "{secret} in:\n{text}");
        }
    }
}
