//! Which checks run.

use wildmatch::WildMatch;

use super::built_in;
use super::declared::Checks;
use crate::diagnostic::{Located, did_you_mean};

/// Names and patterns of checks.
#[derive(Debug, Default)]
pub struct Selection {
    /// None: all.
    only: Vec<WildMatch>,
    skipped: Vec<WildMatch>,
}

impl Selection {
    /// Of `checks` and those that are built in, those that one of `only` means and none of `skipped`.
    ///
    /// # Errors
    /// A name that means no check.
    pub fn new(only: &[String], skipped: &[String], checks: &Checks) -> Result<Self, Located> {
        let declared = checks.checks.iter().map(|declared| declared.name.as_str());
        let names: Vec<&str> = built_in::NAMES.iter().copied().chain(declared).collect();
        for pattern in only.iter().chain(skipped) {
            let matcher = WildMatch::new(pattern);
            if names.iter().any(|name| matcher.matches(name)) {
                continue;
            }
            let message = format!("there is no check `{pattern}`");
            let near = did_you_mean(pattern, names.iter().copied());
            return Err(Located::new("pgconverge::verify::unknown_check", message).help(
                match near {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("the checks are {}", names.join(", ")),
                },
            ));
        }
        let matchers = |patterns: &[String]| patterns.iter().map(|p| WildMatch::new(p)).collect();
        Ok(Self { only: matchers(only), skipped: matchers(skipped) })
    }

    /// Whether any of those that are built in runs.
    #[must_use]
    pub fn has_built_in(&self) -> bool {
        built_in::NAMES.iter().any(|name| self.has(name))
    }

    /// Whether a check runs.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let among = |patterns: &[WildMatch]| patterns.iter().any(|pattern| pattern.matches(name));
        (self.only.is_empty() || among(&self.only)) && !among(&self.skipped)
    }
}
