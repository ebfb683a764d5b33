//! Plans and differences for people and for programs.

pub mod drift;
mod facts;
mod json;
mod markdown;
mod markup;
mod sql;
mod style;
mod targets;
mod text;
mod view;
pub mod why;
mod wrap;

pub use facts::Limits;
pub use json::{indented, json, json_value};
pub use markdown::markdown;
pub use markup::prose;
pub use sql::sql;
pub use style::Style;
pub use targets::{
    Became, Ended, Failed, Group, Targets, outcomes_text, targets_json, targets_markdown,
    targets_text,
};
pub use text::text;
pub use wrap::wrapped;

use crate::model::{Hazard, Part, Plan, Unmanaged};

/// What is to be shown, whatever the format.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    pub plan: &'a Plan,
    /// The hazards of each step.
    pub hazards: &'a [Vec<Hazard>],
    /// "file:line" of what was declared.
    pub place: &'a dyn Fn(&Part) -> Option<String>,
    /// What is to be said of objects that stay as they are.
    pub remarks: &'a [String],
    pub unmanaged: &'a [Unmanaged],
    /// Schemas of the database that the files do not name.
    pub left_alone: &'a [String],
    /// Of the run that the plan is for, where there is to be one.
    pub limits: Option<Limits>,
    /// What a plan is called by who looks at it and by who runs it, where that is known.
    pub fingerprint: Option<&'a str>,
    /// What the files are compared with, if it is no database.
    pub base: Option<&'a str>,
}

impl std::fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report").field("plan", self.plan).finish_non_exhaustive()
    }
}
