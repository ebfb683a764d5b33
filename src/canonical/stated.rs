//! Which routines the files mean, and what they say of owners and privileges. No server has to spell
//! the latter: the shadow's objects all belong to one role, and the roles that the files name need not exist there.

use std::collections::{BTreeMap, HashMap, HashSet};

use tokio_postgres::Client;

use super::error::CanonicalError;
use crate::catalog::Snapshot;
use crate::diff::expose_parts;
use crate::kinds;
use crate::model::{Address, Canonical, Database, Name, Object, Raw, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The objects, by catalog and OID, whose declared addresses do not tell which they are.
pub type Resolved = Vec<(Address, u32, u32)>;

/// Which of several routines of one name a file means, its argument types written its own way:
/// the server knows when it is told to put a comment on each.
pub async fn resolve(raw: &Database<Raw>, client: &Client) -> Result<Resolved, CanonicalError> {
    let mut sites: HashMap<Site<'_>, usize> = HashMap::new();
    for address in raw.objects.keys().filter(|address| address.arguments.is_some()) {
        *sites.entry(site(address)).or_default() += 1;
    }
    let several = |address: &&Address| sites.get(&site(address)).is_some_and(|n| *n > 1);
    let routines = raw.objects.keys().filter(|address| address.arguments.is_some());
    let unclear: Vec<&Address> = routines.filter(several).collect();
    if unclear.is_empty() {
        return Ok(Vec::new());
    }
    let mut script = String::from("BEGIN;\n");
    for (n, address) in unclear.iter().enumerate() {
        let target = (kinds::row(address.kind).1.comment_target)(address);
        // Two procedures may differ by parameters alone that only return something: then their types do not say which
        // is meant, and the spelling has to.
        // https://www.postgresql.org/docs/current/sql-dropprocedure.html
        let comment =
            Sql::new("COMMENT ON ").append(&target).raw(" IS ").literal(&format!("{MARK}{n}"));
        let body =
            format!("BEGIN {}; EXCEPTION WHEN ambiguous_function THEN NULL; END", comment.as_str());
        let step = Step::alter(address, "", Sql::new("DO ").body(&Fragment::new(body)));
        script.push_str(&format!("{};\n{};\n", step.search_path(), step.sql));
    }
    let asked = CanonicalError::shadow("asked for routines");
    client.batch_execute(&script).await.map_err(&asked)?;
    let rows = client.query(MARKED, &[&MARK]).await.map_err(&asked)?;
    client.batch_execute("ROLLBACK").await.map_err(&asked)?;
    let mut resolved = Vec::new();
    for row in rows {
        let (catalog, oid, n) = (row.get(0), row.get(1), row.get::<_, i32>(2));
        let address = usize::try_from(n).ok().and_then(|n| unclear.get(n));
        resolved.extend(address.map(|address| ((*address).clone(), catalog, oid)));
    }
    Ok(resolved)
}

const MARK: &str = "pgconverge ";

const MARKED: &str = "
SELECT classoid, objoid, substr(description, length($1) + 1)::int4
FROM pg_description WHERE starts_with(description, $1) AND objsubid = 0";

/// What the server calls the routines whose argument types the files spell otherwise.
pub fn written(
    raw: &Database<Raw>,
    resolved: &Resolved,
    snapshot: &Snapshot<'_>,
    canonical: &Database<Canonical>,
) -> BTreeMap<Address, Address> {
    let mut by_site: HashMap<Site<'_>, Vec<&Address>> = HashMap::new();
    for address in canonical.objects.keys().filter(|address| address.arguments.is_some()) {
        by_site.entry(site(address)).or_default().push(address);
    }
    let mut known: HashMap<&Address, &Address> = HashMap::new();
    for (address, catalog, oid) in resolved {
        known.extend(snapshot.address(*catalog, *oid).map(|called| (address, called)));
    }
    let of = |address: &Address| {
        let exact = || canonical.objects.get_key_value(address).map(|(address, _)| address);
        let only = || match by_site.get(&site(address))?.as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        known.get(address).copied().or_else(exact).or_else(only).cloned()
    };
    let routines = raw.objects.keys().filter(|address| address.arguments.is_some());
    let pairs = routines.filter_map(|address| Some((address.clone(), of(address)?)));
    pairs.filter(|(address, called)| address != called).collect()
}

/// Gives the objects of the shadow the owners and privileges that the files state, and takes those
/// away that the shadow gave them.
pub fn state(raw: &Database<Raw>, major: u32, canonical: &mut Database<Canonical>) {
    // What somebody says something of is an object, though the shadow has it as part of another.
    let said: HashSet<&Address> = says_something(raw).map(|object| &object.address).collect();
    expose_parts(canonical, &|address| said.contains(address));
    for object in canonical.objects.values_mut() {
        object.owner = None;
        object.privileges = None;
    }
    for object in says_something(raw) {
        let address = canonical.written.get(&object.address).unwrap_or(&object.address);
        if let Some(found) = canonical.objects.get_mut(address) {
            found.owner.clone_from(&object.owner);
            let on = kinds::row(object.address.kind).1.grantable;
            found.privileges =
                object.privileges.clone().zip(on).map(|(p, on)| p.normalized(on, major));
        }
    }
}

fn says_something(raw: &Database<Raw>) -> impl Iterator<Item = &Object> {
    raw.objects.values().filter(|object| object.owner.is_some() || object.privileges.is_some())
}

type Site<'a> = (Tag, Option<&'a Name>, &'a Name);

fn site(address: &Address) -> Site<'_> {
    (address.kind, address.schema.as_ref(), &address.name)
}
