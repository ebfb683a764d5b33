//! The entries of files, each with the object that the reader made of it.

use std::collections::HashMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::desired::Declared;
use crate::kind::{KindRow, Section, from_value, place_of};
use crate::kinds;
use crate::model::{Address, Object, Tag};
use crate::sql::FileId;

/// An object where a file declares it.
#[derive(Debug)]
pub struct DeclaredEntry<'a> {
    pub file: FileId,
    /// The keys that lead to it from the top of the file.
    pub path: Vec<String>,
    pub section: &'static Section,
    pub object: &'a Object,
    /// The file that one of its texts is in, as the entry names it.
    pub text_file: Option<String>,
    pub nested: Vec<DeclaredEntry<'a>>,
}

impl<'a> DeclaredEntry<'a> {
    /// The entry and everything under it.
    pub fn with_nested(&self) -> Vec<&DeclaredEntry<'a>> {
        let nested = self.nested.iter().flat_map(DeclaredEntry::with_nested);
        std::iter::once(self).chain(nested).collect()
    }
}

/// Finds the entries of the files that an object came from.
#[derive(Debug)]
pub struct Finder<'a> {
    objects: HashMap<(FileId, u32), Vec<&'a Object>>,
}

impl<'a> Finder<'a> {
    pub fn new(declared: &'a Declared) -> Self {
        let mut objects: HashMap<_, Vec<_>> = HashMap::new();
        for object in declared.database.objects.values() {
            if let Some(place) = declared.places.exactly(&object.address) {
                objects.entry((place.file, place.start)).or_default().push(object);
            }
        }
        Self { objects }
    }

    /// The entries at the top of a file, with what nests under them; none if it is not TOML.
    pub fn entries(&self, file: FileId, text: &str) -> Vec<DeclaredEntry<'a>> {
        match DeTable::parse(text) {
            Ok(table) => self.walk(file, None, table.get_ref(), &[]),
            Err(_) => Vec::new(),
        }
    }

    fn walk(
        &self,
        file: FileId,
        within: Option<Tag>,
        table: &DeTable<'_>,
        path: &[String],
    ) -> Vec<DeclaredEntry<'a>> {
        let mut found = Vec::new();
        for (key, value) in table {
            let section = kinds::sections(within).find(|(_, s)| s.key == key.get_ref());
            let Some((row, section)) = section else { continue };
            let path = [path, &[section.key.to_owned()]].concat();
            let mut entry = |key, value, path| {
                found.extend(self.entry(file, (row, section), key, value, path));
            };
            match value.get_ref().as_table().filter(|_| section.named) {
                Some(entries) => {
                    for (key, value) in entries {
                        entry(key, value, [&path[..], &[key.get_ref().to_string()]].concat());
                    }
                }
                None if section.named => {}
                None => entry(key, value, path),
            }
        }
        found
    }

    fn entry(
        &self,
        file: FileId,
        (row, section): (&KindRow, &'static Section),
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        path: Vec<String>,
    ) -> Option<DeclaredEntry<'a>> {
        let object = self.object(file, row.tag, key)?;
        let table = value.get_ref().as_table();
        let text_file = section.from_file.and_then(|(_, key)| table?.get(key));
        let text_file = text_file.and_then(|value| from_value(file, value).ok());
        let nested = table.map(|table| self.walk(file, Some(row.tag), table, &path));
        let nested = nested.unwrap_or_default();
        Some(DeclaredEntry { file, path, section, object, text_file, nested })
    }

    /// The object declared at a key. Objects that a rule made share the place of what has the rule.
    fn object(
        &self,
        file: FileId,
        kind: Tag,
        key: &Spanned<std::borrow::Cow<'_, str>>,
    ) -> Option<&'a Object> {
        let here = self.objects.get(&(file, place_of(file, key).start))?;
        let of_kind = |object: &&&Object| object.address.kind == kind;
        let named = |address: &Address| *address.name == **key.get_ref();
        let candidates = || here.iter().filter(of_kind);
        candidates().find(|object| named(&object.address)).or_else(|| candidates().next()).copied()
    }
}
