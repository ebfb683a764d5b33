//! Windows of integers, as rows arrive and go: no row is lost that was not deleted, nothing is missing
//! in between, and afterwards there is nothing to do.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

#[path = "support/bench.rs"]
mod bench;
#[path = "support/lab.rs"]
mod lab;
#[path = "support/walker.rs"]
mod walker;

use bench::{Bench, TODAY, holds};
use pgconverge::pipeline::{self, Outcome};
use proptest::prelude::*;
use tokio_postgres::Client;
use walker::{Walker, rows};

#[derive(Debug, Clone)]
struct Window {
    every: i64,
    ahead: u8,
    keep: Option<i64>,
    start: Option<i64>,
    key: &'static str,
    each: bool,
}

impl Window {
    fn file(&self) -> String {
        let keep = self
            .keep
            .map_or(String::new(), |keep| format!("keep = \"{keep}\"\nexpired = \"detach\"\n"));
        let start = self.start.map_or(String::new(), |start| format!("start = \"{start}\"\n"));
        let each = match self.each {
            true => {
                "[table.m.partitions.each]\npartition_by = \"list (tenant)\"\n\
                 [table.m.partitions.each.partition]\n\"{name}_1\" = \"IN (1)\"\n\
                 \"{name}_rest\" = \"DEFAULT\"\n"
            }
            false => "",
        };
        format!(
            "[table.m]\nprimary_key = [\"id\", \"tenant\"]\npartition_by = \"range (id)\"\n\
             [table.m.partitions]\nevery = \"{}\"\nname = \"m_{{N}}\"\n\
             ahead = {}\n{keep}{start}{each}\
             [table.m.column]\nid = \"{}\"\ntenant = \"integer\"\nnote = \"text\"\n\
             [table.m.index]\nm_note = [\"note\"]\n",
            self.every, self.ahead, self.key
        )
    }
}

fn window() -> impl Strategy<Value = Window> {
    let every = prop_oneof![Just(10_i64), Just(700), Just(1000)];
    let keep = proptest::option::of(0..3000_i64);
    let start = proptest::option::of(-2000..2000_i64);
    let key = prop_oneof![Just("integer"), Just("bigint"), Just("numeric"), Just("numeric(9, 2)")];
    (every, 0..4_u8, keep, start, key, any::<bool>()).prop_map(
        |(every, ahead, keep, start, key, each)| Window { every, ahead, keep, start, key, each },
    )
}

/// What happens to the rows between two runs.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// So many come, the last of them at such a part of what there is room for.
    Come { rows: u8, percent: i64 },
    /// Those go whose keys are in the highest part of those that there are.
    Go { percent: i64 },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1..20_u8, 0..=100_i64).prop_map(|(rows, percent)| Event::Come { rows, percent }),
        1 => (0..=100_i64).prop_map(|percent| Event::Go { percent }),
    ]
}

/// Keys that there are, and up to which there is room.
async fn span(client: &Client) -> (i64, i64) {
    let query = "SELECT coalesce((SELECT max(id) FROM m), min(since))::bigint, max(until)::bigint
                 FROM (SELECT bounds[1]::numeric AS since, bounds[2]::numeric AS until
                       FROM (SELECT regexp_match(pg_get_expr(relpartbound, oid),
                                                 '\\(''?(.*?)''?\\) TO \\(''?(.*?)''?\\)') AS bounds
                             FROM pg_class JOIN pg_inherits ON inhrelid = oid
                             WHERE inhparent = 'm'::regclass) AS bounds) AS them";
    let row = client.query_one(query, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[test]
fn whatever_rows_do_the_window_keeps_ahead_of_them() {
    let bench = Bench::new();
    let walks = (window(), proptest::collection::vec(event(), 2..7));
    holds(4, &walks, |(window, events)| {
        bench.runtime.block_on(async {
            let walker = Walker::new(&bench, &window.file()).await;
            let (mut there, mut made) = (0, 0);
            for event in events {
                let open = walker.go(TODAY, "numeric", "1000000000").await?;
                let client = &open.connection.client;
                assert_eq!(rows(client).await, there);
                let (highest, room) = span(client).await;
                assert!(
                    room > highest + window.every * i64::from(window.ahead),
                    "{highest} {room}"
                );
                match event {
                    Event::Come { rows, percent } => {
                        let last = highest + 1 + (room - highest - 2) * percent / 100;
                        let insert = format!(
                            "INSERT INTO m SELECT greatest({last} - n, {highest}), {made} + n, 'x'
                             FROM generate_series(0, {rows} - 1) n WHERE {last} < {room}"
                        );
                        there +=
                            i64::try_from(client.execute(&insert, &[]).await.unwrap()).unwrap();
                        made += i64::from(rows);
                    }
                    Event::Go { percent } => {
                        let delete = format!(
                            "DELETE FROM m WHERE id > {highest} - {} * {percent} / 100",
                            window.every * 4
                        );
                        there -=
                            i64::try_from(client.execute(&delete, &[]).await.unwrap()).unwrap();
                    }
                }
            }
            walker.go(TODAY, "numeric", "1000000000").await?;
            bench.lab.drop_database(&walker.database).await;
            Ok(())
        })
    });
    bench.end();
}

/// The plan of somebody else than the owner.
async fn plan_as(walker: &Walker<'_>, privileges: &str) -> Outcome {
    let open = walker.open(TODAY).await.unwrap();
    let client = &open.connection.client;
    client.batch_execute(privileges).await.unwrap();
    client.batch_execute("SET SESSION AUTHORIZATION watcher").await.unwrap();
    walker.plan(TODAY, &open).await.unwrap()
}

#[test]
fn rows_that_may_not_be_read_leave_the_window_as_it_is() {
    let bench = Bench::new();
    bench.runtime.block_on(async {
        let window =
            Window { every: 10, ahead: 1, keep: Some(0), start: None, key: "bigint", each: false };
        let walker = Walker::new(&bench, &window.file()).await;
        let open = walker.go(TODAY, "numeric", "1000").await.unwrap();
        let insert = "INSERT INTO m SELECT 15, 1; CREATE ROLE watcher";
        open.connection.client.batch_execute(insert).await.unwrap();
        let remarks =
            |outcome: &Outcome| outcome.remarks.iter().any(|it| it.contains("table public.m"));
        for privileges in [
            "REVOKE ALL ON m FROM watcher",
            // There is no telling how many rows it does not show.
            "GRANT SELECT ON m TO watcher; ALTER TABLE m ENABLE ROW LEVEL SECURITY;
             CREATE POLICY all_of_it ON m USING (true)",
            "ALTER TABLE m DISABLE ROW LEVEL SECURITY; DROP POLICY all_of_it ON m;
             REVOKE USAGE ON SCHEMA public FROM public",
        ] {
            let outcome = plan_as(&walker, privileges).await;
            assert!(remarks(&outcome), "{privileges}: {:?}", outcome.remarks);
            let moved = outcome.plan.changes.keys().any(|address| address.name.starts_with("m_"));
            assert!(!moved, "{privileges}: {}", bench::sql(&outcome));
        }
        for privileges in [
            "GRANT USAGE ON SCHEMA public TO public",
            "REVOKE ALL ON m FROM watcher; GRANT SELECT (id) ON m TO watcher",
        ] {
            let outcome = plan_as(&walker, privileges).await;
            assert!(!remarks(&outcome), "{privileges}: {:?}", outcome.remarks);
            assert!(bench::sql(&outcome).contains("m_2"), "{privileges}");
        }
    });
    bench.end();
}

#[test]
fn rows_that_come_during_a_run_are_for_the_next() {
    let bench = Bench::new();
    bench.runtime.block_on(async {
        let window =
            Window { every: 10, ahead: 1, keep: None, start: None, key: "integer", each: true };
        let walker = Walker::new(&bench, &window.file()).await;
        let open = walker.open(TODAY).await.unwrap();
        let settings = walker.settings(TODAY);
        let mut desired = bench.lab.desired(&settings).await.unwrap();
        for key in [15, 25] {
            let outcome = pipeline::compare(&settings, &mut desired, &open).await.unwrap();
            assert!(!outcome.plan.is_empty());
            lab::apply(&outcome, &open).await.unwrap();
            let insert = format!("INSERT INTO m VALUES ({key}, 1)");
            open.connection.client.batch_execute(&insert).await.unwrap();
            let again = pipeline::compare_again(&settings, &mut desired, &open, &outcome).await;
            assert!(again.unwrap().plan.is_empty(), "{key}");
        }
    });
    bench.end();
}

#[test]
fn what_was_let_go_of_does_not_take_an_empty_table_back() {
    let bench = Bench::new();
    bench.runtime.block_on(async {
        let window = Window {
            every: 10,
            ahead: 1,
            keep: Some(1),
            start: Some(0),
            key: "bigint",
            each: false,
        };
        let walker = Walker::new(&bench, &window.file()).await;
        for statement in [
            "SELECT",
            "INSERT INTO m VALUES (5, 1), (15, 1)",
            "INSERT INTO m VALUES (25, 1)",
            "INSERT INTO m VALUES (35, 1)",
            "DELETE FROM m",
        ] {
            let open = walker.go(TODAY, "numeric", "1000").await.unwrap();
            open.connection.client.batch_execute(statement).await.unwrap();
        }
        let open = walker.go(TODAY, "numeric", "1000").await.unwrap();
        assert_eq!(rows(&open.connection.client).await, 2);
        assert_eq!(span(&open.connection.client).await, (20, 50));
    });
    bench.end();
}
