//! `examples/ci` on GitHub, on a pull request: its scripts run as jobs run them, against a stand-in of the API, with a
//! database.

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

use std::fs;
use std::process::Command;

use github::{BOT, GitHub, REPOSITORY, TOKEN};
use github_jobs::{job, plan};
use pgconverge::model::HazardClass;
use project::Ran;
use scripts::{MARKER, branch, event, keeps_secrets, left};
use serde_json::{Value, json};

#[test]
fn the_first_run_posts_a_comment_and_later_ones_bring_it_up_to_date() {
    let (project, database) = branch();
    let github = GitHub::start();
    let imitation = format!("{MARKER}### Plan: nothing to do\n");
    github.comment("somebody", &imitation);
    let ran = Ran::of(&mut plan(&project, &github, &database)).succeeds();
    ran.prints(&["a comment is posted"]);
    keeps_secrets(&Ran::of(&mut plan(&project, &github, &database)), &[TOKEN]);
    let [first] = &github.ours()[..] else { panic!("{:?}", github.ours()) };
    assert!(first.starts_with(&format!("{MARKER}### Plan: 1 to change\n")), "{first}");
    for text in ["ALTER TABLE public.books ADD COLUMN published date;", "fingerprint `"] {
        assert!(first.contains(text), "no {text} in {first}");
    }
    let commit = &repository::head(&project)[..12];
    let run = "https://github.example.com/team/shop/actions/runs/42";
    let footer =
        format!("<sub>Of {commit}; [the run]({run}) has the whole plan as its artifact.</sub>");
    assert!(first.contains(&footer), "{first}");
    assert!(left(&project, "plan.json").contains("\"saved\""));
    assert!(fs::read_to_string(project.path("home/summary.md")).unwrap().starts_with(first));

    // The second run had nothing new to say.
    let comments = "/repos/team/shop/issues";
    let asked = github.forge.asked();
    let reads = format!("GET {comments}/7/comments");
    assert_eq!(asked, [reads.clone(), format!("POST {comments}/7/comments"), reads.clone()]);
    project.edit("schema/schema.toml", "\"date\"", "\"timestamptz\"");
    repository::commit(&project);
    let ran = Ran::of(&mut plan(&project, &github, &database)).succeeds();
    ran.prints(&["the comment is brought up to date"]);
    assert_eq!(github.forge.asked(), [reads, format!("PATCH {comments}/comments/2")]);
    let [second] = &github.ours()[..] else { panic!("{:?}", github.ours()) };
    assert!(second.contains("published timestamp with time zone"), "{second}");
    // What somebody else has written is theirs.
    assert_eq!(github.state.lock().unwrap().comments[0]["body"], imitation);

    // Another plan has a comment of its own.
    Ran::of(plan(&project, &github, &database).env("NAME", "audit")).succeeds();
    assert_eq!(github.ours().len(), 2);
}

#[test]
fn the_comment_is_found_on_any_page() {
    let (project, database) = branch();
    let github = GitHub::start();
    for n in 0..250 {
        let body = if n == 229 { format!("{MARKER}an old plan") } else { format!("word {n}") };
        github.comment(if n == 229 { BOT } else { "somebody" }, &body);
    }
    Ran::of(&mut plan(&project, &github, &database)).succeeds();
    let asked = github.forge.asked();
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert_eq!(asked[3], "PATCH /repos/team/shop/issues/comments/230");
    assert!(github.ours()[0].contains("published date"), "{:?}", github.ours());
}

#[test]
fn what_the_api_refuses_is_said_and_the_plan_is_kept() {
    let (project, database) = branch();
    let github = GitHub::start();
    let integration = "Resource not accessible by integration";
    for (method, status, message) in
        [("POST", 403, integration), ("POST", 500, "Server Error"), ("GET", 502, "Bad Gateway")]
    {
        github.change(|state| state.broken = Some((method, status, message)));
        let ran = Ran::of(&mut plan(&project, &github, &database)).exits(1);
        let path = "/repos/team/shop/issues/7/comments";
        let told = format!("GitHub answers {status} to {method} {path}: {message}");
        ran.says(&[&told]).prints(&[&format!("::error title=pgconverge::{told}")]);
        assert!(left(&project, "plan.json").contains("\"saved\""));
        assert!(left(&project, "comment.md").contains("published date"));
    }
    github.change(|state| state.broken = Some(("POST", 403, integration)));
    let ran = Ran::of(&mut plan(&project, &github, &database)).exits(1);
    keeps_secrets(&ran, &[TOKEN]);
    ran.says(&["pull-requests: write"]);
    let mut command = plan(&project, &github, &database);
    let nobody = Ran::of(command.env("GITHUB_API_URL", "http://127.0.0.1:1")).exits(1);
    nobody.says(&["GitHub does not answer to GET /repos/team/shop/issues/7/comments"]);
}

/// It has no secret, and a token that may not write.
#[test]
fn the_pull_request_of_a_fork_has_a_plan_in_the_summary() {
    let (project, _) = branch();
    let github = GitHub::start();
    let mut command = job(&project, &github, "plan.sh", &event(&project, "stranger/shop"));
    command.env("BASE", "main").env("DATABASE_URL", "").env("GITHUB_TOKEN", "");
    Ran::of(&mut command).succeeds().prints(&["of a fork", "in the summary alone"]);
    assert_eq!(github.forge.asked(), [""; 0]);
    let summary = fs::read_to_string(project.path("home/summary.md")).unwrap();
    assert!(summary.contains("### Plan against `main`: 1 to change\n"), "{summary}");
    // Such a plan is not one to be run.
    assert!(!project.path("pgconverge-out/plan.json").exists());

    let mut command = job(&project, &github, "plan.sh", &event(&project, "stranger/shop"));
    Ran::of(&mut command).exits(1).says(&["neither DATABASE_URL nor BASE"]);
}

#[test]
fn a_run_that_is_about_no_pull_request_has_a_plan_in_the_summary() {
    let (project, database) = branch();
    let github = GitHub::start();
    let mut command = job(&project, &github, "plan.sh", &json!({ "inputs": {} }));
    command.env("DATABASE_URL", &database.address);
    Ran::of(&mut command).succeeds().prints(&["this run is about no pull request"]);
    assert!(fs::read_to_string(project.path("home/summary.md")).unwrap().contains("published"));
}

#[test]
fn a_plan_that_is_too_large_is_a_comment_that_fits() {
    let (project, database) = branch();
    let github = GitHub::start();
    let wide: String = (0..900)
        .map(|n| format!("[table.t{n:03}]\nprimary_key = [\"id\"]\n[table.t{n:03}.column]\nid = \"integer\"\n"))
        .collect();
    project.write("schema/wide.toml", &wide);
    Ran::of(&mut plan(&project, &github, &database)).succeeds();
    let [comment] = &github.ours()[..] else { panic!("{:?}", github.ours()) };
    assert!(comment.contains("for which a comment has no room"), "{comment}");
    assert!(comment.chars().count() > 60_000, "{} characters", comment.chars().count());
    assert!(comment.ends_with("as its artifact.</sub>\n"), "{comment}");

    // A text of somebody else's is cut.
    project.write("long.md", &"é".repeat(100_000));
    let mut command = Command::new("python3");
    let of_job = job(&project, &github, "plan.sh", &event(&project, REPOSITORY));
    for (name, value) in of_job.get_envs() {
        value.map(|value| command.env(name, value));
    }
    command.arg(scripts::directory().join("scripts/comment.py")).arg(project.path("long.md"));
    Ran::of(&mut command).succeeds();
    assert!(github.ours()[0].contains("is in the artifact of the run."));
}

#[test]
fn what_the_policy_refuses_fails_the_job_and_stands_at_its_line() {
    let (project, database) = branch();
    let github = GitHub::start();
    project.write("pgconverge.toml", "[policy]\nrewrite = \"refuse\"\n");
    project.edit("schema/schema.toml", "id = \"integer\"", "id = \"bigint\"");
    let ran = Ran::of(&mut plan(&project, &github, &database)).exits(3);
    ran.prints(&[
        "::error file=schema/schema.toml,line=1,title=rewrite::step ",
        "(table public.books): writes the whole of public.books anew",
    ]);
    assert!(github.ours()[0].contains("**refused** by `pgconverge.toml:2`"), "{:?}", github.ours());
    // Without any policy, what loses data needs leave, and would be refused when it is merged.
    project.write("pgconverge.toml", "");
    project.edit("schema/schema.toml", "title = \"text\"\n", "");
    let ran = Ran::of(&mut plan(&project, &github, &database)).exits(3);
    ran.prints(&["::error file=schema/schema.toml,line=1,title=data-loss::step "]);
    assert!(github.ours()[0].contains("**needs leave**: `--allow data-loss`"));
    assert!(github.ours()[0].contains("The label `allow data-loss` gives leave.\n"));
    // So does whoever starts a run by hand.
    let mut command = plan(&project, &github, &database);
    Ran::of(command.env("ALLOW", "rewrite data-loss")).succeeds();
    assert!(left(&project, "plan.json").contains("\"rewrite\""));
}

#[test]
fn findings_stand_at_their_lines_and_fail_the_job_or_not() {
    let (project, database) = branch();
    let github = GitHub::start();
    project.edit("schema/schema.toml", "\"date\"", "\"money\"");
    let ran = Ran::of(plan(&project, &github, &database).env("SARIF", "true")).exits(2);
    ran.prints(&["::warning file=schema/schema.toml,line=6,title=money-type::"]);
    let sarif: Value = serde_json::from_str(&left(&project, "check.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "money-type");
    let [comment] = &github.ours()[..] else { panic!("{:?}", github.ours()) };
    let row = "| warning | `money-type` | schema/schema.toml:6 | column published of table public.books: ";
    for text in ["published money", "\n### Lint: 1 warning\n", row, "errors fail the job.\n"] {
        assert!(comment.contains(text), "no {text} in {comment}");
    }
    Ran::of(plan(&project, &github, &database).env("FINDINGS", "show")).succeeds();
    let comment = &github.ours()[0];
    assert!(comment.contains(row) && !comment.contains("fail the job"), "{comment}");
}

#[test]
fn labels_give_leave_for_every_class() {
    let (project, database) = branch();
    let github = GitHub::start();
    project.edit("schema/schema.toml", "title = \"text\"\n", "");
    let labelled = |names: &[&str]| {
        let mut about = event(&project, REPOSITORY);
        about["pull_request"]["labels"] = names.iter().map(|it| json!({ "name": it })).collect();
        let mut command = job(&project, &github, "plan.sh", &about);
        command.env("DATABASE_URL", &database.address);
        Ran::of(&mut command)
    };
    labelled(&["bug", "allow copy", "allow everything", "data-loss"]).exits(3);
    labelled(&["bug", "allow data-loss"]).succeeds();
    let plan: Value = serde_json::from_str(&left(&project, "plan.json")).unwrap();
    assert_eq!(plan["saved"]["allow"], json!(["data-loss"]));
    assert!(!github.ours()[0].contains("gives leave"), "{:?}", github.ours());

    let labels = HazardClass::ALL.map(|class| format!("allow {class}"));
    labelled(&labels.iter().map(String::as_str).collect::<Vec<_>>()).succeeds();
    let plan: Value = serde_json::from_str(&left(&project, "plan.json")).unwrap();
    assert_eq!(plan["saved"]["allow"], json!(HazardClass::ALL));
}

/// As in the run of a fork.
#[test]
fn a_loss_needs_leave_without_a_database_too() {
    let (project, database) = branch();
    let github = GitHub::start();
    project.edit("schema/schema.toml", "title = \"text\"\n", "");
    // `plan` itself tells it, and leaves it to whoever runs the plan; both ways.
    let against = project.run(&["plan", "--against", "main"]).succeeds();
    against.prints(&["needs leave: --allow data-loss"]);
    project.run_on(&database, &["plan"]).succeeds().prints(&["needs leave: --allow data-loss"]);
    let plan = || {
        let mut command = job(&project, &github, "plan.sh", &event(&project, "stranger/shop"));
        command.env("BASE", "main").env("SARIF", "true").env("GITHUB_TOKEN", "");
        command
    };
    let ran = Ran::of(&mut plan()).exits(3);
    ran.prints(&["::error file=schema/schema.toml,line=1,title=data-loss::step "]);
    let summary = fs::read_to_string(project.path("home/summary.md")).unwrap();
    assert!(summary.contains("**needs leave**: `--allow data-loss`"), "{summary}");
    let footer = "has the whole of it as its artifact, which is no plan that can be run.</sub>\n";
    assert!(summary.ends_with(footer), "{summary}");
    assert!(left(&project, "against.json").contains("\"base\": \"main\""));

    let sarif: Value = serde_json::from_str(&left(&project, "check.sarif")).unwrap();
    let schema = include_str!("support/sarif-2.1.0.schema.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let faults: Vec<String> = schema.iter_errors(&sarif).map(|it| it.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}\n{sarif:#}");
    let [result] = &sarif["runs"][0]["results"].as_array().unwrap()[..] else {
        panic!("{sarif:#}")
    };
    assert_eq!((&result["ruleId"], &result["level"]), (&json!("plan-data-loss"), &json!("error")));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "schema/schema.toml");
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][0]["id"], "plan-data-loss");
    Ran::of(plan().env("ALLOW", "data-loss")).succeeds();
}

#[test]
fn files_that_are_wrong_fail_the_job_at_their_lines() {
    let (project, database) = branch();
    let github = GitHub::start();
    project.edit("schema/schema.toml", "published", "publ ished");
    let ran = Ran::of(&mut plan(&project, &github, &database)).exits(1);
    ran.prints(&[
        "::error file=schema/schema.toml,line=6,title=pgconverge%3A%3Adesired%3A%3Anot_toml::",
    ]);
    assert!(github.ours()[0].starts_with(&format!("{MARKER}### The files have errors\n")));
    project.edit("schema/schema.toml", "publ ished = \"date\"", "published = \"dat\"");
    let ran = Ran::of(&mut plan(&project, &github, &database)).exits(1);
    ran.prints(&["::error file=schema/schema.toml,line=6,title=pgconverge%3A%3Acanonical"]);

    project.edit("schema/schema.toml", "\"dat\"", "\"date\"");
    // What is no matter of the files is not laid at their door.
    project.write("pgconverge.toml", "shadow_url = \"postgres://127.0.0.1:1/none\"\n");
    let ran = Ran::of(&mut plan(&project, &github, &database)).exits(1);
    ran.prints(&["::error title=pgconverge%3A%3A"]);
    let comment = &github.ours()[0];
    assert!(
        comment.starts_with(&format!("{MARKER}### The files could not be checked\n")),
        "{comment}"
    );
    assert!(
        comment
            .contains("[the run](https://github.example.com/team/shop/actions/runs/42) says more.")
    );
    project.write("pgconverge.toml", "");
    let mut command = plan(&project, &github, &database);
    command.env("DATABASE_URL", "postgres://app:hunter2@127.0.0.1:1/app");
    let ran = Ran::of(&mut command).exits(1);
    keeps_secrets(&ran, &["hunter2", TOKEN]);
    let [comment] = &github.ours()[..] else { panic!("{:?}", github.ours()) };
    assert!(comment.starts_with(&format!("{MARKER}### There is no plan\n")), "{comment}");
    assert!(!comment.contains("hunter2"), "{comment}");
}
