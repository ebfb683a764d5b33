//! What was found of several targets, and what became of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Report;
use super::drift::{self, Drift};
use super::json::json_value;
use super::markdown::{LONGEST, markdown};
use super::markup::{html_code, prose};
use super::style::Style;
use super::text::text;

/// What is to be shown of them all.
#[derive(Debug)]
pub struct Targets<'a> {
    pub groups: Vec<Group<'a>>,
    /// Those that could not be looked at.
    pub failed: Vec<Failed>,
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

/// What became of a target.
#[derive(Debug, Clone)]
pub struct Ended {
    pub target: String,
    pub outcome: Became,
    /// How many steps were run.
    pub steps: usize,
    pub failure: Option<Failed>,
    /// The file with the record of it.
    pub journal: Option<String>,
}

/// The word for what became of a target, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    Converged,
    /// Nothing was to be done.
    AsDeclared,
    Refused,
    /// It is not as it was when its plan was looked at.
    Moved,
    Failed,
    NotBegun,
}

impl Became {
    /// Whether it is as the files say now.
    #[must_use]
    pub fn is_well(self) -> bool {
        matches!(self, Self::Converged | Self::AsDeclared)
    }

    /// As it is told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::AsDeclared => "as declared",
            Self::Refused => "refused",
            Self::Moved => "moved",
            Self::Failed => "failed",
            Self::NotBegun => "not begun",
        }
    }
}

/// How many names of a group are shown to people.
const SHOWN: usize = 20;

impl Targets<'_> {
    fn count(&self, empty: bool) -> usize {
        let groups = self.groups.iter().filter(|group| group.report.plan.is_empty() == empty);
        groups.map(|group| group.members.len()).sum()
    }

    fn all(&self) -> usize {
        self.count(true) + self.count(false) + self.failed.len()
    }

    /// Those of which there is something to show.
    fn told(&self) -> impl Iterator<Item = &Group<'_>> {
        self.groups.iter().filter(|group| {
            let Report { plan, remarks, unmanaged, left_alone, .. } = group.report;
            !(plan.is_empty()
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
            let ways = self.groups.iter().filter(|group| !group.report.plan.is_empty()).count();
            let ways = if ways > 1 { format!(", in {ways} ways") } else { String::new() };
            parts.push(format!("{differ}{of} differ{s}{ways}"));
        }
        if !self.failed.is_empty() {
            parts.push(format!("{} could not be looked at", self.failed.len()));
        }
        format!("{}.", parts.join("; "))
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
    fn head(&self, all: usize) -> String {
        let count = self.members.len();
        let s = if count == 1 { "" } else { "s" };
        format!("{count} target{s} of {all}: {}", self.names())
    }

    fn names(&self) -> String {
        let shown = self.members.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        match self.members.len().saturating_sub(SHOWN) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
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
        let code = self.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        format!("{}: {}{code}", self.target, self.message)
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
    for failed in &targets.failed {
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

/// For a comment: the sum first, then each group folded, as far as there is room.
#[must_use]
pub fn targets_markdown(targets: &Targets<'_>) -> String {
    let mut out = format!("**{}**\n\n", targets.headline());
    if let Some(outcomes) = targets.outcomes() {
        out.push_str(&format!("**{outcomes}**\n\n"));
    }
    let ended = targets.ended.into_iter().flatten().filter_map(Ended::line);
    let failed = targets.failed.iter().map(Failed::line);
    let lines: Vec<String> =
        ended.chain(failed).map(|line| format!("- {}\n", prose(&line))).collect();
    let most = 2 * SHOWN;
    out.extend(lines.iter().take(most).map(String::as_str));
    if lines.len() > most {
        out.push_str(&format!("- and {} more\n", lines.len() - most));
    }
    let mut left_out = 0;
    for group in targets.told() {
        let head = html_code(&group.head(targets.all()));
        let whose = group.whose().map(|whose| format!(", {}", prose(&whose))).unwrap_or_default();
        let text = format!(
            "\n<details><summary>{head}</summary>\n\nFingerprint `{}`{whose}.\n\n{}\n</details>\n",
            group.fingerprint,
            match &group.drift {
                Some(it) => drift::markdown(it),
                None => markdown(&group.report),
            }
        );
        // What a note on the rest needs has room.
        if out.chars().count() + text.chars().count() + 200 > LONGEST {
            left_out += 1;
        } else {
            out.push_str(&text);
        }
    }
    if left_out > 0 {
        out.push_str(&format!(
            "\nThere is no room for {left_out} more: `--format json` has all of them.\n"
        ));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// For programs. The shape is versioned by `format`, as that of a plan.
#[must_use]
pub fn targets_json(targets: &Targets<'_>) -> Value {
    let groups: Vec<Value> = targets
        .groups
        .iter()
        .map(|group| {
            let (what, value) = match &group.drift {
                Some(it) => ("drift", drift::json_value(it)),
                None => ("plan", json_value(&group.report)),
            };
            json!({
                "fingerprint": group.fingerprint,
                "targets": group.members,
                "shown": group.shown,
                what: value,
            })
        })
        .collect();
    let mut value = json!({
        "format": 1,
        "targets": targets.all(),
        "alike": targets.count(true),
        "differ": targets.count(false),
        "groups": groups,
        "failed": targets.failed.iter().map(failure).collect::<Vec<_>>(),
    });
    if let Some(ended) = targets.ended {
        value["ended"] = ended
            .iter()
            .map(|ended| {
                json!({
                    "target": ended.target,
                    "outcome": ended.outcome.name(),
                    "steps": ended.steps,
                    "journal": ended.journal,
                    "failure": ended.failure.as_ref().map(failure),
                })
            })
            .collect();
    }
    value
}

fn failure(failed: &Failed) -> Value {
    let Failed { target, code, message, help } = failed;
    json!({"target": target, "code": code, "message": message, "help": help})
}
