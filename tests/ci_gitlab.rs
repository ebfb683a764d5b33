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
#[path = "support/gitlab_jobs.rs"]
mod gitlab_jobs;
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

use gitlab::{GitLab, TOKEN};
use gitlab_jobs::{apply, job, merged, plan};
use project::Ran;
use scripts::{MARKER, branch, keeps_secrets, left};
use serde_json::{Value, json};

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
    gitlab.change(|state| state.jobs[1]["status"] = "failed".into());
    let mut named = apply(&project, &gitlab, &database);
    let told = "the job pgconverge-plan of the job 31 has not succeeded";
    Ran::of(named.env("PLAN_RUN", "31")).exits(1).says(&[told]);
    Ran::of(apply(&project, &gitlab, &database).env("PLAN_RUN", "30")).exits(1);
    gitlab.change(|state| state.jobs[1]["status"] = "success".into());
    Ran::of(&mut named).succeeds();
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
    // That of a train begins after the review.
    gitlab.change(|state| {
        let train = json!({
            "id": 99, "sha": "of-the-train", "ref": "refs/merge-requests/7/train", "source": "merge_request_event",
        });
        state.pipelines.push(train);
        state.pipelines[0]["sha"] = "newer".into();
    });
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

#[test]
fn the_plan_of_a_merge_train_is_the_one_that_was_reviewed() {
    let (project, database, gitlab) = merged();
    gitlab.change(|state| {
        let train = json!({
            "id": 99, "sha": "of-the-train", "ref": "refs/merge-requests/7/train", "source": "merge_request_event",
        });
        state.pipelines.insert(0, train);
    });
    Ran::of(&mut apply(&project, &gitlab, &database)).succeeds();
    let asked = gitlab.forge.asked();
    assert!(asked.contains(&"GET /api/v4/projects/5/pipelines/22/jobs".to_owned()), "{asked:?}");
    project.run_on(&database, &["plan"]).finds_nothing();
}

/// As after exit code 4: "New pipeline" on the main branch, with leave in a variable.
#[test]
fn a_pipeline_that_is_started_by_hand_runs_its_own_plan() {
    let (project, database, gitlab) = merged();
    project.write("schema/schema.toml", &scripts::BEFORE.replace("title = \"text\"\n", ""));
    let mut again = job(&project, &gitlab, &database, "plan.sh");
    Ran::of(&mut again).exits(3);
    let ran = Ran::of(again.env("ALLOW", "data-loss")).succeeds();
    ran.prints(&["ALTER TABLE public.books DROP COLUMN title;", "about no merge request"]);
    gitlab.change(|state| state.plan = left(&project, "plan.json").into_bytes());
    gitlab.forge.asked();
    let mut own = apply(&project, &gitlab, &database);
    own.env("CI_PIPELINE_SOURCE", "web").env("CI_PIPELINE_ID", "60");
    Ran::of(&mut own).succeeds();
    assert_eq!(gitlab.forge.asked()[0], "GET /api/v4/projects/5/pipelines/60/jobs");
    project.run_on(&database, &["plan"]).finds_nothing();
    gitlab.change(|state| state.jobs.truncate(1));
    Ran::of(&mut own)
        .exits(1)
        .says(&["the job pgconverge-plan of this pipeline has not succeeded"]);
}

#[test]
fn labels_give_leave() {
    let (project, database) = branch();
    let gitlab = GitLab::start();
    project.edit("schema/schema.toml", "title = \"text\"\n", "");
    let mut command = plan(&project, &gitlab, &database);
    Ran::of(command.env("CI_MERGE_REQUEST_LABELS", "bug,allow copy")).exits(3);
    let told = "The label `allow data-loss` gives leave, for a pipeline that begins with it.\n";
    assert!(gitlab.ours()[0].contains(told), "{:?}", gitlab.ours());
    Ran::of(command.env("CI_MERGE_REQUEST_LABELS", "allow data-loss,bug")).succeeds();
    assert!(!gitlab.ours()[0].contains("gives leave"), "{:?}", gitlab.ours());
}

#[test]
fn a_plan_against_the_base_has_a_report_and_so_have_errors() {
    let (project, database) = branch();
    let gitlab = GitLab::start();
    let report =
        || -> Vec<Value> { serde_json::from_str(&left(&project, "codequality.json")).unwrap() };
    project.edit("schema/schema.toml", "title = \"text\"\n", "");
    let mut command = plan(&project, &gitlab, &database);
    command.env("DATABASE_URL", "").env("BASE", "main");
    Ran::of(&mut command).exits(3);
    let [issue] = &report()[..] else { panic!("{:?}", report()) };
    assert_eq!(
        (&issue["check_name"], &issue["severity"]),
        (&json!("data-loss"), &json!("blocker"))
    );
    assert!(gitlab.ours()[0].contains("no plan that can be run"), "{:?}", gitlab.ours());

    project.edit("schema/schema.toml", "\"date\"", "\"dat\"");
    Ran::of(&mut plan(&project, &gitlab, &database)).exits(1);
    let [issue] = &report()[..] else { panic!("{:?}", report()) };
    assert_eq!(issue["severity"], "critical");
    let rule = issue["check_name"].as_str().unwrap();
    assert!(rule.starts_with("pgconverge::canonical::"), "{rule}");
    let place = json!({ "path": "schema/schema.toml", "lines": { "begin": 5 } });
    assert_eq!(issue["location"], place);
    let [note] = &gitlab.ours()[..] else { panic!("{:?}", gitlab.ours()) };
    assert!(note.starts_with(&format!("{MARKER}### The files have errors\n")), "{note}");
}
