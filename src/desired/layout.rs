//! The canonical layout of a file.

use serde_json::{Map, Value};

use super::toml_text::{has_lines, key, one_line, several_lines};
use super::tree::{COMMENT, Node};

/// The widest that an entry on one line may be.
const WIDTH: usize = 110;
/// Attributes that have one line for each of their keys however few those are.
const ALWAYS_BLOCKS: &[&str] = &["column", "attribute"];

/// The text of a file that holds `nodes`, in a schema other than `public` if one is given.
pub fn file(schema: Option<&str>, nodes: &[Node<'_>]) -> String {
    let mut page = Page::default();
    if let Some(schema) = schema {
        page.text = format!("schema = {}\n", one_line(&schema.into()));
    }
    for node in nodes {
        page.headed(&[node.section.key], node);
    }
    page.text
}

/// The text of one entry under the table at `path`, as it stands in a file: on a line of a section,
/// or with headers of its own.
pub fn entry(path: &[&str], node: &Node<'_>) -> String {
    let mut page = Page::default();
    match on_one_line(node) {
        Some(value) if !node.section.within.is_empty() => {
            let (path, name) = match &node.key {
                Some(name) => ([path, &[node.section.key]].concat(), name.as_str()),
                None => (path.to_vec(), node.section.key),
            };
            page.header(&path);
            page.text.push_str(&format!("{} = {value}\n", key(name)));
        }
        _ => page.headed(&[path, &[node.section.key]].concat(), node),
    }
    page.text
}

/// What stands after the equals sign when the entry is one value: the short form if that says
/// everything.
pub fn value(node: &Node<'_>) -> Value {
    let mut pairs = node.attributes.iter();
    match (pairs.next(), pairs.next(), node.section.short) {
        // A table would be taken for the long form.
        (Some((name, value)), None, Some(short)) if name == short && !value.is_object() => {
            value.clone()
        }
        _ => Value::Object(node.attributes.clone()),
    }
}

/// The entry with everything that nests under it as one value.
pub fn whole(node: &Node<'_>) -> Value {
    let mut whole = match value(node) {
        Value::Object(attributes) => attributes,
        short if node.nested.is_empty() => return short,
        _ => node.attributes.clone(),
    };
    for nested in &node.nested {
        let section = nested.section.key;
        match &nested.key {
            None => drop(whole.insert(section.to_owned(), self::whole(nested))),
            Some(name) => {
                let entries = whole.entry(section).or_insert_with(|| Map::new().into());
                entries[name] = self::whole(nested);
            }
        }
    }
    Value::Object(whole)
}

/// The entry on a single line, if nothing speaks against it.
fn on_one_line(node: &Node<'_>) -> Option<String> {
    let value = value(node);
    if !node.nested.is_empty() || has_lines(&value) {
        return None;
    }
    let text = one_line(&value);
    let name = node.key.as_deref().unwrap_or(node.section.key);
    fits(name, &text).then_some(text)
}

fn fits(name: &str, value: &str) -> bool {
    key(name).chars().count() + " = ".len() + value.chars().count() <= WIDTH
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// An entry with headers: its own keys, then the maps among them, then what nests under it.
    /// `path` ends with the section.
    fn headed(&mut self, path: &[&str], node: &Node<'_>) {
        let mut path = path.to_vec();
        path.extend(node.key.as_deref());
        let comment = node.attributes.iter().filter(|(name, _)| *name == COMMENT);
        let others = node.attributes.iter().filter(|(name, _)| *name != COMMENT);
        let (mut own, mut blocks) = (String::new(), Vec::new());
        for (name, value) in comment.chain(others) {
            match value {
                Value::Object(map) if is_block(name, value) => blocks.push((name, map)),
                _ => own.push_str(&assignment(name, value)),
            }
        }
        let mut rest = Vec::new();
        for nested in &node.nested {
            match on_one_line(nested).filter(|_| nested.key.is_none()) {
                Some(value) => own.push_str(&format!("{} = {value}\n", nested.section.key)),
                None => rest.push(nested),
            }
        }
        if !own.is_empty() || (blocks.is_empty() && rest.is_empty()) {
            self.header(&path);
            self.text.push_str(&own);
        }
        for (name, map) in blocks {
            self.header(&[&path[..], &[name]].concat());
            self.aligned(&block(map));
        }
        for section in rest.chunk_by(|a, b| a.section.key == b.section.key) {
            self.section(&path, section);
        }
    }

    /// The entries of one section: first those that need one line, then the others.
    fn section(&mut self, path: &[&str], nodes: &[&Node<'_>]) {
        let Some(first) = nodes.first() else { return };
        let path = [path, &[first.section.key]].concat();
        let (mut lines, mut headed) = (Vec::new(), Vec::new());
        for node in nodes {
            match (&node.key, on_one_line(node)) {
                (Some(name), Some(value)) => lines.push((key(name), value)),
                _ => headed.push(node),
            }
        }
        if !lines.is_empty() {
            self.header(&path);
            self.aligned(&lines);
        }
        for node in headed {
            self.headed(&path, node);
        }
    }

    fn header(&mut self, path: &[&str]) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let path: Vec<String> = path.iter().map(|name| key(name)).collect();
        self.text.push_str(&format!("[{}]\n", path.join(".")));
    }

    fn aligned(&mut self, lines: &[(String, String)]) {
        let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, value) in lines {
            self.text.push_str(&format!("{name:width$} = {value}\n"));
        }
    }
}

fn is_block(name: &str, value: &Value) -> bool {
    ALWAYS_BLOCKS.contains(&name) || has_lines(value) || !fits(name, &one_line(value))
}

/// The lines of a map. None of its values gets a header, since their order may matter and headers
/// come after everything else.
fn block(map: &Map<String, Value>) -> Vec<(String, String)> {
    map.iter().map(|(name, value)| (key(name), several_lines(value))).collect()
}

/// An attribute under a header; a list that is too long for a line has one line for each element.
fn assignment(name: &str, value: &Value) -> String {
    let text = several_lines(value);
    match value {
        Value::Array(values) if has_lines(value) || !fits(name, &text) => {
            let elements: String =
                values.iter().map(|value| format!("  {},\n", several_lines(value))).collect();
            format!("{} = [\n{elements}]\n", key(name))
        }
        _ => format!("{} = {text}\n", key(name)),
    }
}
