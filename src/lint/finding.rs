//! What a rule has found.

use super::rule::{Rule, Severity};
use crate::model::Part;
use crate::sql::Place;

/// A finding, before anybody asked whether it is allowed.
#[derive(Debug)]
pub(super) struct Raised {
    pub rule: &'static Rule,
    pub part: Part,
    pub message: String,
    /// Another object that it has to do with.
    pub other: Option<Part>,
    /// Whether the rule's fix does no harm here.
    pub safe: bool,
    /// Where exactly it is, if that is known.
    pub at: Option<Place>,
}

/// A finding that is to be shown.
#[derive(Debug, Clone)]
pub struct Finding {
    pub rule: &'static str,
    pub severity: Severity,
    /// What it is about.
    pub subject: String,
    pub message: String,
    pub help: &'static str,
    pub place: Place,
    /// Where the other object is declared that it has to do with.
    pub other: Option<Place>,
    /// The object itself, as PostgreSQL has it; none where it is about the files alone.
    pub part: Option<Part>,
    /// Whether taking what stands at `place` out of its file mends it, and does no harm.
    pub removable: bool,
}
