//! A verdict over a step.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What sort of trouble a step may mean. The names are those of `--allow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HazardClass {
    /// An object is dropped that no plan may drop. There is no leave for it.
    Protected,
    /// Rows, values or positions are gone afterwards.
    DataLoss,
    /// All rows of a relation are copied, and the copy takes its place.
    Copy,
    /// A relation is written anew while nobody can read it.
    Rewrite,
    /// Reads and writes of a relation wait.
    BlocksReads,
    /// Writes to a relation wait.
    BlocksWrites,
    /// Whoever uses the old name fails. It needs no leave: the files say so.
    Rename,
}

impl HazardClass {
    /// Every class that there is leave for, worst first.
    pub const ALL: [Self; 5] =
        [Self::DataLoss, Self::Copy, Self::Rewrite, Self::BlocksReads, Self::BlocksWrites];

    /// The name that a user writes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::DataLoss => "data-loss",
            Self::Copy => "copy",
            Self::Rewrite => "rewrite",
            Self::BlocksReads => "blocks-reads",
            Self::BlocksWrites => "blocks-writes",
            Self::Rename => "rename",
        }
    }
}

impl fmt::Display for HazardClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing to know before a step runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hazard {
    pub class: HazardClass,
    pub message: String,
    /// Whether the step is refused unless somebody gives leave.
    pub needs_leave: bool,
    /// Where it is written that it is; nothing where nobody wrote it.
    pub refused_by: Option<String>,
}
