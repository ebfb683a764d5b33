//! Checks of a database: those that a project declares in files, and those that need no declaration.
//! Whatever they do is undone.

mod attempt;
mod built_in;
mod declared;
mod expectation;
mod failure;
mod report;
mod run;
mod selection;
mod session;

pub use declared::{Checks, read};
pub use failure::Failure;
pub use report::{Report, Verdict, json, junit, text};
pub use run::{Ground, verify};
pub use selection::Selection;
