//! A NOT NULL for a column of a table that others go on using: new rows are held to it at once, and
//! those that are there are looked at while nobody waits.

use super::Table;
use super::alter::alter;
use super::not_null::{NotNull, added_as, constraint_name};
use crate::kind::{Declared, Site, checks_of, successor_name};
use crate::model::{Name, Step};
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Table>;

/// The first major where a NOT NULL can itself be not valid.
/// <https://www.postgresql.org/docs/release/18.0/>
const NOT_VALID: u32 = 18;

/// Steps that make the column not null while the table is in use. `None`: the short way is the way.
pub fn add(it: &It<'_>, name: &Name, particular: &NotNull) -> Option<Vec<Step>> {
    let site = it.site.filter(|site| site.online)?;
    let mut steps = steps(it, site, name, particular);
    // A partition that is made like its parent is like it is in the end.
    let parents = site.parents(it.address.qualified());
    for step in &mut steps {
        step.frees.extend(parents.iter().map(|parent| checks_of(parent)));
    }
    Some(steps)
}

fn steps(it: &It<'_>, site: Site<'_>, name: &Name, particular: &NotNull) -> Vec<Step> {
    if site.version.major() >= NOT_VALID {
        let constraint = constraint_name(it, name, particular);
        let named = NotNull { name: Some(constraint.clone()), ..particular.clone() };
        let held = alter(it, hold(name), &added_as(name, &named).raw(" NOT VALID"));
        return vec![held, validate(it, name, &constraint)];
    }
    // PostgreSQL does not look at the rows again where a check says of all of them what it wants to
    // know: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL
    let check =
        Name::from(successor_name(&format!("{}_{}_not_null", &*it.address.name, &**name), ""));
    let action = Sql::new("ADD CONSTRAINT ").identifier(&check).raw(" CHECK (").identifier(name);
    let mut held = alter(it, hold(name), &action.raw(" IS NOT NULL) NOT VALID"));
    // One that an earlier run has left behind goes first.
    held.claims.push(format!("constraint {}.{check}", it.address.qualified()));
    let set = Sql::new("ALTER COLUMN ").identifier(name).raw(" SET NOT NULL");
    let gone = Sql::new("DROP CONSTRAINT ").identifier(&check);
    vec![
        held,
        validate(it, name, &check),
        alter(it, format!("make {name} not null"), &set),
        alter(it, format!("drop the check that {name} is not null"), &gone),
    ]
}

/// Looks at the rows, in a transaction of its own where others are at work.
pub fn validate(it: &It<'_>, name: &Name, constraint: &Name) -> Step {
    let table = it.address.qualified();
    let sql =
        Sql::new("ALTER TABLE ").raw(&table).raw(" VALIDATE CONSTRAINT ").identifier(constraint);
    let step = Step::alter(it.address, format!("validate that {name} is not null"), sql)
        .lock(LockLevel::ShareUpdateExclusive, table)
        .scans();
    if it.site.is_some_and(|site| site.online) { step.alone() } else { step }
}

fn hold(name: &Name) -> String {
    format!("hold new rows to {name} being not null")
}
