//! CREATE, ALTER and DROP STATISTICS.

use super::{Gathered, Statistics};
use crate::kind::Declared;
use crate::model::Step;
use crate::sql::{Fragment, LockLevel, Sql};

type It<'a> = Declared<'a, Statistics>;

pub fn create(it: &It<'_>) -> Vec<Step> {
    let mut sql = Sql::new("CREATE STATISTICS ").raw(&it.address.qualified());
    if !it.spec.kinds.is_empty() {
        let word = |kind: &Gathered| match kind {
            Gathered::NDistinct => "ndistinct",
            Gathered::Dependencies => "dependencies",
            Gathered::Mcv => "mcv",
        };
        let kinds: Vec<&str> = it.spec.kinds.iter().map(word).collect();
        sql = sql.raw(" (").raw(&kinds.join(", ")).raw(")");
    }
    let sql = sql.raw(" ON ").fragments(&it.spec.columns).raw(" FROM ").fragment(&relation(it));
    let create = Step::create(it.address, sql)
        .lock(LockLevel::ShareUpdateExclusive, relation(it).as_str().to_owned());
    let target = it.spec.target.map(|_| target(it));
    std::iter::once(create).chain(target).collect()
}

pub fn target(it: &It<'_>) -> Step {
    let sql = Sql::new("ALTER STATISTICS ")
        .raw(&it.address.qualified())
        .raw(&format!(" SET STATISTICS {}", it.spec.target.unwrap_or(-1)));
    Step::alter(it.address, "set the statistics target", sql)
}

pub fn drop(it: &It<'_>) -> Step {
    Step::drop(it.address, Sql::new("DROP STATISTICS ").raw(&it.address.qualified()))
        .lock(LockLevel::ShareUpdateExclusive, relation(it).as_str().to_owned())
}

fn relation(it: &It<'_>) -> Fragment {
    it.spec.on.clone().unwrap_or_else(|| Fragment::new(it.address.relation_qualified()))
}
