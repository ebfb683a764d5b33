//! For a comment.

use super::{Ended, Failed, Group, SHOWN, Targets};
use crate::render::drift;
use crate::render::markdown::{LONGEST, head, markdown, worst};
use crate::render::markup::{html_code, html_text, prose};

/// For a comment: the sum first, and what is worst in all of it; then each group folded, as far as there is room.
/// Who unfolds none still sees what each is about, and what would be lost.
#[must_use]
pub fn targets_markdown(targets: &Targets<'_>) -> String {
    let mut out = format!("**{}**\n\n", targets.headline());
    if let Some(outcomes) = targets.outcomes() {
        out.push_str(&format!("**{outcomes}**\n\n"));
    }
    let ended = targets.ended.into_iter().flatten().filter_map(Ended::line);
    let failed = targets.troubles().map(Failed::line);
    let lines: Vec<String> =
        ended.chain(failed).map(|line| format!("- {}\n", prose(&line))).collect();
    let most = 2 * SHOWN;
    out.extend(lines.iter().take(most).map(String::as_str));
    if lines.len() > most {
        out.push_str(&format!("- and {} more\n", lines.len() - most));
    }
    out.push_str(&alert(targets));
    let mut left_out = 0;
    let mut told: Vec<&Group<'_>> = targets.told().collect();
    // These have room first.
    told.sort_by_key(|group| !group.needs_leave());
    for group in told {
        let mut head = html_code(&group.head(targets.all()));
        if let Some(about) = about(group) {
            head.push_str(&format!(" — {about}"));
        }
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

/// What needs leave in any plan, or the worst that is in them.
fn alert(targets: &Targets<'_>) -> String {
    let with_plan = targets.told().filter(|group| group.has_plan());
    let plans: Vec<_> = with_plan.map(|group| (Some(group.briefly()), &group.report)).collect();
    if plans.is_empty() {
        return String::new();
    }
    let worst = worst(&plans);
    format!("{}\n\n", worst.trim_end())
}

/// What a group is about, in a line of HTML.
fn about(group: &Group<'_>) -> Option<String> {
    match &group.drift {
        Some(drift) if drift.is_none() => None,
        Some(drift) => Some(html_text(&drift.summary())),
        None => group.has_plan().then(|| head(&group.report)),
    }
}
