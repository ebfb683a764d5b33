//! A plan as it is told: by object, each with what is on it.

use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use crate::model::{Action, Address, Cause, Change, Difference, Hazard, HazardClass, Part, Step};

/// A table with its indexes, keys, triggers, policies; or an object that stands alone.
pub struct Group<'a> {
    pub changes: Vec<ChangeView<'a>>,
}

/// What the refused steps of reports do, and the leave that they need; `s` is the ending of the
/// verbs, `quote` stands around code.
pub fn needs(reports: &[&Report<'_>], s: &str, quote: &str) -> String {
    let all = reports.iter().flat_map(|report| report.hazards.iter().flatten());
    let refused = all.filter(|hazard| hazard.needs_leave);
    let mut classes: BTreeSet<HazardClass> = refused.map(|hazard| hazard.class).collect();
    let protected = classes.remove(&HazardClass::Protected);
    let leave: Vec<String> =
        classes.iter().map(|class| format!("{quote}--allow {class}{quote}")).collect();
    let leave = leave.join(" ");
    match protected {
        true if classes.is_empty() => format!("end{s} what is protected"),
        true => format!("end{s} what is protected, or need{s} leave: {leave}"),
        false if classes.iter().all(|class| *class == HazardClass::DataLoss) => {
            format!("lose{s} data and need{s} leave: {leave}")
        }
        false => format!("need{s} leave: {leave}"),
    }
}

/// A step with its number in the order of execution, and its hazards.
pub type Numbered<'a> = (usize, &'a Step, &'a [Hazard]);

/// One change, with its steps and their numbers in the order of execution.
pub struct ChangeView<'a> {
    pub change: &'a Change,
    pub place: Option<String>,
    pub steps: Vec<Numbered<'a>>,
}

impl ChangeView<'_> {
    /// A new constraint that its table's statement has in it needs no mention of its own.
    pub fn is_told_elsewhere(&self) -> bool {
        self.steps.is_empty() && self.change.action == Action::Create
    }
}

/// The groups in the order in which their first steps run.
pub fn groups<'a>(report: &Report<'a>) -> Vec<Group<'a>> {
    let mut steps: BTreeMap<&Address, Vec<Numbered<'_>>> = BTreeMap::new();
    for (n, step) in report.plan.steps.iter().enumerate() {
        let hazards = report.hazards.get(n).map_or(&[][..], Vec::as_slice);
        steps.entry(&step.address).or_default().push((n + 1, step, hazards));
    }
    let mut groups: BTreeMap<(usize, String), Vec<ChangeView<'a>>> = BTreeMap::new();
    let mut firsts: BTreeMap<String, usize> = BTreeMap::new();
    for change in report.plan.changes.values() {
        let first = steps.get(&change.address).and_then(|steps| steps.first());
        let first = first.map_or(usize::MAX, |(n, ..)| *n);
        let entry = firsts.entry(root(&change.address)).or_insert(first);
        *entry = first.min(*entry);
    }
    for change in report.plan.changes.values() {
        let root = root(&change.address);
        let key = (firsts.get(&root).copied().unwrap_or(usize::MAX), root);
        groups.entry(key).or_default().push(ChangeView {
            change,
            place: declared_at(report, change),
            steps: steps.remove(&change.address).unwrap_or_default(),
        });
    }
    groups
        .into_values()
        .map(|mut changes| {
            changes.sort_by_key(|view| {
                let first = view.steps.first().map_or(0, |(n, ..)| *n);
                (view.change.address.relation.is_some(), first)
            });
            Group { changes }
        })
        .collect()
}

/// Where the desired object was declared; what is to be dropped was declared nowhere.
pub fn declared_at(report: &Report<'_>, change: &Change) -> Option<String> {
    change.to.as_ref()?;
    (report.place)(&Part::whole(&change.address))
}

/// What an object is shown with: the table that it is on.
pub fn root(address: &Address) -> String {
    match &address.relation {
        Some(_) => address.relation_qualified(),
        None if address.arguments.is_some() => address.to_string(),
        None => address.qualified(),
    }
}

/// How many steps need leave that nobody gave.
pub fn needing_leave(report: &Report<'_>) -> usize {
    let needs = |hazards: &&Vec<Hazard>| hazards.iter().any(|hazard| hazard.needs_leave);
    report.hazards.iter().filter(needs).count()
}

/// What holds when nothing is to be done.
pub fn equal(report: &Report<'_>) -> String {
    match report.base {
        _ if report.back => "the plan changes nothing".to_owned(),
        Some(base) => format!("the files say the same as those of {base}"),
        None => "the database equals the files".to_owned(),
    }
}

/// What the plan is called.
pub fn title(report: &Report<'_>) -> &'static str {
    if report.back { "The way back" } else { "Plan" }
}

/// So many of something, in words.
pub fn counted(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

/// The first of several names, and how many more there are.
pub fn first_of(names: &[String], most: usize) -> String {
    let shown = names.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// How many changes of each sort there are, in words: "3 to create, 1 to drop".
pub fn summary(report: &Report<'_>) -> String {
    let count = |action| report.plan.changes.values().filter(|c| c.action == action).count();
    let words = [
        (Action::Create, "to create"),
        (Action::Alter, "to change"),
        (Action::Rename, "to rename"),
        (Action::Replace, "to replace"),
        (Action::Drop, "to drop"),
    ];
    let counts = words.iter().map(|(action, words)| (count(*action), words));
    let parts: Vec<String> =
        counts.filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect();
    parts.join(", ")
}

/// Why an object is replaced, or what a rule makes of it.
pub fn cause(change: &Change) -> Option<String> {
    Some(match change.cause.as_ref()? {
        Cause::NotInPlace(reason) => format!("replaced, because {reason}"),
        Cause::Copied(reason) => format!("copied, because in place {reason}"),
        Cause::DependsOn(part) if change.action == Action::Replace => {
            format!("replaced, because it depends on {part}")
        }
        Cause::DependsOn(part) => format!("steps aside while {part} is replaced"),
        Cause::PartOf(whole) => format!("comes to {whole} anew, after that has changed"),
        Cause::Regrouped => "made anew, because rows come to it, or go from it".to_owned(),
        Cause::Ruled(reason) => reason.clone(),
    })
}

/// Where the column that a difference is about was declared, if that is not where its table was.
pub fn column_place(
    report: &Report<'_>,
    view: &ChangeView<'_>,
    difference: &Difference,
) -> Option<String> {
    let column = difference.path.get(1)?;
    let part = Part::column(&view.change.address, &column.as_str().into());
    (report.place)(&part).filter(|place| Some(place) != view.place.as_ref())
}

/// A path as it would be written: `column.paid.default`.
pub fn path(difference: &Difference) -> String {
    difference.path.join(".")
}

/// Whether a difference is better shown line by line.
pub fn is_long(difference: &Difference) -> bool {
    [&difference.from, &difference.to].into_iter().flatten().any(|text| text.contains('\n'))
}

/// The lines of a text that changed, marked, with some around them.
pub fn line_diff(difference: &Difference) -> Vec<(char, String)> {
    let side = |text: &Option<String>| text.clone().unwrap_or_default();
    changed_lines(&side(&difference.from), &side(&difference.to))
}

/// The lines that change from one text to another.
pub fn changed_lines(from: &str, to: &str) -> Vec<(char, String)> {
    let diff = similar::TextDiff::from_lines(from, to);
    let mut lines = Vec::new();
    for (n, hunk) in diff.grouped_ops(3).iter().enumerate() {
        if n > 0 {
            lines.push(('.', "…".to_owned()));
        }
        for change in hunk.iter().flat_map(|op| diff.iter_changes(op)) {
            let mark = match change.tag() {
                similar::ChangeTag::Delete => '-',
                similar::ChangeTag::Insert => '+',
                similar::ChangeTag::Equal => ' ',
            };
            lines.push((mark, change.value().trim_end_matches('\n').to_owned()));
        }
    }
    lines
}
