//! What a rule is.

use serde::{Deserialize, Serialize};

use crate::desired::Declared;
use crate::model::Part;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// By which files allow it, and `docs/lint.md` describes it.
    pub name: &'static str,
    pub severity: Severity,
    /// Whether it is asked without anybody wanting it.
    pub usual: bool,
    /// What to do about it.
    pub help: &'static str,
    pub find: Find,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// There is another way that most people would rather go.
    Suggestion,
    /// It will hurt some day.
    Warning,
    /// It cannot be what was meant.
    Error,
}

impl Severity {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Suggestion => "suggestion",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How a rule finds what it is about.
#[derive(Debug)]
pub enum Find {
    /// A query on the catalog: `catalog` and `object` say of what by their OIDs, `part` of which
    /// column, `message` what is the matter. Two more columns may name another object that it has
    /// to do with.
    Catalog(&'static str),
    /// The same with one more column at the end, `probe`: a query of which the planner must prove
    /// that it has no rows.
    Proof(&'static str),
    /// A look at the declared objects by themselves.
    Declared(fn(&Declared) -> Noticed),
    /// Nothing by itself: the bodies of routines are looked into for several rules at once.
    Bodies,
    /// Nothing by itself: what comes out of the judging of all other rules.
    Judging,
}

/// Of what there is something to say, and what.
pub type Noticed = Vec<(Part, String)>;
