//! Schemas: namespaces within a database.
//! <https://www.postgresql.org/docs/current/ddl-schemas.html>

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    ASIDE, Aside, Authority, COPY, Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading,
    Section, ServerVersion,
};
use crate::model::{
    Address, Grantable, Grants, Name, Object, PUBLIC, Privilege, Privileges, Step, Tag,
};
use crate::sql::Sql;

/// The kind.
#[derive(Debug)]
pub struct Schemas;

/// A schema has no facts beyond its name and comment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The comment that it had before anybody put one on it.
    #[serde(skip)]
    pub initial_comment: Aside<Option<&'static str>>,
    /// Whether a copy of a relation is under way in it, or was.
    #[serde(skip)]
    pub has_copy: Aside<bool>,
}

/// The comment that every new database has on `public`; it is nobody's wish.
const INITIAL_COMMENT: &str = "standard public schema";

const SECTIONS: &[Section] = &[Section {
    key: "schema",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| Some(object.spec.tree()),
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: Schema = entry.form.read()?;
    Ok(Object::new(Address::global(Schemas::TAG, entry.name), spec))
}

impl Kind for Schemas {
    type Spec = Schema;
    const TAG: Tag = Tag("schema");
    const AUTHORITY: Authority = Authority::Database;
    const CATALOG: Catalog = Catalog::PG_NAMESPACE;
    const GRANTABLE: Option<Grantable> = Some(Grantable::Schema);

    fn query(_version: ServerVersion) -> String {
        "SELECT n.oid, n.nspname, d.description
         FROM pg_namespace n
         LEFT JOIN pg_description d
           ON d.classoid = 'pg_namespace'::regclass AND d.objoid = n.oid
         WHERE n.oid = ANY ($1)"
            .to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        let name: Name = row.try_get::<_, &str>(1)?.into();
        let comment: Option<String> = row.try_get(2)?;
        let initial_comment = Aside((&*name == "public").then_some(INITIAL_COMMENT));
        let comment = comment.filter(|comment| Some(comment.as_str()) != initial_comment.0);
        let has_copy = comment.as_ref().is_some_and(|it| it.starts_with(COPY));
        let has_copy = Aside(has_copy && name.starts_with(ASIDE));
        let spec = Schema { initial_comment, has_copy };
        let object = Object::new(Address::global(Self::TAG, &name), spec).with_comment(comment);
        reading.add(Self::CATALOG, row.try_get(0)?, object);
        Ok(())
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn namespace(name: &Name) -> Option<Object> {
        Some(Object::new(Address::global(Self::TAG, name), Schema::default()))
    }

    fn is_workshop(spec: &Schema) -> bool {
        spec.has_copy.0
    }

    fn initial_comment(spec: &Schema) -> Option<&str> {
        spec.initial_comment.0
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![address.to_string()]
    }

    fn create(it: &Declared<'_, Schema>) -> Vec<Step> {
        let sql = Sql::new("CREATE SCHEMA ").identifier(&it.address.name);
        vec![Step::create(it.address, sql)]
    }

    fn alter(_from: &Declared<'_, Schema>, _to: &Declared<'_, Schema>) -> Vec<Step> {
        Vec::new()
    }

    fn drop(it: &Declared<'_, Schema>) -> Vec<Step> {
        let sql = Sql::new("DROP SCHEMA ").identifier(&it.address.name);
        // What is in it is ours alone, and the rows are where they were.
        vec![Step::drop(it.address, if it.spec.has_copy.0 { sql.raw(" CASCADE") } else { sql })]
    }

    /// Every new database has `public`, with these.
    fn usual_privileges(address: &Address, version: ServerVersion) -> Privileges {
        let mut grants = Grants::default();
        if &*address.name == "public" {
            match version.major() < 15 {
                true => grants = Grants::all(),
                false => grants.add(Privilege::Usage, None, false),
            }
        }
        Privileges::of([(PUBLIC.into(), grants)]).without_usual(None)
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("SCHEMA ").identifier(&address.name)
    }
}
