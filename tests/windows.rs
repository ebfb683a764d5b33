//! Windows of partitions, as time goes on and back: no row is lost, nothing is missing in between,
//! no two partitions overlap, and afterwards there is nothing to do.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

#[path = "support/bench.rs"]
mod bench;
#[path = "support/lab.rs"]
mod lab;
#[path = "support/walker.rs"]
mod walker;

use bench::{Bench, holds, sql};
use jiff::ToSpan;
use jiff::civil::Date;
use pgconverge::hazard;
use pgconverge::model::{Effect, Step};
use pgconverge::pipeline::{self, OpenTarget, Outcome};
use pgconverge::sql::LockLevel;
use proptest::prelude::*;
use tokio_postgres::Client;
use walker::{Walker, rows};

const EPOCH: Date = Date::constant(2025, 1, 1);

/// How long a partition is, how many are ahead, and how long they are kept.
#[derive(Debug, Clone)]
struct Window {
    every: &'static str,
    ahead: u8,
    keep: Option<&'static str>,
    key: &'static str,
    /// Whether each has partitions of its own.
    each: bool,
}

const EACH: &str = "[table.m.partitions.each]
partition_by = \"hash (tenant)\"
[table.m.partitions.each.partition]
\"{name}_0\" = \"WITH (MODULUS 3, REMAINDER 0)\"
\"{name}_1\" = \"WITH (MODULUS 3, REMAINDER 1)\"
\"{name}_2\" = \"WITH (MODULUS 3, REMAINDER 2)\"
";

impl Window {
    fn file(&self) -> String {
        let keep = self
            .keep
            .map_or(String::new(), |keep| format!("keep = \"{keep}\"\nexpired = \"detach\"\n"));
        format!(
            "[table.m]\nprimary_key = [\"id\", \"tenant\", \"at\"]\npartition_by = \"range (at)\"\n\
             [table.m.partitions]\nevery = \"{}\"\nname = \"m_{{YYYY}}_{{MM}}_{{DD}}\"\n\
             ahead = {}\n{keep}{}\
             [table.m.column]\nid = \"bigint\"\nat = \"{}\"\nnote = \"text\"\n\
             tenant = \"integer\"\n\
             [table.m.index]\nm_note = [\"note\"]\n\
             [table.m.check]\nm_id = \"id >= 0\"\n",
            self.every,
            self.ahead,
            if self.each { EACH } else { "" },
            self.key
        )
    }
}

fn window() -> impl Strategy<Value = Window> {
    let every = prop_oneof![Just("1 month"), Just("1 week"), Just("10 days"), Just("1 quarter")];
    let keep = prop_oneof![Just(None), Just(Some("1 month")), Just(Some("3 months"))];
    let key = prop_oneof![Just("timestamptz"), Just("date"), Just("timestamp")];
    (every, 0..4_u8, keep, key, any::<bool>()).prop_map(|(every, ahead, keep, key, each)| Window {
        every,
        ahead,
        keep,
        key,
        each,
    })
}

/// A window, a day for each run, and how many rows arrive after it.
fn walk() -> impl Strategy<Value = (Window, Vec<(i32, u8)>)> {
    (window(), proptest::collection::vec((0..400_i32, 0..5_u8), 2..5))
}

async fn go(walker: &Walker<'_>, as_of: Date) -> miette::Result<OpenTarget> {
    let open = walker.go(as_of, "timestamptz", &as_of.to_string()).await?;
    // Whoever comes today finds a place.
    let insert = format!("INSERT INTO m SELECT 0, '{as_of}' WHERE false");
    open.connection.client.batch_execute(&insert).await.unwrap();
    Ok(open)
}

#[test]
fn any_walk_through_time_keeps_every_row() {
    let bench = Bench::new();
    holds(4, &walk(), |(window, days)| {
        bench.runtime.block_on(async {
            let walker = Walker::new(&bench, &window.file()).await;
            let mut inserted = 0;
            for (day, arriving) in days {
                let today = EPOCH.saturating_add(day.days());
                let open = go(&walker, today).await?;
                let client = &open.connection.client;
                let insert = format!(
                    "INSERT INTO m SELECT {inserted} + n, '{today}', 'x', n
                     FROM generate_series(1, {arriving}) n"
                );
                client.batch_execute(&insert).await.unwrap();
                inserted += i64::from(arriving);
                assert_eq!(rows(client).await, inserted, "{today}");
            }
            bench.lab.drop_database(&walker.database).await;
            Ok(())
        })
    });
    bench.end();
}

/// The plan that rolls a window by half a year, with rows in what it lets go of.
async fn rolling(walker: &Walker<'_>) -> (OpenTarget, Outcome) {
    let (first, then) = (Date::constant(2025, 1, 15), Date::constant(2025, 6, 15));
    go(walker, first).await.unwrap();
    let open = walker.open(then).await.unwrap();
    let insert = "INSERT INTO m SELECT n, '2025-01-15', 'x', n FROM generate_series(1, 9) n";
    open.connection.client.batch_execute(insert).await.unwrap();
    let outcome = walker.plan(then, &open).await.unwrap();
    (open, outcome)
}

fn monthly(each: bool) -> Window {
    Window { every: "1 month", ahead: 2, keep: Some("2 months"), key: "date", each }
}

/// Runs a scene in a new database.
fn with_walker<T>(bench: &Bench, each: bool, scene: impl AsyncFnOnce(&Walker<'_>) -> T) -> T {
    bench.runtime.block_on(async { scene(&Walker::new(bench, &monthly(each).file()).await).await })
}

#[test]
fn a_run_cut_off_between_any_two_steps_is_mended_by_the_next() {
    cut_anywhere(false);
}

#[test]
fn so_is_one_that_makes_partitions_of_partitions() {
    cut_anywhere(true);
}

fn cut_anywhere(each: bool) {
    let bench = Bench::new();
    let mut cut = 0;
    loop {
        let steps = with_walker(&bench, each, async |walker| {
            let (open, outcome) = rolling(walker).await;
            for step in outcome.plan.steps.iter().take(cut) {
                open.connection.client.batch_execute(&step.sql.to_string()).await.unwrap();
            }
            let next = Date::constant(2025, 6, 16);
            go(walker, next)
                .await
                .map_err(|error| error.wrap_err(format!("cut at {cut}")))
                .unwrap();
            assert_eq!(rows(&open.connection.client).await, 9, "cut at {cut}");
            outcome.plan.steps.len()
        });
        if cut >= steps {
            break;
        }
        cut += 1;
    }
    assert!(cut > 5);
    bench.end();
}

#[test]
fn a_partition_goes_with_its_own_when_the_grace_is_over() {
    let bench = Bench::new();
    bench.runtime.block_on(async {
        let drop = "expired = \"drop\"\ngrace = \"2 weeks\"";
        let file = monthly(true).file().replace("expired = \"detach\"", drop);
        let walker = Walker::new(&bench, &file).await;
        let (open, outcome) = rolling(&walker).await;
        assert!(!sql(&outcome).contains("DROP TABLE"));
        let client = &open.connection.client;
        go(&walker, Date::constant(2025, 6, 15)).await.unwrap();
        assert_eq!(rows(client).await, 9);
        let then = Date::constant(2025, 6, 29);
        let mut settings = walker.settings(then);
        for only_windows in [false, true] {
            settings.only_windows = only_windows;
            let mut desired = bench.lab.desired(&settings).await.unwrap();
            let outcome = pipeline::compare(&settings, &mut desired, &open).await.unwrap();
            assert_eq!(outcome.remarks, Vec::<String>::new());
            let hazards = hazard::judge(&outcome.plan, &hazard::Policy::default());
            assert!(hazards.iter().flatten().all(|hazard| !hazard.needs_leave));
            let steps = outcome.plan.steps.iter().filter(|step| step.effect == Effect::Drop);
            let dropped: Vec<&str> = steps
                .filter(|step| step.address.kind.0 == "table")
                .map(|step| &*step.address.name)
                .collect();
            assert_eq!(dropped, ["m_2025_01_01", "m_2025_02_01", "m_2025_03_01"]);
        }
        go(&walker, then).await.unwrap();
        assert_eq!(rows(client).await, 0);
    });
    bench.end();
}

#[test]
fn a_detach_that_was_cut_off_is_finished() {
    let bench = Bench::new();
    with_walker(&bench, false, async |walker| {
        let (open, _) = rolling(walker).await;
        let reader = walker.open(EPOCH).await.unwrap();
        reader.connection.client.batch_execute("BEGIN; SELECT FROM m").await.unwrap();
        let detach = "SET statement_timeout = '300ms'; SET lock_timeout = '200ms'";
        let client = &open.connection.client;
        client.batch_execute(detach).await.unwrap();
        let detach = "ALTER TABLE m DETACH PARTITION m_2025_01_01 CONCURRENTLY";
        client.batch_execute(detach).await.unwrap_err();
        client.batch_execute("RESET statement_timeout; RESET lock_timeout").await.unwrap();
        reader.connection.client.batch_execute("COMMIT").await.unwrap();
        let pending = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending";
        assert_eq!(client.query_one(pending, &[]).await.unwrap().get::<_, i64>(0), 1);
        // Whether it is to go, or to stay.
        for day in [Date::constant(2025, 6, 15), Date::constant(2025, 1, 15)] {
            go(walker, day).await.unwrap();
        }
        assert_eq!(client.query_one(pending, &[]).await.unwrap().get::<_, i64>(0), 0);
        assert_eq!(rows(client).await, 9);
    });
    bench.end();
}

/// The locks on tables that were there before, as another session sees them once a step has run.
async fn locks_of(watcher: &Client, pid: i32) -> Vec<(String, LockLevel)> {
    let held =
        "SELECT relation::regclass::text, mode FROM pg_locks JOIN pg_class c ON c.oid = relation
                WHERE pid = $1 AND granted AND locktype = 'relation' AND c.relkind IN ('r', 'p')
                  AND c.relnamespace = 'public'::regnamespace";
    let levels = [
        LockLevel::AccessShare,
        LockLevel::RowShare,
        LockLevel::RowExclusive,
        LockLevel::ShareUpdateExclusive,
        LockLevel::Share,
        LockLevel::ShareRowExclusive,
        LockLevel::Exclusive,
        LockLevel::AccessExclusive,
    ];
    let rows = watcher.query(held, &[&pid]).await.unwrap();
    rows.iter()
        .map(|row| {
            let mode: String = row.get(1);
            let words = mode.strip_suffix("Lock").unwrap().to_lowercase();
            let level =
                levels.iter().find(|level| level.name().replace(' ', "").to_lowercase() == words);
            (format!("public.{}", row.get::<_, String>(0)), *level.unwrap())
        })
        .collect()
}

fn claimed(step: &Step, relation: &str) -> Option<LockLevel> {
    step.locks.iter().find(|lock| lock.relation == relation).map(|lock| lock.level)
}

#[test]
fn every_step_takes_the_locks_that_the_plan_says() {
    let bench = Bench::new();
    for each in [false, true] {
        with_walker(&bench, each, locks_are_as_planned);
    }
    bench.end();
}

async fn locks_are_as_planned(walker: &Walker<'_>) {
    let (open, outcome) = rolling(walker).await;
    let client = &open.connection.client;
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let watcher = walker.open(EPOCH).await.unwrap();
    let tables = "SELECT 'public.' || relname FROM pg_class
                      WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace";
    // What the plan itself makes is nobody else's yet.
    let before = client.query(tables, &[]).await.unwrap();
    let before: Vec<String> = before.iter().map(|row| row.get(0)).collect();
    let mut attached = 0;
    for step in &outcome.plan.steps {
        let sql = step.sql.to_string();
        if !step.transactional {
            assert_eq!(claimed(step, "public.m"), Some(LockLevel::ShareUpdateExclusive));
            client.batch_execute(&sql).await.unwrap();
            continue;
        }
        client.batch_execute(&format!("BEGIN; {sql}")).await.unwrap();
        for (relation, level) in locks_of(&watcher.connection.client, pid).await {
            if before.contains(&relation) && level != LockLevel::AccessShare {
                let claimed = claimed(step, &relation);
                assert!(claimed >= Some(level), "{sql}: {relation} {level:?}, not {claimed:?}");
                if relation == "public.m" {
                    assert_eq!(level, LockLevel::ShareUpdateExclusive, "{sql}");
                    attached += 1;
                }
            }
        }
        client.batch_execute("COMMIT").await.unwrap();
    }
    assert!(attached > 0);
}
