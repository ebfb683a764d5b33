//! `examples/ci`: its scripts run as jobs run them, against stand-ins of the forges' APIs, with a database; and its
//! YAML, which calls them.

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
use project::{Database, Project, Ran};
use scripts::{branch, event, keeps_secrets, left, packed, script};
use serde_json::{Value, json};

const MARKER: &str = "<!-- pgconverge: schema -->\n";

/// A script of a job on GitHub, about `event`.
fn job(project: &Project, github: &GitHub, name: &str, event: &Value) -> Command {
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
fn plan(project: &Project, github: &GitHub, database: &Database) -> Command {
    let mut command = job(project, github, "plan.sh", &event(project, REPOSITORY));
    command.env("DATABASE_URL", &database.address);
    command
}

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
    // A label may give leave.
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
    assert!(github.ours()[0].contains("published money"));
    Ran::of(plan(&project, &github, &database).env("FINDINGS", "show")).succeeds();
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
    let mut command = plan(&project, &github, &database);
    command.env("DATABASE_URL", "postgres://app:hunter2@127.0.0.1:1/app");
    let ran = Ran::of(&mut command).exits(1);
    keeps_secrets(&ran, &["hunter2", TOKEN]);
    let [comment] = &github.ours()[..] else { panic!("{:?}", github.ours()) };
    assert!(comment.starts_with(&format!("{MARKER}### There is no plan\n")), "{comment}");
    assert!(!comment.contains("hunter2"), "{comment}");
}

/// A pull request whose plan was made, and that is merged now.
fn merged() -> (Project, Database, GitHub) {
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

fn apply(project: &Project, github: &GitHub, database: &Database) -> Command {
    let mut command = job(project, github, "apply.sh", &json!({ "ref": "refs/heads/main" }));
    command
        .env("DATABASE_URL", &database.address)
        .env("GITHUB_SHA", "abc")
        .env("PLAN_WORKFLOW", "pgconverge-plan.yml");
    command
}

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
