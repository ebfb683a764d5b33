//! For the incoming webhook of a chat: a JSON object with `text`, which Slack, Mattermost, Rocket.Chat,
//! Google Chat and others take.

use serde_json::json;

use super::{Drift, Entry, Several};

/// How many objects a message names: people read no more, and services cut it off.
const NAMED: usize = 20;

/// How many characters of an object's differences.
const LONGEST: usize = 200;

/// The message: what is up, then an object a line.
#[must_use]
pub fn chat(drift: &Drift) -> String {
    let database = &drift.database;
    let mut lines = vec![match drift.is_none() {
        true => format!("Database `{database}` equals its files."),
        false => format!("Database `{database}` is not as its files say: {}.", drift.summary()),
    }];
    lines.extend(fitting(&told_all(drift), NAMED));
    message(&lines)
}

/// The same of several targets: how many are alike, then those that are not, with what differs in them.
#[must_use]
pub fn chat_of(several: &Several<'_>) -> String {
    let mut lines = vec![several.headline.clone()];
    let failed = several.failed.iter();
    let failed: Vec<String> =
        failed.map(|(target, reason)| format!("• {} {reason}", quoted(target))).collect();
    lines.extend(fitting(&failed, NAMED));
    let differing: Vec<_> = several.alike.iter().filter(|it| !it.drift.is_none()).collect();
    // Each way of differing has a line, as far as there are lines.
    let mut left = NAMED.saturating_sub(differing.len());
    for alike in differing.iter().take(NAMED) {
        let names = several.names(alike.targets);
        lines.push(format!("{names} – {}", alike.drift.summary()));
        let objects = told_all(alike.drift);
        lines.extend(fitting(&objects, left));
        left = left.saturating_sub(objects.len());
    }
    if differing.len() > NAMED {
        lines.push(format!("… and {} more ways", differing.len() - NAMED));
    }
    message(&lines)
}

fn message(lines: &[String]) -> String {
    // Slack wants these escaped, and others show them as they were.
    // https://docs.slack.dev/messaging/formatting-message-text#escaping
    format!("{}\n", json!({ "text": escaped(&lines.join("\n")) }))
}

/// A line an object, and what counts though it cannot be managed.
fn told_all(drift: &Drift) -> Vec<String> {
    let things = drift.unmanaged.iter().filter(|_| drift.strict);
    let things = things.map(|thing| format!("• unmanaged {}", quoted(thing)));
    drift.entries.iter().map(told).chain(things).collect()
}

fn fitting(lines: &[String], most: usize) -> Vec<String> {
    let mut fitting: Vec<String> = lines.iter().take(most).cloned().collect();
    if lines.len() > most {
        fitting.push(format!("… and {} more", lines.len() - most));
    }
    fitting
}

/// A name with a backtick in it would end the code.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "'"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn told(entry: &Entry) -> String {
    let place = entry.place.as_ref().filter(|_| entry.declared.is_some());
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    let mut what: Vec<String> = entry.because.clone();
    what.extend(entry.attributes.iter().map(|attribute| match attribute.is_long() {
        true => attribute.path.clone(),
        false => format!("{}: {}", attribute.path, attribute.sides(str::to_owned)),
    }));
    let mut what = what.join("; ");
    if let Some((end, _)) = what.char_indices().nth(LONGEST) {
        what.truncate(end);
        what.push('…');
    }
    let dash = if what.is_empty() { "" } else { " – " };
    format!("• {} {}{place}{dash}{what}", entry.class.name(), quoted(&entry.object()))
}
