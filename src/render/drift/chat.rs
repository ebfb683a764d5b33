//! For the incoming webhook of a chat: a JSON object with `text`, which Slack, Mattermost, Rocket.Chat,
//! Google Chat and others take.

use serde_json::json;

use super::{Drift, Entry};
use crate::diagnostic::in_a_line;

/// How many objects a message names: people read no more, and services cut it off.
const NAMED: usize = 20;

/// How many characters of an object's differences.
const LONGEST: usize = 200;

/// The message: what is up, then an object a line.
#[must_use]
pub fn chat(drift: &Drift) -> String {
    let database = in_a_line(&drift.database);
    let mut lines = vec![match drift.is_none() {
        true => format!("Database `{database}` equals its files."),
        false => format!("Database `{database}` is not as its files say: {}.", drift.summary()),
    }];
    lines.extend(drift.entries.iter().take(NAMED).map(told));
    if drift.entries.len() > NAMED {
        lines.push(format!("… and {} more", drift.entries.len() - NAMED));
    }
    if drift.strict {
        let things = drift.unmanaged.iter().take(NAMED);
        lines.extend(things.map(|thing| format!("• unmanaged `{}`", in_a_line(thing))));
    }
    // Slack wants these escaped, and others show them as they were.
    // https://docs.slack.dev/messaging/formatting-message-text#escaping
    format!("{}\n", json!({ "text": escaped(&lines.join("\n")) }))
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
    let mut what = in_a_line(&what.join("; "));
    if let Some((end, _)) = what.char_indices().nth(LONGEST) {
        what.truncate(end);
        what.push('…');
    }
    let dash = if what.is_empty() { "" } else { " – " };
    // A name with a backtick in it would end the code.
    let object = in_a_line(&entry.object()).replace('`', "'");
    format!("• {} `{object}`{place}{dash}{what}", entry.class.name())
}
