//! For an issue, a comment, a wiki.

use super::{Drift, Entry};
use crate::render::markup::{code, fence, html_code, prose, words};

/// The whole report: a headline, then a folded section an object.
#[must_use]
pub fn markdown(drift: &Drift) -> String {
    let mut out = match drift.is_none() {
        true => "Nothing to do: the database equals the files.\n\n".to_owned(),
        false => format!("**Drift of {}:** {}.\n\n", code(&drift.database), drift.summary()),
    };
    for entry in &drift.entries {
        section(&mut out, entry);
    }
    for remark in &drift.remarks {
        out.push_str(&format!("- Note: {}.\n", words(remark)));
    }
    if !drift.left_alone.is_empty() {
        let schemas: Vec<String> = drift.left_alone.iter().map(|it| code(it)).collect();
        let schemas = schemas.join(", ");
        out.push_str(&format!("- Left alone, since the files do not name them: {schemas}.\n"));
    }
    for thing in &drift.unmanaged {
        out.push_str(&format!("- Not managed by this version: {}.\n", code(thing)));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn section(out: &mut String, entry: &Entry) {
    let (word, object) = (entry.class.name(), html_code(&entry.object()));
    out.push_str(&format!("<details><summary>{word} {object}</summary>\n\n"));
    if let Some(place) = entry.place.as_ref().filter(|_| entry.declared.is_some()) {
        out.push_str(&format!("Declared at {}.\n\n", code(&place.to_string())));
    }
    for reason in &entry.because {
        out.push_str(&format!("- {}\n", prose(reason)));
    }
    let (long, short): (Vec<_>, Vec<_>) = entry.attributes.iter().partition(|it| it.is_long());
    for attribute in short {
        let place =
            attribute.place.as_ref().map(|place| format!(" ({})", code(&place.to_string())));
        let (path, sides) = (code(&attribute.path), attribute.sides(code));
        out.push_str(&format!("- {path}: {sides}{}\n", place.unwrap_or_default()));
    }
    for attribute in long {
        let lines = attribute.lines().into_iter().map(|(mark, text)| format!("{mark}{text}"));
        out.push_str(&format!("\n{}, declared → live:\n", code(&attribute.path)));
        out.push_str(&fence("diff", &lines.collect::<Vec<_>>().join("\n")));
    }
    out.push_str("\n</details>\n\n");
}
