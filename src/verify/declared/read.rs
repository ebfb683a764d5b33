//! From files to checks.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::form::{CheckForm, SetupForm};
use super::{Checks, entry};
use crate::desired::read_files;
use crate::diagnostic::{Located, Many, Sources, did_you_mean};
use crate::kind::{FormError, from_value, place_of};
use crate::sql::{FileId, Fragment, Place};
use crate::verify::built_in;

/// The sections of a file of checks.
const SECTIONS: [&str; 2] = ["check", "setup"];

/// The checks that the `.toml` files below `directory` declare.
///
/// # Errors
/// Everything that is wrong with the files, each with its place.
pub fn read(directory: &Path) -> miette::Result<Checks> {
    let sources = read_files(directory)?.sources().clone();
    let mut reader = Reader { sources, ..Reader::default() };
    let files: Vec<(FileId, String)> =
        reader.sources.files().map(|(file, _, text)| (file, text.to_owned())).collect();
    for (file, text) in &files {
        reader.read_file(*file, text);
    }
    reader.find_used();
    let Reader { sources, checks, setups, problems, .. } = reader;
    if problems.is_empty() {
        let setups = setups.into_iter().map(|(name, (_, statements))| (name, statements));
        return Ok(Checks { sources, checks, setups: setups.collect() });
    }
    let headline = match problems.len() {
        1 => "The files of checks have an error".to_owned(),
        n => format!("The files of checks have {n} errors"),
    };
    Err(Many { headline, problems: Arc::new(problems) }.into())
}

#[derive(Default)]
struct Reader {
    sources: Sources,
    checks: Vec<super::Declared>,
    setups: BTreeMap<String, (Place, Vec<Fragment>)>,
    /// What checks use, with the place where they say so.
    used: Vec<Fragment>,
    problems: Vec<Located>,
}

impl Reader {
    fn read_file(&mut self, file: FileId, text: &str) {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let place = place_of(file, &Spanned::new(error.span().unwrap_or(0..0), ()));
            self.problems.push(
                Located::new("pgconverge::desired::not_toml", error.message().to_owned())
                    .at(&self.sources, place, "here")
                    .help("the file is not TOML: https://toml.io"),
            );
        }
        if !errors.is_empty() {
            return;
        }
        for (key, value) in table.get_ref() {
            let word = &**key.get_ref();
            if !SECTIONS.contains(&word) {
                let message = format!("unknown key `{word}`");
                let error = FormError::new("pgconverge::desired::unknown_key", message);
                let help = match did_you_mean(word, SECTIONS) {
                    Some(section) => format!("did you mean `{section}`?"),
                    None => "a file of checks has [check.NAME] and [setup.NAME]".to_owned(),
                };
                self.report(error.help(help).or_at(place_of(file, key)));
                continue;
            }
            let Some(entries) = value.get_ref().as_table() else {
                let message = format!("`{word}` holds entries by name");
                let error = FormError::new("pgconverge::desired::type_mismatch", message);
                self.report(error.or_at(place_of(file, value)));
                continue;
            };
            for (name, value) in entries {
                let place = place_of(file, name);
                let result = match word == SECTIONS[0] {
                    true => self.read_check(name.get_ref(), place, value),
                    false => self.read_setup(name.get_ref(), place, value),
                };
                result.unwrap_or_else(|error| self.report(error));
            }
        }
    }

    fn read_check(
        &mut self,
        name: &str,
        place: Place,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), FormError> {
        let form: CheckForm = entry_of(place, value)?;
        if let Some(other) = self.checks.iter().find(|other| other.name == name) {
            let other = other.place;
            self.declared_twice(&format!("the check {name}"), place, other);
            return Ok(());
        }
        if built_in::NAMES.contains(&name) {
            let message = format!("{name} is the name of a built-in check");
            let error = FormError::new("pgconverge::desired::duplicate", message);
            return Err(error.help("give it another name").or_at(place));
        }
        self.used.extend(form.uses.iter().cloned());
        self.checks.push(entry::check(name, place, form)?);
        Ok(())
    }

    fn read_setup(
        &mut self,
        name: &str,
        place: Place,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), FormError> {
        let form: SetupForm = entry_of(place, value)?;
        match self.setups.get(name) {
            Some((other, _)) => self.declared_twice(&format!("the setup {name}"), place, *other),
            None => drop(self.setups.insert(name.to_owned(), (place, form.statements))),
        }
        Ok(())
    }

    fn declared_twice(&mut self, what: &str, place: Place, other: Place) {
        self.problems.push(
            Located::new("pgconverge::desired::duplicate", format!("{what} is declared twice"))
                .at(&self.sources, place, "declared here")
                .at(&self.sources, other, "and here")
                .help("remove one of the two, or give it another name"),
        );
    }

    /// A check may use a setup of any file.
    fn find_used(&mut self) {
        for used in std::mem::take(&mut self.used) {
            if self.setups.contains_key(used.as_str()) {
                continue;
            }
            let message = format!("there is no setup `{used}`");
            let error = FormError::new("pgconverge::desired::missing_reference", message);
            let near = did_you_mean(used.as_str(), self.setups.keys().map(String::as_str));
            let error = error.help(match near {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("declare it: [setup.{used}]"),
            });
            self.report(match used.place() {
                Some(place) => error.or_at(place),
                None => error,
            });
        }
    }

    fn report(&mut self, error: FormError) {
        let mut problem = Located::new(error.code, error.message);
        if let Some(place) = error.place {
            problem = problem.at(&self.sources, place, "here");
        }
        self.problems.push(match error.help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }
}

/// An entry's own errors, such as a missing key, are shown at its name.
fn entry_of<T: DeserializeOwned>(
    name: Place,
    value: &Spanned<DeValue<'_>>,
) -> Result<T, FormError> {
    let whole = place_of(name.file, value);
    from_value(name.file, value).map_err(|mut error| {
        if error.place == Some(whole) {
            error.place = Some(name);
        }
        error
    })
}
