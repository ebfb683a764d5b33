//! Owners and privileges, in view of the server that a run is about.

use std::collections::BTreeSet;

use super::scope::Scope;
use crate::catalog::Roles;
use crate::desired::Declared;
use crate::diagnostic::{Located, Many};
use crate::kind::ServerVersion;
use crate::kinds;
use crate::model::{Address, Canonical, Database, Maker, Name, Object, Part, Plan};

/// Who carries a plan out against `live`.
#[must_use]
pub fn maker(live: &Database<Canonical>, roles: &Roles) -> Maker {
    let mut maker = Maker { role: Some(roles.own.clone()), ..Maker::default() };
    for object in live.objects.values() {
        for gift in (kinds::row(object.address.kind).1.gives)(object) {
            if gift.maker == roles.own {
                maker.gives.insert((gift.schema, gift.on), gift.privileges);
            }
        }
    }
    maker
}

/// Whether a new object would be given more than what is usual.
#[must_use]
pub fn gives_more(maker: &Maker, address: &Address) -> bool {
    let on = kinds::row(address.kind).1.grantable;
    on.is_some_and(|on| maker.given(on, address.schema.as_ref()) != on.usual())
}

/// Where files have a say over everything, they say of privileges that they do not mention that
/// those are the usual ones.
pub fn expect_usual(desired: &mut Database<Canonical>, version: ServerVersion) {
    for object in desired.objects.values_mut().filter(|object| object.privileges.is_none()) {
        let row = kinds::row(object.address.kind).1;
        if row.grantable.is_some() {
            object.privileges = Some((row.usual_privileges)(&object.address, version));
        }
    }
}

/// Takes away what files need not say: an owner who owns the database, privileges that are the
/// usual ones; except where `declared` says something of them.
pub fn leave_out_usual(
    live: &mut Database<Canonical>,
    declared: Option<&Database<Canonical>>,
    roles: &Roles,
    version: ServerVersion,
) {
    for (address, object) in &mut live.objects {
        let said = declared.and_then(|declared| declared.objects.get(address));
        let row = kinds::row(address.kind).1;
        let is_usual = |owner: &Name| match Scope::is_initial(address) {
            true if version.major() < 15 => Some(owner) == roles.first.as_ref(),
            true => &**owner == DATABASE_OWNER,
            false => *owner == roles.database_owner,
        };
        let follows = !(row.owned_with)(object).is_empty();
        let owner = object.owner.take();
        if said.is_none_or(|said| said.privileges.is_none()) {
            let usual = (row.usual_privileges)(address, version);
            object.privileges =
                object.privileges.take().filter(|has| !has.same(&usual, owner.as_ref()));
        }
        let said = said.is_some_and(|said| said.owner.is_some());
        object.owner = owner.filter(|owner| said || !(is_usual(owner) || follows));
    }
}

/// The role that stands for whoever owns the database; since 15 the schema `public` is its, and
/// before it was the first role's. <https://www.postgresql.org/docs/current/predefined-roles.html>
const DATABASE_OWNER: &str = "pg_database_owner";

/// Refuses a plan that names roles which the server does not have.
///
/// # Errors
/// Each of them, with the object that names it.
pub fn roles_exist(plan: &Plan, declared: &Declared, roles: &Roles) -> Result<(), Many> {
    let mut problems = Vec::new();
    let mut told: BTreeSet<&Name> = BTreeSet::new();
    let objects = plan.changes.values().filter_map(|change| change.to.as_ref());
    let named: Vec<(&Object, Vec<Name>)> =
        objects.map(|object| (object, kinds::roles(object))).collect();
    for (object, names) in &named {
        for role in names.iter().filter(|role| !roles.all.contains(*role)) {
            if !told.insert(role) {
                continue;
            }
            let message = format!("the server has no role {role}, which {} names", object.address);
            let problem =
                Located::new("pgconverge::pipeline::missing_role", message).help(format!(
                    "roles are not managed: create it there (CREATE ROLE {role}), or name another"
                ));
            problems.push(match declared.places.find(&Part::whole(&object.address)) {
                Some(place) => problem.at(&declared.sources, place, "declared here"),
                None => problem,
            });
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let headline = "The server lacks roles that the files name".to_owned();
    Err(Many { headline, problems: problems.into() })
}
