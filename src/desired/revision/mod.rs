//! The files as they are in a revision of a git repository.
//!
//! git itself is asked for them: whoever has a repository to compare with has the program, and it alone knows how
//! that repository keeps its objects, its line ends and its filters.

mod command;
mod copy;
mod repository;

use std::path::{Path, PathBuf};

use super::Files;
use crate::diagnostic::{Located, Sources};
use copy::Copy;
use repository::Repository;

/// The directory of files of a revision, for as long as it is looked at.
#[derive(Debug)]
pub struct Revision {
    copy: Copy,
    /// How its files are called in what is shown.
    shown: PathBuf,
}

impl Revision {
    /// Takes a copy of `directory` as it is in `reference`: whatever git takes for a revision, or such a one with
    /// `...` behind it, which means where the current branch went its own way from it. Where it has no such
    /// directory, there are no files.
    ///
    /// # Errors
    /// No git, no repository around the directory, no such revision.
    pub fn take(directory: &Path, reference: &str) -> Result<Self, Located> {
        let repository = Repository::around(directory)?;
        let commit = repository.commit(reference)?;
        let copy = Copy::of(&repository, &commit)?;
        let revision = reference.trim_end_matches("...");
        let shown = format!("{revision}:{}", directory.display());
        Ok(Self { copy, shown: PathBuf::from(shown) })
    }

    /// Its files, called by the revision and their paths.
    ///
    /// # Errors
    /// A file that cannot be read; a link or a submodule, where what is behind it is not of the revision.
    pub fn files(&self) -> Result<Files, Located> {
        self.copy.refuse_what_leads_out(&self.shown)?;
        let directory = self.copy.directory();
        if !directory.is_dir() {
            let (sources, shown) = (Sources::default(), self.shown.clone());
            return Ok(Files { sources, directory, shown });
        }
        super::read_shown(directory, self.shown.clone())
    }
}
