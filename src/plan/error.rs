//! What can keep changes from becoming a plan.

use miette::Diagnostic;

/// Changes that no order of steps carries out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Diagnostic)]
pub enum PlanError {
    #[error("these steps wait for each other:\n{}", .steps.iter().map(|step| format!("  - {step}")).collect::<Vec<_>>().join("\n"))]
    #[diagnostic(
        code(pgconverge::plan::cycle),
        help("take the change in two applies: first without one of these, then with it")
    )]
    Cycle { steps: Vec<String> },
}
