//! Sequences that are objects of their own. One that `serial` made belongs to its column and is
//! part of the table; so is the one behind an identity column.
//! <https://www.postgresql.org/docs/current/sql-createsequence.html>

mod read;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section, SequenceOptions,
    ServerVersion, is_default,
};
use crate::model::{Address, Object, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Sequences;

/// A sequence. What is left out is PostgreSQL's default for its type and direction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// `smallint`, `integer` or `bigint`, the default.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub data_type: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub increment: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub cycle: bool,
    /// "table.column" of the same schema: the sequence goes when the column goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<Fragment>,
}

impl Sequence {
    fn new(data_type: Option<Fragment>, options: SequenceOptions, owned_by: Option<Fragment>) -> Self {
        let SequenceOptions { name: _, start, increment, min, max, cache, cycle } = options;
        Self { data_type, start, increment, min, max, cache, cycle, owned_by }
    }

    fn options(&self) -> SequenceOptions {
        SequenceOptions {
            name: None,
            start: self.start,
            increment: self.increment,
            min: self.min,
            max: self.max,
            cache: self.cache,
            cycle: self.cycle,
        }
    }
}

const SECTIONS: &[Section] = &[Section {
    key: "sequence",
    within: None,
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| Some(object.spec.tree()),
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: Sequence = entry.form.read()?;
    if let Some(owner) = &spec.owned_by
        && statements::owner(owner).is_none()
    {
        let error = FormError::new(
            "pgconverge::desired::invalid_value",
            format!("`{owner}` does not name a column"),
        );
        let error = error.help("write the owner as \"table.column\"");
        return Err(owner.place().map_or(error.clone(), |place| error.or_at(place)));
    }
    Ok(Object::new(Address::in_schema(Sequences::TAG, entry.schema, entry.name), spec))
}

impl Kind for Sequences {
    type Spec = Sequence;
    const TAG: Tag = Tag("sequence");
    const CATALOG: Catalog = Catalog::PG_CLASS;

    fn queries(_version: ServerVersion) -> Vec<String> {
        vec![read::QUERY.to_owned()]
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        rows.into_iter().flatten().try_for_each(|row| read::decode(&row, reading))
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![format!("relation {}", address.qualified())]
    }

    fn create(it: &Declared<'_, Sequence>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, Sequence>, to: &Declared<'_, Sequence>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, Sequence>) -> Vec<Step> {
        statements::drop(it)
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("SEQUENCE ").raw(&address.qualified())
    }
}
