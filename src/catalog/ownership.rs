//! Whose the objects are, and what roles may do with them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio_postgres::Row;

use super::error::CatalogError;
use super::lanes::Query;
use crate::kind::{AclItem, Catalog, Reading, ServerVersion};
use crate::kinds;
use crate::model::{Address, Grantable, Name, Object, Privileges};

/// A server's roles, and who we are among them.
#[derive(Debug, Clone)]
pub struct Roles {
    /// The role of the session.
    pub own: Name,
    /// The role that the database belongs to.
    pub database_owner: Name,
    /// The role that initdb made, which the schema `public` belongs to before version 15.
    pub first: Option<Name>,
    pub all: BTreeSet<Name>,
}

/// What the catalog says of owners and privileges.
#[derive(Debug)]
pub struct Ownership {
    pub roles: Roles,
    names: HashMap<u32, Name>,
    rows: Vec<Row>,
}

const ROLES: &str = "SELECT oid, rolname FROM pg_roles";

const SESSION: &str = "
SELECT current_user::text, datdba FROM pg_database WHERE datname = current_database()";

/// One row for each object that somebody else has than the database's owner, or of whose
/// privileges anything was ever said; and for each column of the latter sort. A list of
/// privileges comes as text, which takes a hundredth of the rows of `aclexplode`.
const ROWS: &str = "
WITH d AS (SELECT datdba FROM pg_database WHERE datname = current_database())
SELECT 1259::oid, c.oid, NULL::name, c.relowner, c.relacl::text[]
FROM pg_class c
WHERE c.relnamespace = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND (c.relowner <> (SELECT datdba FROM d) OR c.relacl IS NOT NULL)
UNION ALL
SELECT 1259, a.attrelid, a.attname, c.relowner, a.attacl::text[]
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relnamespace = ANY ($1)
UNION ALL
SELECT 1255, p.oid, NULL, p.proowner, p.proacl::text[]
FROM pg_proc p
WHERE p.pronamespace = ANY ($1) AND (p.proowner <> (SELECT datdba FROM d) OR p.proacl IS NOT NULL)
UNION ALL
SELECT 1247, t.oid, NULL, t.typowner, t.typacl::text[]
FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE t.typnamespace = ANY ($1) AND t.typtype <> 'm'
  AND NOT (t.typtype = 'b' AND t.typcategory = 'A')
  AND (c.relkind IS NULL OR c.relkind = 'c' OR t.typacl IS NOT NULL)
  AND (t.typowner <> (SELECT datdba FROM d) OR t.typacl IS NOT NULL)
UNION ALL
SELECT 2615, n.oid, NULL, n.nspowner, n.nspacl::text[]
FROM pg_namespace n
WHERE n.oid = ANY ($1) AND (n.nspowner <> (SELECT datdba FROM d) OR n.nspacl IS NOT NULL)
UNION ALL
SELECT 2612, l.oid, NULL, l.lanowner, l.lanacl::text[]
FROM pg_language l WHERE l.lanowner <> (SELECT datdba FROM d) OR l.lanacl IS NOT NULL
UNION ALL
SELECT 2328, f.oid, NULL, f.fdwowner, f.fdwacl::text[]
FROM pg_foreign_data_wrapper f WHERE f.fdwowner <> (SELECT datdba FROM d) OR f.fdwacl IS NOT NULL
UNION ALL
SELECT 1417, s.oid, NULL, s.srvowner, s.srvacl::text[]
FROM pg_foreign_server s WHERE s.srvowner <> (SELECT datdba FROM d) OR s.srvacl IS NOT NULL
UNION ALL
SELECT 3381, s.oid, NULL, s.stxowner, NULL
FROM pg_statistic_ext s WHERE s.stxnamespace = ANY ($1) AND s.stxowner <> (SELECT datdba FROM d)
UNION ALL
SELECT 2617, o.oid, NULL, o.oprowner, NULL
FROM pg_operator o WHERE o.oprnamespace = ANY ($1) AND o.oprowner <> (SELECT datdba FROM d)
UNION ALL
SELECT 2616, o.oid, NULL, o.opcowner, NULL
FROM pg_opclass o WHERE o.opcnamespace = ANY ($1) AND o.opcowner <> (SELECT datdba FROM d)
UNION ALL
SELECT 2753, o.oid, NULL, o.opfowner, NULL
FROM pg_opfamily o WHERE o.opfnamespace = ANY ($1) AND o.opfowner <> (SELECT datdba FROM d)
UNION ALL
SELECT 3456, c.oid, NULL, c.collowner, NULL
FROM pg_collation c WHERE c.collnamespace = ANY ($1) AND c.collowner <> (SELECT datdba FROM d)
UNION ALL
SELECT 2607, c.oid, NULL, c.conowner, NULL
FROM pg_conversion c WHERE c.connamespace = ANY ($1) AND c.conowner <> (SELECT datdba FROM d)
UNION ALL
SELECT 3602, c.oid, NULL, c.cfgowner, NULL
FROM pg_ts_config c WHERE c.cfgnamespace = ANY ($1) AND c.cfgowner <> (SELECT datdba FROM d)
UNION ALL
SELECT 3600, c.oid, NULL, c.dictowner, NULL
FROM pg_ts_dict c WHERE c.dictnamespace = ANY ($1) AND c.dictowner <> (SELECT datdba FROM d)
UNION ALL
SELECT 3466, e.oid, NULL, e.evtowner, NULL
FROM pg_event_trigger e WHERE e.evtowner <> (SELECT datdba FROM d)
UNION ALL
SELECT 6104, p.oid, NULL, p.pubowner, NULL FROM pg_publication p WHERE p.pubowner <> (SELECT datdba FROM d)";

/// The queries whose rows [`decode`] takes.
pub fn queries() -> Vec<Query> {
    vec![Query::whole(ROLES), Query::whole(SESSION), Query::of_schemas(ROWS)]
}

/// What of it there is.
pub fn decode(rows: Vec<Vec<Row>>) -> Result<Ownership, CatalogError> {
    let mut rows = rows.into_iter();
    let mut next = || rows.next().unwrap_or_default();
    let (roles, session, rows) = (next(), next(), next());
    let mut names: HashMap<u32, Name> = HashMap::with_capacity(roles.len());
    for row in roles {
        names.insert(row.try_get(0)?, row.try_get::<_, &str>(1)?.into());
    }
    let unknown = || Name::from("");
    let (mut own, mut database_owner) = (unknown(), unknown());
    for row in session {
        own = row.try_get::<_, &str>(0)?.into();
        database_owner = names.get(&row.try_get(1)?).cloned().unwrap_or_else(unknown);
    }
    let roles = Roles {
        own,
        database_owner,
        first: names.get(&FIRST).cloned(),
        all: names.values().cloned().collect(),
    };
    Ok(Ownership { roles, names, rows })
}

/// The role that initdb makes: `BOOTSTRAP_SUPERUSERID` in `src/include/catalog/pg_authid.dat`.
const FIRST: u32 = 10;

impl Ownership {
    /// Gives every object its owner and its privileges.
    pub fn attach(
        &self,
        objects: &mut BTreeMap<Address, Object>,
        reading: &mut Reading,
        version: ServerVersion,
    ) -> Result<(), CatalogError> {
        for object in objects.values_mut() {
            let row = kinds::row(object.address.kind).1;
            object.owner = row.owned.then(|| self.roles.database_owner.clone());
            object.privileges = row.grantable.map(Grantable::usual);
        }
        let of_columns = |row: &&Row| matches!(row.try_get::<_, Option<&str>>(2), Ok(Some(_)));
        let whole = self.rows.iter().filter(|row| !of_columns(row));
        for row in whole.chain(self.rows.iter().filter(of_columns)) {
            let (catalog, oid) = (Catalog(row.try_get(0)?), row.try_get(1)?);
            let column = row.try_get::<_, Option<&str>>(2)?.map(Name::from);
            let owner = self.names.get(&row.try_get(3)?);
            let acl: Option<Vec<String>> = row.try_get(4)?;
            let Some(part) = reading.part(catalog.0, oid, 0) else { continue };
            let kind = kinds::row(part.address.kind).1;
            let object = objects.get_mut(&part.address).filter(|_| part.column.is_none());
            let Some(object) = object.filter(|_| kind.catalog == catalog && kind.owned) else {
                if acl.is_some() {
                    let schema = part.address.schema.clone();
                    reading.cannot_manage(
                        schema.as_ref(),
                        format!("privileges on what is behind {part}"),
                    );
                }
                continue;
            };
            if column.is_none() {
                object.owner = owner.cloned();
            }
            let (Some(acl), Some(on)) = (acl, kind.grantable) else { continue };
            let mut strangers = BTreeSet::new();
            let mut found = Privileges::default();
            for item in &acl {
                let item = AclItem::parse(item)?;
                if owner.is_some_and(|owner| *owner != item.grantor) {
                    strangers.insert(item.grantor);
                } else {
                    found.insert(item.grantee, item.grants);
                }
            }
            object.privileges = Some(match (&column, &object.privileges) {
                (Some(column), Some(before)) => {
                    before.clone().with(&found.on_column(column), owner)
                }
                _ => {
                    let found = owner.into_iter().fold(found, Privileges::mention);
                    found.normalized(on, version.major()).without_usual(owner)
                }
            });
            for stranger in strangers {
                let schema = part.address.schema.clone();
                let what = format!("privileges on {part} that {stranger} granted");
                reading.cannot_manage(schema.as_ref(), what);
            }
        }
        Ok(())
    }
}
