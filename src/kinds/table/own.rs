//! Steps about what is the table's own and no column's.

use super::Table;
use super::alter::{alter, alter_only};
use super::create::row_security;
use crate::kind::{Declared, storage};
use crate::model::Step;
use crate::sql::Sql;

type It<'a> = Declared<'a, Table>;

/// What is the table's and no column's.
pub fn steps(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let (old, new) = (from.spec, to.spec);
    let mut steps = Vec::new();
    if old.unlogged != new.unlogged {
        let action = if new.unlogged { "SET UNLOGGED" } else { "SET LOGGED" };
        steps.push(alter(to, action.to_lowercase(), &Sql::new(action)).rewrites());
    }
    if old.using != new.using {
        let method = new.using.as_ref().map_or("heap", |method| method);
        let action = Sql::new("SET ACCESS METHOD ").identifier(method);
        let step = alter_only(to, "change the access method".to_owned(), &action);
        steps.push(if new.partition_by.is_some() { step } else { step.rewrites() });
    }
    if old.tablespace != new.tablespace {
        let tablespace = new.tablespace.as_ref().or(new.usual_tablespace.0.as_ref());
        let tablespace = tablespace.map_or("pg_default", |tablespace| tablespace);
        let action = Sql::new("SET TABLESPACE ").identifier(tablespace);
        let step = alter_only(to, "move to another tablespace".to_owned(), &action);
        steps.push(if new.partition_by.is_some() { step } else { step.rewrites() });
    }
    for action in storage::changes(&old.storage, &new.storage) {
        steps.push(alter(to, "change storage parameters".to_owned(), &action));
    }
    let security = [
        (old.row_level_security, new.row_level_security, "ENABLE", "DISABLE"),
        (old.force_row_level_security, new.force_row_level_security, "FORCE", "NO FORCE"),
    ];
    for (old, new, on, off) in security {
        if old != new {
            steps.push(row_security(to, if new { on } else { off }));
        }
    }
    steps
}
