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
    /// What a program may do about it without being told more.
    pub fix: Fix,
    pub find: Find,
}

/// A change of the files that can do no harm, whatever is in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fix {
    /// None: somebody has to decide.
    ByHand,
    /// What was found is taken out of its file. A query may say of some finds that this is not safe.
    Remove,
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
    /// to do with, and one after them say whether it may be removed, where the rule's fix is that.
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
