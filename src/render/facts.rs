//! What there is to know of a step beyond its statement: what it locks, how large that is, who waits.

use serde_json::{Value, json};

use super::Report;
use crate::model::{HazardClass, Relation, Step};
use crate::sql::LockLevel;

/// How long a run lets its steps wait and work, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a lock, in a transaction.
    pub lock: u64,
    /// The same outside of one.
    pub lock_outside: u64,
    /// For a statement, where there is a limit.
    pub statement: Option<u64>,
}

/// For people: locks of relations that are large enough to be worth a word, unless a hazard has them.
pub fn told(report: &Report<'_>, n: usize) -> Vec<String> {
    let step = &report.plan.steps[n];
    let hazards = report.hazards.get(n).into_iter().flatten();
    let by_hazards = |class| {
        use HazardClass::{BlocksReads, BlocksWrites, Rewrite};
        matches!(class, BlocksReads | BlocksWrites | Rewrite)
    };
    if hazards.into_iter().any(|hazard| by_hazards(hazard.class)) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for (n, lock) in step.locks.iter().enumerate() {
        let size = report.plan.relations.get(&lock.relation).and_then(Relation::amount);
        let whole = n == 0 && step.scans;
        let Some(size) = size.filter(|_| whole || lock.level > LockLevel::RowExclusive) else {
            continue;
        };
        // Who reads all of it as one that writes rows does so to write them.
        let does = match (whole, lock.level) {
            (true, LockLevel::RowExclusive) => "writes every row anew of",
            (true, _) => "reads the whole of",
            (false, _) => "locks",
        };
        let (relation, level, who) = (&lock.relation, lock.level.name(), waiting(lock.level));
        lines.push(format!("{does} {relation}{size}, under {level}: {who}"));
    }
    lines
}

fn waiting(level: LockLevel) -> &'static str {
    match (level.blocks_reads(), level.blocks_writes()) {
        (true, _) => "reads and writes wait for a moment",
        (false, true) => "writes wait for a moment",
        (false, false) => "nobody who reads or writes waits",
    }
}

/// For programs: all of them.
pub fn locks(report: &Report<'_>, step: &Step) -> Value {
    let locks = step.locks.iter().map(|lock| {
        let relation = report.plan.relations.get(&lock.relation);
        json!({
            "level": lock.level.name(),
            "relation": lock.relation,
            "blocks_reads": lock.level.blocks_reads(),
            "blocks_writes": lock.level.blocks_writes(),
            "rows": relation.and_then(|relation| relation.rows),
            "bytes": relation.map(|relation| relation.bytes),
        })
    });
    locks.collect()
}

/// How long it may wait for its locks, and take.
pub fn limits(report: &Report<'_>, step: &Step) -> (Option<u64>, Option<u64>) {
    let lock = |limits: Limits| if step.transactional { limits.lock } else { limits.lock_outside };
    (report.limits.map(lock), report.limits.and_then(|limits| limits.statement))
}
