//! ATTACH PARTITION without anybody waiting while rows are read: what PostgreSQL wants to know of them
//! a check says, which was validated before.
//! <https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE>

use super::Table;
use super::bounds::condition;
use super::taken::is_regrouped;
use crate::kind::{Declared, successor_name};
use crate::model::{Lock, Name, Step};
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Table>;

/// What there is to attach, and the one step that does it.
pub struct Attachment<'a> {
    pub it: &'a It<'a>,
    /// Whether it may have rows already.
    pub filled: bool,
    pub step: Step,
}

impl Attachment<'_> {
    /// The step alone, or with checks around it, where the table is in use: of the partition, that it
    /// has no other rows; of the default partition beside it, that it has none of them.
    pub fn steps(self) -> Vec<Step> {
        let Self { it, filled, mut step } = self;
        let partition = it.address.qualified();
        let rest = it.spec.regrouped.0.rest.is_some();
        let beside = it.spec.beside_default.0.clone().filter(|_| !rest);
        // Rows that go from one to the other do so in one transaction.
        let online = it.site.is_some_and(|site| site.online) && !is_regrouped(it.spec);
        let pages = pages(it);
        let condition = condition(it).filter(|_| online);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let own = condition.as_ref().filter(|_| filled).map(|condition| {
            let name = successor_name(&format!("{}_bounds", &*it.address.name), "");
            Check { table: partition.clone(), name: name.into(), condition: condition.clone() }
        });
        let other =
            condition.filter(|_| pages != Some(0)).zip(beside.clone()).map(|(it_is, table)| {
                let name = successor_name(&format!("{}_elsewhere", &*it.address.name), "");
                Check { table, name: name.into(), condition: Sql::new("NOT ").append(&it_is) }
            });
        let reads_own = filled && own.is_none();
        let reads_other = beside.is_some() && other.is_none() && pages != Some(0);
        step.scans = reads_own || reads_other;
        if let Some(relation) = beside {
            let lock = Lock { level: LockLevel::AccessExclusive, relation };
            // The first is that of what is read.
            step.locks.insert(if reads_own { step.locks.len() } else { 0 }, lock);
        }
        for check in own.iter().chain(&other) {
            before.extend(check.held(it));
            after.push(check.dropped(it));
        }
        for later in &mut after {
            later.after_all.clone_from(&step.after_all);
        }
        before.into_iter().chain([step]).chain(after).collect()
    }
}

/// How many pages the default partition has, with those below it, where that is known.
fn pages(it: &It<'_>) -> Option<i64> {
    let (default, whole) = (it.spec.beside_default.0.as_ref()?, it.site?.whole?);
    let mut within = vec![default.clone()];
    let mut pages = None;
    for partition in &whole.partitions {
        let own = format!("{}.{}", partition.schema, partition.name);
        let parent = format!("{}.{}", partition.parent.0, partition.parent.1);
        if within.contains(&own) || within.contains(&parent) {
            pages = Some(pages.unwrap_or(0) + partition.pages);
            within.push(own);
        }
    }
    pages
}

struct Check {
    table: String,
    name: Name,
    condition: Sql,
}

impl Check {
    /// New rows are held to it at once, and those that are there are looked at while nobody waits.
    fn held(&self, it: &It<'_>) -> [Step; 2] {
        let action = Sql::new(" ADD CONSTRAINT ")
            .identifier(&self.name)
            .raw(" CHECK (")
            .append(&self.condition)
            .raw(") NOT VALID");
        let mut held = self
            .step(it, "hold new rows to its bounds", &action)
            .lock(LockLevel::AccessExclusive, self.table.clone());
        // One that an earlier run has left behind goes first.
        held.claims.push(format!("constraint {}.{}", self.table, self.name));
        let action = Sql::new(" VALIDATE CONSTRAINT ").identifier(&self.name);
        let validated = self
            .step(it, "look at the rows that are there", &action)
            .lock(LockLevel::ShareUpdateExclusive, self.table.clone());
        [held, validated.scans().alone()]
    }

    fn dropped(&self, it: &It<'_>) -> Step {
        let action = Sql::new(" DROP CONSTRAINT ").identifier(&self.name);
        self.step(it, "drop that check", &action)
            .lock(LockLevel::AccessExclusive, self.table.clone())
    }

    fn step(&self, it: &It<'_>, title: &str, action: &Sql) -> Step {
        let sql = Sql::new("ALTER TABLE ").raw(&self.table).append(action);
        Step::alter(it.address, title, sql)
    }
}
