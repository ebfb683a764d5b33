//! What came of the checks, for people and for programs.

mod json;
mod junit;
mod text;

pub use json::json;
pub use junit::junit;
pub use text::text;

use super::failure::Failure;

/// What came of all checks.
#[derive(Debug)]
pub struct Report {
    pub verdicts: Vec<Verdict>,
    /// What could not be undone.
    pub remarks: Vec<String>,
}

/// What came of one check.
#[derive(Debug)]
pub struct Verdict {
    pub name: String,
    pub description: String,
    /// "file:line"; nothing for one that is built in.
    pub declared_at: Option<String>,
    /// None: it holds.
    pub failures: Vec<Failure>,
}

impl Verdict {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failures.is_empty()
    }
}

impl Report {
    /// Whether every check holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.verdicts.iter().all(Verdict::holds)
    }

    /// How many checks hold, and how many do not.
    fn counts(&self) -> (usize, usize) {
        let passed = self.verdicts.iter().filter(|verdict| verdict.holds()).count();
        (passed, self.verdicts.len() - passed)
    }
}
