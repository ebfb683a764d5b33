//! ALTER DEFAULT PRIVILEGES.

use std::collections::BTreeSet;

use super::{Defaults, SORTS, Sort};
use crate::kind::Declared;
use crate::model::{Address, Effect, Grants, Name, Part, Privileges, Step, grant_statements};
use crate::sql::Sql;

pub fn create(it: &Declared<'_, Defaults>) -> Vec<Step> {
    let mut steps = alter(it.address, &Defaults::default(), it.spec);
    if let Some(first) = steps.first_mut() {
        first.effect = Effect::Create;
        first.makes.push(Part::whole(it.address));
    }
    steps
}

/// No step ends anything before others begin: what a plan makes has the old defaults to the end.
pub fn drop(it: &Declared<'_, Defaults>) -> Vec<Step> {
    let mut steps = alter(it.address, it.spec, &Defaults::default());
    if let Some(last) = steps.last_mut() {
        last.unmakes.push(Part::whole(it.address));
    }
    steps
}

/// One statement for each role that has other privileges afterwards.
pub fn alter(address: &Address, from: &Defaults, to: &Defaults) -> Vec<Step> {
    let mut before = Sql::new("ALTER DEFAULT PRIVILEGES FOR ROLE ").identifier(&address.name);
    if let Some(schema) = &address.relation {
        before = before.raw(" IN SCHEMA ").identifier(schema);
    }
    let before = before.raw(" ");
    let mut steps = Vec::new();
    for sort in &SORTS {
        let (from, to) = (full(address, from, sort), full(address, to, sort));
        let grantees: BTreeSet<&Name> =
            from.iter().chain(to.iter()).map(|(grantee, _)| grantee).collect();
        for grantee in grantees {
            let of = |privileges: &Privileges| privileges.get(grantee).cloned().unwrap_or_default();
            let on = Sql::new(sort.words);
            for sql in grant_statements(&before, &on, grantee, &of(&from), &of(&to)) {
                let title = format!("change default privileges on {}", sort.words.to_lowercase());
                steps.push(Step::alter(address, title, sql));
            }
        }
    }
    steps
}

/// The list with the role itself in it, which has everything everywhere unless it is told.
fn full(address: &Address, defaults: &Defaults, sort: &Sort) -> Privileges {
    let listed = defaults.of(sort.on).cloned();
    if address.relation.is_some() {
        return listed.unwrap_or_default();
    }
    let mut all = listed.unwrap_or_else(|| sort.on.usual());
    if all.get(&address.name).is_none() {
        all.insert(address.name.clone(), Grants::all());
    }
    all
}
