//! What the pages of the format say of keys: their tables are the descriptions, their blocks the
//! examples.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use crate::desired::tree::{COMMENT, PRIVILEGES};
use crate::kind::Section;
use crate::kind::grammar::Words;
use crate::kinds;

/// The pages; and what they leave out.
const FORMAT: &str = include_str!("../../../docs/format.md");
const RIGHTS: &str = include_str!("../../../docs/privileges.md");
const MORE: &str = include_str!("words.toml");

/// The pages, taken apart.
pub struct Page {
    /// By heading, and key or keys with dots between.
    rows: HashMap<(String, String), String>,
    /// The paragraphs that headings have below them.
    prose: HashMap<String, String>,
    /// Values by the keys that lead to them.
    values: Vec<(Vec<String>, Value)>,
    /// Headings under which the keys of others are described.
    alike: HashMap<String, String>,
}

/// What the pages leave out.
#[derive(Default, Deserialize)]
struct More {
    alike: HashMap<String, String>,
    examples: IndexMap<String, Value>,
}

impl Page {
    pub fn new() -> Self {
        let more: More = toml::from_str(MORE).unwrap_or_default();
        let mut page = Self {
            rows: HashMap::new(),
            prose: HashMap::new(),
            values: Vec::new(),
            alike: more.alike,
        };
        for text in [FORMAT, RIGHTS] {
            page.read(text);
        }
        page.values.extend(more.examples.into_iter().map(|(path, value)| {
            let path = path.split('.').map(str::to_owned).collect();
            (path, value)
        }));
        page
    }

    /// What a section is for.
    pub fn section(&self, key: &str) -> String {
        self.prose.get(key).cloned().unwrap_or_default()
    }

    /// What a key at the top of a file is for.
    pub fn top(&self, key: &str) -> String {
        self.prose.get(&format!("the key {key}")).cloned().unwrap_or_default()
    }

    /// The path of the entries of a section.
    pub fn path_of(section: &Section) -> Vec<&'static str> {
        if section.named { vec![section.key, "*"] } else { vec![section.key] }
    }

    fn read(&mut self, text: &str) {
        let mut heading = String::new();
        let mut block: Option<String> = None;
        let mut after_heading = false;
        for line in text.lines() {
            if let Some(code) = &mut block {
                if line.starts_with("```") {
                    let code = block.take().unwrap_or_default();
                    self.read_example(&code);
                } else {
                    code.push_str(line);
                    code.push('\n');
                }
            } else if line.starts_with("```") {
                block = line.starts_with("```toml").then(String::new);
                after_heading = false;
            } else if line.starts_with('#') {
                heading = name_of(line);
                after_heading = true;
            } else if line.starts_with('|') {
                self.read_row(&heading, line);
                after_heading = false;
            } else if after_heading && !line.is_empty() {
                let prose = self.prose.entry(heading.clone()).or_default();
                *prose = format!("{prose} {}", plain(line)).trim().to_owned();
            } else if self.prose.contains_key(&heading) {
                after_heading = false;
            }
        }
    }

    /// Keys, their type, what they are when they are left out, what they mean.
    fn read_row(&mut self, heading: &str, line: &str) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [keys, kind, left_out, means] = cells.as_slice() else { return };
        for key in keys.split(", ") {
            let Some(key) = key.strip_prefix('`').and_then(|key| key.strip_suffix('`')) else {
                return;
            };
            let mut text = if means.is_empty() { key.to_owned() } else { plain(means) };
            if *kind == "SQL" {
                text = format!("SQL: {text}");
            }
            if !["", "required"].contains(left_out) {
                text = format!("{text}. Left out: {}", plain(left_out));
            }
            let key = key.replace(".….", ".");
            self.rows.entry((heading.to_owned(), key)).or_insert(format!("{text}."));
        }
    }

    fn read_example(&mut self, text: &str) {
        let Ok(table) = text.parse::<toml::Table>() else { return };
        let Ok(value) = serde_json::to_value(table) else { return };
        self.collect(&mut Vec::new(), &value);
    }

    fn collect(&mut self, path: &mut Vec<String>, value: &Value) {
        if !path.is_empty() {
            self.values.push((path.clone(), value.clone()));
        }
        for (key, value) in value.as_object().into_iter().flatten() {
            path.push(key.clone());
            self.collect(path, value);
            path.pop();
        }
    }
}

impl Words for Page {
    /// From the innermost heading that has something to say.
    fn description(&self, path: &[&str]) -> Option<String> {
        let named: Vec<&str> = path.iter().copied().filter(|key| *key != "*").collect();
        let last = *named.last()?;
        for depth in (1..named.len()).rev() {
            let tail = &named[depth..];
            let own = named[depth - 1];
            let alike = self.alike.get(own).map(String::as_str);
            for heading in [Some(own), alike].into_iter().flatten() {
                for from in 0..tail.len() {
                    let key = (heading.to_owned(), tail[from..].join("."));
                    if let Some(text) = self.rows.get(&key) {
                        return Some(text.clone());
                    }
                }
            }
        }
        let everywhere = self.rows.get(&("Owners and privileges".to_owned(), last.to_owned()));
        match last {
            COMMENT => Some("What COMMENT ON says of it.".to_owned()),
            _ => everywhere.cloned(),
        }
    }

    fn examples(&self, path: &[&str]) -> Vec<Value> {
        let alike = |a: &String, b: &str| {
            a == b || b == "*" || a == "*" || self.alike.get(b).is_some_and(|other| other == a)
        };
        let fits = |found: &[String], path: &[&str]| {
            found.len() >= path.len()
                && found.iter().rev().zip(path.iter().rev()).all(|(a, b)| alike(a, b))
        };
        let found = self.values.iter().find(|(found, _)| fits(found, path));
        // What is the same everywhere has a path of one key.
        let last = path.last().copied().unwrap_or_default();
        let everywhere = self.values.iter().find(|(found, _)| found[..] == [last.to_owned()]);
        let found =
            found.or(everywhere.filter(|(_, value)| !value.is_object() || last == PRIVILEGES));
        let found = found.or_else(|| {
            // In its short form an entry is the value of one key.
            let (last, above) = path.split_last()?;
            let sections = kinds::REGISTRY.iter().flat_map(|row| (row.sections)());
            let mut short = sections.filter(|section| section.short == Some(last));
            short.find(|section| above == Self::path_of(section))?;
            self.values.iter().find(|(found, value)| !value.is_object() && fits(found, above))
        });
        found.map(|(_, value)| value.clone()).into_iter().collect()
    }
}

/// A heading without its marks: "`table`" is about the section, "Top of a file: the key `schema`" about
/// the key.
fn name_of(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().replace('`', "");
    text.rsplit(": ").next().unwrap_or_default().to_owned()
}

/// Markdown without its links.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let Some((name, after)) = link.split_once("](") else { break };
        let Some((_, after)) = after.split_once(')') else { break };
        out.push_str(before);
        out.push_str(name);
        rest = after;
    }
    format!("{out}{rest}").trim_end_matches(['.', ';']).to_owned()
}
