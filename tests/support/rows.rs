//! Whether rows are still the same after a migration.
//!
//! Used by `#[path = "support/rows.rs"] mod rows;`.

#![allow(clippy::unwrap_used, reason = "a panic is how a failure is told")]

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

/// The columns of every table that somebody stores values in; generated ones follow the others.
pub type Tables = BTreeMap<String, BTreeSet<String>>;

/// How many rows a table has, and a digest of their values.
pub type Fingerprints = BTreeMap<String, (i64, String)>;

pub async fn tables(client: &Client) -> Tables {
    let rows = client
        .query(
            "SELECT format('%I.%I', n.nspname, c.relname), a.attname::text
             FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
               AND NOT a.attisdropped AND a.attgenerated = ''
             WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema'
               AND n.nspname NOT LIKE 'pg\\_%'",
            &[],
        )
        .await
        .unwrap();
    let mut tables = Tables::new();
    for row in rows {
        let columns = tables.entry(row.get(0)).or_default();
        columns.extend(row.get::<_, Option<String>>(1));
    }
    tables
}

/// How many rows there are in some tables.
pub async fn count(client: &Client, tables: &[String]) -> i64 {
    let mut all = 0;
    for table in tables {
        let row = client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap();
        all += row.get::<_, i64>(0);
    }
    all
}

/// What two databases both have, without the columns `changed` ("table.column"), whose values are
/// meant to change.
pub fn common(one: &Tables, other: &Tables, changed: &[String]) -> Tables {
    let shared = one.iter().filter_map(|(table, columns)| {
        let columns = columns.intersection(other.get(table)?).cloned();
        let kept = columns.filter(|column| {
            let name = format!("{table}.{column}");
            !changed.iter().any(|changed| name == *changed || name == format!("public.{changed}"))
        });
        Some((table.clone(), kept.collect()))
    });
    shared.collect()
}

/// The tables that hold rows of their own.
pub async fn without_parents(client: &Client, mut tables: Tables) -> Tables {
    let parents = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'p'";
    for row in client.query(parents, &[]).await.unwrap() {
        let parent: String = row.get(0);
        tables.retain(|table, _| *table != parent && *table != format!("public.{parent}"));
    }
    tables
}

pub async fn fingerprints(client: &Client, tables: &Tables) -> Fingerprints {
    let mut found = Fingerprints::new();
    for (table, columns) in tables {
        let columns: Vec<String> = columns
            .iter()
            .map(|column| format!("\"{}\"::text", column.replace('"', "\"\"")))
            .collect();
        // A partitioned table has the rows of its partitions; those of other children are theirs.
        let oid = format!("'{}'::regclass", table.replace('\'', "''"));
        let sql = format!(
            "SELECT count(*), md5(coalesce(string_agg(r, E'\\n' ORDER BY r COLLATE \"C\"), ''))
             FROM (SELECT ROW({})::text AS r FROM {table}
                   WHERE tableoid = {oid}
                      OR (SELECT relkind = 'p' FROM pg_class WHERE oid = {oid})) AS rows",
            columns.join(", ")
        );
        let row = client.query_one(&sql, &[]).await.unwrap();
        found.insert(table.clone(), (row.get(0), row.get(1)));
    }
    found
}
