//! All files of a directory, being brought up to date: what they declare is changed or removed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde_json::{Map, Value};
use toml_edit::TomlError;

use super::entries::{DeclaredEntry, Finder};
use super::file::File;
use super::pairing::Pairing;
use super::{Live, edit};
use crate::desired::Declared;
use crate::desired::tree::{NAME, Node, attributes};
use crate::diagnostic::Located;
use crate::model::{Address, Object};
use crate::sql::FileId;

/// A window of partitions: no catalog has it, so it stays while the table is partitioned.
const WINDOW: &str = "partitions";
const PARTITIONED: &str = "partition_by";

/// The changes so far.
#[derive(Debug)]
pub struct Revision<'a> {
    pub(super) declared: &'a Declared,
    pub(super) live: Live<'a>,
    pub(super) files: BTreeMap<FileId, File>,
    /// Where the objects of the live database are declared.
    pub(super) standing: HashMap<Address, Standing>,
    /// What no file declares and what goes to the top of one.
    pub(super) new: Vec<Node<'a>>,
    /// Texts in files of their own: how many entries have them, and those that change.
    pub(super) text_users: BTreeMap<String, usize>,
    pub(super) texts: BTreeMap<String, String>,
    pub(super) problems: Vec<Located>,
}

/// The place of an entry.
#[derive(Debug, Clone)]
pub struct Standing {
    pub file: FileId,
    pub path: Vec<String>,
    pub short: Option<&'static str>,
}

impl<'a> Revision<'a> {
    pub fn new(directory: &Path, declared: &'a Declared, live: Live<'a>) -> Self {
        let files = declared.sources.files().filter_map(|(id, path, text)| {
            path.extension().filter(|extension| *extension == "toml")?;
            let path = path.strip_prefix(directory).unwrap_or(path).to_owned();
            Some((id, File::new(path, text)?))
        });
        Self {
            declared,
            live,
            files: files.collect(),
            standing: HashMap::new(),
            new: Vec::new(),
            text_users: BTreeMap::new(),
            texts: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// Changes what is declared and there, and removes what is declared and not there.
    pub fn revise(&mut self) {
        let finder = Finder::new(self.declared);
        let sources = &self.declared.sources;
        let ids = self.files.keys();
        let entries: Vec<_> = ids.flat_map(|id| finder.entries(*id, sources.text(*id))).collect();
        let all: Vec<&DeclaredEntry<'a>> =
            entries.iter().flat_map(DeclaredEntry::with_nested).collect();
        for file in all.iter().filter_map(|entry| entry.text_file.as_ref()) {
            *self.text_users.entry(file.clone()).or_default() += 1;
        }
        let spelled = self.spelled(&all);
        let wanted: HashSet<Address> =
            all.iter().map(|entry| spelled.of(entry).address.clone()).collect();
        let mut pairing = Pairing::new(&self.live.database.objects, &wanted);
        for entry in &entries {
            self.revise_entry(entry, &spelled, &mut pairing);
        }
    }

    /// The declared objects in PostgreSQL's spelling, as far as it is known.
    fn spelled(&self, entries: &[&DeclaredEntry<'a>]) -> Spelled<'a> {
        let Some(database) = self.live.declared else { return Spelled::default() };
        let called = |address: &'a Address| database.written.get(address).unwrap_or(address);
        let addresses = entries.iter().map(|entry| called(&entry.object.address).clone());
        let mut pairing = Pairing::new(&database.objects, &addresses.collect());
        let mut spelled = HashMap::new();
        for entry in entries {
            let address = &entry.object.address;
            let object = pairing.take(entry, called(address));
            spelled.extend(object.map(|object| (address.clone(), object)));
        }
        Spelled(spelled)
    }

    fn revise_entry(
        &mut self,
        entry: &DeclaredEntry<'a>,
        spelled: &Spelled<'a>,
        pairing: &mut Pairing<'a>,
    ) {
        if !self.live.covers(&entry.object.address) {
            return;
        }
        let said = spelled.of(entry);
        let Some(object) = pairing.take(entry, &said.address) else {
            return self.remove(entry);
        };
        let standing =
            Standing { file: entry.file, path: entry.path.clone(), short: entry.section.short };
        self.standing.insert(object.address.clone(), standing);
        self.change(entry, said, object);
        for nested in &entry.nested {
            self.revise_entry(nested, spelled, pairing);
        }
    }

    fn remove(&mut self, entry: &DeclaredEntry<'_>) {
        for file in entry.with_nested().iter().filter_map(|entry| entry.text_file.as_ref()) {
            self.leave(file);
        }
        if let Some(file) = self.files.get_mut(&entry.file) {
            edit::remove(&mut file.document, &entry.path);
        }
    }

    /// One entry has its text in `file` no longer.
    fn leave(&mut self, file: &str) {
        if let Some(users) = self.text_users.get_mut(file) {
            *users -= 1;
        }
    }

    fn change(&mut self, entry: &DeclaredEntry<'_>, said: &Object, object: &Object) {
        let (Some((_, mut from)), Some((_, mut to))) = (attributes(said), attributes(object))
        else {
            return;
        };
        from.shift_remove(WINDOW);
        let window = attributes(entry.object).is_some_and(|(_, raw)| raw.contains_key(WINDOW));
        if window && !to.contains_key(PARTITIONED) {
            from.insert(WINDOW.to_owned(), Value::Null);
        }
        if entry.object.any_name {
            from.shift_remove(NAME);
            to.shift_remove(NAME);
        }
        self.change_text_file(entry, &mut from, &mut to);
        if from == to {
            return;
        }
        let Some(file) = self.files.get_mut(&entry.file) else { return };
        let Some(item) = edit::item(&mut file.document, &entry.path) else { return };
        let result = edit::change(item, entry.section.short, &from, &to);
        self.note(entry.file, result);
    }

    /// A text in a file of its own changes there, unless that file is also somebody else's.
    fn change_text_file(
        &mut self,
        entry: &DeclaredEntry<'_>,
        from: &mut Map<String, Value>,
        to: &mut Map<String, Value>,
    ) {
        let (Some((key, file_key)), Some(path)) = (entry.section.from_file, &entry.text_file)
        else {
            return;
        };
        let before = from.shift_remove(key);
        if before.as_ref() == to.get(key) {
            to.shift_remove(key);
        } else if let (Some(Value::String(text)), Some(1)) =
            (to.get(key), self.text_users.get(path))
        {
            self.texts.insert(path.clone(), text.clone());
            to.shift_remove(key);
        } else {
            from.insert(file_key.to_owned(), Value::Null);
            self.leave(path);
        }
    }

    pub(super) fn note(&mut self, file: FileId, result: Result<(), TomlError>) {
        if let (Err(error), Some(file)) = (result, self.files.get(&file)) {
            let message = format!("{} cannot be changed: {error}", file.path.display());
            self.problems.push(
                Located::new("pgconverge::desired::cannot_update", message)
                    .help("move the file away, so that its objects are written afresh"),
            );
        }
    }
}

/// Declared objects by their addresses in the files.
#[derive(Default)]
struct Spelled<'a>(HashMap<Address, &'a Object>);

impl<'a> Spelled<'a> {
    fn of(&self, entry: &DeclaredEntry<'a>) -> &'a Object {
        self.0.get(&entry.object.address).copied().unwrap_or(entry.object)
    }
}
