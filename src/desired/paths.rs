//! Which file an object goes to, and how that file can be called on every file system.

use std::path::PathBuf;

use super::tree::Node;
use crate::kinds;
use crate::model::Name;

/// What goes into one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The schema that the file says it is of; none for `public`, which needs no saying, and for
    /// objects outside all schemas.
    pub schema: Option<Name>,
    section: &'static str,
    /// None where a section's objects share a file.
    name: Option<Name>,
}

impl Group {
    /// Objects that others nest under, and objects with long texts, have files of their own;
    /// routines of one name share one.
    pub fn of(node: &Node<'_>) -> Self {
        let address = &node.object.address;
        let large = node.section.from_file.is_some()
            || ((kinds::row(address.kind).1.namespace)(&address.name).is_none()
                && kinds::sections(Some(address.kind)).next().is_some());
        Self {
            schema: address.schema.clone().filter(|schema| &**schema != "public"),
            section: node.section.key,
            name: large.then(|| address.name.clone()),
        }
    }

    /// Whether the file's name says exactly what is in it, so that it should have that name before
    /// others whose names become the same.
    pub fn is_exact(&self) -> bool {
        let exact = |name: &Name| file_name(name) == name.to_lowercase();
        self.schema.iter().chain(&self.name).all(exact)
    }

    /// The path, relative to the schema directory; `attempt` counts from 1 where one is taken.
    pub fn path(&self, attempt: usize) -> PathBuf {
        let folder = plural(self.section);
        let mut path: PathBuf = self.schema.iter().map(|schema| file_name(schema)).collect();
        let stem = match &self.name {
            Some(name) => {
                path.push(folder);
                file_name(name)
            }
            None => folder,
        };
        let suffix = if attempt > 1 { format!("_{attempt}") } else { String::new() };
        path.push(format!("{stem}{suffix}.toml"));
        path
    }
}

fn plural(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if word.ends_with(['s', 'x']) => format!("{word}es"),
        None => format!("{word}s"),
    }
}

/// A name as part of a path: no separators, nothing hidden, nothing that Windows reserves, and not
/// too long.
/// <https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file>
fn file_name(name: &str) -> String {
    const LONGEST: usize = 100;
    const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];
    let safe = |c: char| if c.is_alphanumeric() || "_-.".contains(c) { c } else { '_' };
    let mut text: String = name.chars().map(safe).collect();
    let end = (0..=text.len().min(LONGEST)).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or_default());
    if text.is_empty() || text.starts_with('.') {
        text.insert(0, '_');
    }
    if text.ends_with('.') {
        text.push('_');
    }
    let stem = text.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let numbered = port.is_some_and(|n| n.chars().count() == 1 && n.chars().all(char::is_numeric));
    if numbered || DEVICES.contains(&stem.as_str()) {
        text.insert(0, '_');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_every_file_system_takes() {
        assert_eq!(file_name("bookings"), "bookings");
        assert_eq!(file_name("Größe"), "Größe");
        assert_eq!(file_name("a/b\\c:d"), "a_b_c_d");
        assert_eq!(file_name(".."), "_.._");
        assert_eq!(file_name(".hidden"), "_.hidden");
        assert_eq!(file_name("Con"), "_Con");
        assert_eq!(file_name("com1.x"), "_com1.x");
        assert_eq!(file_name("company"), "company");
        assert_eq!(file_name(&"é".repeat(200)).len(), 100);
    }

    #[test]
    fn sections_in_the_plural() {
        assert_eq!(plural("table"), "tables");
        assert_eq!(plural("policy"), "policies");
        assert_eq!(plural("index"), "indexes");
    }
}
