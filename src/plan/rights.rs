//! The steps that give an object its owner and its privileges.

use std::collections::BTreeSet;

use crate::kind::Disturbance;
use crate::kinds;
use crate::model::{
    Action, Change, Grantable, Grants, Maker, Name, Object, Part, Privileges, Step,
    grant_statements,
};
use crate::sql::{LockLevel, Sql};

/// What is left to be done about an object once it is there in its new form.
#[derive(Debug, Default)]
pub struct Rights {
    /// The change of the owner. It rewrites the privileges, so it comes first.
    pub owner: Option<Step>,
    pub grants: Vec<Step>,
}

/// What PostgreSQL gives to a new object by itself, or the live object has, against what is wanted.
pub fn of(change: &Change, to: &Object, maker: &Maker) -> Rights {
    let row = kinds::row(to.address.kind).1;
    let from = change.from.as_ref().filter(|_| change.action == Action::Alter);
    let (owner, mut has) = match from {
        Some(from) => (from.owner.clone(), remaining(from, to)),
        None => {
            let given = |on: Grantable| maker.given(on, to.address.schema.as_ref());
            (maker.role.clone(), row.grantable.map(given).unwrap_or_default())
        }
    };
    let mut rights = Rights::default();
    if let Some(new) = to.owner.as_ref().filter(|new| Some(*new) != owner.as_ref()) {
        let with = (row.owned_with)(to);
        let follows = !with.is_empty() && from.map(row.owned_with) == Some(with);
        rights.owner = (!follows).then(|| change_owner(to, new));
        if let Some(old) = &owner {
            has = has.passed(old, new);
        }
    }
    let owner = to.owner.as_ref().or(owner.as_ref());
    if let (Some(wanted), Some(_)) = (&to.privileges, row.grantable) {
        rights.grants = grants(to, &has, wanted, owner);
    }
    rights
}

/// <https://www.postgresql.org/docs/current/sql-altertable.html>, and so for the other kinds.
fn change_owner(to: &Object, new: &Name) -> Step {
    let row = kinds::row(to.address.kind).1;
    let target = (row.comment_target)(&to.address);
    let sql = Sql::new("ALTER ").append(&target).raw(" OWNER TO ").identifier(new);
    let mut step = Step::alter(&to.address, "change the owner", sql);
    if matches!(row.grantable, Some(Grantable::Relation | Grantable::Sequence)) {
        step = step.lock(LockLevel::AccessExclusive, to.address.qualified());
    }
    // Whoever takes over a part of the object waits for it to have its owner.
    step.frees.push(format!("owner of {}", to.address));
    step
}

fn grants(to: &Object, has: &Privileges, wanted: &Privileges, owner: Option<&Name>) -> Vec<Step> {
    let on = (kinds::row(to.address.kind).1.grant_target)(&to.address);
    let grantees: BTreeSet<&Name> =
        has.iter().chain(wanted.iter()).map(|(grantee, _)| grantee).collect();
    let mut steps = Vec::new();
    for grantee in grantees {
        let of = |privileges: &Privileges| match owner == Some(grantee) {
            true => privileges.of_owner(grantee),
            false => privileges.get(grantee).cloned().unwrap_or_default(),
        };
        let (from, into) = (of(has), of(wanted));
        for sql in grant_statements(&Sql::new(""), &on, grantee, &from, &into) {
            let title = match sql.as_str().starts_with("GRANT") {
                true => format!("grant to {grantee}"),
                false => format!("revoke from {grantee}"),
            };
            let columns = columns(&from).chain(columns(&into)).collect::<BTreeSet<_>>();
            let step = Step::alter(&to.address, title, sql);
            steps.push(
                columns
                    .into_iter()
                    .fold(step, |step, column| step.makes(Part::column(&to.address, column))),
            );
        }
    }
    steps
}

fn columns(grants: &Grants) -> impl Iterator<Item = &Name> {
    grants.iter().filter_map(|(_, column, _)| column)
}

/// The privileges of a live object, without those on columns that go.
fn remaining(from: &Object, to: &Object) -> Privileges {
    let row = kinds::row(to.address.kind).1;
    let mut privileges = from.privileges.clone().unwrap_or_default();
    if from.spec == to.spec {
        return privileges;
    }
    let gone: Vec<Name> = (row.disturbs)(from, to)
        .into_iter()
        .filter(|(_, how)| *how == Disturbance::Recreated)
        .map(|(name, _)| name)
        .collect();
    privileges.retain(|_, column| !column.is_some_and(|column| gone.contains(column)));
    privileges
}
