//! Files without some of what stands in them, and with all else as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::edit;
use super::file::File;
use crate::desired::Declared;
use crate::desired::write::WrittenFile;
use crate::kind::place_of;
use crate::sql::{FileId, Place};

/// The files below `directory`, which say `declared`, without what stands at the keys `places`:
/// entries of objects, with all that nests in them, and rules that are allowed. Only files that
/// change are told.
#[must_use]
pub fn without(directory: &Path, declared: &Declared, places: &[Place]) -> Vec<WrittenFile> {
    let allowed: BTreeSet<(FileId, u32)> =
        declared.allows.iter().map(|allow| (allow.place.file, allow.place.start)).collect();
    let mut by_file: BTreeMap<FileId, Vec<Place>> = BTreeMap::new();
    for place in places {
        by_file.entry(place.file).or_default().push(*place);
    }
    let files = by_file.into_iter().filter_map(|(id, places)| {
        let (path, text) = (declared.sources.path(id), declared.sources.text(id));
        let relative = path.strip_prefix(directory).unwrap_or(path).to_owned();
        let mut file = File::new(relative, text)?;
        let table = DeTable::parse(text).ok()?;
        for place in places {
            let Some(path) = path_to(place, table.get_ref()) else { continue };
            if allowed.contains(&(id, place.start)) {
                // `lint.allow` goes with the last rule in it; what it is about stays.
                edit::remove_down_to(&mut file.document, &path, path.len().saturating_sub(3));
            } else {
                edit::remove(&mut file.document, &path);
            }
        }
        Some(WrittenFile { text: file.changed()?, path: file.path })
    });
    files.collect()
}

/// The keys that lead to the one at `place`.
fn path_to(place: Place, table: &DeTable<'_>) -> Option<Vec<String>> {
    table.iter().find_map(|(key, value)| {
        let own = [key.get_ref().to_string()];
        if place_of(place.file, key).start == place.start {
            return Some(own.to_vec());
        }
        match value.get_ref() {
            DeValue::Table(table) => Some([&own[..], &path_to(place, table)?].concat()),
            _ => None,
        }
    })
}
