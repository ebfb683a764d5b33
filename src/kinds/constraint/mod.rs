//! Constraints of tables: keys, foreign keys, checks and exclusions. NOT NULL is part of the column.
//! <https://www.postgresql.org/docs/current/ddl-constraints.html>

mod alter;
mod doubts;
mod online;
mod read;
mod sections;
mod statements;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Aside, Catalog, Declared, DecodeError, Doubt, IndexSettings, Kind, Label, Reading, Section,
    ServerVersion, Transition, Unfinished, is_default, usual_index_name,
};
use crate::model::{Address, Name, Part, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Constraints;

/// A constraint. Each variant is a section of the file format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    PrimaryKey(Key),
    Unique(Key),
    ForeignKey(ForeignKey),
    Check(Check),
    Exclude(Exclude),
}

/// A primary key or unique constraint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub columns: Vec<Name>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Name>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub nulls_not_distinct: bool,
    /// On a partitioned table, and on none of its partitions: it holds for none until each has one
    /// attached.
    #[serde(default, skip_serializing_if = "is_default")]
    pub only: bool,
    /// The last column is a range, and what overlaps is the same: from PostgreSQL 18 on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub without_overlaps: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub deferrable: Deferrable,
    /// Storage parameters of the index behind it.
    #[serde(default, rename = "with", skip_serializing_if = "IndexMap::is_empty")]
    pub storage: IndexMap<String, String>,
    /// The tablespace of the index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<Name>,
    /// CLUSTER orders the table by the index.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clustered: bool,
    /// Whether the table is partitioned: its index takes no other storage parameters then.
    #[serde(skip)]
    pub partitioned: Aside<bool>,
}

/// When a constraint is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deferrable {
    /// NOT DEFERRABLE
    #[default]
    No,
    /// DEFERRABLE INITIALLY IMMEDIATE
    Immediate,
    /// DEFERRABLE INITIALLY DEFERRED
    Deferred,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignKey {
    pub columns: Vec<Name>,
    /// `table (column, …)`, of the same schema unless it says another.
    pub references: Fragment,
    /// The last columns are ranges, and the one lies within those of the other: from PostgreSQL 18
    /// on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub period: bool,
    #[serde(default, rename = "match", skip_serializing_if = "is_default")]
    pub match_type: Match,
    /// `cascade`, `restrict`, `set null`, `set default`; `no action` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_update: Option<Fragment>,
    /// The same; `set null (column)` sets only that column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_delete: Option<Fragment>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub deferrable: Deferrable,
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_valid: bool,
    /// Whether PostgreSQL holds rows to it; it always did before version 18.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enforced: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    #[default]
    Simple,
    Full,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub expression: Fragment,
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_inherit: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_valid: bool,
    /// Whether PostgreSQL holds rows to it; it always did before version 18.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enforced: bool,
}

/// An exclusion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclude {
    /// What stands after EXCLUDE, apart from the settings of the index.
    pub definition: Fragment,
    /// Storage parameters of the index behind it.
    #[serde(default, rename = "with", skip_serializing_if = "IndexMap::is_empty")]
    pub storage: IndexMap<String, String>,
    /// The tablespace of the index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<Name>,
    /// CLUSTER orders the table by the index.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clustered: bool,
    /// As in [`Key`].
    #[serde(skip)]
    pub partitioned: Aside<bool>,
}

impl Constraint {
    /// The settings of the index behind it, if it has one.
    fn index(&self) -> Option<IndexSettings<'_>> {
        let (storage, tablespace, clustered) = match self {
            Self::PrimaryKey(key) | Self::Unique(key) => {
                (&key.storage, &key.tablespace, key.clustered)
            }
            Self::Exclude(it) => (&it.storage, &it.tablespace, it.clustered),
            Self::ForeignKey(_) | Self::Check(_) => return None,
        };
        Some(IndexSettings { storage, tablespace: tablespace.as_ref(), clustered })
    }
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "what serde calls gets a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

impl Constraint {
    fn unfinished(&self) -> Option<Unfinished> {
        let only = "not every partition has its part of it";
        let not_valid = "it is not validated: rows from before it may be against it";
        match self {
            Self::PrimaryKey(key) => {
                key.only.then(|| Unfinished::new(&["primary_key", "only"], only))
            }
            Self::Unique(key) => key.only.then(|| Unfinished::new(&["unique", "only"], only)),
            Self::ForeignKey(key) => {
                key.not_valid.then(|| Unfinished::new(&["foreign_key", "not_valid"], not_valid))
            }
            Self::Check(check) => {
                check.not_valid.then(|| Unfinished::new(&["check", "not_valid"], not_valid))
            }
            Self::Exclude(_) => None,
        }
    }
}

impl Kind for Constraints {
    type Spec = Constraint;
    const TAG: Tag = Tag("constraint");
    const TIES: bool = true;
    const CATALOG: Catalog = Catalog::PG_CONSTRAINT;
    const ANY: Option<&str> = Some("SELECT FROM pg_constraint WHERE oid >= 16384");

    fn query(version: ServerVersion) -> String {
        read::query(version)
    }

    fn row_key(spec: &Constraint) -> Option<&[Name]> {
        match spec {
            Constraint::PrimaryKey(key) if !key.without_overlaps => Some(&key.columns),
            _ => None,
        }
    }

    fn comes_with_relation(spec: &Constraint) -> bool {
        match spec {
            Constraint::PrimaryKey(key) | Constraint::Unique(key) => !key.only,
            Constraint::ForeignKey(key) => !key.not_valid && key.enforced,
            Constraint::Check(check) => !check.not_valid && check.enforced,
            Constraint::Exclude(_) => true,
        }
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        sections::SECTIONS
    }

    fn tablespaces(spec: &Constraint) -> Vec<Name> {
        spec.index().and_then(|index| index.tablespace.cloned()).into_iter().collect()
    }

    fn adopt(canonical: &mut Constraint, written: &Constraint, live: Option<&Constraint>) {
        match (canonical, written) {
            (Constraint::Check(check), Constraint::Check(written)) => {
                let live = match live {
                    Some(Constraint::Check(live)) => Some(&live.expression),
                    _ => None,
                };
                check.expression.adopt(&written.expression, live);
            }
            (Constraint::Exclude(exclude), Constraint::Exclude(written)) => {
                let live = match live {
                    Some(Constraint::Exclude(live)) => Some(&live.definition),
                    _ => None,
                };
                // A definition that says the storage parameters itself would say them twice.
                if exclude.storage == written.storage {
                    exclude.definition.adopt(&written.definition, live);
                }
            }
            _ => {}
        }
    }

    fn is_inherited(spec: &Constraint) -> bool {
        matches!(spec, Constraint::Check(check) if !check.no_inherit)
    }

    fn unfinished(live: &Constraint, wanted: Option<&Constraint>) -> Vec<Unfinished> {
        let (is, wanted) = (live.unfinished(), wanted.and_then(Constraint::unfinished));
        is.filter(|it| Some(it) != wanted.as_ref()).into_iter().collect()
    }

    fn transition(from: &Constraint, to: &Constraint) -> Transition {
        alter::transition(from, to)
    }

    /// A foreign key cannot compare the two types that there are in between, when the columns of
    /// both sides change.
    fn survives_retype(it: &Declared<'_, Constraint>, of: &[&Part]) -> bool {
        let Constraint::ForeignKey(_) = it.spec else { return true };
        let needs = statements::needs(it);
        let own = needs.iter().take_while(|part| part.column.is_some());
        let other = needs.iter().skip_while(|part| part.column.is_some());
        !(own.into_iter().any(|part| of.contains(&part))
            && other.into_iter().any(|part| of.contains(&part)))
    }

    fn doubts(
        from: Option<&Declared<'_, Constraint>>,
        to: &Declared<'_, Constraint>,
    ) -> Vec<Doubt> {
        doubts::doubts(from, to)
    }

    fn create(it: &Declared<'_, Constraint>) -> Vec<Step> {
        statements::create(it)
    }

    fn alter(from: &Declared<'_, Constraint>, to: &Declared<'_, Constraint>) -> Vec<Step> {
        alter::steps(from, to)
    }

    fn drop(it: &Declared<'_, Constraint>) -> Vec<Step> {
        vec![statements::drop(it)]
    }

    fn replace(
        from: &Declared<'_, Constraint>,
        to: &Declared<'_, Constraint>,
    ) -> Option<Vec<Step>> {
        online::replace(from, to)
    }

    fn needs(it: &Declared<'_, Constraint>) -> Vec<Part> {
        statements::needs(it)
    }

    fn claims(address: &Address) -> Vec<String> {
        // A key brings an index of its name along; for the other constraints the claim is merely
        // more than needed.
        let schema = address.schema.as_deref().unwrap_or_default();
        vec![
            format!("constraint {}.{}", address.relation_qualified(), address.name),
            format!("relation {}.{}", crate::sql::quote_identifier(schema), address.name),
        ]
    }

    /// <https://www.postgresql.org/docs/current/sql-altertable.html>
    fn rename(from: &Address, to: &Address) -> Sql {
        let table = from.relation_qualified();
        let sql = Sql::new("ALTER TABLE ").raw(&table).raw(" RENAME CONSTRAINT ");
        sql.identifier(&from.name).raw(" TO ").identifier(&to.name)
    }

    fn default_name(it: &Declared<'_, Constraint>, columns: &[Name]) -> Option<String> {
        let (label, columns) = match it.spec {
            Constraint::PrimaryKey(_) => (Label::PrimaryKey, &[][..]),
            Constraint::Unique(key) => (Label::Unique, &key.columns[..]),
            Constraint::ForeignKey(key) => (Label::ForeignKey, &key.columns[..]),
            // One over several columns is named after none of them.
            Constraint::Check(_) if columns.len() == 1 => (Label::Check, columns),
            Constraint::Check(_) => (Label::Check, &[][..]),
            Constraint::Exclude(_) => return None,
        };
        let columns: Vec<String> = columns.iter().map(|column| (**column).to_owned()).collect();
        Some(usual_index_name(it.address.relation.as_deref()?, &columns, label, ""))
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("CONSTRAINT ")
            .identifier(&address.name)
            .raw(" ON ")
            .raw(&address.relation_qualified())
    }
}
