//! A project in a git repository of its own.
//!
//! Used by `#[path = "support/repository.rs"] mod repository;`, next to `project`.

#![allow(clippy::unwrap_used, dead_code, reason = "each test program uses its part of this")]

use std::process::{Command, Stdio};

use crate::project::Project;

/// Makes a repository around a project, with all of it in the first commit of the branch `main`.
pub fn begin(project: &Project) {
    git(project, &["init", "--quiet", "--initial-branch=main"]);
    commit(project);
}

/// Takes all that there is into a commit.
pub fn commit(project: &Project) {
    project.write(".git/info/exclude", "/home\n/cache\n/.pgconverge\n/beside\n");
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "--allow-empty", "--message", "a step"]);
}

/// The commit that a branch is at.
pub fn head(project: &Project) -> String {
    let output = command(project).args(["rev-parse", "HEAD"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Another project, with the files as they are on a branch.
pub fn copy(project: &Project, branch: &str) -> Project {
    let other = Project::empty();
    let from = project.path("").display().to_string();
    git(&other, &["clone", "--quiet", "--branch", branch, &from, "."]);
    other
}

#[track_caller]
pub fn git(project: &Project, arguments: &[&str]) {
    let output = command(project).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// git that knows nothing of whoever runs the tests.
fn command(project: &Project) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(project.path(""))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "tests")
        .env("GIT_AUTHOR_EMAIL", "tests@example.com")
        .env("GIT_COMMITTER_NAME", "tests")
        .env("GIT_COMMITTER_EMAIL", "tests@example.com")
        .stdin(Stdio::null());
    command
}
