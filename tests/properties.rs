//! Small models at random: what must hold of every plan, whatever the files say.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how a failure is told"
)]

#[path = "support/bench.rs"]
mod bench;
#[path = "support/lab.rs"]
mod lab;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bench::{Bench, TODAY, holds, sql};
use pgconverge::pipeline::{self, Outcome};
use pgconverge::render;
use proptest::prelude::*;

/// Column names and types that a model draws from; a name has the same type in every table, so
/// that most pairs of models can be migrated whatever is in the tables.
const COLUMNS: [(&str, &str); 6] = [
    ("a", "integer"),
    ("b", "varchar(20)"),
    ("c", "timestamptz"),
    ("d", "numeric(8,2)"),
    ("select", "boolean"),
    ("Mixed é", "text"),
];
const TABLES: [&str; 4] = ["one", "two", "Three", "order"];
const DEFAULTS: [&str; 6] = ["1", "'x'", "now()", "0.5", "true", "'it''s'"];
const CHECKS: [&str; 6] = [
    "a > 0",
    "b IN ('x', 'y')",
    "c > '2000-01-01 00:00:00+00'",
    "d >= 0",
    "\\\"select\\\" IS NOT NULL",
    "length(\\\"Mixed é\\\") < 9",
];

#[derive(Debug, Clone)]
struct Column {
    not_null: bool,
    default: bool,
    comment: Option<u8>,
}

#[derive(Debug, Clone)]
struct Table {
    columns: BTreeMap<usize, Column>,
    key: BTreeSet<usize>,
    unique: BTreeSet<usize>,
    checks: BTreeSet<usize>,
    indexes: BTreeSet<(usize, bool)>,
    foreign_keys: BTreeSet<usize>,
    comment: Option<u8>,
}

/// Tables by their place in `TABLES`.
type Model = BTreeMap<usize, Table>;

fn column() -> impl Strategy<Value = Column> {
    (any::<bool>(), any::<bool>(), proptest::option::of(0..3_u8))
        .prop_map(|(not_null, default, comment)| Column { not_null, default, comment })
}

fn table() -> impl Strategy<Value = Table> {
    let some = || proptest::collection::btree_set(0..COLUMNS.len(), 0..3);
    (
        proptest::collection::btree_map(0..COLUMNS.len(), column(), 1..5),
        some(),
        some(),
        some(),
        proptest::collection::btree_set((0..COLUMNS.len(), any::<bool>()), 0..3),
        proptest::collection::btree_set(0..TABLES.len(), 0..2),
        proptest::option::of(0..3_u8),
    )
        .prop_map(|(columns, key, unique, checks, indexes, foreign_keys, comment)| Table {
            columns,
            key,
            unique,
            checks,
            indexes,
            foreign_keys,
            comment,
        })
}

fn model() -> impl Strategy<Value = Model> {
    proptest::collection::btree_map(0..TABLES.len(), table(), 0..4)
}

/// The entries of a model, each with the file that it goes to: what names a column or table that
/// the model does not have is left out.
fn entries(model: &Model) -> Vec<(String, String)> {
    let mut entries = vec![("schema".to_owned(), "[schema.public]\n".to_owned())];
    for (number, table) in model {
        let name = TABLES[*number];
        let mut text = format!("[table.\"{name}\"]\n");
        if let Some(comment) = table.comment {
            text.push_str(&format!("comment = \"Table {comment}\"\n"));
        }
        let has = |column: &usize| table.columns.contains_key(column);
        let quoted = |columns: &BTreeSet<usize>| {
            let names = columns.iter().filter(|column| has(column));
            names.map(|n| format!("\"{}\"", COLUMNS[*n].0)).collect::<Vec<_>>().join(", ")
        };
        let key = quoted(&table.key);
        if !key.is_empty() {
            text.push_str(&format!("primary_key = [{key}]\n"));
        }
        text.push_str(&format!("[table.\"{name}\".column]\n"));
        for (n, column) in &table.columns {
            let (column_name, data_type) = COLUMNS[*n];
            let mut facts = format!("type = \"{data_type}\"");
            if column.not_null || table.key.contains(n) {
                facts.push_str(", not_null = true");
            }
            if column.default {
                facts.push_str(&format!(", default = \"{}\"", DEFAULTS[*n]));
            }
            if let Some(comment) = column.comment {
                facts.push_str(&format!(", comment = \"Column {comment}\""));
            }
            text.push_str(&format!("\"{column_name}\" = {{ {facts} }}\n"));
        }
        let unique = quoted(&table.unique);
        if !unique.is_empty() {
            text.push_str(&format!("[table.\"{name}\".unique]\n\"{name} key\" = [{unique}]\n"));
        }
        text.push_str(&format!("[table.\"{name}\".check]\n"));
        for n in table.checks.iter().filter(|n| has(n)) {
            text.push_str(&format!("\"{name} check {n}\" = \"{}\"\n", CHECKS[*n]));
        }
        text.push_str(&format!("[table.\"{name}\".index]\n"));
        for (n, unique) in table.indexes.iter().filter(|(n, _)| has(n)) {
            let column = COLUMNS[*n].0;
            text.push_str(&format!(
                "\"{name} idx {n} {unique}\" = {{ columns = ['\"{column}\" DESC'], unique = {unique} }}\n"
            ));
        }
        entries.push((format!("table_{number}"), text));
        for other in &table.foreign_keys {
            entries.extend(foreign_key(model, *number, *other));
        }
    }
    entries
}

/// A foreign key over the columns of the other table's key, if both have them.
fn foreign_key(model: &Model, from: usize, to: usize) -> Option<(String, String)> {
    let (table, other) = (&model[&from], model.get(&to)?);
    let key: Vec<&usize> = other.key.iter().filter(|n| other.columns.contains_key(n)).collect();
    (!key.is_empty() && key.iter().all(|n| table.columns.contains_key(n))).then_some(())?;
    let names: Vec<String> = key.iter().map(|n| format!("\"{}\"", COLUMNS[**n].0)).collect();
    let names = names.join(", ");
    let (name, target) = (TABLES[from], TABLES[to]);
    let text = format!(
        "[table.\"{name}\".foreign_key]\n\"{name} to {target}\" = {{ columns = [{names}], references = '\"{target}\" ({names})' }}\n"
    );
    Some((format!("table_{from}"), text))
}

#[test]
fn any_model_is_reached_from_any_other_and_then_there_is_nothing_to_do() {
    let bench = Bench::new();
    holds(8, &(model(), model()), |(one, other)| {
        bench.runtime.block_on(async {
            bench.converge(&bench.database, &entries(&one)).await?;
            bench.converge(&bench.database, &entries(&other)).await?;
            Ok(())
        })
    });
    bench.end();
}

#[test]
fn files_say_the_same_in_any_order() {
    let bench = Bench::new();
    holds(4, &(model(), model()), |(one, other)| {
        bench.runtime.block_on(async {
            bench.converge(&bench.database, &entries(&one)).await?;
            let mut desired = bench.desired(&entries(&other), false).await?;
            let mut shuffled = bench.desired(&entries(&other), true).await?;
            let plan = bench.plan(&bench.database, &mut desired).await?;
            let same = bench.plan(&bench.database, &mut shuffled).await?;
            if sql(&plan) == sql(&same) {
                return Ok(());
            }
            Err(miette::miette!("{}\nis not\n{}", sql(&plan), sql(&same)))
        })
    });
    bench.end();
}

#[test]
fn what_the_files_make_from_nothing_is_the_script_that_is_printed() {
    let bench = Bench::new();
    holds(4, &model(), |model| {
        bench.runtime.block_on(async {
            let database = bench.lab.create_database().await;
            let mut desired = bench.desired(&entries(&model), false).await?;
            let plan = pipeline::from_nothing(&mut desired)?;
            let settings = bench.lab.settings(Path::new("."), &database, TODAY);
            let open = pipeline::open(&settings, &lab::silent).await?;
            let outcome = Outcome { plan, ..Outcome::default() };
            let report = render::Report {
                plan: &outcome.plan,
                hazards: &[],
                place: &|_| None,
                remarks: &[],
                unmanaged: &[],
                left_alone: &[],
                limits: None,
                fingerprint: None,
                base: None,
                back: false,
            };
            open.connection.client.batch_execute(&render::sql(&report)).await.unwrap();
            let after = lab::plan(&settings, &mut desired, &open).await?;
            drop(open);
            bench.lab.drop_database(&database).await;
            if after.plan.is_empty() {
                return Ok(());
            }
            Err(miette::miette!("after the script there is left:\n{}", sql(&after)))
        })
    });
    bench.end();
}
