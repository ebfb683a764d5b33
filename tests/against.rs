//! `plan --against`: what a branch changes, with no database at all.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fs;
use std::process::{Command, Stdio};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/repository.rs"]
mod repository;
#[path = "support/server.rs"]
mod server;

use project::{Database, Project, Ran};
use repository::git;

const BASE: &str = "[table.books]\nprimary_key = [\"id\"]\n[table.books.column]\nid = \"integer\"\ntitle = \"text\"\n\
                    [function.greet]\nreturns = \"text\"\nlanguage = \"sql\"\nbody_file = \"greet.sql\"\n";

/// A repository whose branch `main` has the files of [`BASE`].
fn repository() -> Project {
    let project = Project::with(BASE);
    project.write("schema/greet.sql", "SELECT 'hello'\n");
    repository::begin(&project);
    project
}

#[test]
fn a_branch_is_compared_with_its_base_and_no_database_is_asked() {
    let project = repository();
    git(&project, &["switch", "--quiet", "--create", "work"]);
    project.edit(
        "schema/schema.toml",
        "title = \"text\"",
        "title = \"varchar(100)\"\npublished = \"date\"",
    );
    project.write("schema/greet.sql", "SELECT 'good morning'\n");
    // An address that leads nowhere shows that nobody goes there.
    let nowhere = "database_url = \"postgres://127.0.0.1:1/nowhere\"\n";
    project.write("pgconverge.toml", nowhere);
    let plan = |more: &[&str]| {
        let arguments: Vec<&str> =
            ["plan", "--against", "main"].into_iter().chain(more.iter().copied()).collect();
        project.run(&arguments)
    };
    plan(&[]).succeeds().prints(&[
        "~ change table public.books  (schema/schema.toml:1)",
        "ALTER TABLE public.books ALTER COLUMN title TYPE character varying(100);",
        "ALTER TABLE public.books ADD COLUMN published date;",
        "CREATE OR REPLACE FUNCTION public.greet()",
        "Note: no database was asked",
    ]);
    // A development server would have its data here.
    assert!(!project.path(".pgconverge").exists());
    let comment = plan(&["--format", "markdown"]).succeeds();
    comment.prints(&["### Plan against `main`: 2 to change\n", "3 steps in 1 transaction.\n"]);
    plan(&["--format", "json"]).succeeds().prints(&["\"empty\": false", "\"base\": \"main\""]);
    plan(&["--exit-code"]).exits(2);
    plan(&["--undo"]).succeeds().prints(&["DROP COLUMN published", "SELECT 'hello'"]);

    // Its script makes of a database that is as the base what the files say.
    let script = plan(&["--format", "sql"]).succeeds().out;
    let database = Database::new();
    let main = repository::copy(&project, "main");
    main.apply_to(&database);
    database.psql(&script);
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn what_the_project_forbids_is_refused() {
    let project = repository();
    project.edit("schema/schema.toml", "title = \"text\"\n", "");
    project.write("pgconverge.toml", "[policy]\ndata-loss = \"refuse\"\n");
    let plan = ["plan", "--against", "HEAD", "--format", "markdown"];
    project.run(&plan).exits(3).prints(&["**refused** by `pgconverge.toml:2`"]);
    project.run(&["plan", "--against", "HEAD", "--allow", "data-loss"]).succeeds();
}

#[test]
fn where_nothing_has_changed_there_is_nothing_to_do() {
    let project = repository();
    // What git does not keep, such as the order of things, is no change either.
    project.write("schema/schema.toml", &format!("# a word\n{BASE}"));
    let text = "Nothing to do: the files say the same as those of main.\n";
    assert_eq!(project.run(&["plan", "--against", "main"]).succeeds().out, text);
    let comment = project.run(&["plan", "--against", "main", "--format", "markdown"]).succeeds();
    assert_eq!(
        comment.out,
        "### Plan against `main`: nothing to do\n\nThe files say the same as those of main.\n"
    );
    project.run(&["plan", "--against", "main", "--exit-code"]).succeeds();
}

#[test]
fn three_dots_mean_where_the_branch_began() {
    let project = repository();
    git(&project, &["switch", "--quiet", "--create", "work"]);
    project.write("schema/more.toml", "[table.mine.column]\nid = \"integer\"\n");
    repository::commit(&project);
    git(&project, &["switch", "--quiet", "main"]);
    project.write("schema/others.toml", "[table.theirs.column]\nid = \"integer\"\n");
    repository::commit(&project);
    git(&project, &["switch", "--quiet", "work"]);
    let of = |reference: &str| project.run(&["plan", "--against", reference]).succeeds().out;
    let straight = of("main");
    assert!(straight.contains("DROP TABLE public.theirs"), "{straight}");
    let dots = of("main...");
    assert!(!dots.contains("theirs") && dots.contains("CREATE TABLE public.mine"), "{dots}");

    // Two histories without a common beginning.
    git(&project, &["switch", "--quiet", "--orphan", "alone"]);
    project.write("schema/schema.toml", BASE.split("[function").next().unwrap());
    repository::commit(&project);
    project
        .run(&["plan", "--against", "main..."])
        .exits(1)
        .says(&["pgconverge::revision::no_common_base", "`--against main`"]);
}

#[test]
fn a_window_has_the_same_day_on_both_sides() {
    let window = "[table.logs]\npartition_by = \"range (at)\"\n[table.logs.column]\nat = \"timestamptz\"\n\
                  [table.logs.partitions]\nevery = \"1 month\"\nname = \"logs_{YYYY}_{MM}\"\nahead = 1\n";
    let project = Project::with(window);
    repository::begin(&project);
    let plan = ["plan", "--against", "main"];
    project.run(&plan).succeeds().prints(&["Nothing to do"]);
    project.edit("schema/schema.toml", "ahead = 1", "ahead = 2");
    let ran = project.run(&plan).succeeds().prints(&["CREATE TABLE public.logs_2026_01"]);
    assert!(!ran.out.contains("logs_2025_12"), "{}", ran.out);
}

#[test]
fn a_rename_is_a_rename() {
    let project = repository();
    project.edit(
        "schema/schema.toml",
        "title = \"text\"",
        "name = { type = \"text\", renamed_from = \"title\" }",
    );
    project.run(&["plan", "--against", "main"]).succeeds().prints(&[
        "ALTER TABLE public.books RENAME COLUMN title TO name;",
        "1 step in 1 transaction",
    ]);
}

#[test]
fn a_base_without_the_directory_is_an_empty_database() {
    let project = Project::empty();
    project.write("README.md", "nothing yet\n");
    repository::begin(&project);
    project.write("schema/schema.toml", "[table.a.column]\nid = \"integer\"\n");
    let ran = project.run(&["plan", "--against", "main"]).succeeds();
    ran.prints(&["CREATE TABLE public.a", "Plan: 1 to create;"]);
    // A file of that name is no directory either.
    fs::rename(project.path("schema"), project.path("kept")).unwrap();
    project.write("schema", "a file\n");
    repository::commit(&project);
    fs::remove_file(project.path("schema")).unwrap();
    fs::rename(project.path("kept"), project.path("schema")).unwrap();
    project.run(&["plan", "--against", "main"]).succeeds().prints(&["CREATE TABLE public.a"]);
}

#[test]
fn files_may_be_anywhere_in_a_repository_and_a_hook_may_ask() {
    let project = Project::empty();
    project.write("services/one/db/a.toml", "[table.a.column]\nid = \"integer\"\n");
    project.write(".gitattributes", "*.toml export-ignore\n");
    repository::begin(&project);
    project.write("services/one/db/b.toml", "[table.b.column]\nid = \"integer\"\n");
    let plan = ["plan", "--against", "main", "--schema", "services/one/db"];
    let ran = project.run(&plan).succeeds().prints(&["CREATE TABLE public.b", "Plan: 1 to create"]);
    // As git calls hooks; its index is not ours to touch.
    let before = fs::read(project.path(".git/index")).unwrap();
    let mut command = project.command(&plan);
    command.args(["--as-of", project::DAY]);
    command.env("GIT_DIR", project.path(".git")).env("GIT_INDEX_FILE", project.path(".git/index"));
    assert_eq!(Ran::of(&mut command).succeeds().out, ran.out);
    assert_eq!(fs::read(project.path(".git/index")).unwrap(), before);
    // In a worktree beside it, too.
    git(&project, &["worktree", "add", "--quiet", "--detach", "beside", "main"]);
    project.write("beside/services/one/db/c.toml", "[table.c.column]\nid = \"integer\"\n");
    let mut command = project.command(&plan);
    command.args(["--as-of", project::DAY]).current_dir(project.path("beside"));
    Ran::of(&mut command).succeeds().prints(&["CREATE TABLE public.c"]);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let project = repository();
    let plan = |reference: &str| project.run(&["plan", "--against", reference]).exits(1);
    let unknown = ["pgconverge::revision::unknown", "`nowhere`", "git fetch"];
    plan("nowhere").says(&unknown);
    plan("nowhere...").says(&unknown);
    plan("").says(&["pgconverge::revision::unknown"]);
    project.run(&["plan", "--against=--all"]).exits(1).says(&["pgconverge::revision::unknown"]);

    // The place of what is wrong in the base is in the base.
    project.write("schema/schema.toml", "[table.books]\ncolour = \"red\"\n");
    repository::commit(&project);
    project.write("schema/schema.toml", BASE);
    plan("HEAD").says(&["pgconverge::desired::unknown_key", "HEAD:schema/schema.toml:2"]);
    project.write("schema/schema.toml", &BASE.replace("greet.sql", "gone.sql"));
    repository::commit(&project);
    project.write("schema/schema.toml", BASE);
    plan("HEAD").says(&["HEAD:schema/gone.sql cannot be read"]);

    let ran = project.run(&["plan", "--against", "main", "--out", "plan.json"]).exits(1);
    ran.says(&["cannot be used with '--out"]);
    for arguments in [
        ["plan", "--against", "main", "--database-url", "app"],
        ["--database-url", "app", "plan", "--against", "main"],
    ] {
        project.run(&arguments).exits(1).says(&["pgconverge::revision::and_database"]);
    }

    let outside = Project::with(BASE);
    outside.write("schema/greet.sql", "SELECT 'hello'\n");
    let plan = ["plan", "--against", "main"];
    outside
        .run(&plan)
        .exits(1)
        .says(&["pgconverge::revision::no_repository", "schema is in no git"]);
    let mut command = outside.command(&plan);
    command.env("PATH", outside.path("empty")).stdout(Stdio::piped());
    Ran::of(&mut command).exits(1).says(&["pgconverge::revision::no_git"]);
    let none = Project::empty();
    none.run(&plan).exits(1).says(&["pgconverge::desired::no_directory"]);
}

/// A clone that was cut short, as CI makes it, has one commit of each branch that was fetched.
#[test]
fn a_shallow_clone_is_enough_for_its_base() {
    let project = repository();
    git(&project, &["switch", "--quiet", "--create", "work"]);
    project.write("schema/more.toml", "[table.mine.column]\nid = \"integer\"\n");
    repository::commit(&project);
    let clone = Project::empty();
    let url = format!("file://{}", project.path("").display());
    let arguments = ["clone", "--quiet", "--depth=1", "--branch=work", &url, "."];
    let ran = Command::new("git").args(arguments).current_dir(clone.path("")).status().unwrap();
    assert!(ran.success());
    let plan = ["plan", "--against", "main"];
    clone.run(&plan).exits(1).says(&["pgconverge::revision::unknown"]);
    git(&clone, &["fetch", "--quiet", "--depth=1", "origin", "main"]);
    let ran = clone.run(&["plan", "--against", "FETCH_HEAD"]).succeeds();
    ran.prints(&["CREATE TABLE public.mine", "Plan: 1 to create"]);
}

/// What is beside the directory of the files, and how git makes a work tree, are part of a revision.
#[cfg(unix)]
#[test]
fn what_files_lead_to_is_of_the_revision() {
    use std::os::unix::fs::symlink;

    let project = Project::empty();
    project.write("db/.gitattributes", "*.sql text eol=crlf\n");
    project.write("db/schema/a.toml", &BASE.replace("greet.sql", "../sql/greet.sql"));
    project.write("db/sql/greet.sql", "SELECT 'hello'\r\n");
    project.write("shared/c.toml", "[table.c.column]\nid = \"integer\"\n");
    project.write("shared/more/d.toml", "[table.d.column]\nid = \"integer\"\n");
    symlink("../../shared/c.toml", project.path("db/schema/c.toml")).unwrap();
    symlink("../../shared/more", project.path("db/schema/dd")).unwrap();
    repository::begin(&project);
    let plan = ["plan", "--against", "main", "--schema", "db/schema"];
    project.run(&plan).succeeds().prints(&["Nothing to do"]);
    project.write("db/sql/greet.sql", "SELECT 'good morning'\r\n");
    project.write("shared/more/d.toml", "[table.d.column]\nid = \"bigint\"\n");
    let ran = project.run(&plan).succeeds();
    ran.prints(&["change routine public.greet()", "change table public.d", "2 to change;"]);

    // What is not there is called by the revision, wherever it is.
    fs::remove_file(project.path("db/sql/greet.sql")).unwrap();
    repository::commit(&project);
    project.write("db/sql/greet.sql", "SELECT 'hello'\r\n");
    let ran = project.run(&plan).exits(1);
    ran.says(&["main:db/schema/../sql/greet.sql cannot be read"]);

    // What git does not have is not compared with nothing.
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("e.toml"), "[table.e.column]\nid = \"integer\"\n").unwrap();
    symlink(outside.path(), project.path("db/schema/ee")).unwrap();
    repository::commit(&project);
    let ran = project.run(&plan).exits(1);
    ran.says(&["pgconverge::revision::elsewhere", "main:db/schema/ee is a link to what"]);
    fs::remove_file(project.path("db/schema/ee")).unwrap();
    repository::commit(&project);

    let origin = tempfile::tempdir().unwrap();
    let from = origin.path().display().to_string();
    fs::write(origin.path().join("f.toml"), "[table.f.column]\nid = \"integer\"\n").unwrap();
    for arguments in
        [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "a step"]]
    {
        git(&project, &[&["-C", &from], arguments].concat());
    }
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
    git(&project, &[&add[..], &[&from, "db/schema/sub"]].concat());
    repository::commit(&project);
    let ran = project.run(&plan).exits(1);
    ran.says(&["main:db/schema/sub is in a submodule"]);
    // A submodule has a history of its own.
    let within = ["plan", "--against", "HEAD", "--schema", "db/schema/sub"];
    project.run(&within).succeeds().prints(&["Nothing to do"]);
}
