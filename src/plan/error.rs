//! What can keep changes from becoming a plan.

use miette::Diagnostic;

use crate::model::{Address, Part};

/// Changes that no order of steps carries out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Diagnostic)]
pub enum PlanError {
    #[error("these steps wait for each other:\n{}", .steps.iter().map(|step| format!("  - {step}")).collect::<Vec<_>>().join("\n"))]
    #[diagnostic(
        code(pgconverge::plan::cycle),
        help("take the change in two applies: first without one of these, then with it")
    )]
    Cycle { steps: Vec<String> },

    #[error("{part} cannot step over to the new {referenced}: {reason}")]
    #[diagnostic(
        code(pgconverge::plan::cannot_step_over),
        help(
            "declare what is to come as a type with another name, and give the column that one: then the rows \
             are copied into a table made anew, with `--allow copy`"
        )
    )]
    CannotStepOver { part: Box<Part>, referenced: Box<Address>, reason: &'static str },
}
