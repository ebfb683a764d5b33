//! `examples/ci` on GitHub, when a pull request is merged: the plan that was reviewed is run, and no other.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

#[path = "support/forge.rs"]
mod forge;
#[path = "support/github.rs"]
mod github;
#[path = "support/github_jobs.rs"]
mod github_jobs;
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

use github::{REPOSITORY, TOKEN};
use github_jobs::{apply, job, merged, plan};
use project::{Database, Ran};
use scripts::{keeps_secrets, packed};
use serde_json::json;

#[test]
fn the_plan_that_was_reviewed_is_run() {
    let (project, database, github) = merged();
    let ran = Ran::of(&mut apply(&project, &github, &database)).succeeds();
    keeps_secrets(&ran, &[TOKEN]);
    ran.says(&["the database equals the files"])
        .prints(&["reviewed_plan.py: the plan has the fingerprint"]);
    assert_eq!(
        database.count(
            "SELECT count(*) FROM information_schema.columns WHERE column_name = 'published'"
        ),
        1
    );
    assert!(project.path("pgconverge-out/journal").is_dir());
    let asked = github.forge.asked();
    assert_eq!(asked[3], "GET /repos/team/shop/actions/artifacts/4/zip");

    // It was run: the database is not any more as it was.
    let ran = Ran::of(&mut apply(&project, &github, &database)).exits(4);
    ran.says(&["table public.books is another than it was"])
        .prints(&["::error title=pgconverge::"]);
}

#[test]
fn a_database_or_files_that_have_moved_are_refused() {
    let (project, database, github) = merged();
    database.execute("CREATE TABLE surprise ()");
    let before = database.dump();
    let ran = Ran::of(&mut apply(&project, &github, &database)).exits(4);
    ran.says(&["database: table public.surprise is new", "Nothing was done"]);
    project::assert_same(&before, &database.dump());
    database.execute("DROP TABLE surprise");

    // As where something else was merged in between.
    project.write(
        "schema/more.toml",
        "[table.more]\nprimary_key = [\"id\"]\n[table.more.column]\nid = \"integer\"\n",
    );
    Ran::of(&mut apply(&project, &github, &database))
        .exits(4)
        .says(&["files: table public.more is new"]);
    // Then the plan is made anew, and its run is named.
    let mut again = job(&project, &github, "plan.sh", &json!({}));
    Ran::of(again.env("DATABASE_URL", &database.address)).succeeds();
    let archive = packed(&project);
    github.change(|state| {
        state.archive = archive;
        state.runs.push(json!({
            "id": 50, "head_sha": "main", "conclusion": "success", "created_at": "2026-01-03T00:00:00Z",
            "head_repository": { "full_name": REPOSITORY },
        }));
    });
    Ran::of(apply(&project, &github, &database).env("PLAN_RUN", "50")).succeeds();
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn no_plan_is_run_but_the_one_that_was_reviewed() {
    let (project, database, github) = merged();
    let before = database.dump();
    let refused = |told: &str| {
        let ran = Ran::of(&mut apply(&project, &github, &database)).exits(1).says(&[told]);
        ran.prints(&["::error title=pgconverge::"]);
        project::assert_same(&before, &database.dump());
    };
    let keep = |state: &mut github::State| {
        (state.runs.clone(), state.artifacts.clone(), state.pulls.clone())
    };
    let (runs, artifacts, pulls) = keep(&mut github.state.lock().unwrap());
    let reset = || {
        github.change(|state| {
            (state.runs, state.artifacts, state.pulls) =
                (runs.clone(), artifacts.clone(), pulls.clone());
        });
    };
    github.change(|state| state.pulls.clear());
    refused("no pull request has brought abc");
    reset();
    github.change(|state| state.runs.clear());
    refused("no run of pgconverge-plan.yml has made a plan for");
    reset();
    github.change(|state| state.runs[0]["created_at"] = "2026-01-01T12:00:00Z".into());
    refused("the run has not succeeded, so its plan is not one to be run");
    reset();
    github.change(|state| state.runs[1]["head_repository"]["full_name"] = "stranger/shop".into());
    refused("https://github.example.com/42 is of a fork");
    reset();
    github.change(|state| state.artifacts[1]["expired"] = true.into());
    refused("the artifact pgconverge-schema of https://github.example.com/42 is not kept any more");
    github.change(|state| state.artifacts.clear());
    refused("is not there");
    reset();
    github.change(|state| {
        state.broken = Some(("GET", 403, "Resource not accessible by integration"));
    });
    refused("GitHub answers 403 to GET");
    github.change(|state| state.broken = None);

    // The comment is about another plan, or was never written.
    let comments = github.state.lock().unwrap().comments.clone();
    let other = comments[0]["body"].as_str().unwrap().replace("fingerprint `", "fingerprint `0");
    github.change(|state| state.comments[0]["body"] = other.into());
    refused("is about another plan than");
    github.change(|state| state.comments[0]["user"]["login"] = "somebody".into());
    refused("nobody has reviewed it");
    github.change(|state| state.comments = comments);

    // What is no plan.
    github.change(|state| state.archive = b"nothing of the sort".to_vec());
    refused("has no plan.json");
    project.write("pgconverge-out/plan.json", "{}");
    let archive = packed(&project);
    github.change(|state| state.archive = archive);
    refused("is no plan of `pgconverge plan --out`");
}

#[test]
fn a_plan_with_nothing_to_do_is_left_alone_wherever_the_database_is_by_now() {
    let (project, database, github) = merged();
    project.write("schema/schema.toml", scripts::BEFORE);
    Ran::of(&mut plan(&project, &github, &database)).succeeds();
    assert!(github.ours()[0].contains("### Plan: nothing to do\n"));
    let archive = packed(&project);
    github.change(|state| state.archive = archive);
    database.execute("CREATE TABLE surprise ()");
    let ran = Ran::of(&mut apply(&project, &github, &database)).succeeds();
    ran.prints(&["the plan has nothing to do"]);
}

/// Where labels are not, as in a run that was started by hand.
#[test]
fn a_plan_that_is_made_anew_may_be_given_leave() {
    let (project, database, github) = merged();
    project.write("schema/schema.toml", &scripts::BEFORE.replace("title = \"text\"\n", ""));
    let mut again =
        job(&project, &github, "plan.sh", &json!({ "inputs": { "allow": "data-loss" } }));
    again.env("DATABASE_URL", &database.address);
    Ran::of(&mut again).exits(3);
    Ran::of(again.env("ALLOW", "data-loss")).succeeds();
    let archive = packed(&project);
    github.change(|state| state.archive = archive);
    Ran::of(apply(&project, &github, &database).env("PLAN_RUN", "42")).succeeds();
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn the_plans_of_several_targets_are_reviewed_and_run_as_one() {
    let (project, first, github) = merged();
    project.write("schema/schema.toml", scripts::BEFORE);
    let second = Database::of(&project);
    let third = Database::of(&project);
    third.execute("ALTER TABLE books DROP COLUMN title");
    project.write(
        "pgconverge.toml",
        &format!(
            "[targets.databases]\nberlin = \"{}\"\nparis = \"{}\"\nrome = \"{}\"\n",
            first.address, second.address, third.address
        ),
    );
    project.edit(
        "schema/schema.toml",
        "id = \"integer\"\n",
        "id = \"integer\"\npublished = \"date\"\n",
    );
    project.edit("schema/schema.toml", "title = \"text\"\n", "");
    let ran = Ran::of(&mut plan(&project, &github, &first)).exits(3);
    ran.prints(&["::error file=schema/schema.toml,line=1,title=data-loss::berlin, paris: step "]);
    Ran::of(plan(&project, &github, &first).env("ALLOW", "data-loss")).succeeds();
    let [comment] = &github.ours()[..] else { panic!("{:?}", github.ours()) };
    for text in ["**3 of 3 differ, in 2 ways.**", "; fingerprint `", "` of all plans; [the run]"] {
        assert!(comment.contains(text), "no {text} in {comment}");
    }
    let archive = packed(&project);
    github.change(|state| state.archive = archive);

    // One of them was planned again, and nobody has seen it.
    let comment = comment.clone();
    let other = comment.replace("; fingerprint `", "; fingerprint `0");
    github.change(|state| state.comments[0]["body"] = other.into());
    Ran::of(&mut apply(&project, &github, &first)).exits(1).says(&["is about another plan than"]);
    github.change(|state| state.comments[0]["body"] = comment.into());
    let ran = Ran::of(&mut apply(&project, &github, &first)).succeeds();
    ran.prints(&["3 converged"]);
    for database in [&first, &second, &third] {
        project.run_on(database, &["plan"]).finds_nothing();
    }
    // They were run: the targets are not any more as they were.
    Ran::of(&mut apply(&project, &github, &first)).exits(4);
    // And a target that cannot be looked at is told, beside the others.
    project.edit("pgconverge.toml", &third.address, "postgres://app@127.0.0.1:1/rome");
    Ran::of(&mut plan(&project, &github, &first)).exits(1);
    let [comment] = &github.ours()[..] else { panic!("{:?}", github.ours()) };
    for text in [
        "### There is no plan for all targets\n",
        "2 of 3 are alike: no changes; 1 could not be looked at",
    ] {
        assert!(comment.contains(text), "no {text} in {comment}");
    }
    // With nothing to do, nothing is run.
    project.edit("pgconverge.toml", "rome = ", "# rome = ");
    Ran::of(&mut plan(&project, &github, &first)).succeeds();
    let archive = packed(&project);
    github.change(|state| state.archive = archive);
    let ran = Ran::of(&mut apply(&project, &github, &first)).succeeds();
    ran.prints(&["the plan has nothing to do"]);
}
