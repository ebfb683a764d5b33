//! The tables of a publication: a list of names, or a table by name where there is more to say.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kind::FormError;
use crate::model::Name;
use crate::sql::{Fragment, parse_qualified};

/// What is published, by the name of the table as SQL spells it: with its schema, once it is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tables(pub IndexMap<String, Published>);

/// What is published of a table, from 15 on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// All of them when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Name>,
    /// Which rows.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Fragment>,
}

impl Tables {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Schema and name of each.
    pub fn each(&self) -> impl Iterator<Item = (Name, Name, &Published)> {
        self.0.iter().filter_map(|(name, published)| {
            let (schema, name, _) = parse_qualified(name).ok()?;
            Some((Name::from(schema?), Name::from(name), published))
        })
    }

    /// With names that say the schema, which is `schema` for those that do not.
    pub fn qualified(self, schema: &Name) -> Result<Self, FormError> {
        let mut tables = IndexMap::new();
        for (name, published) in self.0 {
            let invalid = |message| FormError::new("pgconverge::desired::invalid_value", message);
            let (own, table, columns) =
                parse_qualified(&name).map_err(|error| invalid(error.to_string()))?;
            if !columns.is_empty() {
                return Err(invalid(format!("`{name}` has columns"))
                    .help("write them as { columns = [\"…\"] } behind the table's name"));
            }
            let own = own.map_or_else(|| schema.clone(), Name::from);
            tables.insert(format!("{own}.{}", Name::from(table)), published);
        }
        Ok(Self(tables))
    }

    /// With names as short as a file of no schema can have them.
    pub fn written(&self) -> Self {
        let short = |name: &String| name.strip_prefix("public.").unwrap_or(name).to_owned();
        let tables = self.0.iter().map(|(name, published)| {
            let filter = published.filter.as_ref().map(Fragment::idiomatic);
            (short(name), Published { filter, ..published.clone() })
        });
        Self(tables.collect())
    }
}

impl Serialize for Tables {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.values().all(|published| *published == Published::default()) {
            serializer.collect_seq(self.0.keys())
        } else {
            serializer.collect_map(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Tables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListOrMap)
    }
}

struct ListOrMap;

impl<'de> Visitor<'de> for ListOrMap {
    type Value = Tables;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tables, or a table of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Tables, A::Error> {
        let mut tables = Tables::default();
        while let Some(name) = sequence.next_element()? {
            tables.0.insert(name, Published::default());
        }
        Ok(tables)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tables, A::Error> {
        let mut tables = Tables::default();
        while let Some((name, published)) = map.next_entry()? {
            tables.0.insert(name, published);
        }
        Ok(tables)
    }
}
