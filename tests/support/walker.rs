//! A table with a window of partitions, from run to run.
//!
//! Used by `#[path = "support/walker.rs"] mod walker;`.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "each test program uses its part of this, and fails by panicking"
)]

use std::fs;

use jiff::civil::Date;
use pgconverge::pipeline::{self, OpenTarget, Outcome, Settings};
use tokio_postgres::Client;

use crate::bench::{Bench, sql};
use crate::lab;

/// A database that is taken from state to state of files in a directory.
pub struct Walker<'a> {
    pub bench: &'a Bench,
    pub directory: tempfile::TempDir,
    pub database: String,
}

impl<'a> Walker<'a> {
    /// A new database, for a file.
    pub async fn new(bench: &'a Bench, file: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("m.toml"), file).unwrap();
        let database = bench.lab.create_database().await;
        Self { bench, directory, database }
    }

    pub fn settings(&self, as_of: Date) -> Settings {
        self.bench.lab.settings(self.directory.path(), &self.database, as_of)
    }

    pub async fn open(&self, as_of: Date) -> miette::Result<OpenTarget> {
        pipeline::open(&self.settings(as_of), &lab::silent).await
    }

    pub async fn plan(&self, as_of: Date, open: &OpenTarget) -> miette::Result<Outcome> {
        let settings = self.settings(as_of);
        let mut desired = self.bench.lab.desired(&settings).await?;
        lab::plan(&settings, &mut desired, open).await
    }

    /// Makes the database as it is to be on a day, and sees that it is, and that the table `m` has
    /// no gaps between its partitions, up to `until`, whose bounds are of a type.
    pub async fn go(&self, as_of: Date, bounds: &str, until: &str) -> miette::Result<OpenTarget> {
        let open = self.open(as_of).await?;
        let settings = self.settings(as_of);
        let mut desired = self.bench.lab.desired(&settings).await?;
        let outcome = pipeline::compare(&settings, &mut desired, &open).await?;
        lab::apply(&outcome, &open).await.map_err(|error| error.wrap_err(sql(&outcome)))?;
        // As `apply` does it, with the state at hand, and as the next run does.
        let again = pipeline::compare_again(&settings, &mut desired, &open, &outcome).await?;
        let after = if again.plan.is_empty() { self.plan(as_of, &open).await? } else { again };
        if !after.plan.is_empty() {
            let (plan, after) = (sql(&outcome), sql(&after));
            return Err(miette::miette!("{as_of}: {plan}\nis followed by\n{after}"));
        }
        // A look back leaves partitions beyond the window as they are.
        let gaps = format!(
            "SELECT count(*) FROM (
                 SELECT bounds[1]::{bounds} AS since,
                        lag(bounds[2]::{bounds}) OVER (ORDER BY bounds[1]::{bounds}) AS until
                 FROM (SELECT regexp_match(pg_get_expr(relpartbound, oid),
                                           '\\(''?(.*?)''?\\) TO \\(''?(.*?)''?\\)') AS bounds
                       FROM pg_class JOIN pg_inherits ON inhrelid = oid
                       WHERE inhparent = 'm'::regclass) AS bounds) AS them
             WHERE since <> until AND until <= '{until}'::{bounds}"
        );
        let found: i64 = open.connection.client.query_one(&gaps, &[]).await.unwrap().get(0);
        if found > 0 {
            return Err(miette::miette!("{as_of}: {found} gaps after\n{}", sql(&outcome)));
        }
        Ok(open)
    }
}

/// The rows of all tables, in a partition or not.
pub async fn rows(client: &Client) -> i64 {
    let tables = "SELECT oid::regclass::text FROM pg_class
                  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let mut sum = 0;
    for row in client.query(tables, &[]).await.unwrap() {
        let count = format!("SELECT count(*) FROM {}", row.get::<_, String>(0));
        sum += client.query_one(&count, &[]).await.unwrap().get::<_, i64>(0);
    }
    sum
}
