//! Constraints of tables: keys, foreign keys, checks and exclusions. NOT NULL is part of the column.
//! <https://www.postgresql.org/docs/current/ddl-constraints.html>

mod read;
mod sections;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Kind, Reading, Section, ServerVersion, Transition, is_default,
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
    #[serde(default, skip_serializing_if = "is_default")]
    pub deferrable: Deferrable,
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
}

/// An exclusion: what stands after EXCLUDE.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclude {
    pub definition: Fragment,
}

impl Kind for Constraints {
    type Spec = Constraint;
    const TAG: Tag = Tag("constraint");
    const CATALOG: Catalog = Catalog::PG_CONSTRAINT;

    fn query(version: ServerVersion) -> String {
        read::query(version)
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        sections::SECTIONS
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
                exclude.definition.adopt(&written.definition, live);
            }
            _ => {}
        }
    }

    fn is_inherited(spec: &Constraint) -> bool {
        matches!(spec, Constraint::Check(check) if !check.no_inherit)
    }

    fn transition(from: &Constraint, to: &Constraint) -> Transition {
        if statements::validation_only(from, to) || statements::deferral_only(from, to) {
            Transition::InPlace
        } else {
            Transition::Replace("the definition of a constraint cannot change in place")
        }
    }

    fn create(it: &Declared<'_, Constraint>) -> Vec<Step> {
        vec![statements::add(it)]
    }

    fn alter(from: &Declared<'_, Constraint>, to: &Declared<'_, Constraint>) -> Vec<Step> {
        vec![statements::alter(from, to)]
    }

    fn drop(it: &Declared<'_, Constraint>) -> Vec<Step> {
        vec![statements::drop(it)]
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

    fn comment_target(address: &Address) -> Sql {
        Sql::new("CONSTRAINT ")
            .identifier(&address.name)
            .raw(" ON ")
            .raw(&address.relation_qualified())
    }
}
