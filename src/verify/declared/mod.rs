//! The checks that a project declares.

mod entry;
mod form;
mod read;
mod time;

pub use read::read;

use std::collections::BTreeMap;

use crate::diagnostic::Sources;
use crate::sql::{Fragment, Place};

use super::expectation::Expectation;

/// What the files of checks say.
#[derive(Debug, Default)]
pub struct Checks {
    pub(super) sources: Sources,
    pub(super) checks: Vec<Declared>,
    /// Statements that several checks begin with, by name.
    pub(super) setups: BTreeMap<String, Vec<Fragment>>,
}

/// One check.
#[derive(Debug)]
pub(super) struct Declared {
    pub name: String,
    pub place: Place,
    pub description: String,
    /// The names of setups that it begins with.
    pub uses: Vec<String>,
    /// Statements of its own that it begins with.
    pub setup: Vec<Fragment>,
    /// Parameters of the server, set for as long as the check runs.
    pub settings: BTreeMap<String, String>,
    pub expectations: Vec<Expectation>,
}

impl Declared {
    /// Everything that it begins with.
    pub fn preparation<'a>(&'a self, checks: &'a Checks) -> impl Iterator<Item = &'a Fragment> {
        let used = self.uses.iter().filter_map(|name| checks.setups.get(name)).flatten();
        used.chain(&self.setup)
    }
}
