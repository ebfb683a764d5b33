//! What became of targets.

use super::Failed;

/// What became of a target.
#[derive(Debug, Clone)]
pub struct Ended {
    pub target: String,
    pub outcome: Became,
    /// How many steps were run.
    pub steps: usize,
    pub failure: Option<Failed>,
    /// The file with the record of it.
    pub journal: Option<String>,
}

/// The word for what became of a target, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    Converged,
    /// Nothing was to be done.
    AsDeclared,
    /// But for windows that something is wrong with.
    Partly,
    Refused,
    /// It is not as it was when its plan was looked at.
    Moved,
    Failed,
    NotBegun,
}

impl Became {
    /// Whether it is as the files say now.
    #[must_use]
    pub fn is_well(self) -> bool {
        matches!(self, Self::Converged | Self::AsDeclared)
    }

    /// Whether it is no reason to leave the others as they are.
    #[must_use]
    pub fn lets_others(self) -> bool {
        self.is_well() || self == Self::Partly
    }

    /// As it is told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::AsDeclared => "as declared",
            Self::Partly => "partly as declared",
            Self::Refused => "refused",
            Self::Moved => "moved",
            Self::Failed => "failed",
            Self::NotBegun => "not begun",
        }
    }
}
