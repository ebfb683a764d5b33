//! What was found of several targets, and what became of them.

mod ended;
mod json;
mod markdown;

pub use ended::{Became, Ended};
pub use json::targets_json;
pub use markdown::targets_markdown;

use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use super::drift::{self, Alike, Drift, Several};
use super::style::Style;
use super::text::text;
use super::view::{counted, first_of};

/// What is to be shown of them all.
#[derive(Debug)]
pub struct Targets<'a> {
    pub groups: Vec<Group<'a>>,
    /// Those that could not be looked at.
    pub failed: Vec<Failed>,
    /// What is wrong with windows of partitions of those that could.
    pub wrong: Vec<Failed>,
    /// What became of each, where something was to be done.
    pub ended: Option<&'a [Ended]>,
}

/// Targets of which the same is to be said.
#[derive(Debug)]
pub struct Group<'a> {
    /// What they have in common.
    pub fingerprint: &'a str,
    pub members: &'a [String],
    /// Whose sizes the report has, and whose schema.
    pub shown: &'a str,
    pub report: Report<'a>,
    /// What differs, where that is what is asked for and no plan.
    pub drift: Option<Drift>,
}

/// A failure, without its places.
#[derive(Debug, Clone)]
pub struct Failed {
    pub target: String,
    pub code: Option<String>,
    pub message: String,
    pub help: Option<String>,
}

/// How many names of a group are shown to people.
const SHOWN: usize = 20;

/// How many where there is but a line.
const NAMED: usize = 3;

impl Targets<'_> {
    fn count(&self, empty: bool) -> usize {
        let groups = self.groups.iter().filter(|group| group.is_alike() == empty);
        groups.map(|group| group.members.len()).sum()
    }

    fn all(&self) -> usize {
        self.count(true) + self.count(false) + self.failed.len()
    }

    /// Those of which there is something to show.
    fn told(&self) -> impl Iterator<Item = &Group<'_>> {
        self.groups.iter().filter(|group| {
            let Report { remarks, unmanaged, left_alone, .. } = group.report;
            !(group.is_alike()
                && remarks.is_empty()
                && unmanaged.is_empty()
                && left_alone.is_empty())
        })
    }

    /// "212 of 214 are alike: no changes; 2 differ."
    fn headline(&self) -> String {
        let (alike, differ, all) = (self.count(true), self.count(false), self.all());
        let of_drift = self.groups.iter().any(|group| group.drift.is_some());
        let word = if of_drift { "no drift" } else { "no changes" };
        let mut parts = Vec::new();
        match alike {
            0 => {}
            1 => parts.push(format!("1 of {all} has {word}")),
            _ => parts.push(format!("{alike} of {all} are alike: {word}")),
        }
        if differ > 0 {
            let of = if alike == 0 { format!(" of {all}") } else { String::new() };
            let s = if differ == 1 { "s" } else { "" };
            let ways = self.groups.iter().filter(|group| !group.is_alike()).count();
            let ways = if ways > 1 { format!(", in {ways} ways") } else { String::new() };
            parts.push(format!("{differ}{of} differ{s}{ways}"));
        }
        if !self.failed.is_empty() {
            parts.push(format!("{} could not be looked at", self.failed.len()));
        }
        let in_trouble: BTreeSet<&str> =
            self.wrong.iter().map(|wrong| wrong.target.as_str()).collect();
        match in_trouble.len() {
            0 => {}
            1 => parts.push("1 has windows that are left as they are".to_owned()),
            several => parts.push(format!("{several} have windows that are left as they are")),
        }
        format!("{}.", parts.join("; "))
    }

    /// Those that could not be looked at, and what is wrong with the others.
    fn troubles(&self) -> impl Iterator<Item = &Failed> {
        self.failed.iter().chain(&self.wrong)
    }

    /// The drift of them all, of files in the directory `files`.
    #[must_use]
    pub fn drift<'s>(&'s self, files: &'s str) -> Several<'s> {
        let alike = self.groups.iter().filter_map(|group| {
            Some(Alike { targets: group.members, drift: group.drift.as_ref()? })
        });
        let failed = self.troubles().map(|failed| (failed.target.as_str(), failed.reason()));
        Several {
            headline: self.headline(),
            all: self.all(),
            files,
            alike: alike.collect(),
            failed: failed.collect(),
        }
    }

    /// "3 converged, 1 failed, 2 not begun."
    fn outcomes(&self) -> Option<String> {
        let ended = self.ended?;
        let mut counts: BTreeMap<Became, usize> = BTreeMap::new();
        for one in ended {
            *counts.entry(one.outcome).or_default() += 1;
        }
        let counts: Vec<String> =
            counts.iter().map(|(outcome, count)| format!("{count} {}", outcome.name())).collect();
        Some(format!("{}.", counts.join(", ")))
    }
}

impl Group<'_> {
    /// Whether there is no change, or no drift, where that is what is asked for.
    fn is_alike(&self) -> bool {
        self.drift.as_ref().map_or(self.report.plan.is_empty(), Drift::is_none)
    }

    fn has_plan(&self) -> bool {
        self.drift.is_none() && !self.report.plan.is_empty()
    }

    fn needs_leave(&self) -> bool {
        self.has_plan() && self.report.hazards.iter().flatten().any(|hazard| hazard.needs_leave)
    }

    /// "20 targets (a, b, c and 17 more)".
    fn briefly(&self) -> String {
        let count = counted(self.members.len(), "target");
        format!("{count} ({})", first_of(self.members, NAMED))
    }

    fn head(&self, all: usize) -> String {
        let count = self.members.len();
        let s = if count == 1 { "" } else { "s" };
        format!("{count} target{s} of {all}: {}", self.names())
    }

    fn names(&self) -> String {
        first_of(self.members, SHOWN)
    }

    /// Whose plan it is that is shown, where that makes a difference.
    fn whose(&self) -> Option<String> {
        let several = self.members.len() > 1 && !self.report.plan.is_empty();
        several.then(|| format!("shown as it is for {}", self.shown))
    }
}

impl Ended {
    /// What there is to say of it, where it did not come out well.
    fn line(&self) -> Option<String> {
        match &self.failure {
            Some(failure) => Some(format!("{}: {}", self.outcome.name(), failure.line())),
            None => (!self.outcome.is_well())
                .then(|| format!("{}: {}", self.outcome.name(), self.target)),
        }
    }
}

impl Failed {
    fn line(&self) -> String {
        format!("{}: {}", self.target, self.reason())
    }

    fn reason(&self) -> String {
        let code = self.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        format!("{}{code}", self.message)
    }
}

/// For a terminal: each group, and the sum of it.
#[must_use]
pub fn targets_text(targets: &Targets<'_>, style: Style) -> String {
    let mut out = String::new();
    for group in targets.told() {
        out.push_str(&style.bold(&group.head(targets.all())));
        let whose = group.whose().map(|whose| format!(", {whose}")).unwrap_or_default();
        out.push_str(&style.dim(&format!("  (fingerprint {}{whose})", group.fingerprint)));
        out.push('\n');
        out.push_str(&match &group.drift {
            Some(it) => drift::text(it, style),
            None => text(&group.report, style),
        });
        out.push('\n');
    }
    out.push_str(&style.bold(&targets.headline()));
    out.push('\n');
    for failed in targets.troubles() {
        out.push_str(&format!("  {}\n", failed.line()));
    }
    out.push_str(&outcomes_text(targets, style));
    out
}

/// What became of them, for a terminal.
#[must_use]
pub fn outcomes_text(targets: &Targets<'_>, style: Style) -> String {
    let Some(outcomes) = targets.outcomes() else { return String::new() };
    let mut out = style.bold(&outcomes);
    out.push('\n');
    for line in targets.ended.into_iter().flatten().filter_map(Ended::line) {
        out.push_str(&format!("  {line}\n"));
    }
    out
}
