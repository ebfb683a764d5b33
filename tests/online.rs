//! Every folder `tests/online/CHANGE` is a test: a change to tables that hold rows, applied by the program
//! while other sessions read and write them without pause.
//!
//! - `from.toml`, `to.toml`: the two states.
//! - `rows.sql`: what is there before.
//! - `traffic.sql`: what the others do, one statement a line, over and over. `:n` is another number each time.
//! - `kept.sql`: a query whose answer is the same before and after.
//!
//! None of their statements fails; none waits but for a lock of which the plan says that they do; each step
//! outside a transaction is held up until the others have gone on for a while beside it. At the end the
//! database equals the files, and every row is there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

use project::{Database, Project, Ran, Session};
use serde_json::Value;

/// How many sessions are at work beside the program.
const OTHERS: u64 = 2;

/// How many statements of theirs succeed while a step is held up.
const BESIDE: u64 = 40;

/// How long the plan waits for a lock before it lets others go first; they wait for no longer than
/// [`PATIENCE`], which is more than that and what is done in a moment.
const LOCK_TIMEOUT: &str = "500ms";
const PATIENCE: &str = "20s";

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/online");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|it| it.unwrap().path()).collect();
    folders.sort();
    let trials = folders.into_iter().map(|folder| {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        libtest_mimic::Trial::test(name, move || {
            change(&folder);
            Ok(())
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn change(folder: &Path) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let project = Project::with(&read("from.toml"));
    let database = Database::of(&project);
    database.execute(&read("rows.sql"));
    let kept = database.ask(&read("kept.sql"));
    project.write("schema/schema.toml", &read("to.toml"));
    let planned = project.run_on(&database, &["plan", "--online-from", "0", "--format", "json"]);
    let plan = Plan::read(&planned.succeeds().out);

    let traffic = Traffic::new(&read("traffic.sql"));
    let ready = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..OTHERS {
            let (session, traffic) = (database.connect(), &traffic);
            scope.spawn(move || traffic.run(&session, number));
        }
        let watch = scope.spawn(|| watch(&database, &plan, &traffic));
        let held_up = scope.spawn(|| hold_up(&database, &plan, &traffic, &ready));
        traffic.wait_for(BESIDE);
        while !ready.load(Ordering::SeqCst) && !traffic.is_over() {
            thread::sleep(Duration::from_millis(1));
        }
        let apply = ["apply", "--confirm", "--online-from", "0", "--lock-timeout", LOCK_TIMEOUT];
        let mut command = project.command_on(&database, &apply);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let ran = Ran::end_of(child);
        traffic.over.store(true, Ordering::SeqCst);
        watch.join().unwrap();
        held_up.join().unwrap();
        ran.succeeds();
    });
    project.run_on(&database, &["drift"]).finds_nothing();
    assert_eq!(database.ask(&read("kept.sql")), kept);
}

/// What the others do.
struct Traffic {
    statements: Vec<String>,
    done: AtomicU64,
    over: AtomicBool,
}

impl Traffic {
    fn new(text: &str) -> Self {
        let statements = text.lines().map(str::to_owned).collect();
        Self { statements, done: AtomicU64::new(0), over: AtomicBool::new(false) }
    }

    fn run(&self, session: &Session, number: u64) {
        // Whoever fails ends it for all.
        let _end = End(self);
        session
            .execute(&format!("SET lock_timeout = '{PATIENCE}'; SET application_name = 'traffic'"));
        let mut n = number;
        while !self.is_over() {
            n += OTHERS;
            for statement in &self.statements {
                session.execute(&statement.replace(":n", &n.to_string()));
                self.done.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Waits until so many more statements have succeeded.
    fn wait_for(&self, more: u64) {
        let enough = self.done.load(Ordering::SeqCst) + more;
        while !self.is_over() && self.done.load(Ordering::SeqCst) < enough {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

struct End<'a>(&'a Traffic);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
    }
}

/// What the plan says of locks.
struct Plan {
    transactions: Vec<Transaction>,
}

struct Transaction {
    block: bool,
    statements: BTreeSet<String>,
    /// Relations, and whether reads and writes of them wait.
    locks: Vec<(String, bool, bool)>,
}

impl Plan {
    fn read(json: &str) -> Self {
        let plan: Value = serde_json::from_str(json).unwrap();
        let transactions = plan["transactions"].as_array().unwrap().iter().map(|transaction| {
            let steps = transaction["steps"].as_array().unwrap();
            let locks = steps.iter().flat_map(|step| step["locks"].as_array().unwrap());
            let locks = locks.map(|lock| {
                let blocks = |what: &str| lock[what].as_bool().unwrap();
                let relation = lock["relation"].as_str().unwrap().to_owned();
                (relation, blocks("blocks_reads"), blocks("blocks_writes"))
            });
            let text = |step: &Value| step["sql"].as_str().unwrap().to_owned();
            Transaction {
                block: transaction["block"].as_bool().unwrap(),
                statements: steps.iter().map(text).collect(),
                locks: locks.collect(),
            }
        });
        Self { transactions: transactions.collect() }
    }

    /// Whether somebody who wants `mode` of `relation`, or of one that `parents` has it in, may wait for a
    /// step.
    fn allows(&self, statement: &str, relations: &[String], mode: &str) -> bool {
        let of = |it: &&Transaction| it.statements.contains(statement);
        let mut own: Vec<&Transaction> = self.transactions.iter().filter(of).collect();
        if own.is_empty() {
            // It begins or ends one.
            own = self.transactions.iter().filter(|it| it.block).collect();
        }
        let writes = mode == "RowExclusiveLock";
        own.iter().flat_map(|it| &it.locks).any(|(relation, reads_wait, writes_wait)| {
            relations.contains(relation) && (*reads_wait || *writes_wait && writes)
        })
    }
}

/// Looks whom the plan keeps waiting.
fn watch(database: &Database, plan: &Plan, traffic: &Traffic) {
    let _end = End(traffic);
    let session = database.connect();
    session.execute("SET search_path = ''");
    while !traffic.is_over() {
        for row in session.ask(WAITING) {
            let (mode, relations, statement) =
                (row.get(0), row.get::<_, Vec<String>>(1), row.get(2));
            assert!(
                plan.allows(statement, &relations, mode),
                "somebody waits for {mode} of {relations:?}, and the plan does not say so of {statement}"
            );
        }
    }
}

/// Who of the others waits for the plan; the relation that they wait for, its table and its parents.
const WAITING: &str = "
SELECT l.mode, ARRAY(SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
                     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                     WHERE c.oid IN (SELECT l.relation UNION SELECT i.indrelid FROM pg_index i
                                     WHERE i.indexrelid = l.relation
                                     UNION SELECT relid FROM pg_partition_ancestors(l.relation))), b.query
FROM pg_stat_activity w
JOIN pg_locks l ON l.pid = w.pid AND NOT l.granted AND l.locktype = 'relation'
JOIN pg_stat_activity b ON b.pid = ANY (pg_blocking_pids(w.pid)) AND b.application_name = 'pgconverge'
WHERE w.application_name = 'traffic' AND w.datname = current_database()";

/// Keeps a transaction open for which steps outside of one have to wait, until the others have gone on for a
/// while beside them. A step that wants a table for itself is let in at once.
fn hold_up(database: &Database, plan: &Plan, traffic: &Traffic, ready: &AtomicBool) {
    let _end = End(traffic);
    let outside = plan.transactions.iter().filter(|it| !it.block);
    let weak = outside.flat_map(|it| &it.locks).filter(|(_, reads, writes)| !reads && !writes);
    let relations: BTreeSet<&str> = weak.map(|(relation, ..)| &**relation).collect();
    let (holder, session) = (database.connect(), database.connect());
    let mut held_up = 0;
    while !traffic.is_over() {
        holder.execute("BEGIN");
        for relation in &relations {
            holder.execute(&format!("LOCK TABLE ONLY {relation} IN ROW EXCLUSIVE MODE"));
        }
        ready.store(true, Ordering::SeqCst);
        let waits = loop {
            match session.ask(HELD_UP).first() {
                _ if traffic.is_over() => break false,
                Some(row) => break row.get(0),
                None => thread::sleep(Duration::from_millis(1)),
            }
        };
        if waits {
            held_up += 1;
            traffic.wait_for(BESIDE);
        }
        holder.execute("COMMIT");
    }
    let first = plan.transactions.first().unwrap();
    assert!(first.block || held_up > 0, "no step was held up");
}

/// Whether the plan waits for a transaction to end, where it waits.
const HELD_UP: &str = "
SELECT l.locktype = 'virtualxid'
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE NOT l.granted AND a.application_name = 'pgconverge' AND a.datname = current_database()";
