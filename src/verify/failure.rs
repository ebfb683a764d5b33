//! What a check found that is not as it should be.

use similar::{ChangeTag, DiffOp, TextDiff};

/// How many lines are shown of one failure; the rest is counted.
const SHOWN: usize = 40;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub message: String,
    /// "file:line" of what was declared.
    pub place: Option<String>,
    /// Rows, each with its mark: `-` was expected, `+` was found instead, a blank is both.
    pub lines: Vec<(char, String)>,
}

impl Failure {
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, lines: Vec::new() }
    }

    /// Shown where `place` is, unless a better place is known.
    #[must_use]
    pub fn or_at(mut self, place: Option<String>) -> Self {
        self.place = self.place.or(place);
        self
    }

    /// With rows that are there and should not be.
    #[must_use]
    pub fn found(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.lines = lines.into_iter().map(|line| ('+', line)).collect();
        self.shortened()
    }

    /// With lines that say more.
    #[must_use]
    pub fn explained(mut self, text: &str) -> Self {
        self.lines = text.lines().map(|line| (' ', line.to_owned())).collect();
        self.shortened()
    }

    /// With the difference between the rows that were expected and those that came.
    #[must_use]
    pub fn between(mut self, expected: &[String], found: &[String]) -> Self {
        let texts = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect();
        let (expected, found): (String, String) = (texts(expected), texts(found));
        let diff = TextDiff::from_lines(expected.as_str(), found.as_str());
        let groups = diff.grouped_ops(2);
        for (n, group) in groups.iter().enumerate() {
            if n > 0 || group.first().is_some_and(|op: &DiffOp| op.old_range().start > 0) {
                self.lines.push((' ', "…".to_owned()));
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let mark = match change.tag() {
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                    ChangeTag::Equal => ' ',
                };
                self.lines.push((mark, change.value().trim_end_matches('\n').to_owned()));
            }
        }
        self.shortened()
    }

    fn shortened(mut self) -> Self {
        let more = self.lines.len().saturating_sub(SHOWN);
        if more > 1 {
            self.lines.truncate(SHOWN);
            self.lines.push((' ', format!("… and {more} more")));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_shown_with_what_is_around_it() {
        let rows = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let before = rows(&["1", "2", "3", "4", "5"]);
        let after = rows(&["1", "2", "3", "4", "six"]);
        let failure = Failure::new("differs").between(&before, &after);
        let lines: Vec<String> =
            failure.lines.iter().map(|(mark, text)| format!("{mark}{text}")).collect();
        assert_eq!(lines, [" …", " 3", " 4", "-5", "+six"]);
    }

    #[test]
    fn much_is_counted() {
        let failure = Failure::new("many").found((0..50).map(|n: u32| n.to_string()));
        assert_eq!(failure.lines.len(), SHOWN + 1);
        assert_eq!(failure.lines[SHOWN].1, "… and 10 more");
    }
}
