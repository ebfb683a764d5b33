//! Catalogs so large that a second session reads its share.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how a failure is told"
)]

#[path = "support/lab.rs"]
mod lab;

use std::fmt::Write;
use std::time::Duration;

use jiff::civil::Date;
use lab::Lab;
use pgconverge::catalog::{Snapshot, contents};
use pgconverge::model::{Canonical, Database};
use pgconverge::pipeline::{OpenTarget, Outcome, Settings, first_comparison, open};
use pgconverge::server::connect::{Connection, Environment, Target};

/// A few kinds, so often that there is much to read.
const MANY: &str = "
DO $$
BEGIN
  FOR n IN 1..1200 LOOP
    EXECUTE format('CREATE TABLE t%1$s (id serial PRIMARY KEY, other integer GENERATED ALWAYS AS IDENTITY,
                    note text DEFAULT %1$s CHECK (note <> %1$L))', n);
  END LOOP;
  FOR n IN 1..20 LOOP
    EXECUTE format('CREATE VIEW v%1$s AS SELECT id, note FROM t%1$s WHERE id > %1$s', n);
    EXECUTE format('CREATE FUNCTION f%1$s() RETURNS integer LANGUAGE sql RETURN %1$s', n);
    EXECUTE format('CREATE TABLE p%1$s (at date) PARTITION BY RANGE (at)', n);
    EXECUTE format('CREATE TABLE p%1$s_x PARTITION OF p%1$s DEFAULT', n);
  END LOOP;
END $$;
ALTER TABLE t3 ALTER COLUMN id SET DEFAULT 7;
GRANT SELECT ON t4 TO PUBLIC;
COMMENT ON TABLE t5 IS 'five';
";

async fn taken(snapshot: Snapshot<'_>) -> Database<Canonical> {
    let mut snapshot = snapshot;
    let database = snapshot.take_database().unwrap();
    snapshot.close().await.unwrap();
    database
}

async fn lab_with_many() -> (Lab, String, Connection) {
    let lab = Lab::start().await;
    let name = lab.create_database().await;
    let connection = lab.connect(&name).await;
    connection.client.batch_execute(MANY).await.unwrap();
    (lab, name, connection)
}

#[tokio::test]
async fn two_sessions_read_what_one_does_and_each_its_share() {
    let (lab, name, connection) = lab_with_many().await;
    let target = lab.target(&name);
    let client = &connection.client;
    let alone = taken(Snapshot::read(client).await.unwrap()).await;
    assert!(alone.objects.len() > 2000, "{}", alone.objects.len());

    // Who reads the columns has to wait, so that there is time to look.
    let mut holder = lab.connect(&name).await;
    let held = holder.client.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE pg_attrdef IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let looking = async {
        const READERS: &str = "
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
              AND backend_xmin IS NOT NULL AND xact_start IS NOT NULL
              AND pid <> (SELECT pid FROM pg_locks WHERE relation = 'pg_attrdef'::regclass
                          AND mode = 'AccessExclusiveLock' AND granted)";
        let observer = lab.connect(&name).await;
        let readers = async {
            loop {
                let count: i64 = observer.client.query_one(READERS, &[]).await.unwrap().get(0);
                if count == 2 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), readers).await.unwrap();
        // Not seen by the second session, since the first did not see it.
        observer.client.batch_execute("CREATE TABLE too_late ()").await.unwrap();
        held.rollback().await.unwrap();
    };
    let (shared, ()) = tokio::join!(Snapshot::read_over(client, Some(&target)), looking);
    let shared = taken(shared.unwrap()).await;
    assert_eq!(shared.objects, alone.objects);
    assert_eq!(shared.unmanaged, alone.unmanaged);
    assert_eq!(shared.latent, alone.latent);
    lab.stop().await;
}

#[tokio::test]
async fn one_session_does_where_there_is_no_place_for_a_second() {
    let (lab, _, connection) = lab_with_many().await;
    let client = &connection.client;
    let alone = taken(Snapshot::read(client).await.unwrap()).await;
    for elsewhere in ["host=/nonexistent dbname=x user=x", "host=127.0.0.1 port=1 dbname=x user=x"]
    {
        let target = Target::resolve(Some(elsewhere), &Environment::default()).unwrap().unwrap();
        let read = Snapshot::read_over(client, Some(&target)).await.unwrap();
        assert_eq!(taken(read).await.objects, alone.objects);
    }
    // Another database of the server cannot see the snapshot.
    let target = lab.target("postgres");
    let read = Snapshot::read_over(client, Some(&target)).await.unwrap();
    assert_eq!(taken(read).await.objects, alone.objects);
    lab.stop().await;
}

/// What the changes in `tests/contents.sql` are about.
const SMALL: &str = "
CREATE ROLE contents_role; CREATE ROLE contents_other; CREATE SCHEMA s;
CREATE TYPE e AS ENUM ('a', 'b'); CREATE DOMAIN d AS integer; CREATE TYPE c AS (x integer);
CREATE TABLE t (id integer PRIMARY KEY, note text DEFAULT 'x' CHECK (note <> 'no'), other text);
CREATE INDEX t_note_idx ON t (note DESC);
CREATE TABLE heir () INHERITS (t);
CREATE TABLE p (k integer) PARTITION BY LIST (k); CREATE TABLE p_x PARTITION OF p FOR VALUES IN (1);
CREATE SEQUENCE q;
CREATE VIEW v AS SELECT id, note FROM t;
CREATE MATERIALIZED VIEW m AS SELECT id FROM t WITH NO DATA;
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf();
CREATE POLICY l ON t USING (id > 0);
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE ft (x integer) SERVER srv;
";

#[tokio::test]
async fn the_contents_of_a_catalog_change_with_whatever_is_declared_and_with_nothing_else() {
    for major in [14, 15, 16, 17, 18] {
        let wanted = lab::wanted_majors();
        if !wanted.is_empty() && !wanted.contains(&major) {
            continue;
        }
        let lab = Lab::of_major(major).await;
        let name = lab.create_database().await;
        let client = lab.connect(&name).await.client;
        client.batch_execute(SMALL).await.unwrap();
        let before = contents(&client).await.unwrap();
        // Rows, statistics and what a sequence has come to are no part of a schema.
        client.batch_execute("INSERT INTO t SELECT 1; SELECT nextval('q')").await.unwrap();
        for statement in ["ANALYZE", "VACUUM (FULL) t", "CHECKPOINT"] {
            client.batch_execute(statement).await.unwrap();
            assert_eq!(contents(&client).await.unwrap(), before, "{statement}");
        }
        let changes = include_str!("contents.sql").lines();
        for change in changes.filter(|line| !line.starts_with("--") && !line.is_empty()) {
            client.batch_execute("BEGIN; SET LOCAL allow_system_table_mods = on").await.unwrap();
            client
                .batch_execute(change)
                .await
                .unwrap_or_else(|error| panic!("{change}: {error:?}"));
            let after = contents(&client).await.unwrap();
            client.batch_execute("ROLLBACK").await.unwrap();
            assert_ne!(after, before, "{major}: {change}");
            assert_eq!(contents(&client).await.unwrap(), before, "{major}: {change}, undone");
        }
        lab.stop().await;
    }
}

/// A comparison, and whether it was spared because nothing has changed since the last.
async fn found(settings: &Settings, open: &OpenTarget) -> (Outcome, bool) {
    let (desired, outcome) = first_comparison(settings, open, &lab::silent).await.unwrap();
    (outcome, desired.canonical.objects.is_empty())
}

#[tokio::test]
async fn that_nothing_is_to_do_is_found_out_once() {
    let lab = Lab::start().await;
    let name = lab.create_database().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("schema.toml");
    let mut text = String::new();
    for n in 0..1100 {
        writeln!(text, "[table.t{n}]\nprimary_key = [\"id\"]").unwrap();
        writeln!(text, "[table.t{n}.column]\nid = \"integer\"\nnote = \"text\"").unwrap();
    }
    std::fs::write(&file, &text).unwrap();
    let mut settings = lab.settings(directory.path(), &name, Date::constant(2025, 1, 1));
    settings.cache = Some(directory.path().join("cache"));
    let open = open(&settings, &lab::silent).await.unwrap();
    let client = &open.connection.client;
    let (outcome, _) = found(&settings, &open).await;
    lab::apply(&outcome, &open).await.unwrap();
    client.batch_execute("CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple)").await.unwrap();

    let (outcome, spared) = found(&settings, &open).await;
    assert!(outcome.plan.is_empty() && !spared);
    let (again, spared) = found(&settings, &open).await;
    assert!(again.plan.is_empty() && spared);
    assert_eq!(again.unmanaged, outcome.unmanaged);
    assert_eq!(again.unmanaged.len(), 1);

    // The database changes, and changes back.
    client.batch_execute("ALTER TABLE t7 ADD COLUMN extra text").await.unwrap();
    let (outcome, spared) = found(&settings, &open).await;
    assert!(!outcome.plan.is_empty() && !spared);
    client.batch_execute("ALTER TABLE t7 DROP COLUMN extra").await.unwrap();
    let (outcome, _) = found(&settings, &open).await;
    assert!(outcome.plan.is_empty());
    // The files change, and change back.
    std::fs::write(&file, text.replacen("note = \"text\"", "note = \"varchar\"", 1)).unwrap();
    let (outcome, spared) = found(&settings, &open).await;
    assert!(!outcome.plan.is_empty() && !spared);
    std::fs::write(&file, &text).unwrap();
    assert!(found(&settings, &open).await.1);
    // The settings change.
    settings.ignore = vec!["public.dict".to_owned()];
    let (outcome, spared) = found(&settings, &open).await;
    assert!(outcome.unmanaged.is_empty() && !spared);
    // Fingerprints are wanted of both sides.
    settings.fingerprints = true;
    assert!(found(&settings, &open).await.0.sides.is_some());
    lab.stop().await;
}
