//! For a comment on a pull request.

mod headline;
mod section;

use std::collections::BTreeSet;

use super::Report;
use super::view::{counted, groups};
use crate::render::markup::{code, prose};
use headline::headline;
pub use headline::{head, worst};
use section::{Section, section};

/// How many characters it has at most. GitHub takes 65,536 in a comment and refuses what is longer, and no other
/// forge takes less; what is left is for the marker and the links of whoever posts it.
pub const LONGEST: usize = 64_000;

/// How many of a list are named that no reviewer reads to the end.
const NAMED: usize = 20;

/// The whole report: a headline, then a folded section an object, as many as there is room for. What there is
/// none for is named, in the order of what a reviewer has to see.
#[must_use]
pub fn markdown(report: &Report<'_>) -> String {
    let head = format!("{}{}", headline(report), notes(report));
    let tail = tail(report);
    let groups = groups(report);
    let views = groups.iter().flat_map(|group| &group.changes);
    let views = views.filter(|view| !view.is_told_elsewhere());
    let sections: Vec<Section> = views.map(|view| section(report, view)).collect();
    let room = LONGEST.saturating_sub(length(&head) + length(&tail));
    let mut out = format!("{head}{}{tail}", fitted(&sections, room));
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// The sections at length as far as they have room; the others in a line each; the rest counted.
fn fitted(sections: &[Section], room: usize) -> String {
    let whole: String = sections.iter().map(|section| section.full.as_str()).collect();
    if length(&whole) <= room {
        return whole;
    }
    let mut order: Vec<usize> = (0..sections.len()).collect();
    order.sort_by_key(|n| sections[*n].weight);
    // What is said around the lines has room, and so have long sections, however many lines there are.
    let mut lines_left = room / 2;
    let mut named = BTreeSet::new();
    for n in &order {
        let Some(left) = lines_left.checked_sub(length(&sections[*n].line)) else { break };
        (lines_left, _) = (left, named.insert(*n));
    }
    let taken: usize = named.iter().map(|n| length(&sections[*n].line)).sum();
    let mut left = room.saturating_sub(taken + length(&rest(sections.len(), "", sections.len())));
    let mut full = BTreeSet::new();
    for n in order {
        let section = &sections[n];
        let line = if named.contains(&n) { length(&section.line) } else { 0 };
        if let Some(after) = (left + line).checked_sub(length(&section.full)) {
            (left, _) = (after, full.insert(n));
        }
    }
    named.retain(|n| !full.contains(n));
    let shown: String = full.iter().map(|n| sections[*n].full.as_str()).collect();
    let lines: String = named.iter().map(|n| sections[*n].line.as_str()).collect();
    let unshown = sections.len() - full.len();
    format!("{shown}{}", rest(unshown, &lines, unshown - named.len()))
}

/// What is said of the objects that have no section.
fn rest(unshown: usize, lines: &str, unnamed: usize) -> String {
    let more = match unnamed {
        0 => String::new(),
        n => format!("- and {n} more\n"),
    };
    let objects = counted(unshown, "more object");
    format!(
        "<details><summary>✂️ {objects}, for which a comment has no room</summary>\n\n{lines}{more}\n\
         The file of `plan --out` has all of them, and so has `plan --format text`.\n\n</details>\n\n"
    )
}

/// What may be otherwise than it was meant.
fn notes(report: &Report<'_>) -> String {
    let mut out = String::new();
    for remark in report.remarks.iter().take(NAMED) {
        out.push_str(&format!("- Note: {}.\n", prose(remark)));
    }
    if report.remarks.len() > NAMED {
        out.push_str(&format!("- And {} more notes.\n", report.remarks.len() - NAMED));
    }
    if out.is_empty() { out } else { format!("{out}\n") }
}

/// What stays as it is.
fn tail(report: &Report<'_>) -> String {
    let mut out = String::new();
    if !report.left_alone.is_empty() {
        let names = listed(report.left_alone.iter().map(String::as_str));
        out.push_str(&format!("- Left alone, since the files do not name them: {names}.\n"));
    }
    if !report.unmanaged.is_empty() {
        let names = listed(report.unmanaged.iter().map(|thing| thing.what.as_str()));
        out.push_str(&format!("- Not managed by this version, and left as it is: {names}.\n"));
    }
    out
}

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let all = names.len();
    let shown: Vec<String> = names.take(NAMED).map(code).collect();
    let more = if all > NAMED { format!(", and {} more", all - NAMED) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn length(text: &str) -> usize {
    text.chars().count()
}
