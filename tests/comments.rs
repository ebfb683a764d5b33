//! What a reviewer reads. Each `tests/comments/NAME` has the files of the database, `before.toml`, those that it
//! is to equal, `after.toml`, and the comment that comes of it, `expected.md`; with `live.sql`, `pgconverge.toml`,
//! `arguments.txt` and `exit.txt` where that is not enough. `BLESS=1 cargo test --test comments` writes the comments.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

use project::{Database, Project, assert_same};

/// What GitHub takes.
const GITHUB: usize = 65_536;

#[test]
fn a_comment_is_as_it_is_written_down() {
    let mut cases: Vec<PathBuf> =
        fs::read_dir("tests/comments").unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    for case in cases {
        let text = comment(&case);
        let path = case.join("expected.md");
        if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
            fs::write(&path, &text).unwrap();
        }
        assert_same(&fs::read_to_string(&path).unwrap(), &text);
    }
}

/// The comment of a case; its fingerprint is another one whenever the model grows.
fn comment(case: &Path) -> String {
    let read = |name: &str| fs::read_to_string(case.join(name)).ok();
    let project = Project::with(&read("before.toml").unwrap());
    let database = Database::of(&project);
    if let Some(statements) = read("live.sql") {
        database.execute(&statements);
    }
    project.write("schema/schema.toml", &read("after.toml").unwrap());
    if let Some(text) = read("pgconverge.toml") {
        project.write("pgconverge.toml", &text);
    }
    let more = read("arguments.txt").unwrap_or_default();
    let arguments: Vec<&str> =
        ["plan", "--format", "markdown"].into_iter().chain(more.split_whitespace()).collect();
    let code = read("exit.txt").map_or(0, |code| code.trim().parse().unwrap());
    let mut text = project.run_on(&database, &arguments).exits(code).out;
    if let Some(at) = text.find("fingerprint `") {
        let start = at + "fingerprint `".len();
        assert!(text[start..start + 16].chars().all(|c| c.is_ascii_hexdigit()), "{text}");
        text.replace_range(start..start + 16, "0123456789abcdef");
    }
    text
}

#[test]
fn the_fingerprint_is_that_of_the_saved_plan_and_of_its_run() {
    let project = Project::with("[table.a.column]\nid = \"integer\"\n");
    let database = Database::new();
    let plan = ["plan", "--format", "markdown", "--out", "plan.json"];
    let comment = project.run_on(&database, &plan).succeeds().out;
    let saved: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(project.path("plan.json")).unwrap()).unwrap();
    let fingerprint = saved["saved"]["fingerprint"].as_str().unwrap();
    assert!(comment.contains(&format!("fingerprint `{fingerprint}`")), "{comment}");
    let alone = project.run_on(&database, &["plan", "--format", "markdown"]).succeeds().out;
    assert_eq!(alone, comment);
    let run = ["apply", "--plan", "plan.json", "--confirm"];
    let text = format!("Fingerprint of the plan: {fingerprint}\n");
    project.run_on(&database, &run).succeeds().prints(&[&text]);

    // Another plan, another fingerprint.
    project.write("schema/schema.toml", "[table.a.column]\nid = \"bigint\"\n");
    let other = project.run_on(&database, &["plan", "--format", "markdown"]).succeeds().out;
    assert!(!other.contains(fingerprint), "{other}");
}

/// One table of a hundred loses data, and one routine is longer than any comment.
#[test]
fn a_comment_of_a_large_plan_has_what_matters_and_names_the_rest() {
    let mut before = String::new();
    let mut after = String::new();
    for n in 0..300 {
        let gone = if n == 250 { "gone = \"text\"\n" } else { "" };
        writeln!(before, "[table.t{n}.column]\nid = \"integer\"\n{gone}").unwrap();
        writeln!(after, "[table.t{n}.column]\nid = \"integer\"").unwrap();
        writeln!(after, "note = {{ type = \"text\", default = \"'{}'\" }}\n", "x".repeat(200))
            .unwrap();
    }
    let lines = "SELECT 'a line of a body that is much too long for any comment';\n".repeat(1200);
    writeln!(after, "[procedure.long]\nlanguage = \"sql\"\nbody = '''\n{lines}'''\n").unwrap();
    let project = Project::with(&before);
    let database = Database::of(&project);
    project.write("schema/schema.toml", &after);
    let plan = ["plan", "--format", "markdown", "--out", "plan.json"];
    let text = project.run_on(&database, &plan).succeeds().out;
    let length = text.chars().count();
    assert!((60_000..GITHUB).contains(&length), "{length} characters");
    for shown in [
        "### Plan: 1 to create, 300 to change\n",
        "<summary>✏️ change <code>table public.t250</code> ⛔ loses data: needs leave</summary>",
        "DROP COLUMN gone;",
        "for which a comment has no room</summary>",
        "- Note: column note of table public.t250 looks like column gone",
        "- ➕ create `routine public.long()`\n",
        "The file of `plan --out` has all of them",
    ] {
        assert!(text.contains(shown), "no {shown:?} in:\n{text}");
    }
    // Each is there, at length or by its name.
    for n in 0..300 {
        let [full, line] =
            [format!("<code>table public.t{n}</code>"), format!("`table public.t{n}`")];
        assert!(text.contains(&full) || text.contains(&line), "no t{n} in:\n{text}");
    }
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    assert!(!text.contains("a line of a body"), "{text}");
    let saved = fs::read_to_string(project.path("plan.json")).unwrap();
    assert!(saved.contains("a line of a body"));
}

/// More objects than there is room for their names.
#[test]
fn a_comment_of_thousands_of_objects_counts_those_that_it_does_not_name() {
    let name = "name_of_the_length_that_postgresql_takes_and_not_a_letter";
    let mut text = String::new();
    for n in 0..1000 {
        writeln!(text, "[enum.t{n:03}_{name}]\nvalues = [\"a\"]").unwrap();
    }
    let project = Project::with(&text);
    let text = project.run_on(&Database::new(), &["plan", "--format", "markdown"]).succeeds().out;
    let length = text.chars().count();
    assert!((60_000..GITHUB).contains(&length), "{length} characters");
    let shown = text.matches("<summary>➕ create").count();
    let named = text.matches("- ➕ create `").count();
    let unnamed: usize =
        text.split("- and ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert_eq!(shown + named + unnamed, 1000, "{shown} shown, {named} named, {unnamed} counted");
    assert!(shown > 50 && named > 100, "{shown} shown, {named} named");
}

/// What somebody may call a table, to be seen as something else.
const ODD: [&str; 24] = [
    "`",
    "``` ```",
    "~~~",
    "<!--",
    "-->",
    "</details>",
    "</summary><h1>",
    "<img src=x onerror=alert(1)>",
    "]]>",
    "&lt;b&gt;",
    "\\",
    "a\n\nb",
    "\n# heading",
    "\n```\n",
    "- item",
    "| cell |",
    "**bold** _it_ ~~no~~",
    "[text](https://example.com)",
    "![picture](https://example.com/x.png)",
    "<https://example.com>",
    "@octocat",
    "team/shop#1",
    "$x$",
    "<a href=\"javascript:x\">",
];

/// As a forge reads it: names and SQL are text, and the only markup is ours.
#[test]
fn no_name_becomes_markup() {
    use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let mut before = String::from("[table.all.column]\nid = \"integer\"\n");
    let mut after = before.clone();
    for (n, odd) in ODD.iter().enumerate() {
        writeln!(before, "{} = \"text\"", quoted(odd)).unwrap();
        let name = quoted(&format!("{n} {odd}"));
        write!(after, "[table.{name}]\ncomment = {}\n", quoted(odd)).unwrap();
        writeln!(after, "[table.{name}.column]\n{} = \"text\"", quoted(odd)).unwrap();
    }
    let project = Project::with(&before);
    let database = Database::of(&project);
    project.write("schema/schema.toml", &after);
    let plan = ["plan", "--format", "markdown", "--out", "plan.json"];
    let comment = project.run_on(&database, &plan).succeeds().out;

    let (mut html, mut code, mut kinds) = (String::new(), String::new(), Vec::new());
    let mut within = None;
    for event in Parser::new_ext(&comment, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                within = Some(language.to_string());
            }
            Event::End(TagEnd::CodeBlock) => within = None,
            Event::Text(text) if within.as_deref() == Some("sql") => code.push_str(&text),
            Event::Html(text) | Event::InlineHtml(text) => html.push_str(&text),
            Event::Start(tag) => kinds.push(format!("{tag:?}")),
            _ => {}
        }
    }
    // No heading but the first, no link, no picture, no table, no list within another, nothing struck out.
    let strong = kinds.iter().filter(|kind| *kind == "Strong").count();
    assert_eq!(strong, comment.matches("**needs leave**").count());
    kinds.sort();
    kinds.dedup_by_key(|kind| kind.split([' ', '(']).next().unwrap().to_owned());
    let ours = ["BlockQuote", "Heading", "HtmlBlock", "Item", "List", "Paragraph", "Strong"];
    for kind in &kinds {
        assert!(ours.iter().any(|it| kind.starts_with(it)), "{kind} in:\n{comment}");
    }
    assert_eq!(comment.lines().filter(|line| line.starts_with("### ")).count(), 1);
    let tags = html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap());
    for tag in tags {
        let ours = ["details", "/details", "summary", "/summary", "code", "/code"];
        assert!(ours.contains(&tag), "<{tag}> in:\n{comment}");
    }
    // Every statement is there, letter by letter.
    let file: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(project.path("plan.json")).unwrap()).unwrap();
    for step in file["transactions"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|it| it["steps"].as_array().unwrap())
    {
        let sql = format!("{};\n", step["sql"].as_str().unwrap());
        assert!(code.contains(&sql), "{sql} in:\n{comment}");
    }
}
