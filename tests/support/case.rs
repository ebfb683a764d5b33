//! A case of `tests/cases/`: two declared states, and the laws that hold between them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use pgconverge::hazard;
use pgconverge::kind::Rolling;
use pgconverge::model::{HazardClass, Part};
use pgconverge::pipeline::{self, DesiredState, Manage, OpenTarget, Outcome, Scope, Settings};
use pgconverge::render::{self, Report, Style};

use crate::cuts::Cuts;
use crate::expectation::Expectation;
use crate::lab::{self, Lab};
use crate::measure::Measure;
use crate::options::Options;
use crate::{dump, rows};

/// A folder of `tests/cases/`.
#[derive(Debug, Clone)]
pub struct Case {
    pub directory: PathBuf,
    /// `table/add_column`
    pub name: String,
    pub options: Options,
}

/// One of the two states of a case.
pub struct Side {
    settings: Settings,
    desired: DesiredState,
    /// What stands before a file's name in the plan, and differs from machine to machine.
    prefix: String,
}

/// A database, and a session on it.
pub struct Live {
    pub name: String,
    pub open: OpenTarget,
    /// As its catalog was read last, which is after whatever changed it last: several comparisons
    /// look at one state.
    pub state: pipeline::Live,
    /// What the two sides need to know of rows.
    pub rules: Vec<Arc<dyn Rolling>>,
    /// What `pg_dump` says of that state.
    pub dump: String,
}

/// What plans of a case had that it has to say.
#[derive(Default)]
struct Seen {
    leave: BTreeSet<HazardClass>,
}

pub type Check = miette::Result<()>;

impl Case {
    /// Whether everything holds, also for plans that are cut off, if it `is_cut`.
    pub async fn run(&self, lab: &Lab, is_cut: bool) -> Check {
        let mut names = Vec::new();
        let result = self.laws(lab, is_cut, &mut names).await;
        for name in names {
            lab.give_up(name).await;
        }
        match (result, &self.options.fails) {
            (result, None) => result,
            (Err(error), Some(text)) if one_line(&format!("{error:?}")).contains(text) => Ok(()),
            (Err(error), Some(_)) => {
                Err(error.wrap_err("it fails, but otherwise than case.toml has it"))
            }
            (Ok(()), Some(_)) => {
                Err(miette::miette!("the defect is mended: take `fails` out of case.toml"))
            }
        }
    }

    async fn laws(&self, lab: &Lab, is_cut: bool, names: &mut Vec<String>) -> Check {
        let options = &self.options;
        let mut from = self.side(lab, "from", options, &options.as_of).await?;
        let as_of_to = options.as_of_to.as_ref().unwrap_or(&options.as_of);
        let mut to = self.side(lab, "to", options, as_of_to).await?;

        let declared = [&from.desired.declared, &to.desired.declared];
        let rules: Vec<_> =
            declared.iter().flat_map(|declared| declared.rules.iter().map(Arc::clone)).collect();
        let mut migrated = built(lab, &mut from, &rules, names).await?;
        let mut returned = built(lab, &mut to, &rules, names).await?;
        let from_dump = migrated.dump.clone();
        let to_dump = returned.dump.clone();
        // A dump is read in PostgreSQL's own spelling, which it may spell otherwise then.
        if options.restorable {
            let restored = restored(lab, &migrated, &mut from, names).await?;
            expect_nothing(&mut from, &restored, "a restored `from`").await?;
            let other = self::restored(lab, &returned, &mut to, names).await?;
            expect_nothing(&mut to, &other, "a restored `to`").await?;
            if options.restored {
                migrated = restored;
            }
        }

        let seed = fs::read_to_string(self.directory.join("rows.sql")).ok();
        if let Some(seed) = &seed {
            execute(&migrated, seed, "rows.sql").await?;
            // Whether a materialized view is filled is part of the state.
            migrated.state = pipeline::read_whole(client(&migrated), &migrated.rules).await?;
        }
        let theirs = rows::tables(client(&migrated)).await;
        let mut others = rows::tables(client(&returned)).await;
        if options.partitions_move {
            for (table, columns) in &theirs {
                others.entry(table.clone()).or_insert_with(|| columns.clone());
            }
        }
        let mut kept = rows::common(&theirs, &others, &options.changes_values);
        kept.retain(|table, _| !options.rows_move.contains(table));
        if options.partitions_move {
            kept = rows::without_parents(client(&migrated), kept).await;
        }
        let before = rows::fingerprints(client(&migrated), &kept).await;
        if seed.is_some() && !options.loses_rows {
            require(before.values().any(|(count, _)| *count > 0), "no row can survive")?;
        }

        // Forward, with rows.
        let mut seen = Seen::default();
        let text = self.migrated(lab, &mut to, &mut migrated, &mut seen).await?;
        self.expect(lab, "forward", &text)?;
        // Of databases alone it is known what their roles give to new objects, and what secrets they have.
        let unknown = ["default_privileges", "user_mapping"];
        let has_unknown =
            from.desired.canonical.objects.keys().any(|it| unknown.contains(&it.kind.0));
        if seed.is_none() && !options.restored && !has_unknown {
            let database = pipeline::as_database(&mut from.desired, &to.desired, lab.major())?;
            let outcome = to.compare(&database).await?;
            // So is whose things are that no file speaks of.
            let text = text.replace("owner: postgres → ", "owner: + ");
            same("the plan from files to files", &to.text(&outcome), &text)?;
        }
        let after = rows::fingerprints(client(&migrated), &kept).await;
        if !options.loses_rows {
            same("rows after the way forward", &after, &before)?;
        }
        if !options.leaves_more {
            equal_dumps("the migrated database", &migrated.dump, &to_dump)?;
        }
        pulled(lab, &migrated, &mut to, names).await?;
        if is_cut && (options.online || all_online() || text.contains(" CONCURRENTLY")) {
            let cuts = Cuts {
                rules: &rules,
                seed: seed.as_deref(),
                kept: &kept,
                rows: &after,
                found_in: &options.found_in,
                dump: (!options.leaves_more).then_some(&*to_dump),
            };
            cuts.hold(lab, &mut from, &mut to, names).await?;
        }

        // Back, with the same rows.
        if !options.one_way {
            self.migrated(lab, &mut from, &mut migrated, &mut seen).await?;
            if !options.loses_rows {
                let back = rows::fingerprints(client(&migrated), &kept).await;
                same("rows after the way back", &back, &before)?;
            }
            if !options.leaves_more {
                equal_dumps("the database that went forth and back", &migrated.dump, &from_dump)?;
            }
        }

        // Back, from a database that never was anything else.
        let text = self.migrated(lab, &mut from, &mut returned, &mut seen).await?;
        self.expect(lab, "backward", &text)?;
        if !options.leaves_more {
            equal_dumps("the returned database", &returned.dump, &from_dump)?;
        }
        pulled(lab, &returned, &mut from, names).await?;
        same("the leave that `allow` gives", &options.allow, &seen.leave)
    }

    /// Reads `from` or `to`: a directory, or one file, which gets a directory of its own.
    pub async fn side(
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
            let copies = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases");
            schema = copies.join(lab.major().to_string()).join(&self.name).join(which);
            prefix = format!("{}/", schema.display());
            fs::create_dir_all(&schema).unwrap();
            fs::copy(self.directory.join(&file), schema.join(&file))
                .map_err(|error| miette::miette!("{file}: {error}"))?;
        }
        let mut settings = lab.settings(&schema, "postgres", as_of);
        settings.moves = options.moves;
        settings.online_from = (options.online || all_online()).then_some(0);
        settings.manage = options.manage;
        settings.ignore.clone_from(&options.ignore);
        let desired = lab.desired(&settings).await?;
        Ok(Side { settings, desired, prefix })
    }

    /// Makes a database equal the files; the plan that did it.
    async fn migrated(
        &self,
        lab: &Lab,
        to: &mut Side,
        live: &mut Live,
        seen: &mut Seen,
    ) -> miette::Result<String> {
        let outcome = to.compare(&live.state).await?;
        let text = to.text(&outcome);
        let again = to.compare(&live.state).await?;
        same("a plan computed again", &to.text(&again), &text)?;
        let hazards = hazard::judge(&outcome.plan, &hazard::Policy::default());
        seen.leave.extend(
            hazards.iter().flatten().filter(|hazard| hazard.needs_leave).map(|hazard| hazard.class),
        );
        if !seen.leave.is_subset(&self.options.allow) {
            return Err(miette::miette!(
                "the plan needs leave that case.toml does not give:\n{text}"
            ));
        }
        let connection = &live.open.connection;
        let mut measure = Measure::new(lab, &live.name, connection, &outcome.plan).await;
        let run = lab::run_watched(&outcome.plan, &live.open, &mut measure).await;
        run.map_err(|error| error.wrap_err(text.clone()))?;
        let wrong = measure.wrong().join("\n");
        require(wrong.is_empty(), &format!("steps do otherwise than they say:\n{wrong}"))?;
        live.look(lab).await?;
        expect_nothing(to, live, "a migrated database").await?;
        Ok(text)
    }

    /// Compares with an expectation, or writes it down.
    fn expect(&self, lab: &Lab, stem: &'static str, text: &str) -> Check {
        if all_online() {
            return Ok(());
        }
        let (directory, majors) = (&self.directory, self.options.majors.clone());
        let expectation = Expectation { directory, stem, majors };
        if std::env::var_os("BLESS").is_some_and(|value| !value.is_empty()) {
            expectation.bless(lab.major(), text);
            return Ok(());
        }
        let file = expectation.file(lab.major());
        let expected = fs::read_to_string(directory.join(&file))
            .map_err(|error| miette::miette!("{file}: {error}; BLESS=1 writes it"))?;
        same(&file, text, expected.as_str())
    }
}

impl Side {
    /// The plan from a state to the files. The desired state, which a comparison spells as the live
    /// one does, stays as it was for the next.
    pub async fn compare(&mut self, live: &pipeline::Live) -> miette::Result<Outcome> {
        let canonical = self.desired.canonical.clone();
        let outcome = pipeline::compare_with(&self.settings, &mut self.desired, live.clone()).await;
        self.desired.canonical = canonical;
        outcome
    }

    pub fn text(&self, outcome: &Outcome) -> String {
        let declared = &self.desired.declared;
        let place =
            |part: &Part| declared.places.find(part).map(|place| declared.sources.describe(place));
        let report = Report {
            plan: &outcome.plan,
            // What needs leave shows as such, also where the case gives it.
            hazards: &hazard::judge(&outcome.plan, &hazard::Policy::default()),
            place: &place,
            remarks: &outcome.remarks,
            unmanaged: &outcome.unmanaged,
            left_alone: &outcome.left_alone,
            limits: None,
            fingerprint: None,
            base: None,
            back: false,
        };
        render::text(&report, Style { colour: false }).replace(&self.prefix, "")
    }
}

impl Live {
    /// Reads the state anew.
    pub async fn look(&mut self, lab: &Lab) -> Check {
        self.state = pipeline::read_whole(client(self), &self.rules).await?;
        self.dump = dump::schema_dump(lab, &self.name);
        Ok(())
    }
}

/// Every case can be tried as if its tables were large; the plans are others then than those expected.
fn all_online() -> bool {
    std::env::var_os("PGCONVERGE_TEST_ONLINE").is_some_and(|value| !value.is_empty())
}

/// A new database, with a session that the settings of `side` would make.
async fn empty(lab: &Lab, side: &mut Side, names: &mut Vec<String>) -> miette::Result<Live> {
    let rules = side.desired.declared.rules.clone();
    let name = lab.create_database().await;
    names.push(name.clone());
    let open = opened(lab, side, &name).await?;
    Ok(Live { name, open, state: lab.new_database().await?, rules, dump: String::new() })
}

/// A session on a database that the settings of `side` would make.
pub async fn opened(lab: &Lab, side: &Side, name: &str) -> miette::Result<OpenTarget> {
    let settings = lab.settings(&side.settings.schema, name, side.settings.as_of);
    pipeline::open(&settings, &lab::silent).await
}

/// A new database, with the plan from nothing to the files applied to it.
async fn made(lab: &Lab, side: &mut Side, names: &mut Vec<String>) -> miette::Result<Live> {
    let live = empty(lab, side, names).await?;
    let outcome = side.compare(&live.state).await?;
    lab::apply(&outcome, &live.open).await?;
    Ok(live)
}

/// The same, looked at: it equals the files.
pub async fn built(
    lab: &Lab,
    side: &mut Side,
    rules: &[Arc<dyn Rolling>],
    names: &mut Vec<String>,
) -> miette::Result<Live> {
    let mut live = made(lab, side, names).await?;
    live.rules = rules.to_vec();
    live.look(lab).await?;
    expect_nothing(side, &live, "a database built from nothing").await?;
    Ok(live)
}

/// A new database that the dump of another was read into. A dump of definitions leaves materialized
/// views empty; those that were not are filled, in the order in which they were made.
async fn restored(
    lab: &Lab,
    of: &Live,
    side: &mut Side,
    names: &mut Vec<String>,
) -> miette::Result<Live> {
    let mut live = empty(lab, side, names).await?;
    live.rules.clone_from(&of.rules);
    execute(&live, &of.dump, "the dump").await?;
    // The dump's settings are for its own statements.
    execute(&live, "DISCARD ALL", "the end of the dump").await?;
    let filled = "SELECT format('REFRESH MATERIALIZED VIEW %I.%I', n.nspname, c.relname)
                  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relkind = 'm' AND c.relispopulated ORDER BY c.oid";
    for row in client(of).query(filled, &[]).await.unwrap() {
        execute(&live, row.get(0), "a restored materialized view").await?;
    }
    live.state = pipeline::read_whole(client(&live), &live.rules).await?;
    Ok(live)
}

pub async fn expect_nothing(side: &mut Side, live: &Live, what: &str) -> Check {
    let outcome = side.compare(&live.state).await?;
    if outcome.plan.is_empty() {
        return Ok(());
    }
    Err(miette::miette!("{what} does not equal the files:\n{}", side.text(&outcome)))
}

/// The files that a database is written as say what the database is, to the server as to us.
async fn pulled(lab: &Lab, live: &Live, side: &mut Side, names: &mut Vec<String>) -> Check {
    let mut read = live.state.clone();
    Scope::new(None, &[]).restrict(&mut read.database);
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
    let copy = made(lab, &mut files, names).await?;
    let (one, other) = (live.dump.as_str(), dump::schema_dump(lab, &copy.name));
    same(
        "the dump of a database made from pulled files",
        &dump::with_sorted_privileges(&other),
        &dump::with_sorted_privileges(one),
    )
}

pub async fn execute(live: &Live, sql: &str, what: &str) -> Check {
    client(live).batch_execute(sql).await.map_err(|error| match error.as_db_error() {
        Some(refusal) => miette::miette!("{what}: {}", refusal.message()),
        None => miette::miette!("{what}: {error}"),
    })
}

pub fn client(live: &Live) -> &tokio_postgres::Client {
    &live.open.connection.client
}

pub fn equal_dumps(what: &str, dump: &str, expected: &str) -> Check {
    let difference = dump::difference(dump, expected);
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
pub fn same<T: std::fmt::Debug + PartialEq + ?Sized>(what: &str, is: &T, should: &T) -> Check {
    if is == should {
        return Ok(());
    }
    let lines = |value: &T| format!("{value:?}").replace("\\n", "\n").replace("\\\"", "\"");
    let (is, should) = (lines(is), lines(should));
    let diff = similar::TextDiff::from_lines(should.as_str(), is.as_str());
    let shown = diff.unified_diff().header("should be", "is").to_string();
    Err(miette::miette!("{what}:\n{shown}"))
}

/// All cases by their names, or what is wrong with their options.
pub fn all() -> Vec<(String, Result<Case, String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases = Vec::new();
    for kind in folders(&root) {
        for directory in folders(&kind) {
            let name = directory.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let case = Options::of(&directory).map(|options| Case {
                directory,
                name: name.clone(),
                options,
            });
            cases.push((name, case));
        }
    }
    cases
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
