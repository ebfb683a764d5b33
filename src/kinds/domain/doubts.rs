//! What rows may have against changes of the domain of their columns.

use super::{Check, Domain};
use crate::kind::{Declared, Doubt};
use crate::sql::Sql;

type It<'a> = Declared<'a, Domain>;

/// Values that new checks refuse, and that are none where there has to be one.
pub fn doubts(from: Option<&It<'_>>, to: &It<'_>) -> Vec<Doubt> {
    let Some(from) = from else { return Vec::new() };
    let domain = to.address.qualified();
    let held = |check: &Check| {
        let same = |old: &&Check| old.expression == check.expression && !old.not_valid;
        from.spec.check.values().any(|old| same(&old))
    };
    let new = to.spec.check.values().filter(|check| !check.not_valid && !held(check));
    let refused = new.map(|check| {
        // A check says VALUE, which is what a column of that name would be called.
        let condition = Sql::new("NOT (").fragment(&check.expression).raw(")");
        let what = format!("for which {} is false", check.expression);
        Doubt::values(&domain, condition, what)
    });
    let absent = (to.spec.not_null && !from.spec.not_null)
        .then(|| Doubt::values(&domain, Sql::new("value IS NULL"), "with no value".to_owned()));
    refused.chain(absent).collect()
}
