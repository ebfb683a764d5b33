//! Jobs of GitHub that run the scripts of `examples/ci`, and a pull request that they are about.
//!
//! Used by `#[path = "support/github_jobs.rs"] mod github_jobs;`, next to `github`, `project`, `repository` and `scripts`.

#![allow(dead_code, reason = "each test program uses its part of this")]

use std::process::Command;

use serde_json::{Value, json};

use crate::github::{GitHub, REPOSITORY, TOKEN};
use crate::project::{Database, Project, Ran};
use crate::repository;
use crate::scripts::{branch, event, packed, script};

/// A script of a job on GitHub, about `event`.
pub fn job(project: &Project, github: &GitHub, name: &str, event: &Value) -> Command {
    project.write("home/event.json", &event.to_string());
    let mut command = script(project, name);
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_API_URL", &github.forge.address)
        .env("GITHUB_SERVER_URL", "https://github.example.com")
        .env("GITHUB_REPOSITORY", REPOSITORY)
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_RUN_ID", "42")
        .env("GITHUB_EVENT_PATH", project.path("home/event.json"))
        .env("GITHUB_STEP_SUMMARY", project.path("home/summary.md"));
    command
}

/// The plan of a pull request of this repository, with the database at hand.
pub fn plan(project: &Project, github: &GitHub, database: &Database) -> Command {
    let mut command = job(project, github, "plan.sh", &event(project, REPOSITORY));
    command.env("DATABASE_URL", &database.address);
    command
}

/// A pull request whose plan was made, and that is merged now.
pub fn merged() -> (Project, Database, GitHub) {
    let (project, database) = branch();
    let github = GitHub::start();
    Ran::of(&mut plan(&project, &github, &database)).succeeds();
    let commit = repository::head(&project);
    let archive = packed(&project);
    github.change(|state| {
        state.archive = archive;
        let head = json!({ "sha": commit });
        state.pulls = vec![
            json!({ "number": 7, "merged_at": "2026-01-02T00:00:00Z", "merge_commit_sha": "abc", "head": head }),
            json!({ "number": 8, "merged_at": null, "merge_commit_sha": "abc", "head": { "sha": "other" } }),
        ];
        state.runs = vec![
            json!({
                "id": 41, "head_sha": commit, "conclusion": "failure", "created_at": "2026-01-01T10:00:00Z",
                "head_repository": { "full_name": REPOSITORY },
            }),
            json!({
                "id": 42, "head_sha": commit, "conclusion": "success", "created_at": "2026-01-01T11:00:00Z",
                "head_repository": { "full_name": REPOSITORY }, "html_url": "https://github.example.com/42",
            }),
        ];
        state.artifacts = vec![
            json!({ "id": 3, "name": "pgconverge-schema", "expired": true }),
            json!({ "id": 4, "name": "pgconverge-schema", "expired": false }),
        ];
    });
    github.forge.asked();
    (project, database, github)
}

pub fn apply(project: &Project, github: &GitHub, database: &Database) -> Command {
    let mut command = job(project, github, "apply.sh", &json!({ "ref": "refs/heads/main" }));
    command
        .env("DATABASE_URL", &database.address)
        .env("GITHUB_SHA", "abc")
        .env("PLAN_WORKFLOW", "pgconverge-plan.yml");
    command
}
