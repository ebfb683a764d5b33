//! What the files say of owners and privileges. No server has to spell that: the shadow's objects
//! all belong to one role, and the roles that the files name need not exist there.

use std::collections::{BTreeMap, HashMap, HashSet};

use tokio_postgres::Client;

use super::error::CanonicalError;
use crate::catalog::Snapshot;
use crate::diff::expose_parts;
use crate::kinds;
use crate::model::{Address, Canonical, Database, Name, Object, Raw, Step, Tag};
use crate::sql::Sql;

/// The objects, by catalog and OID, whose declared addresses do not tell which they are.
pub type Resolved = Vec<(Address, u32, u32)>;

/// Which of several routines of one name a file means, its argument types written its own way:
/// the server knows when it is told to put a comment on each.
pub async fn resolve(raw: &Database<Raw>, client: &Client) -> Result<Resolved, CanonicalError> {
    let mut sites: HashMap<Site<'_>, usize> = HashMap::new();
    for address in raw.objects.keys().filter(|address| address.arguments.is_some()) {
        *sites.entry(site(address)).or_default() += 1;
    }
    let several = |address: &Address| sites.get(&site(address)).is_some_and(|n| *n > 1);
    let unclear: Vec<&Address> = says_something(raw)
        .map(|object| &object.address)
        .filter(|address| several(address))
        .collect();
    if unclear.is_empty() {
        return Ok(Vec::new());
    }
    let mut script = String::from("BEGIN;\n");
    for (n, address) in unclear.iter().enumerate() {
        let target = (kinds::row(address.kind).1.comment_target)(address);
        let sql =
            Sql::new("COMMENT ON ").append(&target).raw(" IS ").literal(&format!("{MARK}{n}"));
        let step = Step::alter(address, "", sql);
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

/// Gives the objects of the shadow the owners and privileges that the files state, and takes those
/// away that the shadow gave them.
pub fn state(
    raw: &Database<Raw>,
    resolved: &Resolved,
    snapshot: &Snapshot<'_>,
    canonical: &mut Database<Canonical>,
) {
    // What somebody says something of is an object, though the shadow has it as part of another.
    let said: HashSet<&Address> = says_something(raw).map(|object| &object.address).collect();
    expose_parts(canonical, &|address| said.contains(address));
    for object in canonical.objects.values_mut() {
        object.owner = None;
        object.privileges = None;
    }
    let mut by_site: BTreeMap<(Tag, Option<Name>, Name), Vec<Address>> = BTreeMap::new();
    for address in canonical.objects.keys().filter(|address| address.arguments.is_some()) {
        let (kind, schema, name) = site(address);
        by_site.entry((kind, schema.cloned(), name.clone())).or_default().push(address.clone());
    }
    for object in says_something(raw) {
        let known = resolved.iter().find(|(address, ..)| *address == object.address);
        let known = known.and_then(|(_, catalog, oid)| snapshot.address(*catalog, *oid)).cloned();
        let (kind, schema, name) = site(&object.address);
        let only = || match by_site.get(&(kind, schema.cloned(), name.clone()))?.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        };
        let exact =
            || canonical.objects.contains_key(&object.address).then(|| object.address.clone());
        let address = known.or_else(exact).or_else(only);
        let found = address.and_then(|address| canonical.objects.get_mut(&address));
        if let Some(found) = found {
            found.owner.clone_from(&object.owner);
            let on = kinds::row(kind).1.grantable;
            let major = snapshot.version().major();
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
