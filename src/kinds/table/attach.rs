//! ATTACH PARTITION without anybody waiting while rows are read: what PostgreSQL wants to know of them
//! a check says, which was validated before.
//! <https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE>

use super::Table;
use super::bounds::{condition, proof};
use crate::kind::{Declared, successor_name};
use crate::model::{Address, Lock, Name, Step};
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
        let beside = it.spec.beside_default.0.clone();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let own = Some(it).filter(|it| filled && is_online(it)).and_then(Check::within);
        let has_rows = is_online(it) && pages(it) != Some(0);
        let other =
            beside.clone().filter(|_| has_rows).and_then(|it_is| Check::elsewhere(it, it_is));
        read(&mut step, it, filled && own.is_none(), other.is_some());
        for check in own.iter().chain(&other) {
            before.extend(check.held(it));
            after.push(check.dropped(it));
        }
        for later in &mut after {
            later.after_all.clone_from(&step.after_all);
        }
        before.into_iter().chain([step]).chain(after).collect()
    }

    /// The step, where checks around it are somebody else's business; those of the default partition are there
    /// if the table is in use.
    pub fn step_alone(self) -> Step {
        let Self { it, filled, mut step } = self;
        let checked = is_online(it) && condition(it).is_some();
        read(&mut step, it, filled, checked);
        step
    }
}

fn is_online(it: &It<'_>) -> bool {
    it.site.is_some_and(|site| site.online)
}

/// What the step reads: the partition, if `own`; the default partition, unless a check spares it that.
fn read(step: &mut Step, it: &It<'_>, own: bool, checked: bool) {
    let beside = it.spec.beside_default.0.clone();
    let other = beside.is_some() && !checked && pages(it) != Some(0);
    step.scans = own || other;
    if let Some(relation) = beside {
        let lock = Lock { level: LockLevel::AccessExclusive, relation };
        // The first is that of what is read.
        step.locks.insert(if own { step.locks.len() } else { 0 }, lock);
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

/// A check that is there for as long as it spares PostgreSQL from reading rows.
pub struct Check {
    table: String,
    name: Name,
    condition: Sql,
}

impl Check {
    /// Of a partition, that it has no other rows than its own.
    pub fn within(it: &It<'_>) -> Option<Self> {
        let name = Self::name_within(it.address);
        Some(Self { table: it.address.qualified(), name, condition: proof(it)? })
    }

    pub fn name_within(partition: &Address) -> Name {
        successor_name(&format!("{}_bounds", &*partition.name), "").into()
    }

    /// Of a default partition, that it has no rows of one that comes.
    pub fn elsewhere(it: &It<'_>, table: String) -> Option<Self> {
        let name = successor_name(&format!("{}_elsewhere", &*it.address.name), "");
        Some(Self { table, name: name.into(), condition: Sql::new("NOT ").append(&condition(it)?) })
    }

    /// New rows are held to it at once, and those that are there are looked at while nobody waits.
    pub fn held(&self, it: &It<'_>) -> [Step; 2] {
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

    pub fn dropped(&self, it: &It<'_>) -> Step {
        let action = Sql::new(" DROP CONSTRAINT ").identifier(&self.name);
        self.step(it, "drop that check", &action)
            .lock(LockLevel::AccessExclusive, self.table.clone())
    }

    fn step(&self, it: &It<'_>, title: &str, action: &Sql) -> Step {
        let sql = Sql::new("ALTER TABLE ").raw(&self.table).append(action);
        Step::alter(it.address, title, sql)
    }
}
