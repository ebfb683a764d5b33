//! A file that is being brought up to date.

use std::ops::Range;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_edit::{DocumentMut, Item};

use crate::model::Name;

/// A file before and after.
#[derive(Debug)]
pub struct File {
    /// Relative to the schema directory.
    pub path: PathBuf,
    /// The schema it names.
    pub schema: Option<Name>,
    pub document: DocumentMut,
    before: String,
    /// The text as the parser gives it back: with line feeds alone.
    unchanged: String,
}

impl File {
    /// A file as it is; none if it is not TOML.
    pub fn new(path: PathBuf, text: &str) -> Option<Self> {
        let document: DocumentMut = text.parse().ok()?;
        let schema = document.get("schema").and_then(Item::as_str).map(Name::from);
        let unchanged = document.to_string();
        Some(Self { path, schema, document, before: text.to_owned(), unchanged })
    }

    /// Whether there were objects in it, and none is left.
    pub fn is_emptied(&self) -> bool {
        let is_empty = self.document.iter().all(|(_, item)| item.is_str());
        is_empty && self.document.to_string() != self.unchanged
    }

    /// The new text, if it is another.
    pub fn changed(&self) -> Option<String> {
        let after = self.document.to_string();
        if after == self.unchanged {
            return None;
        }
        let mut after = after.trim_start_matches('\n').to_owned();
        // What stands at the top of the file, apart from the first object, is about the file.
        let before = self.before.replace("\r\n", "\n");
        let remark = remark(&before);
        if !after.starts_with(remark) {
            after.insert_str(0, remark);
        }
        let first_line = self.before.split_inclusive('\n').next();
        let is_crlf = first_line.is_some_and(|line| line.ends_with("\r\n"));
        Some(if is_crlf { with_crlf(&after) } else { after })
    }
}

/// Ends all lines with CR and LF, but for those in strings that end otherwise in the value: there they are part of it.
fn with_crlf(text: &str) -> String {
    let mut strings = Vec::new();
    if let Ok(table) = DeTable::parse(text) {
        table.get_ref().values().for_each(|value| collect_strings(value, &mut strings));
    }
    strings.sort_by_key(|span| span.start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in strings.into_iter().chain(std::iter::once(text.len()..text.len())) {
        let outside = &text[at..span.start];
        out.push_str(&outside.replace("\r\n", "\n").replace('\n', "\r\n"));
        out.push_str(&string_with_crlf(&text[span.clone()]));
        at = span.end;
    }
    out
}

/// The same string with CR and LF where that is no other value: after the quotes that open it, and in place of an
/// escaped CR before an LF.
fn string_with_crlf(string: &str) -> String {
    let several_lines = ["'''\n", "\"\"\"\n"].iter().find(|open| string.starts_with(**open));
    let Some(open) = several_lines else { return string.to_owned() };
    let mut out = open.replace('\n', "\r\n");
    let is_basic = open.starts_with('"');
    for line in string[open.len()..].split_inclusive('\n') {
        let before = line.strip_suffix("\\r\n").filter(|before| {
            let backslashes = before.len() - before.trim_end_matches('\\').len();
            is_basic && backslashes % 2 == 0
        });
        match before {
            Some(before) => out.extend([before, "\r\n"]),
            None => out.push_str(line),
        }
    }
    out
}

fn collect_strings(value: &Spanned<DeValue<'_>>, spans: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::String(_) => spans.push(value.span()),
        DeValue::Array(values) => values.iter().for_each(|value| collect_strings(value, spans)),
        DeValue::Table(table) => table.values().for_each(|value| collect_strings(value, spans)),
        _ => {}
    }
}

/// The comment that a text begins with, when a blank line sets it apart.
fn remark(text: &str) -> &str {
    let comment = text.split_inclusive('\n').take_while(|line| line.starts_with('#'));
    let length = comment.map(str::len).sum();
    let rest = &text[length..];
    let blank = rest.len() - rest.trim_start_matches('\n').len();
    if length > 0 && blank > 0 { &text[..length + blank] } else { "" }
}
