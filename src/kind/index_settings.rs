//! What PostgreSQL changes of an index in place, be it an object of its own or the one behind a
//! key. The kinds of indexes and of constraints share it and do not know each other.

use indexmap::IndexMap;

use crate::model::{Address, Name, Step};
use crate::sql::{LockLevel, Sql, quote_identifier, quote_literal};

/// Storage parameters, tablespace, and whether CLUSTER orders the table by the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexSettings<'a> {
    pub storage: &'a IndexMap<String, String>,
    pub tablespace: Option<&'a Name>,
    pub clustered: bool,
}

impl IndexSettings<'_> {
    /// ` WITH (…)`, or nothing.
    #[must_use]
    pub fn with_clause(&self) -> String {
        if self.storage.is_empty() {
            return String::new();
        }
        let list: Vec<String> =
            self.storage.iter().map(|(name, value)| parameter(name, value)).collect();
        format!(" WITH ({})", list.join(", "))
    }

    /// The step after creation that no clause of it can stand for.
    #[must_use]
    pub fn cluster(&self, index: &Address) -> Option<Step> {
        self.clustered.then(|| cluster_on(index))
    }

    /// The steps that lead here from `old`, for the index that `index` is, or has behind it.
    #[must_use]
    pub fn changes(&self, old: &IndexSettings<'_>, index: &Address) -> Vec<Step> {
        let alter = |title: &str, action: String| {
            let sql = Sql::new("ALTER INDEX ").raw(&index.qualified()).raw(&action);
            Step::alter(index, title, sql)
        };
        let set: Vec<String> = self
            .storage
            .iter()
            .filter(|(name, value)| old.storage.get(*name) != Some(*value))
            .map(|(name, value)| parameter(name, value))
            .collect();
        let reset: Vec<String> = old
            .storage
            .keys()
            .filter(|name| !self.storage.contains_key(*name))
            .map(|name| quote_identifier(name))
            .collect();
        let mut steps = Vec::new();
        for (word, list) in [("SET", set), ("RESET", reset)] {
            if !list.is_empty() {
                let action = format!(" {word} ({})", list.join(", "));
                let weak = list.iter().all(|text| is_weak(text));
                let level =
                    if weak { LockLevel::ShareUpdateExclusive } else { LockLevel::AccessExclusive };
                steps.push(
                    alter("change storage parameters", action).lock(level, index.qualified()),
                );
            }
        }
        if old.tablespace != self.tablespace {
            // The database's own tablespace has no name of its own to be reset to.
            let tablespace = self.tablespace.map_or("pg_default", |name| name);
            let action = format!(" SET TABLESPACE {}", quote_identifier(tablespace));
            steps.push(
                alter("move to another tablespace", action)
                    .lock(LockLevel::AccessExclusive, index.qualified())
                    .rewrites(),
            );
        }
        match (old.clustered, self.clustered) {
            (false, true) => steps.push(cluster_on(index)),
            (true, false) => steps.push(without_cluster(index)),
            _ => {}
        }
        steps
    }
}

/// Whether a parameter is set while others use the index: `src/backend/access/common/reloptions.c`.
fn is_weak(parameter: &str) -> bool {
    let name = parameter.split(' ').next().unwrap_or_default();
    matches!(name, "fillfactor" | "deduplicate_items")
}

fn parameter(name: &str, value: &str) -> String {
    format!("{} = {}", quote_identifier(name), quote_literal(value))
}

/// <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-CLUSTER-ON>
fn cluster_on(index: &Address) -> Step {
    let table = index.relation_qualified();
    let sql = Sql::new("ALTER TABLE ").raw(&table).raw(" CLUSTER ON ").identifier(&index.name);
    let mut step = Step::alter(index, "cluster the table on it", sql)
        .lock(LockLevel::ShareUpdateExclusive, table);
    step.claims.push(mark(index));
    step
}

/// Takes the mark off whichever index has it, so it comes before another gets it.
fn without_cluster(index: &Address) -> Step {
    let table = index.relation_qualified();
    let sql = Sql::new("ALTER TABLE ").raw(&table).raw(" SET WITHOUT CLUSTER");
    let mut step = Step::alter(index, "cluster the table on it no more", sql)
        .lock(LockLevel::ShareUpdateExclusive, table);
    step.frees.push(mark(index));
    step
}

fn mark(index: &Address) -> String {
    format!("cluster {}", index.relation_qualified())
}
