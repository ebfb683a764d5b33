//! A place in a file, without the file.

use super::sources::Sources;
use crate::sql::Place;

/// Where something begins and ends, for whoever has not read the file. Lines and columns count from 1,
/// columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// As on the command line: relative to where it ran, as a rule.
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Spot {
    #[must_use]
    pub fn of(place: Place, sources: &Sources) -> Self {
        let (line, column) = sources.line_and_column(place);
        let (end_line, end_column) = sources.line_and_column(Place { start: place.end, ..place });
        let file = sources.path(place.file).display().to_string();
        Self { file, line, column, end_line, end_column }
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
