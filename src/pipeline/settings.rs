//! What a run is told, from flags, variables and `pgconverge.toml` alike.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::shared::Shared;
use super::stages::Stages;
use super::tenant::Tenant;
use crate::kind::Reached;
use crate::lint::Levels;
use crate::model::{Address, Relation};
use crate::server::connect::{Environment, Target};
use crate::server::embedded::EmbeddedSettings;

/// How much of a database the files have a say over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Manage {
    /// The schemas that they name.
    #[default]
    Schemas,
    /// Everything that is not ignored.
    Database,
}

/// Where a line of talk goes: standard error, as a rule.
pub type Talk<'a> = &'a dyn Fn(&str);

/// The settings of one run.
#[derive(Clone)]
pub struct Settings {
    /// The directory of the schema's files.
    pub schema: PathBuf,
    /// The directory that the project is in: the development server's data are below it.
    pub project: PathBuf,
    pub database_url: Option<String>,
    /// The database, where it is known already what that is.
    pub target: Option<Target>,
    /// What is known of the desired state, where several databases have it in common.
    pub shared: Option<Arc<Shared>>,
    /// The schema of the database that the files are about, where it is one of many.
    pub tenant: Option<Tenant>,
    pub shadow_url: Option<String>,
    pub as_of: jiff::civil::Date,
    pub manage: Manage,
    /// How many pages make a relation one that others go on using while it is changed; none: every
    /// change takes the short way.
    pub online_from: Option<i64>,
    /// Whether rows of a default partition may go to the new partitions that they belong to.
    pub moves: bool,
    /// Only what windows of partitions have to say counts.
    pub only_windows: bool,
    /// Where something is wrong with one window, the others go on: the tables of those that are known to be
    /// wrong. None, where that ends the run.
    pub windows_apart: Option<BTreeSet<Address>>,
    /// Whether fingerprints of both sides are wanted.
    pub fingerprints: bool,
    /// How much lint rules weigh, where routines with wrong bodies are to be refused.
    pub routines: Option<Levels>,
    /// What is known already of a database.
    pub given: Given,
    /// Patterns of objects that are somebody else's: `audit.*`, `public.tmp_*`.
    pub ignore: Vec<String>,
    /// Where canonical states are kept; nowhere when absent.
    pub cache: Option<PathBuf>,
    pub environment: Environment,
    /// Whom to tell what the run is at.
    pub stages: Stages,
    pub embedded: EmbeddedSettings,
}

/// What a plan was made on that comes and goes with the rows. It is not asked for again, so that the
/// same plan comes of it.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// By schema and name.
    pub sizes: BTreeMap<String, Size>,
    pub reached: BTreeMap<Address, Reached>,
}

/// How large a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub pages: i64,
    pub bytes: i64,
    pub rows: Option<i64>,
}

impl Size {
    #[must_use]
    pub fn of(relation: &Relation) -> Self {
        Self { pages: relation.pages, bytes: relation.bytes, rows: relation.rows }
    }

    /// Makes it the size of `relation`.
    pub fn put(self, relation: &mut Relation) {
        let Self { pages, bytes, rows } = self;
        (relation.pages, relation.bytes, relation.rows) = (pages, bytes, rows);
    }
}

impl fmt::Debug for Settings {
    /// Without the addresses, which may have passwords in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("schema", &self.schema)
            .field("as_of", &self.as_of)
            .field("manage", &self.manage)
            .field("ignore", &self.ignore)
            .finish_non_exhaustive()
    }
}
