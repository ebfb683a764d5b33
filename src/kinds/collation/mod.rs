//! Collations.
//! <https://www.postgresql.org/docs/current/sql-createcollation.html>

mod read;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section, ServerVersion,
    Transition, is_default, replacement,
};
use crate::model::{Address, Object, Step, Tag};
use crate::sql::Sql;

/// The kind.
#[derive(Debug)]
pub struct Collations;

/// A collation. The version of the library that sorts is the server's affair, and no fact of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collation {
    #[serde(default, skip_serializing_if = "is_default")]
    pub provider: Provider,
    /// For both order and character classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lc_collate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lc_ctype: Option<String>,
    /// Whether strings of different bytes are equal when they sort alike.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nondeterministic: bool,
    /// Further rules of ICU, since version 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
}

/// <https://www.postgresql.org/docs/current/locale.html#LOCALE-PROVIDERS>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    #[default]
    Libc,
    Icu,
    /// PostgreSQL's own, since version 17.
    Builtin,
}

const SECTIONS: &[Section] = &[Section {
    key: "collation",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| Some(object.spec.tree()),
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: Collation = entry.form.read()?;
    Ok(Object::new(Address::in_schema(Collations::TAG, entry.schema, entry.name), spec))
}

impl Kind for Collations {
    type Spec = Collation;
    const TAG: Tag = Tag("collation");
    const CATALOG: Catalog = Catalog::PG_COLLATION;
    const ANY: Option<&str> = Some("SELECT FROM pg_collation WHERE oid >= 16384");
    const OWNED: bool = true;

    fn query(version: ServerVersion) -> String {
        read::query(version)
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn transition(_from: &Collation, _to: &Collation) -> Transition {
        Transition::Replace("a collation cannot change in place")
    }

    fn create(it: &Declared<'_, Collation>) -> Vec<Step> {
        let spec = it.spec;
        let provider = match spec.provider {
            Provider::Libc => "libc",
            Provider::Icu => "icu",
            Provider::Builtin => "builtin",
        };
        let texts = [
            ("LOCALE", &spec.locale),
            ("LC_COLLATE", &spec.lc_collate),
            ("LC_CTYPE", &spec.lc_ctype),
            ("RULES", &spec.rules),
        ];
        let mut sql = Sql::new("CREATE COLLATION ")
            .raw(&it.address.qualified())
            .raw(" (PROVIDER = ")
            .raw(provider);
        for (word, text) in texts {
            if let Some(text) = text {
                sql = sql.raw(", ").raw(word).raw(" = ").literal(text);
            }
        }
        if spec.nondeterministic {
            sql = sql.raw(", DETERMINISTIC = false");
        }
        vec![Step::create(it.address, sql.raw(")"))]
    }

    fn alter(_from: &Declared<'_, Collation>, _to: &Declared<'_, Collation>) -> Vec<Step> {
        Vec::new()
    }

    fn replace(_from: &Declared<'_, Collation>, to: &Declared<'_, Collation>) -> Option<Vec<Step>> {
        Some(replacement(to.address, "COLLATION", Self::create(to)))
    }

    fn drop(it: &Declared<'_, Collation>) -> Vec<Step> {
        let sql = Sql::new("DROP COLLATION ").raw(&it.address.qualified());
        vec![Step::drop(it.address, sql)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("COLLATION ").raw(&address.qualified())
    }
}
