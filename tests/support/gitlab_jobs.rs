//! Jobs of GitLab that run the scripts of `examples/ci`, and a merge request that they are about.
//!
//! Used by `#[path = "support/gitlab_jobs.rs"] mod gitlab_jobs;`, next to `gitlab`, `project`, `repository` and `scripts`.

#![allow(dead_code, reason = "each test program uses its part of this")]

use std::process::Command;

use serde_json::json;

use crate::gitlab::{GitLab, TOKEN};
use crate::project::{Database, Project, Ran};
use crate::repository;
use crate::scripts::{branch, left, script};

pub fn job(project: &Project, gitlab: &GitLab, database: &Database, name: &str) -> Command {
    let mut command = script(project, name);
    command
        .env("CI_API_V4_URL", format!("{}/api/v4", gitlab.forge.address))
        .env("CI_PROJECT_ID", "5")
        .env("CI_JOB_URL", "https://gitlab.example.com/team/shop/-/jobs/31")
        .env("PGCONVERGE_TOKEN", TOKEN)
        .env("DATABASE_URL", &database.address);
    command
}

pub fn plan(project: &Project, gitlab: &GitLab, database: &Database) -> Command {
    let mut command = job(project, gitlab, database, "plan.sh");
    command.env("CI_MERGE_REQUEST_IID", "7");
    command.env("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", repository::head(project));
    command
}

pub fn merged() -> (Project, Database, GitLab) {
    let (project, database) = branch();
    let gitlab = GitLab::start();
    Ran::of(&mut plan(&project, &gitlab, &database)).succeeds();
    let commit = repository::head(&project);
    gitlab.change(|state| {
        state.plan = left(&project, "plan.json").into_bytes();
        state.requests = vec![json!({
            "iid": 7, "state": "merged", "sha": commit, "source_project_id": 5, "target_project_id": 5,
        })];
        let pipeline = |id: u32, sha: &str| {
            json!({ "id": id, "sha": sha, "ref": "refs/merge-requests/7/head", "source": "merge_request_event" })
        };
        state.pipelines = vec![pipeline(22, &commit), pipeline(21, "older")];
        state.jobs = vec![
            json!({ "id": 30, "name": "lint", "status": "failed" }),
            json!({ "id": 31, "name": "pgconverge-plan", "status": "success" }),
        ];
    });
    gitlab.forge.asked();
    (project, database, gitlab)
}

pub fn apply(project: &Project, gitlab: &GitLab, database: &Database) -> Command {
    let mut command = job(project, gitlab, database, "apply.sh");
    command.env("CI_COMMIT_SHA", "abc");
    command
}
