//! The desired state: TOML files, read into a database as the user spelled it.

mod allow;
mod check;
mod entry;
mod files;
mod json_schema;
mod layout;
mod merge;
mod paths;
mod places;
mod renamed;
mod revision;
mod rights;
mod toml_text;
mod tree;
mod write;
#[cfg(test)]
mod write_tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use allow::{Allow, AllowScope};
pub use json_schema::json_schema;
pub use merge::{Live, Updated, update, without};
pub use places::Places;
pub use revision::Revision;
pub use write::{WrittenFile, references, write};

use crate::diagnostic::{Located, Many, Sources};
use crate::kind::Rolling;
use crate::kinds;
use crate::model::{Address, Database, Name, Raw};

/// What the files say.
#[derive(Debug, Clone)]
pub struct Declared {
    pub database: Database<Raw>,
    pub sources: Sources,
    pub places: Places,
    /// How partitions come and go without being declared.
    pub rules: Vec<Arc<dyn Rolling>>,
    /// Objects that a rule stands for as of the day: what the files alone do not tell.
    pub expanded: Vec<Address>,
    /// What they have lint rules pass over.
    pub allows: Vec<Allow>,
    /// Where they say what something was called before.
    pub renamed_at: Places,
}

impl Declared {
    /// No files, and so nothing declared.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            database: Database::raw(BTreeMap::new()),
            sources: Sources::default(),
            places: Places::default(),
            rules: Vec::new(),
            expanded: Vec::new(),
            allows: Vec::new(),
            renamed_at: Places::default(),
        }
    }

    /// The schemas that the files name: those they have a say over.
    #[must_use]
    pub fn schemas(&self) -> BTreeSet<Name> {
        let objects = self.database.objects.values();
        // A schema that is declared is named, even if nothing is in it.
        let name = |address: &Address| match (kinds::row(address.kind).1.namespace)(&address.name) {
            Some(_) => Some(address.name.clone()),
            None => address.schema.clone(),
        };
        objects.filter_map(|object| name(&object.address)).collect()
    }

    /// The tablespaces that the files mention.
    #[must_use]
    pub fn tablespaces(&self) -> BTreeSet<Name> {
        let objects = self.database.objects.values();
        objects.flat_map(|object| (kinds::row(object.address.kind).1.tablespaces)(object)).collect()
    }

    /// The roles that the files mention.
    #[must_use]
    pub fn roles(&self) -> BTreeSet<Name> {
        let objects = self.database.objects.values();
        objects.flat_map(|object| (kinds::row(object.address.kind).1.roles)(object)).collect()
    }
}

/// The files below a directory, as they are.
#[derive(Debug, Default)]
pub struct Files {
    sources: Sources,
    directory: PathBuf,
    /// What stands for the directory in what is shown.
    shown: PathBuf,
}

impl Files {
    /// The files, for hashing.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The files as they would be with other texts in some of them, by path below the directory.
    #[must_use]
    pub fn with(self, texts: &BTreeMap<PathBuf, String>) -> Self {
        let mut sources = Sources::default();
        for (_, path, text) in self.sources.files() {
            let relative = path.strip_prefix(&self.directory).unwrap_or(path);
            let text = texts.get(relative).map_or(text, String::as_str);
            sources.add(path.to_owned(), text.to_owned());
        }
        Self { sources, ..self }
    }

    /// The same, called by another name of their directory.
    #[must_use]
    pub fn shown_as(self, shown: &Path) -> Self {
        let mut sources = Sources::default();
        for (_, path, text) in self.sources.files() {
            let relative = path.strip_prefix(&self.directory).unwrap_or(path);
            sources.add(shown.join(relative), text.to_owned());
        }
        Self { sources, shown: shown.to_owned(), ..self }
    }
}

/// Reads every `.toml` file below `directory`, without looking into it.
///
/// # Errors
/// When the directory, or a file in it, cannot be read.
pub fn read_files(directory: &Path) -> Result<Files, Located> {
    let sources = files::read(directory)?;
    Ok(Files { sources, directory: directory.to_owned(), shown: directory.to_owned() })
}

/// What files say of where things are declared, and of windows, with the schema `from` under the name `to`.
/// The objects themselves are left out: what they say of `from` in SQL only a server can follow.
///
/// # Errors
/// Those of the files' forms.
pub fn load_moved(
    files: Files,
    as_of: jiff::civil::Date,
    moved: (Name, Name),
) -> Result<Declared, Many> {
    let reader = entry::Reader::new(files).with_moved(moved);
    let (mut declared, problems) = read(reader, as_of);
    declared.database.objects.clear();
    told(declared, problems)
}

/// The objects that files declare, windows of partitions rolled to `as_of`.
///
/// # Errors
/// Everything that is wrong with the files, each with its place.
pub fn load(files: Files, as_of: jiff::civil::Date) -> Result<Declared, Many> {
    let reader = entry::Reader::new(files);
    let (declared, mut problems) = read(reader, as_of);
    problems.extend(check::references(&declared));
    problems.extend(renamed::contradictions(&declared));
    told(declared, problems)
}

fn read(mut reader: entry::Reader, as_of: jiff::civil::Date) -> (Declared, Vec<Located>) {
    reader.read_all();
    reader.expand(as_of);
    reader.add_schemas();
    reader.finish()
}

fn told(declared: Declared, problems: Vec<Located>) -> Result<Declared, Many> {
    if problems.is_empty() {
        Ok(declared)
    } else {
        let headline = match problems.len() {
            1 => "The files have an error".to_owned(),
            n => format!("The files have {n} errors"),
        };
        Err(Many { headline, problems: Arc::new(problems) })
    }
}
