//! How the planner goes about a query.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::sql::{Fragment, Sql};
use crate::verify::attempt::{Attempt, Stop};
use crate::verify::failure::Failure;

/// What is expected of a plan.
#[derive(Debug)]
pub struct PlanShape {
    /// How many partitions are scanned.
    pub partitions: Option<u64>,
    /// The relations that are scanned, and no others.
    pub scans: Option<Vec<String>>,
    /// An index that is used: it itself, or what partitions have of it.
    pub index: Option<String>,
    /// Whether anything is scanned from its beginning to its end.
    pub sequential_scan: Option<bool>,
}

/// What a plan has.
#[derive(Debug, Default)]
struct Found {
    /// Schema and name.
    scanned: BTreeSet<(String, String)>,
    indexes: BTreeSet<String>,
    /// Names of relations.
    sequential: BTreeSet<String>,
}

impl PlanShape {
    pub async fn see(&self, attempt: &Attempt<'_>, sql: &Fragment) -> Result<(), Stop> {
        let explain = |format: &str| {
            Sql::new("EXPLAIN (").raw(format).raw("COSTS OFF) ").fragment(&sql.without_semicolon())
        };
        let answer = attempt.run_sql(&explain("FORMAT JSON, VERBOSE, ")).await?;
        let text = answer.rows.into_iter().flatten().flatten().collect::<String>();
        let mut found = Found::default();
        collect(&serde_json::from_str(&text).unwrap_or_default(), &mut found);
        let wrong = self.wrong(attempt, &found).await?;
        if wrong.is_empty() {
            return Ok(());
        }
        let shown = attempt.run_sql(&explain("")).await?;
        let shown: Vec<String> = shown.rows.into_iter().flatten().flatten().collect();
        let failure = Failure::new(wrong.join("; "));
        Err(Stop::Failed(failure.explained(&shown.join("\n"))))
    }

    async fn wrong(&self, attempt: &Attempt<'_>, found: &Found) -> Result<Vec<String>, Stop> {
        let mut wrong = Vec::new();
        if let Some(expected) = self.partitions {
            let scanned = partitions(attempt, &found.scanned).await?;
            let names: Vec<&str> = scanned.iter().map(String::as_str).collect();
            if scanned.len() as u64 != expected {
                let named = if names.is_empty() { "none" } else { &names.join(", ") };
                wrong.push(format!("expected partitions scanned: {expected}; they are: {named}"));
            }
        }
        if let Some(expected) = &self.scans {
            let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
            let scanned: BTreeSet<&str> =
                found.scanned.iter().map(|(_, name)| name.as_str()).collect();
            if scanned != expected {
                wrong.push(format!(
                    "expected to be scanned: {}; what is: {}",
                    list(expected),
                    list(scanned)
                ));
            }
        }
        if let Some(expected) = &self.index {
            let used = with_ancestors(attempt, &found.indexes).await?;
            if !used.contains(expected) {
                let used = found.indexes.iter().map(String::as_str);
                wrong.push(format!("{expected} is not used; what is: {}", list(used)));
            }
        }
        match self.sequential_scan {
            Some(false) if !found.sequential.is_empty() => {
                let names = found.sequential.iter().map(String::as_str);
                wrong.push(format!("scanned from beginning to end: {}", list(names)));
            }
            Some(true) if found.sequential.is_empty() => {
                wrong.push("nothing is scanned from beginning to end".to_owned());
            }
            _ => {}
        }
        Ok(wrong)
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// Walks through the nodes of a plan.
/// <https://www.postgresql.org/docs/current/using-explain.html>
fn collect(value: &Value, found: &mut Found) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(node) => {
            let text = |key: &str| node.get(key).and_then(Value::as_str).map(str::to_owned);
            let kind = text("Node Type").unwrap_or_default();
            if let (true, Some(name)) = (kind.ends_with("Scan"), text("Relation Name")) {
                if kind == "Seq Scan" {
                    found.sequential.insert(name.clone());
                }
                found.scanned.insert((text("Schema").unwrap_or_default(), name));
            }
            found.indexes.extend(text("Index Name"));
            // Plans are within plans: Plan, Plans, and nothing else that has such keys.
            node.values().for_each(|value| collect(value, found));
        }
        _ => {}
    }
}

/// Those of the relations that are partitions.
async fn partitions(
    attempt: &Attempt<'_>,
    scanned: &BTreeSet<(String, String)>,
) -> Result<Vec<String>, Stop> {
    let (schemas, names): (Vec<&str>, Vec<&str>) =
        scanned.iter().map(|(schema, name)| (schema.as_str(), name.as_str())).unzip();
    let question = "
        SELECT c.relname::text
        FROM unnest($1::text[], $2::text[]) AS s (schema, name)
        JOIN pg_namespace n ON n.nspname = s.schema
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.name
        WHERE c.relispartition ORDER BY 1";
    ask(attempt, question, &[&schemas, &names]).await
}

/// The indexes, and those of which they are a partition's part.
async fn with_ancestors(
    attempt: &Attempt<'_>,
    indexes: &BTreeSet<String>,
) -> Result<Vec<String>, Stop> {
    let names: Vec<&str> = indexes.iter().map(String::as_str).collect();
    let question = "
        SELECT DISTINCT coalesce(a.relname, c.relname)::text
        FROM pg_class c
        LEFT JOIN LATERAL pg_partition_ancestors(c.oid) AS p (oid) ON true
        LEFT JOIN pg_class a ON a.oid = p.oid
        WHERE c.relkind IN ('i', 'I') AND c.relname = ANY ($1::text[]) ORDER BY 1";
    ask(attempt, question, &[&names]).await
}

async fn ask(
    attempt: &Attempt<'_>,
    question: &str,
    parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Vec<String>, Stop> {
    let stop = |error| attempt.stop(error, &Sql::default());
    let rows = attempt.client.query(question, parameters).await.map_err(stop)?;
    rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(stop)
}
