//! By what rows are known to a replica: an attribute of a table that may need one of its indexes,
//! and so stands apart from the table, as an object that comes after the index and goes before it.
//! <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY>

mod read;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section, ServerVersion,
};
use crate::model::{Address, Effect, Name, Object, Step, Tag};
use crate::sql::{LockLevel, Sql};

/// The kind.
#[derive(Debug)]
pub struct ReplicaIdentities;

/// A replica identity other than the primary key: one of the two.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicaIdentity {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// A unique index of the table, or that of a constraint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identity {
    Full,
    Nothing,
}

const SECTIONS: &[Section] = &[Section {
    key: "replica_identity",
    within: &[Tag("table")],
    named: false,
    short: Some("identity"),
    from_file: None,
    read: declared,
    write: |object| serde_json::to_value(object.spec.get::<ReplicaIdentity>()?).ok(),
}];

fn declared(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: ReplicaIdentity = entry.form.read()?;
    if spec.identity.is_some() == spec.index.is_some() {
        let message = "`replica_identity` is \"full\", \"nothing\" or { index = \"…\" }";
        return Err(FormError::new("pgconverge::desired::invalid_value", message)
            .or_at(entry.form.place())
            .help("leave it out for the primary key, PostgreSQL's default"));
    }
    Ok(Object::new(entry.on_relation(ReplicaIdentities::TAG), spec))
}

impl Kind for ReplicaIdentities {
    type Spec = ReplicaIdentity;
    const TAG: Tag = Tag("replica_identity");
    // Its rows are those of the indexes, and of tables: neither catalog's OIDs are these objects'.
    const CATALOG: Catalog = Catalog::PG_INDEX;
    const RENAMABLE: bool = false;
    const ANY: Option<&str> =
        Some("SELECT FROM pg_class WHERE relreplident <> 'd' AND oid >= 16384");

    fn query(_version: ServerVersion) -> String {
        read::QUERY.to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn create(it: &Declared<'_, ReplicaIdentity>) -> Vec<Step> {
        let sql = match (&it.spec.index, it.spec.identity) {
            (Some(index), _) => Sql::new("USING INDEX ").identifier(index),
            (None, Some(Identity::Nothing)) => Sql::new("NOTHING"),
            (None, _) => Sql::new("FULL"),
        };
        vec![set(it, Effect::Create, &sql)]
    }

    fn alter(
        _from: &Declared<'_, ReplicaIdentity>,
        to: &Declared<'_, ReplicaIdentity>,
    ) -> Vec<Step> {
        Self::create(to)
            .into_iter()
            .map(|step| Step { effect: Effect::Alter, title: TITLE.to_owned(), ..step })
            .collect()
    }

    fn drop(it: &Declared<'_, ReplicaIdentity>) -> Vec<Step> {
        vec![set(it, Effect::Drop, &Sql::new("DEFAULT"))]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("REPLICA IDENTITY ON ").raw(&address.relation_qualified())
    }
}

const TITLE: &str = "set the replica identity";

fn set(it: &Declared<'_, ReplicaIdentity>, effect: Effect, identity: &Sql) -> Step {
    let table = it.address.relation_qualified();
    let sql = Sql::new("ALTER TABLE ").raw(&table).raw(" REPLICA IDENTITY ").append(identity);
    let mut step = match effect {
        Effect::Drop => Step::drop(it.address, sql),
        _ => Step::create(it.address, sql),
    };
    step.title = TITLE.to_owned();
    step.lock(LockLevel::AccessExclusive, table)
}
