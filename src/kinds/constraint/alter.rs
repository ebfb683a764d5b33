//! What PostgreSQL changes of a constraint in place.

use super::statements::referenced;
use super::{Check, Constraint, Deferrable, Exclude, ForeignKey, Key, online};
use crate::kind::{Declared, Transition};
use crate::model::Step;
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Constraint>;

/// Of a key or an exclusion, the settings of the index; of a foreign key, when it is checked and
/// that it is no longer enforced; of a check, that it becomes valid.
/// <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ALTER-CONSTRAINT>
pub fn transition(from: &Constraint, to: &Constraint) -> Transition {
    if from == to {
        return Transition::InPlace;
    }
    let (like, storage) = match (from, to) {
        (Constraint::PrimaryKey(from), Constraint::PrimaryKey(to))
        | (Constraint::Unique(from), Constraint::Unique(to)) => {
            // Where some partitions lack theirs, these can be built.
            let like = Key {
                only: to.only && from.only,
                storage: to.storage.clone(),
                tablespace: to.tablespace.clone(),
                clustered: to.clustered,
                ..from.clone()
            };
            (like == *to, from.partitioned.0 && from.storage != to.storage)
        }
        (Constraint::Exclude(from), Constraint::Exclude(to)) => {
            let like = Exclude {
                storage: to.storage.clone(),
                tablespace: to.tablespace.clone(),
                clustered: to.clustered,
                ..from.clone()
            };
            (like == *to, from.partitioned.0 && from.storage != to.storage)
        }
        (Constraint::ForeignKey(from), Constraint::ForeignKey(to)) => {
            let like = ForeignKey {
                deferrable: to.deferrable,
                enforced: to.enforced,
                not_valid: to.not_valid,
                ..from.clone()
            };
            if like == *to && to.enforced && !from.enforced {
                return Transition::Replace(
                    "enforced in place, it would keep everybody from the rows that are looked at",
                );
            }
            let invalidated = to.not_valid && !from.not_valid;
            (like == *to && !invalidated, false)
        }
        (Constraint::Check(from), Constraint::Check(to)) => {
            let like = Check { not_valid: false, ..from.clone() };
            (like == *to, false)
        }
        _ => (false, false),
    };
    if storage {
        Transition::Replace("an index of a partitioned table keeps its storage parameters")
    } else if like {
        Transition::InPlace
    } else {
        Transition::Replace("the definition of a constraint cannot change in place")
    }
}

/// The steps from one to the other, which [`transition`] found to be possible.
pub fn steps(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    if let (Some(old), Some(new)) = (from.spec.index(), to.spec.index()) {
        let only = |spec: &Constraint| matches!(spec, Constraint::PrimaryKey(key) | Constraint::Unique(key) if key.only);
        let mut steps = match only(from.spec) && !only(to.spec) {
            true => online::complete(to),
            false => Vec::new(),
        };
        steps.extend(new.changes(&old, to.address));
        return steps;
    }
    let table = to.address.relation_qualified();
    if let (Constraint::ForeignKey(old), Constraint::ForeignKey(new)) = (from.spec, to.spec) {
        let deferral = (old.deferrable != new.deferrable).then_some(match new.deferrable {
            Deferrable::No => " NOT DEFERRABLE",
            Deferrable::Immediate => " DEFERRABLE INITIALLY IMMEDIATE",
            Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
        });
        let relaxed = (old.enforced && !new.enforced).then_some(" NOT ENFORCED");
        for (title, words, goes) in [
            ("change when it is checked", deferral, false),
            ("change whether it is enforced", relaxed, true),
        ] {
            let Some(words) = words else { continue };
            let sql = Sql::new("ALTER TABLE ")
                .raw(&table)
                .raw(" ALTER CONSTRAINT ")
                .identifier(&to.address.name)
                .raw(words);
            let step =
                Step::alter(to.address, title, sql).lock(LockLevel::AccessExclusive, table.clone());
            // Its triggers go where it refers to.
            steps.push(match goes {
                true => step.lock(LockLevel::AccessExclusive, referenced(new)),
                false => step,
            });
        }
        if !(old.not_valid && new.enforced && !new.not_valid) {
            return steps;
        }
    }
    steps.push(Step { title: "validate constraint".to_owned(), ..online::validate(to, &table) });
    steps
}
