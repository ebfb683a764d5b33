//! A case of `tests/cases/`: two declared states, and the laws that hold between them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use pgconverge::hazard;
use pgconverge::model::{HazardClass, Part};
use pgconverge::pipeline::{self, DesiredState, Manage, OpenTarget, Outcome, Scope, Settings};
use pgconverge::render::{self, Purpose, Report, Style};
use serde::Deserialize;

use crate::lab::{self, Lab};
use crate::{dump, rows};

/// `case.toml`: in what a case is unlike the others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    /// Hazards that one of the directions has and needs leave for.
    allow: BTreeSet<HazardClass>,
    as_of: String,
    /// The day of the state `to`, when it is another one.
    as_of_to: Option<String>,
    manage: Manage,
    ignore: Vec<String>,
    /// Rows are meant to go: none are compared.
    loses_rows: bool,
    /// Columns, as "table.column", whose values are meant to change.
    changes_values: Vec<String>,
    /// The rows of `rows.sql` cannot go the way back.
    one_way: bool,
    /// What a migration leaves in place is not what the files alone would make.
    leaves_more: bool,
    /// The live database is one that was dumped and restored.
    restored: bool,
    /// Whether a dump says everything that the files say.
    restorable: bool,
    /// The case fails, and its error has this text: a known defect, whose mending takes the line
    /// away, or a refusal that has to be loud.
    fails: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow: BTreeSet::new(),
            as_of: "2025-11-15".to_owned(),
            as_of_to: None,
            manage: Manage::Schemas,
            ignore: Vec::new(),
            loses_rows: false,
            changes_values: Vec::new(),
            one_way: false,
            leaves_more: false,
            restored: false,
            restorable: true,
            fails: None,
        }
    }
}

/// A folder of `tests/cases/`.
#[derive(Debug, Clone)]
pub struct Case {
    pub directory: PathBuf,
    /// `table/add_column`
    pub name: String,
}

/// One of the two states of a case.
struct Side {
    settings: Settings,
    desired: DesiredState,
    /// What stands before a file's name in the plan, and differs from machine to machine.
    prefix: String,
}

/// A database, and a session on it.
struct Live {
    name: String,
    open: OpenTarget,
}

type Check = miette::Result<()>;

impl Case {
    /// Whether everything holds.
    pub async fn run(&self, lab: &Lab) -> Check {
        let mut names = Vec::new();
        let options = self.options()?;
        let result = self.laws(lab, &options, &mut names).await;
        for name in &names {
            lab.drop_database(name).await;
        }
        match (result, options.fails) {
            (result, None) => result,
            (Err(error), Some(text)) if one_line(&format!("{error:?}")).contains(&text) => Ok(()),
            (Err(error), Some(_)) => {
                Err(error.wrap_err("it fails, but otherwise than case.toml has it"))
            }
            (Ok(()), Some(_)) => {
                Err(miette::miette!("the defect is mended: take `fails` out of case.toml"))
            }
        }
    }

    async fn laws(&self, lab: &Lab, options: &Options, names: &mut Vec<String>) -> Check {
        let mut from = self.side(lab, "from", options, &options.as_of).await?;
        let as_of_to = options.as_of_to.as_ref().unwrap_or(&options.as_of);
        let mut to = self.side(lab, "to", options, as_of_to).await?;

        let mut migrated = self.built(lab, &mut from, names).await?;
        let returned = self.built(lab, &mut to, names).await?;
        let from_dump = dump::schema_dump(lab, &migrated.name);
        let to_dump = dump::schema_dump(lab, &returned.name);
        // A dump is read in PostgreSQL's own spelling, which it may spell otherwise then.
        if options.restorable {
            let restored = restored(lab, &migrated, &from_dump, &mut from, names).await?;
            expect_nothing(&mut from, &restored, "a restored `from`").await?;
            let other = self::restored(lab, &returned, &to_dump, &mut to, names).await?;
            expect_nothing(&mut to, &other, "a restored `to`").await?;
            if options.restored {
                migrated = restored;
            }
        }

        let seed = fs::read_to_string(self.directory.join("rows.sql")).ok();
        if let Some(seed) = &seed {
            execute(&migrated, seed).await?;
        }
        let kept = rows::common(
            &rows::tables(client(&migrated)).await,
            &rows::tables(client(&returned)).await,
            &options.changes_values,
        );
        let before = rows::fingerprints(client(&migrated), &kept).await;
        if seed.is_some() && !options.loses_rows {
            require(before.values().any(|(count, _)| *count > 0), "no row can survive")?;
        }

        // Forward, with rows.
        let mut leave = BTreeSet::new();
        let text = self.migrated(&mut to, &migrated, options, &mut leave).await?;
        self.expect("forward.txt", &text)?;
        let after = rows::fingerprints(client(&migrated), &kept).await;
        if !options.loses_rows {
            same("rows after the way forward", &after, &before)?;
        }
        if !options.leaves_more {
            equal_dumps("the migrated database", lab, &migrated, &to_dump)?;
        }
        pulled(lab, &migrated, &mut to, names).await?;

        // Back, with the same rows.
        if !options.one_way {
            self.migrated(&mut from, &migrated, options, &mut leave).await?;
            if !options.loses_rows {
                let back = rows::fingerprints(client(&migrated), &kept).await;
                same("rows after the way back", &back, &before)?;
            }
            if !options.leaves_more {
                equal_dumps("the database that went forth and back", lab, &migrated, &from_dump)?;
            }
        }

        // Back, from a database that never was anything else.
        let text = self.migrated(&mut from, &returned, options, &mut leave).await?;
        self.expect("backward.txt", &text)?;
        if !options.leaves_more {
            equal_dumps("the returned database", lab, &returned, &from_dump)?;
        }
        pulled(lab, &returned, &mut from, names).await?;
        same("the leave that `allow` gives", &options.allow, &leave)
    }

    fn options(&self) -> miette::Result<Options> {
        match fs::read_to_string(self.directory.join("case.toml")) {
            Ok(text) => {
                toml::from_str(&text).map_err(|error| miette::miette!("case.toml: {error}"))
            }
            Err(_) => Ok(Options::default()),
        }
    }

    /// Reads `from` or `to`: a directory, or one file, which gets a directory of its own.
    async fn side(
        &self,
        lab: &Lab,
        which: &str,
        options: &Options,
        as_of: &str,
    ) -> miette::Result<Side> {
        let as_of: Date = as_of.parse().map_err(|_| miette::miette!("case.toml: {as_of:?}"))?;
        let mut schema = self.directory.join(which);
        let mut prefix = format!("{}/", self.directory.display());
        if !schema.is_dir() {
            let file = format!("{which}.toml");
            schema =
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases").join(&self.name).join(which);
            prefix = format!("{}/", schema.display());
            fs::create_dir_all(&schema).unwrap();
            fs::copy(self.directory.join(&file), schema.join(&file))
                .map_err(|error| miette::miette!("{file}: {error}"))?;
        }
        let mut settings = lab.settings(&schema, "postgres", as_of);
        settings.manage = options.manage;
        settings.ignore.clone_from(&options.ignore);
        let desired = lab.desired(&settings).await?;
        Ok(Side { settings, desired, prefix })
    }

    /// A new database that equals the files.
    async fn built(
        &self,
        lab: &Lab,
        side: &mut Side,
        names: &mut Vec<String>,
    ) -> miette::Result<Live> {
        let live = empty(lab, side, names).await?;
        let outcome = lab::plan(&side.settings, &mut side.desired, &live.open).await?;
        lab::apply(&outcome, &live.open).await?;
        expect_nothing(side, &live, "a database built from nothing").await?;
        Ok(live)
    }

    /// Makes a database equal the files; the plan that did it.
    async fn migrated(
        &self,
        to: &mut Side,
        live: &Live,
        options: &Options,
        leave: &mut BTreeSet<HazardClass>,
    ) -> miette::Result<String> {
        let outcome = lab::plan(&to.settings, &mut to.desired, &live.open).await?;
        let text = to.text(&outcome);
        let again = lab::plan(&to.settings, &mut to.desired, &live.open).await?;
        same("a plan computed again", &to.text(&again), &text)?;
        let hazards = hazard::judge(&outcome.plan, &BTreeSet::new());
        leave.extend(
            hazards.iter().flatten().filter(|hazard| hazard.needs_leave).map(|hazard| hazard.class),
        );
        if !leave.is_subset(&options.allow) {
            return Err(miette::miette!(
                "the plan needs leave that case.toml does not give:\n{text}"
            ));
        }
        lab::apply(&outcome, &live.open).await.map_err(|error| error.wrap_err(text.clone()))?;
        expect_nothing(to, live, "a migrated database").await?;
        Ok(text)
    }

    /// Compares with an expectation, or writes it down.
    fn expect(&self, file: &str, text: &str) -> Check {
        let path = self.directory.join(file);
        if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
            return fs::write(&path, text).map_err(|error| miette::miette!("{file}: {error}"));
        }
        let expected = fs::read_to_string(&path)
            .map_err(|error| miette::miette!("{file}: {error}; BLESS=1 writes it"))?;
        same(file, text, expected.as_str())
    }
}

impl Side {
    fn text(&self, outcome: &Outcome) -> String {
        let declared = &self.desired.declared;
        let place =
            |part: &Part| declared.places.find(part).map(|place| declared.sources.describe(place));
        let report = Report {
            plan: &outcome.plan,
            // What needs leave shows as such, also where the case gives it.
            hazards: &hazard::judge(&outcome.plan, &BTreeSet::new()),
            place: &place,
            remarks: &outcome.remarks,
            unmanaged: &outcome.unmanaged,
            left_alone: &outcome.left_alone,
            purpose: Purpose::Plan,
        };
        render::text(&report, Style { colour: false }).replace(&self.prefix, "")
    }
}

/// A new database, with a session that the settings of `side` would make.
async fn empty(lab: &Lab, side: &mut Side, names: &mut Vec<String>) -> miette::Result<Live> {
    let name = lab.create_database().await;
    names.push(name.clone());
    let settings = lab.settings(&side.settings.schema, &name, side.settings.as_of);
    let open = pipeline::open(&settings, &lab::silent).await?;
    Ok(Live { name, open })
}

/// A new database that the dump of another was read into. A dump of definitions leaves materialized
/// views empty; those that were not are filled, in the order in which they were made.
async fn restored(
    lab: &Lab,
    of: &Live,
    text: &str,
    side: &mut Side,
    names: &mut Vec<String>,
) -> miette::Result<Live> {
    let live = empty(lab, side, names).await?;
    dump::restore(lab, &live.name, text);
    let filled = "SELECT format('REFRESH MATERIALIZED VIEW %I.%I', n.nspname, c.relname)
                  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relkind = 'm' AND c.relispopulated ORDER BY c.oid";
    for row in client(of).query(filled, &[]).await.unwrap() {
        client(&live).batch_execute(row.get(0)).await.unwrap();
    }
    Ok(live)
}

async fn expect_nothing(side: &mut Side, live: &Live, what: &str) -> Check {
    let outcome = lab::plan(&side.settings, &mut side.desired, &live.open).await?;
    if outcome.plan.is_empty() {
        return Ok(());
    }
    Err(miette::miette!("{what} does not equal the files:\n{}", side.text(&outcome)))
}

/// The files that a database is written as say what the database is, to the server as to us.
async fn pulled(lab: &Lab, live: &Live, side: &mut Side, names: &mut Vec<String>) -> Check {
    let mut read = pipeline::live(client(live), &Scope::new(None, &[])).await?;
    read.leave_out_usual(None);
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for file in pgconverge::desired::write(&read.database)? {
        let path = directory.path().join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
    let mut settings = lab.settings(directory.path(), &live.name, side.settings.as_of);
    settings.manage = Manage::Database;
    let desired = lab.desired(&settings).await?;
    let mut files = Side { settings, desired, prefix: format!("{}/", directory.path().display()) };
    expect_nothing(&mut files, live, "a database that was pulled").await?;
    let copy = empty(lab, &mut files, names).await?;
    let outcome = lab::plan(&files.settings, &mut files.desired, &copy.open).await?;
    lab::apply(&outcome, &copy.open).await?;
    let dump = |name| dump::with_sorted_privileges(&dump::schema_dump(lab, name));
    let (one, other) = (dump(&live.name), dump(&copy.name));
    same("the dump of a database made from pulled files", other.as_str(), one.as_str())
}

async fn execute(live: &Live, sql: &str) -> Check {
    client(live).batch_execute(sql).await.map_err(|error| match error.as_db_error() {
        Some(refusal) => miette::miette!("rows.sql: {}", refusal.message()),
        None => miette::miette!("rows.sql: {error}"),
    })
}

fn client(live: &Live) -> &tokio_postgres::Client {
    &live.open.connection.client
}

fn equal_dumps(what: &str, lab: &Lab, live: &Live, expected: &str) -> Check {
    let difference = dump::difference(&dump::schema_dump(lab, &live.name), expected);
    require(
        difference.is_empty(),
        &format!("pg_dump sees {what} differ from one built from the files:\n{difference}"),
    )
}

/// A report without the frame and the breaks that its width gives it.
fn one_line(report: &str) -> String {
    let words = report.split_whitespace().filter(|word| !matches!(*word, "│" | "×" | "╰─▶"));
    words.collect::<Vec<_>>().join(" ")
}

fn require(holds: bool, otherwise: &str) -> Check {
    if holds { Ok(()) } else { Err(miette::miette!("{otherwise}")) }
}

/// Texts are shown line by line.
fn same<T: std::fmt::Debug + PartialEq + ?Sized>(what: &str, is: &T, should: &T) -> Check {
    if is == should {
        return Ok(());
    }
    let lines = |value: &T| format!("{value:?}").replace("\\n", "\n").replace("\\\"", "\"");
    let (is, should) = (lines(is), lines(should));
    let diff = similar::TextDiff::from_lines(should.as_str(), is.as_str());
    let shown = diff.unified_diff().header("should be", "is").to_string();
    Err(miette::miette!("{what}:\n{shown}"))
}
