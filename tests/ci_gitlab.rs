//! `examples/ci` on GitLab: its scripts run as jobs run them, against a stand-in of the API, with a database.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

#[path = "support/forge.rs"]
mod forge;
#[path = "support/gitlab.rs"]
mod gitlab;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/repository.rs"]
mod repository;
#[path = "support/scripts.rs"]
mod scripts;
#[path = "support/server.rs"]
mod server;

use std::process::Command;

use gitlab::{GitLab, TOKEN};
use project::{Database, Project, Ran};
use scripts::{branch, keeps_secrets, left, script};
use serde_json::{Value, json};

const MARKER: &str = "<!-- pgconverge: schema -->\n";

fn job(project: &Project, gitlab: &GitLab, database: &Database, name: &str) -> Command {
    let mut command = script(project, name);
    command
        .env("CI_API_V4_URL", format!("{}/api/v4", gitlab.forge.address))
        .env("CI_PROJECT_ID", "5")
        .env("CI_JOB_URL", "https://gitlab.example.com/team/shop/-/jobs/31")
        .env("PGCONVERGE_TOKEN", TOKEN)
        .env("DATABASE_URL", &database.address);
    command
}

fn plan(project: &Project, gitlab: &GitLab, database: &Database) -> Command {
    let mut command = job(project, gitlab, database, "plan.sh");
    command.env("CI_MERGE_REQUEST_IID", "7");
    command.env("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", repository::head(project));
    command
}

#[test]
fn one_note_is_posted_and_brought_up_to_date() {
    let (project, database) = branch();
    let gitlab = GitLab::start();
    for n in 0..130 {
        gitlab.note(2, &format!("{MARKER}word {n}"));
    }
    let ran = Ran::of(&mut plan(&project, &gitlab, &database)).succeeds();
    keeps_secrets(&ran, &[TOKEN]);
    ran.prints(&["a comment is posted"]);
    let [note] = &gitlab.ours()[..] else { panic!("{:?}", gitlab.ours()) };
    assert!(note.starts_with(&format!("{MARKER}### Plan: 1 to change\n")), "{note}");
    assert!(note.contains("[the run](https://gitlab.example.com/team/shop/-/jobs/31)"), "{note}");
    gitlab.forge.asked();
    project.edit("schema/schema.toml", "\"date\"", "\"timestamptz\"");
    Ran::of(&mut plan(&project, &gitlab, &database)).succeeds();
    let notes = "/api/v4/projects/5/merge_requests/7/notes";
    let asked = gitlab.forge.asked();
    let expected = [
        "GET /api/v4/user".to_owned(),
        format!("GET {notes}"),
        format!("GET {notes}"),
        format!("PUT {notes}/131"),
    ];
    assert_eq!(asked, expected);
    assert!(gitlab.ours()[0].contains("published timestamp with time zone"));
}

#[test]
fn what_the_api_refuses_is_said_and_a_fork_has_its_artifact() {
    let (project, database) = branch();
    let gitlab = GitLab::start();
    for (status, message) in [(403, "403 Forbidden"), (500, "500 Internal Server Error")] {
        gitlab.change(|state| state.broken = Some(("POST", status, message)));
        let ran = Ran::of(&mut plan(&project, &gitlab, &database)).exits(1);
        ran.says(&[&format!("GitLab answers {status} to POST"), message]);
        assert!(left(&project, "comment.md").contains("published date"));
    }
    gitlab.forge.asked();
    let mut command = plan(&project, &gitlab, &database);
    command.env("PGCONVERGE_TOKEN", "").env("DATABASE_URL", "").env("BASE", "main");
    Ran::of(&mut command).succeeds().prints(&["there is no PGCONVERGE_TOKEN, as in a fork"]);
    assert_eq!(gitlab.forge.asked(), [""; 0]);
    assert!(left(&project, "comment.md").contains("### Plan against `main`"));
    let mut command = job(&project, &gitlab, &database, "plan.sh");
    Ran::of(&mut command).succeeds().prints(&["this pipeline is about no merge request"]);
}

#[test]
fn hazards_and_findings_are_a_report_of_code_quality() {
    let (project, database) = branch();
    let gitlab = GitLab::start();
    project.write("pgconverge.toml", "[policy]\nrewrite = \"refuse\"\n");
    project.edit("schema/schema.toml", "\"date\"", "\"money\"");
    project.edit("schema/schema.toml", "id = \"integer\"", "id = \"bigint\"");
    Ran::of(&mut plan(&project, &gitlab, &database)).exits(3);
    let report: Value = serde_json::from_str(&left(&project, "codequality.json")).unwrap();
    let issues = report.as_array().unwrap();
    let of = |rule: &str| issues.iter().find(|it| it["check_name"] == rule).unwrap();
    assert_eq!(of("money-type")["severity"], "major");
    assert_eq!(
        of("money-type")["location"],
        json!({ "path": "schema/schema.toml", "lines": { "begin": 6 } })
    );
    assert_eq!(of("rewrite")["severity"], "blocker");
    assert_eq!(of("rewrite")["location"]["path"], "schema/schema.toml");
    let text = of("rewrite")["description"].as_str().unwrap();
    assert!(text.contains("writes the whole of public.books anew"), "{text}");
    let fingerprints: std::collections::BTreeSet<_> =
        issues.iter().map(|it| it["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(fingerprints.len(), issues.len());
}

fn merged() -> (Project, Database, GitLab) {
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

fn apply(project: &Project, gitlab: &GitLab, database: &Database) -> Command {
    let mut command = job(project, gitlab, database, "apply.sh");
    command.env("CI_COMMIT_SHA", "abc");
    command
}

#[test]
fn the_plan_that_was_reviewed_is_run_and_then_refused() {
    let (project, database, gitlab) = merged();
    let ran = Ran::of(&mut apply(&project, &gitlab, &database)).succeeds();
    keeps_secrets(&ran, &[TOKEN]);
    ran.says(&["the database equals the files"]);
    project.run_on(&database, &["plan"]).finds_nothing();
    let ran = Ran::of(&mut apply(&project, &gitlab, &database)).exits(4);
    ran.says(&["table public.books is another than it was", "apply.sh: the database or the files"]);
    // The job of a plan that was made anew may be named.
    project.edit("schema/schema.toml", "\"date\"", "\"timestamptz\"");
    let mut again = job(&project, &gitlab, &database, "plan.sh");
    Ran::of(&mut again).exits(3);
    // The leave that it was given is kept in it.
    Ran::of(again.env("ALLOW", "data-loss")).succeeds().prints(&["no merge request"]);
    gitlab.change(|state| state.plan = left(&project, "plan.json").into_bytes());
    Ran::of(apply(&project, &gitlab, &database).env("PLAN_RUN", "31")).succeeds();
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn no_plan_is_run_but_the_one_that_was_reviewed() {
    let (project, database, gitlab) = merged();
    let before = database.dump();
    let refused = |told: &str| {
        Ran::of(&mut apply(&project, &gitlab, &database)).exits(1).says(&[told]);
        project::assert_same(&before, &database.dump());
    };
    gitlab.change(|state| state.jobs[1]["status"] = "failed".into());
    refused("the job pgconverge-plan of !7 has not succeeded");
    gitlab.change(|state| state.jobs[1]["status"] = "success".into());
    gitlab.change(|state| state.pipelines[0]["sha"] = "newer".into());
    refused("the newest pipeline of !7 is not of the commit that was merged");
    gitlab.change(|state| state.pipelines[0]["source"] = "push".into());
    gitlab.change(|state| state.pipelines[1]["source"] = "push".into());
    refused("no pipeline has made a plan for !7");
    gitlab.change(|state| {
        state.pipelines[0]["source"] = "merge_request_event".into();
        // That of the result of the merge.
        state.pipelines[0]["ref"] = "refs/merge-requests/7/merge".into();
        state.notes[0]["author"]["id"] = 2.into();
    });
    refused("nobody has reviewed it");
    gitlab.change(|state| state.requests[0]["source_project_id"] = 6.into());
    refused("!7 is of a fork");
    gitlab.change(|state| state.requests[0]["state"] = "opened".into());
    refused("no merge request has brought abc");
}
