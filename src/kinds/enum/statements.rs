//! CREATE TYPE … AS ENUM and ALTER TYPE … ADD VALUE.

use super::Enum;
use crate::kind::Declared;
use crate::model::{Part, Step};
use crate::sql::Sql;

pub fn create(it: &Declared<'_, Enum>) -> Step {
    let mut sql = Sql::new("CREATE TYPE ").raw(&it.address.qualified()).raw(" AS ENUM (");
    for (n, value) in it.spec.values.iter().enumerate() {
        sql = if n == 0 { sql } else { sql.raw(", ") }.literal(value);
    }
    Step::create(it.address, sql.raw(")"))
}

/// One statement for each new value, each at its place among those that are there by then.
/// <https://www.postgresql.org/docs/current/sql-altertype.html>
pub fn add_values(from: &Declared<'_, Enum>, to: &Declared<'_, Enum>) -> Vec<Step> {
    let (old, new) = (&from.spec.values, &to.spec.values);
    let mut last = old.last();
    let mut steps = Vec::new();
    for (n, value) in new.iter().enumerate() {
        if old.contains(value) {
            continue;
        }
        let mut sql =
            Sql::new("ALTER TYPE ").raw(&to.address.qualified()).raw(" ADD VALUE ").literal(value);
        match (n.checked_sub(1).and_then(|before| new.get(before)), old.first()) {
            (None, Some(first)) => sql = sql.raw(" BEFORE ").literal(first),
            (before, _) if before == last => last = Some(value),
            (Some(before), _) => sql = sql.raw(" AFTER ").literal(before),
            (None, None) => {}
        }
        let mut step = Step::alter(to.address, format!("add value {value}"), sql)
            .makes(Part::whole(to.address));
        step.settles = true;
        steps.push(step);
    }
    steps
}
