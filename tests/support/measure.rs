//! Whether steps do what the plan says of them: the locks that they take, what they write anew, what they
//! read through. PostgreSQL is asked after each step, while the transaction that it ran in is open; who
//! runs outside a transaction is held up on its way, and asked then.
//!
//! Used by `#[path = "support/measure.rs"] mod measure;`.

#![allow(clippy::unwrap_used, reason = "a panic is how a failure is told")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pgconverge::execute::{Blocker, Watcher};
use pgconverge::model::{Plan, Step};
use pgconverge::server::connect::Connection;
use pgconverge::sql::LockLevel;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio_postgres::{Client, Statement};

use crate::held_up::HeldUp;
use crate::lab::Lab;

/// A relation at one moment.
#[derive(Debug, Clone)]
struct Relation {
    name: String,
    kind: String,
    file: u32,
    scans: i64,
    filled: bool,
    /// What it is a part of: the table of an index or of a sequence, the parents of a partition.
    whole: Vec<u32>,
}

/// Watches a plan that runs in the session `client`.
pub struct Measure<'a> {
    lab: &'a Lab,
    database: &'a str,
    client: &'a Client,
    look: Statement,
    pid: i32,
    /// The relations that are there before the plan.
    known: BTreeSet<u32>,
    /// What there is before the step that runs.
    before: BTreeMap<u32, Relation>,
    /// What the transaction has locked so far.
    held: BTreeMap<u32, BTreeSet<LockLevel>>,
    within: bool,
    held_up: Option<HeldUp>,
    wrong: Vec<String>,
    steps: Vec<Step>,
}

/// Every relation of a user, with the locks that a session has on it; also those that are gone, of which
/// only the locks are left.
const LOOK: &str = "
SELECT coalesce(c.oid, l.relation), quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind::text, c.relfilenode,
       pg_stat_get_xact_numscans(c.oid), l.modes,
       ARRAY(SELECT i.indrelid FROM pg_index i WHERE i.indexrelid = c.oid
             UNION ALL SELECT h.inhparent FROM pg_inherits h WHERE h.inhrelid = c.oid
             UNION ALL SELECT d.refobjid FROM pg_depend d
                       WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
                         AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')),
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) > 0 ELSE false END
FROM pg_class c
FULL JOIN (SELECT relation, array_agg(mode) AS modes FROM pg_locks
           WHERE pid = pg_backend_pid() AND locktype = 'relation' GROUP BY relation) l
  ON l.relation = c.oid
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE coalesce(c.oid, l.relation) >= 16384 AND c.relkind IS DISTINCT FROM 't'
  AND (n.nspname IS NULL OR n.nspname <> 'pg_toast')";

type Locks = BTreeMap<u32, BTreeSet<LockLevel>>;

impl<'a> Measure<'a> {
    pub async fn new(
        lab: &'a Lab,
        database: &'a str,
        connection: &'a Connection,
        plan: &Plan,
    ) -> Self {
        let client = &connection.client;
        let look = client.prepare(LOOK).await.unwrap();
        let row = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap();
        let mut measure = Self {
            lab,
            database,
            client,
            look,
            pid: row.get(0),
            known: BTreeSet::new(),
            before: BTreeMap::new(),
            held: Locks::new(),
            within: false,
            held_up: None,
            wrong: Vec::new(),
            steps: plan.steps.clone(),
        };
        (measure.before, _) = measure.look().await;
        measure.known = measure.before.keys().copied().collect();
        measure
    }

    /// What was otherwise than the plan has it.
    pub fn wrong(self) -> Vec<String> {
        self.wrong
    }

    async fn look(&self) -> (BTreeMap<u32, Relation>, Locks) {
        let (mut relations, mut locks) = (BTreeMap::new(), Locks::new());
        for row in self.client.query(&self.look, &[]).await.unwrap() {
            let oid: u32 = row.get(0);
            if let Some(name) =
                row.get::<_, Option<String>>(1).filter(|_| row.get::<_, Option<&str>>(2).is_some())
            {
                relations.insert(
                    oid,
                    Relation {
                        name,
                        kind: row.get(2),
                        file: row.get(3),
                        scans: row.get::<_, Option<i64>>(4).unwrap_or_default(),
                        filled: row.get(7),
                        whole: row.get(6),
                    },
                );
            }
            for mode in row.get::<_, Option<Vec<String>>>(5).unwrap_or_default() {
                locks.entry(oid).or_default().insert(level(&mode));
            }
        }
        (relations, locks)
    }

    fn compare(&mut self, step: &Step, after: &BTreeMap<u32, Relation>, locks: &Locks) {
        let mut wrong = Vec::new();
        let named = |oid: &u32| self.before.get(oid).map_or("?", |it| &*it.name);
        let claims = |oid: u32| {
            let names = [self.before.get(&oid), after.get(&oid)].into_iter().flatten();
            let names: BTreeSet<&str> = names.map(|it| &*it.name).collect();
            step.locks
                .iter()
                .filter(|lock| names.contains(&*lock.relation))
                .map(|lock| lock.level)
                .max()
        };
        for (oid, levels) in locks.iter().filter(|(oid, _)| self.known.contains(oid)) {
            let held = self.held.get(oid);
            let new = levels.iter().filter(|level| held.is_none_or(|held| !held.contains(level)));
            // What is no table keeps only other changes of it waiting.
            let kind = self.before.get(oid).map_or("", |it| &*it.kind);
            let least = match kind {
                "i" | "I" => LockLevel::Share,
                "c" => continue,
                _ => LockLevel::ShareUpdateExclusive,
            };
            let Some(most) = new.max().filter(|most| **most >= least) else {
                continue;
            };
            let covered = self.with_wholes(*oid).into_iter().filter_map(claims).max();
            if covered < Some(*most) {
                let claimed = covered.map_or("nothing", LockLevel::name);
                wrong.push(format!("takes {} of {}, and says {claimed}", most.name(), named(oid)));
            }
        }
        // What commits on its way has given its locks back by then.
        let commits = !step.transactional && step.sql.as_str().starts_with("DO ");
        for lock in step.locks.iter().filter(|_| !commits) {
            let named = |relations: &BTreeMap<u32, Relation>| {
                relations.iter().find(|(_, it)| it.name == lock.relation).map(|(oid, _)| *oid)
            };
            let Some(oid) = named(&self.before).or_else(|| named(after)) else {
                wrong.push(format!("says a lock of {}, which is not there", lock.relation));
                continue;
            };
            if self.known.contains(&oid)
                && !locks.get(&oid).is_some_and(|levels| levels.contains(&lock.level))
            {
                let most = locks.get(&oid).and_then(|levels| levels.last());
                let most = most.map_or("nothing", |level| level.name());
                wrong.push(format!(
                    "says {} of {}, and takes {most}",
                    lock.level.name(),
                    lock.relation
                ));
            }
        }
        let mut written = false;
        for (oid, was) in self.before.iter().filter(|(_, it)| it.file != 0) {
            let Some(is) = after.get(oid) else { continue };
            let anew = is.file != was.file;
            written |= anew;
            if !self.known.contains(oid) || !matches!(&*was.kind, "r" | "m") {
                continue;
            }
            if anew && !step.rewrites {
                wrong.push(format!("writes {} anew, and does not say so", was.name));
            }
            // Who only reads is in nobody's way, however long it takes.
            let claimed = self.with_wholes(*oid).into_iter().filter_map(claims).max();
            let through = step.transactional
                && is.scans > was.scans
                && was.filled
                && claimed >= Some(LockLevel::ShareUpdateExclusive);
            if through && !step.scans && !step.rewrites {
                wrong.push(format!("reads {} through, and does not say so", was.name));
            }
        }
        if step.rewrites && !written {
            wrong.push("says that it writes a relation anew, and does not".to_owned());
        }
        let lines = wrong.into_iter().map(|wrong| format!("{}; -- {wrong}", step.sql));
        self.wrong.extend(lines);
    }

    /// A relation, and all that it is a part of.
    fn with_wholes(&self, oid: u32) -> BTreeSet<u32> {
        let mut all = BTreeSet::from([oid]);
        let mut next = vec![oid];
        while let Some(oid) = next.pop() {
            let wholes = self.before.get(&oid).into_iter().flat_map(|it| &it.whole);
            next.extend(wholes.copied().filter(|whole| all.insert(*whole)));
        }
        all
    }
}

impl Watcher for Measure<'_> {
    fn begins(&mut self, _number: usize, step: &Step) {
        if self.within {
            return;
        }
        self.within = true;
        self.held.clear();
        block_in_place(|| {
            Handle::current().block_on(async {
                (self.before, _) = self.look().await;
                if !step.transactional {
                    let held_up = HeldUp::new(self.lab, self.database, self.pid, step).await;
                    self.held_up = Some(held_up);
                }
            });
        });
    }

    fn done(&mut self, number: usize, _rows: u64) {
        let step = self.steps[number - 1].clone();
        let (after, locks) = block_in_place(|| {
            Handle::current().block_on(async {
                let (after, locks) = self.look().await;
                match self.held_up.take() {
                    Some(held_up) => (after, held_up.locks().await),
                    None => (after, locks),
                }
            })
        });
        self.compare(&step, &after, &locks);
        (self.before, self.held) = (after, locks);
    }

    fn committed(&mut self, _number: usize) {
        self.within = false;
    }

    fn waits(&mut self, _: usize, _: &[Blocker]) {}

    fn retries(&mut self, _: usize, _: Duration) {
        self.within = false;
    }
}

/// A mode as `pg_locks` has it: `ShareUpdateExclusiveLock`.
pub fn level(mode: &str) -> LockLevel {
    use LockLevel::*;
    let levels = [
        AccessShare,
        RowShare,
        RowExclusive,
        ShareUpdateExclusive,
        Share,
        ShareRowExclusive,
        Exclusive,
        AccessExclusive,
    ];
    levels.into_iter().find(|level| format!("{level:?}Lock") == mode).unwrap()
}
