//! What others read of findings, whatever found them; one file a form.

mod junit;
mod sarif;

pub use junit::{Case, Failure, junit};
pub use sarif::{Found, Level, Location, Rule, sarif};
