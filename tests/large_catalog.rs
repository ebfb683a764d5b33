//! Catalogs so large that a second session reads its share.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

#[path = "support/lab.rs"]
mod lab;

use std::time::Duration;

use lab::Lab;
use pgconverge::catalog::Snapshot;
use pgconverge::model::{Canonical, Database};
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
