//! What no file declares finds its place, and the changed files come out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use super::file::File;
use super::revision::{Revision, Standing};
use super::{Updated, edit};
use crate::desired::layout;
use crate::desired::paths::Group;
use crate::desired::tree::Node;
use crate::desired::write::{WrittenFile, folded, grouped};
use crate::diagnostic::Many;
use crate::kinds;
use crate::model::Name;
use crate::sql::FileId;

impl<'a> Revision<'a> {
    /// Sees to it that `node`, and what nests under it, is declared; `parent` is the place of what it
    /// nests under.
    pub fn add(&mut self, node: Node<'a>, parent: Option<&Standing>) {
        let Some(standing) = self.standing.get(&node.object.address).cloned() else {
            return match parent {
                Some(parent) => self.add_under(parent, &node),
                None => self.new.push(node),
            };
        };
        for nested in node.nested {
            self.add(nested, Some(&standing));
        }
    }

    fn add_under(&mut self, parent: &Standing, node: &Node<'_>) {
        let of = node.object.partition_of.as_ref();
        if of.is_some_and(|of| self.declared.rules.iter().any(|rule| rule.parent() == of)) {
            return;
        }
        let Some(file) = self.files.get_mut(&parent.file) else { return };
        let result = edit::add(&mut file.document, &parent.path, parent.short, node);
        self.note(parent.file, result);
    }

    /// The files that are not as they were.
    ///
    /// # Errors
    /// When a file could not be changed.
    pub fn finish(mut self) -> Result<Updated, Many> {
        let mut updated = Updated { written: self.place_new(), removed: Vec::new() };
        if !self.problems.is_empty() {
            let headline = "The files cannot be brought up to date".to_owned();
            return Err(Many { headline, problems: Arc::new(self.problems) });
        }
        for file in self.files.into_values() {
            if file.is_emptied() {
                updated.removed.push(file.path);
            } else if let Some(text) = file.changed() {
                updated.written.push(WrittenFile { path: file.path, text });
            }
        }
        for (path, text) in self.texts {
            updated.written.push(WrittenFile { path: path.into(), text });
        }
        let unused = self.text_users.into_iter().filter(|(_, users)| *users == 0);
        updated.removed.extend(unused.map(|(path, _)| PathBuf::from(path)));
        updated.written.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(updated)
    }

    /// Puts the new objects into the files that they would be in had all been written afresh, and
    /// returns those of them that do not exist yet.
    fn place_new(&mut self) -> Vec<WrittenFile> {
        let kept = self.files.values().filter(|file| !file.is_emptied());
        let named: BTreeSet<Name> = kept.filter_map(|file| file.schema.clone()).collect();
        let mut new = std::mem::take(&mut self.new);
        new.retain(|node| !is_declared_by_line(node, &named));
        let existing = self.files.iter().map(|(id, file)| (folded(&file.path), *id));
        let existing: HashMap<String, FileId> = existing.collect();
        let mut created: BTreeMap<String, WrittenFile> = BTreeMap::new();
        for (group, nodes) in grouped(new) {
            for path in (1..).map(|attempt| group.path(attempt)) {
                let known = folded(&path);
                let file = existing.get(&known);
                let fits = |file: &File| is_of(file, &group);
                if let Some(id) = file.filter(|id| self.files.get(id).is_some_and(fits)) {
                    self.append(*id, &nodes);
                } else if file.is_none() && !created.contains_key(&known) {
                    let text = layout::file(group.schema.as_deref(), &nodes);
                    created.insert(known, WrittenFile { path, text });
                } else {
                    continue;
                }
                break;
            }
        }
        created.into_values().collect()
    }

    fn append(&mut self, id: FileId, nodes: &[Node<'_>]) {
        for node in nodes {
            let Some(file) = self.files.get_mut(&id) else { return };
            let result = edit::add(&mut file.document, &[], None, node);
            self.note(id, result);
        }
    }
}

/// Whether the objects of `group` may be in a file, which has one schema for all.
fn is_of(file: &File, group: &Group) -> bool {
    file.schema.as_ref().filter(|schema| &***schema != "public") == group.schema.as_ref()
}

/// Whether all there is to say of a schema is said by `schema = "…"` in some file.
fn is_declared_by_line(node: &Node<'_>, named: &BTreeSet<Name>) -> bool {
    let name = &node.object.address.name;
    let implied = (kinds::row(node.object.address.kind).1.namespace)(name);
    implied.is_some_and(|implied| implied == *node.object)
        && node.nested.is_empty()
        && named.contains(name)
}
