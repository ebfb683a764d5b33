//! The files that declare a database.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use serde_json::Value;

use super::layout;
use super::paths::Group;
use super::tree::{Node, attributes, forest};
use crate::diagnostic::Many;
use crate::kinds;
use crate::model::{Canonical, Database, Name};

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// Relative to the schema directory.
    pub path: PathBuf,
    pub text: String,
}

/// All objects of `database` as files, laid out as a person would: one file for each table with
/// everything on it, one for each name of a routine, one for all sequences.
///
/// # Errors
/// Every object that no section of a file can hold.
pub fn write(database: &Database<Canonical>) -> Result<Vec<WrittenFile>, Many> {
    let mut taken = HashSet::new();
    let files = grouped(top(database)?).into_iter().map(|(group, nodes)| {
        let mut paths = (1..).map(|attempt| group.path(attempt));
        // There is always a next number.
        let path = paths.find(|path| taken.insert(folded(path))).unwrap_or_default();
        WrittenFile { path, text: layout::file(group.schema.as_deref(), &nodes) }
    });
    let mut files: Vec<WrittenFile> = files.collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// The secrets that [`write()`] points to instead of writing them, with the variable it names for each.
#[must_use]
pub fn references(database: &Database<Canonical>) -> Vec<(String, String)> {
    let secret = database.objects.values().filter(|o| kinds::row(o.address.kind).1.has_secrets);
    let mut found = Vec::new();
    for object in secret {
        let facts = object.spec.tree();
        let Some((_, written)) = attributes(object) else { continue };
        for (key, value) in written.get("options").and_then(Value::as_object).into_iter().flatten()
        {
            if let Some(Value::String(variable)) = value.get("env")
                && facts["options"][key] != *value
            {
                found.push((format!("{key} of {}", object.address), variable.clone()));
            }
        }
    }
    found
}

/// The entries at the top of files. A schema that others are in, and about which there is nothing
/// else to say, is declared by their being there.
pub fn top(database: &Database<Canonical>) -> Result<Vec<Node<'_>>, Many> {
    let mut nodes = forest(&database.objects)?;
    let used: BTreeSet<Name> =
        nodes.iter().filter_map(|node| node.object.address.schema.clone()).collect();
    nodes.retain(|node| {
        let object = node.object;
        let implied = (kinds::row(object.address.kind).1.namespace)(&object.address.name);
        let is_implied = implied.is_some_and(|implied| implied == *object);
        !(is_implied && node.nested.is_empty() && used.contains(&object.address.name))
    });
    Ok(nodes)
}

/// The entries by the file that they go to; files whose names need no change come first, so that
/// they get them.
pub fn grouped(nodes: Vec<Node<'_>>) -> Vec<(Group, Vec<Node<'_>>)> {
    let mut groups: BTreeMap<(bool, Group), Vec<Node<'_>>> = BTreeMap::new();
    for node in nodes {
        let group = Group::of(&node);
        groups.entry((!group.is_exact(), group)).or_default().push(node);
    }
    groups.into_iter().map(|((_, group), nodes)| (group, nodes)).collect()
}

/// A path as a file system sees it that does not tell upper case from lower.
pub fn folded(path: &std::path::Path) -> String {
    path.to_string_lossy().replace('\\', "/").to_lowercase()
}
