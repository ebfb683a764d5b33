//! For a terminal.

use super::{Attribute, Class, Drift, Entry};
use crate::diagnostic::in_a_line;
use crate::render::Style;

/// The whole report.
#[must_use]
pub fn text(drift: &Drift, style: Style) -> String {
    let mut out = entries(drift, style);
    let conclusion = match drift.is_none() {
        true => "Nothing to do: the database equals the files.".to_owned(),
        false => style.bold(&format!("The database is not as the files say: {}.", drift.summary())),
    };
    line(&mut out, 0, &conclusion);
    for remark in &drift.remarks {
        line(&mut out, 0, &format!("Note: {}.", in_a_line(remark)));
    }
    if !drift.left_alone.is_empty() {
        let schemas = in_a_line(&drift.left_alone.join(", "));
        line(&mut out, 0, &format!("Left alone, since the files do not name them: {schemas}."));
    }
    if !drift.unmanaged.is_empty() {
        line(&mut out, 0, "Not managed by this version, and left as it is:");
        for thing in &drift.unmanaged {
            line(&mut out, 2, &in_a_line(thing));
        }
    }
    out
}

/// The differences alone, an empty line after those of each table.
#[must_use]
pub fn entries(drift: &Drift, style: Style) -> String {
    let mut out = String::new();
    for group in drift.groups() {
        for entry in group {
            show(&mut out, entry, style);
        }
        out.push('\n');
    }
    out
}

fn show(out: &mut String, entry: &Entry, style: Style) {
    let sign = match entry.class {
        Class::Missing => style.red("-"),
        Class::Extra => style.green("+"),
        Class::Changed => style.yellow("~"),
        Class::Invalid | Class::Unmanaged => style.red("!"),
    };
    let place = entry.place.as_ref().filter(|_| entry.declared.is_some());
    let place = place.map(|place| style.dim(&format!("  ({place})"))).unwrap_or_default();
    let head = style.bold(&format!("{}: {}", entry.class.name(), in_a_line(&entry.object())));
    line(out, 0, &format!("{sign} {head}{place}"));
    for reason in &entry.because {
        line(out, 4, &in_a_line(reason));
    }
    for attribute in &entry.attributes {
        show_attribute(out, attribute, style);
    }
}

fn show_attribute(out: &mut String, attribute: &Attribute, style: Style) {
    let path = in_a_line(&attribute.path);
    let place = attribute.place.as_ref().map(|place| style.dim(&format!("  ({place})")));
    let place = place.unwrap_or_default();
    if !attribute.is_long() {
        let sides = attribute.sides(str::to_owned);
        return line(out, 4, &format!("{path}: {sides}{place}"));
    }
    line(out, 4, &format!("{path}: declared → live{place}"));
    for (mark, text) in attribute.lines() {
        let text = format!("{mark} {text}");
        let text = match mark {
            '-' => style.red(&text),
            '+' => style.green(&text),
            _ => style.dim(&text),
        };
        line(out, 6, text.trim_end());
    }
}

fn line(out: &mut String, indent: usize, text: &str) {
    out.extend(std::iter::repeat_n(' ', indent));
    out.push_str(text);
    out.push('\n');
}
