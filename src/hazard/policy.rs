//! What a project makes of hazards.

use std::collections::BTreeSet;

use wildmatch::WildMatch;

use crate::model::HazardClass;

/// What becomes of a step with a hazard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is not worth a word, unless data are lost.
    Allow,
    /// It is said.
    Warn,
    /// It needs leave.
    Refuse,
}

impl Verdict {
    /// Every verdict, as a user writes it.
    pub const NAMES: [(&'static str, Self); 3] =
        [("allow", Self::Allow), ("warn", Self::Warn), ("refuse", Self::Refuse)];
}

/// A verdict over some hazards.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Of all classes, if none is named.
    pub class: Option<HazardClass>,
    /// Relations by schema and name; all of them, if none.
    pub relation: Option<WildMatch>,
    /// Only of relations that are larger, in bytes.
    pub over: Option<i64>,
    pub verdict: Verdict,
    /// File and line.
    pub place: String,
}

/// The rules of a run.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The first one that fits decides.
    pub rules: Vec<Rule>,
    /// What no plan may drop, by schema and name, with file and line.
    pub protect: Vec<(WildMatch, String)>,
    /// What this run has leave for, whatever the rules say.
    pub allowed: BTreeSet<HazardClass>,
}

impl Policy {
    /// The verdict over a hazard of a relation, and where it is written.
    #[must_use]
    pub fn verdict(
        &self,
        class: HazardClass,
        relation: &str,
        bytes: Option<i64>,
    ) -> (Verdict, Option<&str>) {
        if self.allowed.contains(&class) {
            return (Verdict::Allow, None);
        }
        let rule = self.rules.iter().find(|rule| {
            rule.class.is_none_or(|of| of == class)
                && rule.relation.as_ref().is_none_or(|pattern| pattern.matches(relation))
                && rule.over.is_none_or(|over| bytes.is_some_and(|bytes| bytes > over))
        });
        match (rule, class) {
            (Some(rule), _) => (rule.verdict, Some(&rule.place)),
            (None, HazardClass::DataLoss | HazardClass::Copy | HazardClass::Protected) => {
                (Verdict::Refuse, None)
            }
            (None, _) => (Verdict::Warn, None),
        }
    }

    /// Whether hazards of a class need no leave, whatever the relation.
    #[must_use]
    pub fn gives_leave(&self, class: HazardClass) -> bool {
        self.verdict(class, "", None).0 != Verdict::Refuse
    }

    /// Whether this run has leave for everything that there is leave for.
    #[must_use]
    pub fn gives_leave_for_all(&self) -> bool {
        HazardClass::ALL.iter().all(|class| self.allowed.contains(class))
    }

    /// Where it is written that an object may not be dropped.
    #[must_use]
    pub fn protects(&self, name: &str) -> Option<&str> {
        let (_, place) = self.protect.iter().find(|(pattern, _)| pattern.matches(name))?;
        Some(place)
    }
}
