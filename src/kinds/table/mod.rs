//! Tables with their columns, partitioned tables, and partitions.
//! <https://www.postgresql.org/docs/current/sql-createtable.html>

mod alter;
mod attach;
mod axis;
mod batches;
mod bounds;
mod column;
mod column_steps;
mod copy;
mod course;
mod create;
mod doubts;
mod due;
mod each;
mod exchange;
mod exchange_below;
mod fill;
mod hash;
mod inheritance;
mod key;
mod mirror;
mod moves;
mod nature;
mod not_null;
mod not_null_online;
mod numbered;
mod own;
mod period;
mod range;
mod read;
mod read_columns;
mod regroup;
mod release;
mod relocate;
mod retention;
mod retype;
mod retype_values;
mod rolling;
mod rows;
mod sections;
mod sequence_steps;
mod serial;
mod ways;
mod window;
mod window_check;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

pub use column::Column;
pub use window::Partitions;

use crate::kind::{
    Aside, Catalog, Copied, Copying, Declared, DecodeError, Disturbance, Doubt, Exchanging,
    Expansion, Family, Kind, Reading, Release, Section, ServerVersion, Transition, Unfinished,
    is_default,
};
use crate::model::{Address, Change, Grantable, Name, Natures, Object, Part, Spec, Step, Tag};
use crate::sql::{Fragment, Place, Sql, parse_qualified};

/// The kind.
#[derive(Debug)]
pub struct Tables;

/// A table. For a partition, `column` holds only what differs from the parent's column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    #[serde(default, skip_serializing_if = "is_default")]
    pub unlogged: bool,
    /// The partition key: `range (created_at)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<Fragment>,
    /// The bounds of a partition: `FROM ('a') TO ('b')`, `IN (1, 2)`, `WITH (…)` or `DEFAULT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Fragment>,
    /// The schema of a partition that is in another one than its parent; never read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Name>,
    /// The tables whose columns and checks this one has, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<Fragment>,
    /// The composite type whose attributes are the columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Fragment>,
    /// Storage parameters, those of the TOAST table with `toast.` before them.
    #[serde(default, rename = "with", skip_serializing_if = "IndexMap::is_empty")]
    pub storage: IndexMap<String, String>,
    /// The access method, unless it is `heap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<Name>,
    /// The tablespace, unless it is the database's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<Name>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub row_level_security: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub force_row_level_security: bool,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub column: IndexMap<Name, Column>,
    /// A window of partitions that moves with time, or word that somebody else makes them: it stands
    /// for the partitions that there are by it, and is never read back from a catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions: Option<Partitions>,
    /// The last attempt to detach the partition, concurrently, was cut off.
    #[serde(default, skip_serializing_if = "is_default")]
    pub detaching: bool,
    /// The partition has not the identity that its parent has. Only attaching it gives that to it.
    #[serde(default, skip_deserializing, skip_serializing_if = "is_default")]
    pub without_identity: bool,
    /// It lacks that because of a change of the table that it is a partition of.
    #[serde(skip)]
    pub shaken: Aside<bool>,
    /// It has it until then.
    #[serde(skip)]
    pub loses_identity: Aside<bool>,
    /// The comment that a partition which a window lets go of has from then on.
    #[serde(skip)]
    pub retired: Aside<Option<String>>,
    /// Whether it is a new partition of a table that is in use.
    #[serde(skip)]
    pub joins: Aside<bool>,
    /// The default partition beside this one, if there is one.
    #[serde(skip)]
    pub beside_default: Aside<Option<String>>,
    /// Whether a foreign key refers to it by way of its parent.
    #[serde(skip)]
    pub referred: Aside<bool>,
    /// It takes the place of others, with their rows, or others take its place.
    #[serde(skip)]
    pub regrouped: Aside<Option<regroup::Regrouped>>,
    /// Of the server that the table was read from.
    #[serde(skip)]
    pub version: Aside<ServerVersion>,
    /// Whether there may be partitions or other children.
    #[serde(skip)]
    pub has_children: Aside<bool>,
    /// The database's own, where the table has another.
    #[serde(skip)]
    pub usual_tablespace: Aside<Option<Name>>,
    /// The tables that columns are inherited from.
    #[serde(skip)]
    pub parents: Aside<Vec<(Address, Spec)>>,
    /// The inherited columns that are defined here as well.
    #[serde(skip)]
    pub local: Aside<Vec<Name>>,
    /// Columns, and the names of the constraints that they are not null, as inherited.
    #[serde(skip)]
    pub inherited_not_nulls: Aside<Vec<(Name, Name)>>,
    /// What stays NOT NULL below when this table no longer is: partitions, and columns of theirs.
    #[serde(skip)]
    pub own_not_nulls: Aside<Vec<(String, Name)>>,
}

impl Table {
    /// Whether it is a partition for what no other takes.
    fn is_default(&self) -> bool {
        self.values
            .as_ref()
            .is_some_and(|values| values.as_str().trim().eq_ignore_ascii_case("default"))
    }
}

impl Kind for Tables {
    type Spec = Table;
    const TAG: Tag = Tag("table");
    const CATALOG: Catalog = Catalog::PG_CLASS;
    const PART: Option<&str> = Some("column");
    const MOST: bool = true;
    const GRANTABLE: Option<Grantable> = Some(Grantable::Relation);

    fn queries(version: ServerVersion) -> Vec<String> {
        let queries = [read::TABLES, read_columns::COLUMNS].map(str::to_owned);
        queries.into_iter().chain(not_null::query(version)).collect()
    }

    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(rows, reading)
    }

    fn sections() -> &'static [Section] {
        sections::SECTIONS
    }

    fn columns(spec: &Table) -> Vec<(Name, Option<Place>)> {
        let place = |column: &Column| column.data_type.as_ref().and_then(Fragment::place);
        spec.column.iter().map(|(name, column)| (name.clone(), place(column))).collect()
    }

    fn tablespaces(spec: &Table) -> Vec<Name> {
        spec.tablespace.clone().into_iter().collect()
    }

    fn needs(it: &Declared<'_, Table>) -> Vec<Part> {
        Self::parents(it).iter().map(Part::whole).collect()
    }

    fn has_more_columns(spec: &Table) -> bool {
        spec.of.is_some()
    }

    fn parents(it: &Declared<'_, Table>) -> Vec<Address> {
        let address = |name: &Fragment| {
            let (schema, table, _) = parse_qualified(name.as_str()).ok()?;
            let schema = schema.map_or_else(|| it.address.schema.clone(), |s| Some(s.into()))?;
            Some(Address::in_schema(Self::TAG, &schema, &table.into()))
        };
        let inherits = it.spec.inherits.iter().filter_map(address);
        it.partition_of.cloned().into_iter().chain(inherits).collect()
    }

    fn whole(spec: &Table) -> Table {
        inheritance::whole(spec)
    }

    fn joins(spec: &mut Table, beside: &[&Object]) {
        spec.joins = Aside(true);
        let default = |it: &&&Object| it.spec.get::<Table>().is_some_and(Table::is_default);
        let default = beside.iter().find(default);
        spec.beside_default = Aside(default.map(|default| default.address.qualified()));
    }

    fn regroup(
        changes: &mut [&mut Change],
        family: &Family,
        giving: &BTreeSet<String>,
    ) -> Vec<String> {
        regroup::regroup(changes, family, giving)
    }

    fn unsettled(change: [&Declared<'_, Table>; 2], part: &Table) -> Option<Table> {
        numbered::unsettled(change, part)
    }

    fn is_regrouped(spec: &Table) -> bool {
        spec.regrouped.0.is_some()
    }

    fn rejoins(from: &Table, to: &Table) -> bool {
        from.values.is_some() && (from.values != to.values || from.without_identity)
    }

    fn exchange(
        sources: &[Declared<'_, Table>],
        takers: &[Declared<'_, Table>],
        exchanging: &Exchanging<'_>,
    ) -> Option<Copied> {
        exchange::exchange(sources, takers, exchanging)
    }

    fn inherit(spec: &mut Table, parents: Vec<(Address, Spec)>) {
        inheritance::inherit(spec, parents);
    }

    fn inform(it: &Address, spec: &mut Table, natures: &Natures) {
        nature::inform(it, spec, natures);
    }

    fn expand(it: &Declared<'_, Table>, as_of: jiff::civil::Date) -> Expansion {
        rolling::expand(it, as_of)
    }

    fn adopt(canonical: &mut Table, written: &Table, live: Option<&Table>) {
        for (name, column) in &mut canonical.column {
            if let Some(written) = written.column.get(name) {
                column::adopt(column, written, live.and_then(|live| live.column.get(name)));
            }
        }
    }

    fn expose(
        it: &Declared<'_, Table>,
        wanted: &dyn Fn(&Address) -> bool,
    ) -> Option<(Table, Vec<Object>)> {
        serial::expose(it, wanted)
    }

    fn unfinished(live: &Table, wanted: Option<&Table>) -> Vec<Unfinished> {
        not_null::unfinished(live, wanted)
    }

    fn transition(from: &Table, to: &Table) -> Transition {
        if from.partition_by != to.partition_by {
            Transition::Replace("the partition key cannot change in place")
        } else if key::retyped(from, to) {
            Transition::Replace("the type of a column in the partition key cannot change in place")
        } else if to.values.is_some() && !(from.inherits.is_empty() && from.of.is_none()) {
            Transition::Replace("a table that inherits, or is of a type, becomes a partition")
        } else if from.using != to.using && from.version.0.major() < 15 {
            Transition::Replace("PostgreSQL 14 cannot change the access method in place")
        } else {
            Transition::InPlace
        }
    }

    fn disturbs(from: &Table, to: &Table) -> Vec<(Name, Disturbance)> {
        match moves::between(from, to) {
            Some((from, to)) => column::disturbs(&from, &to),
            None => column::disturbs(from, to),
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        // A table brings a row type of its name along.
        vec![format!("relation {}", address.qualified()), format!("type {}", address.qualified())]
    }

    fn doubts(from: Option<&Declared<'_, Table>>, to: &Declared<'_, Table>) -> Vec<Doubt> {
        doubts::doubts(from, to)
    }

    fn written_anew(from: &Table, to: &Table) -> Option<&'static str> {
        copy::written_anew(from, to)
    }

    fn unplaced(it: &Declared<'_, Table>, below: &[Declared<'_, Table>]) -> Vec<Doubt> {
        doubts::unplaced(it, below)
    }

    fn copy(
        from: &Declared<'_, Table>,
        to: &Declared<'_, Table>,
        copying: &Copying<'_>,
    ) -> Option<Copied> {
        copy::copy(from, to, copying)
    }

    fn create(it: &Declared<'_, Table>) -> Vec<Step> {
        create::steps(it)
    }

    fn alter(from: &Declared<'_, Table>, to: &Declared<'_, Table>) -> Vec<Step> {
        alter::steps(from, to)
    }

    fn drop(it: &Declared<'_, Table>) -> Vec<Step> {
        create::drop(it)
    }

    fn release(
        it: &Declared<'_, Table>,
        column: Option<&Name>,
        referenced: &[Part],
    ) -> Option<Release> {
        release::release(it, column?, referenced)
    }

    fn reread(it: &Declared<'_, Table>) -> Vec<Step> {
        release::reread(it)
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("TABLE ").raw(&address.qualified())
    }
}
