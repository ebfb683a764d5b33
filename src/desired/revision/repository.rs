//! The repository that a directory is in.

use std::path::{Path, PathBuf};

use super::command::{git, one_line, said};
use crate::diagnostic::Located;

/// A repository, and where in it the files are.
pub struct Repository {
    /// The directory of the files.
    directory: PathBuf,
    /// Its path from the top of the work tree; empty at the top.
    pub path: PathBuf,
    /// The repository itself, as an absolute path.
    pub git: PathBuf,
}

impl Repository {
    /// The one around a directory.
    ///
    /// # Errors
    /// No git; no repository.
    pub fn around(directory: &Path) -> Result<Self, Located> {
        let output = git(directory, ["rev-parse", "--absolute-git-dir", "--show-prefix"])?;
        if !output.status.success() {
            let message = format!("{} is in no git repository", directory.display());
            return Err(Located::new("pgconverge::revision::no_repository", message)
                .help(format!("`--against` compares with files that git has{}", said(&output))));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines();
        let git = PathBuf::from(lines.next().unwrap_or_default());
        let path = PathBuf::from(lines.next().unwrap_or_default().trim_end_matches('/'));
        Ok(Self { directory: directory.to_owned(), path, git })
    }

    /// The commit that a reference means.
    ///
    /// # Errors
    /// No such revision; with three dots, no common base.
    pub fn commit(&self, reference: &str) -> Result<String, Located> {
        let Some(other) = reference.strip_suffix("...") else { return self.resolved(reference) };
        let (ours, theirs) = (self.resolved("HEAD")?, self.resolved(other)?);
        let output = git(&self.directory, ["merge-base", &*ours, &*theirs])?;
        if !output.status.success() {
            let message = format!("nothing is known that HEAD and {other} have come from");
            return Err(Located::new("pgconverge::revision::no_common_base", message).help(format!(
                "a clone that was cut short does not have it: `git fetch --unshallow`, or compare with {other} as \
                 it is: `--against {other}`"
            )));
        }
        Ok(one_line(&output))
    }

    fn resolved(&self, reference: &str) -> Result<String, Located> {
        let commit = format!("{reference}^{{commit}}");
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", &*commit];
        let output = git(&self.directory, verify)?;
        if output.status.success() && !reference.is_empty() {
            return Ok(one_line(&output));
        }
        let message = format!("git knows no revision `{reference}` here");
        Err(Located::new("pgconverge::revision::unknown", message).help(
            "a branch, a tag or a commit is meant; of a branch that only the server has, fetch it first, such as \
             `git fetch --depth=1 origin main`, and say `--against FETCH_HEAD`",
        ))
    }
}
