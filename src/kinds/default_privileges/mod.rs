//! Default privileges: what a role's new objects give to others.
//! <https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html>

mod read;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Authority, Catalog, Declared, DecodeError, Entry, FormError, Gift, Kind, Reading, Section,
    ServerVersion, place_of,
};
use crate::model::{Address, Grantable, Name, Object, Privileges, Step, Tag};
use crate::sql::Sql;

/// The kind.
#[derive(Debug)]
pub struct DefaultPrivileges;

/// What one role's new objects give: in one schema, beside what they give everywhere; or
/// everywhere, instead of what is usual.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<Privileges>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequences: Option<Privileges>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub functions: Option<Privileges>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Privileges>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schemas: Option<Privileges>,
    /// From PostgreSQL 18 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large_objects: Option<Privileges>,
}

/// A sort of objects, with its key, its words in a statement, and its letter in
/// `pg_default_acl.defaclobjtype`.
pub struct Sort {
    pub key: &'static str,
    pub on: Grantable,
    pub words: &'static str,
    pub letter: &'static str,
}

pub const SORTS: [Sort; 6] = [
    Sort { key: "tables", on: Grantable::Relation, words: "TABLES", letter: "r" },
    Sort { key: "sequences", on: Grantable::Sequence, words: "SEQUENCES", letter: "S" },
    Sort { key: "functions", on: Grantable::Routine, words: "FUNCTIONS", letter: "f" },
    Sort { key: "types", on: Grantable::Type, words: "TYPES", letter: "T" },
    Sort { key: "schemas", on: Grantable::Schema, words: "SCHEMAS", letter: "n" },
    Sort { key: "large_objects", on: Grantable::LargeObject, words: "LARGE OBJECTS", letter: "L" },
];

impl Defaults {
    fn of(&self, on: Grantable) -> Option<&Privileges> {
        match on {
            Grantable::Relation => self.tables.as_ref(),
            Grantable::Sequence => self.sequences.as_ref(),
            Grantable::Routine => self.functions.as_ref(),
            Grantable::Type => self.types.as_ref(),
            Grantable::Schema => self.schemas.as_ref(),
            Grantable::LargeObject => self.large_objects.as_ref(),
            _ => None,
        }
    }

    fn set(&mut self, on: Grantable, privileges: Privileges) {
        match on {
            Grantable::Relation => self.tables = Some(privileges),
            Grantable::Sequence => self.sequences = Some(privileges),
            Grantable::Routine => self.functions = Some(privileges),
            Grantable::Type => self.types = Some(privileges),
            Grantable::Schema => self.schemas = Some(privileges),
            Grantable::LargeObject => self.large_objects = Some(privileges),
            _ => {}
        }
    }
}

const SECTIONS: &[Section] = &[
    Section {
        key: "default_privileges",
        within: &[],
        named: true,
        short: None,
        from_file: None,
        read,
        write,
    },
    Section {
        key: "default_privileges",
        within: &[Tag("schema")],
        named: true,
        short: None,
        from_file: None,
        read,
        write,
    },
];

/// The schema is what the address is on: what is in no schema does not exist without one.
fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: Defaults = entry.form.read()?;
    let place = |key: &str| {
        let value = entry.form.get(key);
        value.map_or(entry.form.place(), |value| place_of(entry.form.file, value))
    };
    for sort in &SORTS {
        let Some(privileges) = spec.of(sort.on) else { continue };
        if entry.parent.is_some() && matches!(sort.on, Grantable::Schema | Grantable::LargeObject) {
            let message = format!("{} are in no schema", sort.key.replace('_', " "));
            let error = FormError::new("pgconverge::desired::invalid_value", message);
            return Err(error.or_at(place(sort.key)));
        }
        if let Some((_, message)) = privileges.impossible(sort.on) {
            let error = FormError::new("pgconverge::desired::unknown_value", message);
            return Err(error.or_at(place(sort.key)));
        }
    }
    Ok(Object::new(address(entry.name, entry.parent.map(|parent| &parent.name)), spec))
}

fn write(object: &Object) -> Option<serde_json::Value> {
    Some(object.spec.tree())
}

fn address(role: &Name, schema: Option<&Name>) -> Address {
    Address { relation: schema.cloned(), ..Address::global(DefaultPrivileges::TAG, role) }
}

impl Kind for DefaultPrivileges {
    type Spec = Defaults;
    const TAG: Tag = Tag("default_privileges");
    const AUTHORITY: Authority = Authority::Other;
    const CATALOG: Catalog = Catalog::PG_DEFAULT_ACL;
    const RENAMABLE: bool = false;
    const ANY: Option<&str> = Some("SELECT FROM pg_default_acl");
    const RULES_NEW: bool = true;
    const COMMENTABLE: bool = false;

    fn queries(version: ServerVersion) -> Vec<String> {
        vec![read::query(version.major())]
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn roles(it: &Declared<'_, Defaults>) -> Vec<Name> {
        let lists = SORTS.iter().filter_map(|sort| it.spec.of(sort.on));
        let grantees = lists.flat_map(|privileges| privileges.roles().cloned());
        std::iter::once(it.address.name.clone()).chain(grantees).collect()
    }

    fn create(it: &Declared<'_, Defaults>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, Defaults>, to: &Declared<'_, Defaults>) -> Vec<Step> {
        statements::alter(to.address, from.spec, to.spec)
    }

    fn drop(it: &Declared<'_, Defaults>) -> Vec<Step> {
        statements::drop(it)
    }

    /// There is none.
    fn comment_target(_address: &Address) -> Sql {
        Sql::default()
    }

    fn gives(it: &Declared<'_, Defaults>) -> Vec<Gift> {
        let given = SORTS.iter().filter_map(|sort| Some((sort.on, it.spec.of(sort.on)?)));
        let gift = |(on, privileges): (Grantable, &Privileges)| Gift {
            maker: it.address.name.clone(),
            schema: it.address.relation.clone(),
            on,
            privileges: privileges.clone(),
        };
        given.map(gift).collect()
    }
}
