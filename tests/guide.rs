//! The pages: every command line and every block of TOML in them is run, every link leads somewhere, and every page is
//! in the book.
//!
//! What a page takes for granted is in `tests/guide`: `world.toml` is what blocks of the format are put over, `scenes/NAME`
//! are projects with databases in which commands are run. Comments in the pages say what is special:
//!
//! | comment before a block | means |
//! |---|---|
//! | `<!-- scene: NAME -->` | from here on, in that project; each page begins with `books` |
//! | `<!-- exit: N -->` | that is the exit code of its last command |
//! | `<!-- with: NAME -->` | it is put over `tests/guide/NAME.toml`, too |
//! | `<!-- keep -->` | the file that its first line names is written into the scene |
//! | `<!-- another terminal -->` | it is begun, and goes on until the scene ends, once it has printed a line |
//! | `<!-- not run: REASON -->` | that; [`NOT_RUN`] has them all |
//!
//! `BLESS=1` writes what commands print into the pages; `GUIDE=docs/lint.md` runs those of one page alone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

use project::{Database, Databases, Project, Ran, maintenance_address};

/// The blocks that are not run: page, and how many. Each says why in its page.
const NOT_RUN: &[(&str, usize)] = &[
    ("README.md", 1),
    ("docs/connections.md", 7),
    ("docs/editors.md", 1),
    ("docs/embedded-server.md", 1),
    ("docs/terminal.md", 3),
];

/// The languages of blocks that are run.
const RUN: &[&str] = &["sh", "console", "toml"];

/// The languages of blocks that are shown.
const SHOWN: &[&str] = &["text", "sql", "json", "yaml", "ini"];

/// A block of a page.
struct Block {
    page: String,
    line: usize,
    language: String,
    text: String,
    /// Where its text is in the page.
    place: std::ops::Range<usize>,
    scene: Option<String>,
    exit: i32,
    with: Option<String>,
    keep: bool,
    another_terminal: bool,
    not_run: Option<String>,
}

impl Block {
    fn at(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }
}

#[test]
fn every_block_of_toml_is_right() {
    let blocks = blocks();
    let mut mine: Vec<&Block> = blocks.iter().collect();
    mine.retain(|block| block.language == "toml" && block.not_run.is_none());
    let count = mine.len();
    // Each starts a server; two or three at once is what a machine has room for.
    let wrong: Vec<String> = std::thread::scope(|threads| {
        let share = |of: Vec<&'_ Block>| {
            of.into_iter()
                .filter_map(|block| Some(format!("{}: {}", block.at(), checked(block).err()?)))
                .collect::<Vec<_>>()
        };
        let shares = (0..3).map(|n| mine.iter().copied().skip(n).step_by(3).collect::<Vec<_>>());
        let all: Vec<_> = shares.map(|of| threads.spawn(move || share(of))).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    assert!(count > 50, "{count} blocks");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Has the program look at a block on its own.
fn checked(block: &Block) -> Result<(), String> {
    let name = file_of(&block.text).unwrap_or_else(|| "schema/block.toml".to_owned());
    let project = Project::empty();
    let text = match name.split('/').next() {
        Some("pgconverge.toml") => {
            project.write("schema/schema.toml", "[table.a.column]\nid = \"integer\"\n");
            block.text.clone()
        }
        Some("schema") => {
            project.write("schema/crm.toml", include_str!("guide/crm.toml"));
            project.write("schema/functions/recent.sql", "SELECT * FROM bookings LIMIT p_limit");
            over_world(block)?
        }
        Some("checks") => {
            let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks");
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("schema"), &project.path("schema"));
            copy(&checks, &project.path("checks"));
            block.text.clone()
        }
        _ => return Err(format!("{name} is no file that is known here")),
    };
    project.write(&name, &text);
    let checks = ["verify", "--shadow", "indexes_valid"];
    let command = if name.starts_with("checks") { &checks[..] } else { &["check"] };
    let ran = project.run(command);
    match ran.code {
        Some(0 | 2) => Ok(()),
        _ => Err(ran.err),
    }
}

/// The file that a block says in its first line to be.
fn file_of(text: &str) -> Option<String> {
    let first = text.lines().next()?.strip_prefix("# ")?;
    let name = first.split_whitespace().next()?;
    name.ends_with(".toml").then(|| name.to_owned())
}

/// A block with what it takes for granted.
fn over_world(block: &Block) -> Result<String, String> {
    let own: toml::Table = block.text.parse().map_err(|error| format!("{error}"))?;
    if own.get("schema").is_some_and(toml::Value::is_str) {
        return Ok(block.text.clone());
    }
    let mut world: toml::Table = include_str!("guide/world.toml").parse().unwrap();
    if let Some(name) = &block.with {
        let path = root().join("tests/guide").join(format!("{name}.toml"));
        put(&mut world, fs::read_to_string(path).unwrap().parse().unwrap());
    }
    put(&mut world, own);
    Ok(world.to_string())
}

fn put(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => put(under, over),
            (_, value) => drop(under.insert(key, value)),
        }
    }
}

#[test]
fn every_command_does_what_the_page_says() {
    let blocks = blocks();
    let mut wrong = Vec::new();
    let only = std::env::var("GUIDE").ok();
    let pages: BTreeSet<&str> = blocks.iter().map(|block| block.page.as_str()).collect();
    for page in pages.into_iter().filter(|page| only.as_ref().is_none_or(|only| only == page)) {
        let is_run = |block: &&Block| block.not_run.is_none() && RUN.contains(&&*block.language);
        let of_page = || blocks.iter().filter(|block| block.page == page).filter(is_run);
        if !of_page().any(|block| block.language != "toml") {
            continue;
        }
        let mut blessed: Vec<(std::ops::Range<usize>, String)> = Vec::new();
        let mut scene: Option<Scene> = None;
        for block in of_page() {
            if block.language == "toml" && !block.keep {
                continue;
            }
            if let Some(name) = &block.scene {
                scene = Some(Scene::new(name));
            }
            let scene = scene.get_or_insert_with(|| Scene::new("books"));
            match scene.run(block) {
                Ok(Some(text)) => blessed.push((block.place.clone(), text)),
                Ok(None) => {}
                Err(error) => wrong.push(format!("{}: {error}", block.at())),
            }
        }
        if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
            let path = root().join(page);
            let mut text = fs::read_to_string(&path).unwrap();
            for (place, new) in blessed.into_iter().rev() {
                text.replace_range(place, &new);
            }
            fs::write(path, text).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A project with a database, in which commands of a page are run.
struct Scene {
    project: Project,
    database: Database,
    shops: Option<Databases>,
    /// Whether the project has no other database than that of the development server.
    development: bool,
    /// What goes on in other terminals.
    meanwhile: Vec<Child>,
}

/// As whoever closes a terminal does.
impl Drop for Scene {
    fn drop(&mut self) {
        for child in &mut self.meanwhile {
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-INT", "--", &group]).status();
            let _ = child.wait();
        }
    }
}

impl Scene {
    /// `project` names a project of the repository whose files it has; folders of its own win. The database is made from
    /// `before`, else from the files, unless it is to be `empty`; `setup.sql` is run on it then. With `git`, what is
    /// `before` is a commit on `main`, and the files are those of a branch. With `development`, no database is named.
    fn new(name: &str) -> Self {
        let from = root().join("tests/guide/scenes").join(name);
        assert!(from.is_dir(), "there is no scene {name}");
        let (project, database) = (Project::empty(), Database::new());
        let other = fs::read_to_string(from.join("project")).map(|path| root().join(path.trim()));
        let bases: Vec<&Path> =
            [Some(&*from), other.as_deref().ok()].into_iter().flatten().collect();
        let folder =
            |name: &str| bases.iter().map(|base| base.join(name)).find(|path| path.is_dir());
        let made_from =
            fs::read_to_string(from.join("before")).map(|path| root().join(path.trim()));
        if from.join("git").exists() {
            copy(made_from.as_ref().unwrap(), &project.path("schema"));
            let git = "git init --quiet --initial-branch=main; git add .; \
                       git -c user.name=a -c user.email=a@b.c commit --quiet --message before; git switch --quiet --create change";
            let mut command = Command::new("sh");
            command.args(["-e", "-c", git]).current_dir(project.path("."));
            assert!(command.status().unwrap().success());
        }
        for name in ["schema", "checks"] {
            if let Some(folder) = folder(name) {
                copy(&folder, &project.path(name));
            }
        }
        let made_from =
            fs::read_to_string(from.join("before")).map(|path| root().join(path.trim()));
        if !from.join("empty").exists() {
            let maker = Project::empty();
            copy(&made_from.ok().or_else(|| folder("schema")).unwrap(), &maker.path("schema"));
            maker.apply_to(&database);
        }
        if let Ok(setup) = fs::read_to_string(from.join("setup.sql")) {
            database.execute(&setup);
        }
        let development = from.join("development").exists();
        let meanwhile = Vec::new();
        let mut scene = Self { project, database, shops: None, development, meanwhile };
        if let Ok(configuration) = fs::read_to_string(from.join("pgconverge.toml")) {
            let shops = Databases::like(&scene.database, 5);
            let list = format!("{:?}", shops.names);
            let configuration =
                configuration.replace("SERVER", &maintenance_address()).replace("SHOPS", &list);
            scene.project.write("pgconverge.toml", &configuration);
            scene.shops = Some(shops);
        }
        scene
    }

    /// What the block is to be, if that can be told.
    fn run(&mut self, block: &Block) -> Result<Option<String>, String> {
        if block.language == "toml" {
            let name = file_of(&block.text).ok_or("its first line names no file")?;
            self.project.write(&name, &block.text);
            return Ok(None);
        }
        if block.another_terminal {
            let mut command = self.command(&block.text);
            let child = command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped());
            let mut child = child.spawn().unwrap();
            let mut line = String::new();
            let out = child.stdout.take().unwrap();
            BufReader::new(out).read_line(&mut line).unwrap();
            self.meanwhile.push(child);
            return if line.is_empty() { Err("it says nothing".to_owned()) } else { Ok(None) };
        }
        if block.language == "sh" {
            let (code, out) = self.shell(&block.text);
            return match code == block.exit {
                true => Ok(None),
                false => Err(format!("exit code {code}\n{out}")),
            };
        }
        let mut new = String::new();
        let mut wrong = None;
        for (command, expected) in sessions(&block.text) {
            let (code, out) = self.shell(&command);
            let out = out.trim_end().to_owned();
            if !same(&expected, &out) {
                wrong = Some(format!("{command} prints:\n{out}\nand not:\n{expected}"));
            }
            if code != block.exit {
                return Err(format!("{command}: exit code {code}\n{out}"));
            }
            let shown = if expected.contains('…') { &expected } else { &out };
            new.push_str(&format!("$ {command}\n{shown}"));
            new.push_str(if shown.is_empty() { "" } else { "\n" });
        }
        let bless = std::env::var_os("BLESS").is_some_and(|value| !value.is_empty());
        match wrong {
            Some(wrong) if !bless => Err(wrong),
            _ => Ok(Some(new)),
        }
    }

    fn shell(&self, script: &str) -> (i32, String) {
        let ran = Ran::of(&mut self.command(&format!("exec 2>&1\n{script}")));
        (ran.code.unwrap_or(-1), ran.out)
    }

    /// A shell of the reader's.
    fn command(&self, script: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_pgconverge"));
        let mut command = Command::new("sh");
        let known = self.project.command(&[]);
        for (name, value) in known.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let psql = postgres::psql(server_major());
        let path = known.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, path)| path);
        let path = path.map(ToOwned::to_owned).or_else(|| std::env::var_os("PATH")).unwrap();
        let mut folders = vec![program.parent().unwrap().to_owned()];
        folders.extend(psql.parent().map(Path::to_owned));
        folders.extend(std::env::split_paths(&path));
        let prelude =
            format!("pgconverge() {{ {} \"$@\" --as-of {}; }}\n", program.display(), project::DAY);
        command
            .args(["-e", "-c", &format!("{prelude}{script}")])
            .current_dir(self.project.path("."))
            .env("PATH", std::env::join_paths(folders).unwrap());
        if self.shops.is_none() && !self.development {
            command.env("DATABASE_URL", &self.database.address);
        }
        command
    }
}

/// The commands of a console, and what they print.
fn sessions(text: &str) -> Vec<(String, String)> {
    let mut sessions: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), sessions.last_mut()) {
            (Some(command), _) => sessions.push((command.to_owned(), String::new())),
            (None, Some((_, out))) => {
                out.push_str(line);
                out.push('\n');
            }
            (None, None) => panic!("a console begins with a command: {line}"),
        }
    }
    for (_, out) in &mut sessions {
        out.truncate(out.trim_end().len());
    }
    sessions
}

/// What is shown is what is printed, `…` standing for lines; another major says its own number.
fn same(shown: &str, printed: &str) -> bool {
    let plain = |text: &str| {
        let words = text.split("PostgreSQL 1").enumerate();
        let words =
            words.map(|(n, text)| if n == 0 { text } else { text.get(1..).unwrap_or_default() });
        words.collect::<Vec<_>>().join("PostgreSQL 1x")
    };
    let (shown, printed) = (plain(shown), plain(printed));
    if !shown.contains('…') {
        return shown == printed;
    }
    let mut rest = printed.lines();
    shown.lines().filter(|line| line.trim() != "…").all(|line| rest.any(|other| other == line))
}

fn server_major() -> u32 {
    static MAJOR: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *MAJOR.get_or_init(|| {
        let database = Database::new();
        u32::try_from(database.count("SELECT current_setting('server_version_num')::int8 / 10000"))
            .unwrap()
    })
}

#[test]
fn every_block_is_run_or_says_why_not() {
    let mut not_run: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for block in blocks() {
        if let Some(reason) = &block.not_run {
            *not_run.entry(block.page.clone()).or_default() += 1;
            if reason.is_empty() {
                wrong.push(format!("{}: no reason", block.at()));
            }
        } else if !RUN.contains(&&*block.language) && !SHOWN.contains(&&*block.language) {
            wrong.push(format!("{}: `{}` is neither run nor shown", block.at(), block.language));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known: BTreeMap<String, usize> =
        NOT_RUN.iter().map(|(page, count)| ((*page).to_owned(), *count)).collect();
    assert_eq!(not_run, known, "the blocks that are not run");
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut anchors: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let here = root().join(&page);
            let target =
                if path.is_empty() { here.clone() } else { here.parent().unwrap().join(path) };
            let Ok(target) = target.canonicalize() else {
                wrong.push(format!("{page}: there is no {link}"));
                continue;
            };
            // In the built book there is nothing else.
            let book = root().join("docs").canonicalize().unwrap();
            if page.starts_with("docs/") && !target.starts_with(&book) {
                wrong.push(format!("{page}: {link} leads out of the book"));
            }
            if anchor.is_empty() {
                continue;
            }
            let known = anchors
                .entry(target.clone())
                .or_insert_with(|| headings(&fs::read_to_string(&target).unwrap_or_default()));
            if !known.contains(anchor) {
                wrong.push(format!("{page}: {link} is no heading"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_is_in_the_book() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let listed: BTreeSet<String> =
        links(&summary).into_iter().map(|link| format!("docs/{link}")).collect();
    let there: BTreeSet<String> = pages()
        .into_iter()
        .filter(|page| page.starts_with("docs/") && page != "docs/SUMMARY.md")
        .collect();
    let missing: Vec<_> = there.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&there).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not listed: {missing:?}, not there: {gone:?}");
    let book: toml::Table = fs::read_to_string(root().join("book.toml")).unwrap().parse().unwrap();
    assert_eq!(book["book"]["src"].as_str(), Some("docs"));
}

/// Every page, by path.
fn pages() -> Vec<String> {
    let mut found = vec!["README.md".to_owned()];
    let mut folders = vec![root().join("docs"), root().join("examples")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Every block of the guide: of `docs` and of the README.
fn blocks() -> Vec<Block> {
    let pages = pages().into_iter().filter(|page| !page.starts_with("examples/"));
    pages.flat_map(|page| blocks_of(&page)).collect()
}

fn blocks_of(page: &str) -> Vec<Block> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let mut blocks = Vec::new();
    let mut said: Vec<(String, String)> = Vec::new();
    let mut open: Option<Block> = None;
    for (event, place) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Html(html) => {
                let comment =
                    html.trim().strip_prefix("<!--").and_then(|it| it.strip_suffix("-->"));
                let Some(comment) = comment else { continue };
                let (word, rest) = comment.split_once(':').unwrap_or((comment, ""));
                said.push((word.trim().to_owned(), rest.trim().to_owned()));
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let CodeBlockKind::Fenced(language) = kind else {
                    panic!("{page}: a block without a fence");
                };
                let told = |word: &str| said.iter().find(|it| it.0 == word).map(|it| it.1.clone());
                open = Some(Block {
                    page: page.to_owned(),
                    line: text[..place.start].matches('\n').count() + 1,
                    language: language.to_string(),
                    text: String::new(),
                    place: 0..0,
                    scene: told("scene"),
                    exit: told("exit").map_or(0, |exit| exit.parse().unwrap()),
                    with: told("with"),
                    keep: told("keep").is_some(),
                    another_terminal: told("another terminal").is_some(),
                    not_run: told("not run"),
                });
                for (word, _) in &said {
                    let known = ["scene", "exit", "with", "keep", "another terminal", "not run"]
                        .contains(&&**word);
                    assert!(known, "{page}: a comment says {word:?}");
                }
                said.clear();
            }
            Event::Text(part) => {
                if let Some(block) = &mut open {
                    let start = if block.text.is_empty() { place.start } else { block.place.start };
                    block.text.push_str(&part);
                    block.place = start..place.end;
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

fn links(text: &str) -> Vec<String> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    let link = |event: Event<'_>| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.to_string())
        }
        _ => None,
    };
    events.filter_map(link).collect()
}

/// What headings are called in links, as forges and mdBook have it.
fn headings(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(part) | Event::Code(part) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let text = heading.take().unwrap_or_default().to_lowercase();
                let kept =
                    text.chars().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
                let plain: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
                let mut name = plain.clone();
                for n in 1.. {
                    if found.insert(name) {
                        break;
                    }
                    name = format!("{plain}-{n}");
                }
            }
            _ => {}
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
