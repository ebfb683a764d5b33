//! What others read of findings, whatever found them; one file a form.

mod junit;
mod sarif;

pub use junit::{Case, Failure, junit, junit_suites};
pub use sarif::{Found, Level, Location, Rule, sarif};
