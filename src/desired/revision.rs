//! The files as they are in a revision of a git repository.
//!
//! git itself is asked for them: whoever has a repository to compare with has the program, and it alone knows how
//! that repository keeps its objects, its line ends and its filters.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::Files;
use crate::diagnostic::Located;

/// The directory of files of a revision, for as long as it is looked at.
#[derive(Debug)]
pub struct Revision {
    copy: TempDir,
    /// How its files are called in what is shown.
    shown: PathBuf,
}

/// What a hook of git has set, and what would make it another repository than the one around a directory.
const OF_HOOKS: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

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
        let copy = tempfile::tempdir().map_err(|error| failed("make a directory", &error))?;
        let files = copy.path().join("files");
        fs::create_dir(&files).map_err(|error| failed("make a directory", &error))?;
        if let Some(tree) = repository.tree(&commit)? {
            repository.check_out(&tree, copy.path(), &files)?;
        }
        let revision = reference.trim_end_matches("...");
        let shown = format!("{revision}:{}", directory.display());
        Ok(Self { copy, shown: PathBuf::from(shown) })
    }

    /// Its files, called by the revision and their paths.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn files(&self) -> Result<Files, Located> {
        Ok(super::read_files(&self.copy.path().join("files"))?.shown_as(&self.shown))
    }
}

/// A repository, and where in it the files are.
struct Repository {
    /// The directory of the files.
    directory: PathBuf,
    /// Its path from the top of the work tree; empty at the top.
    path: String,
    /// The repository itself, as an absolute path.
    git: PathBuf,
}

impl Repository {
    fn around(directory: &Path) -> Result<Self, Located> {
        let output = git(directory, ["rev-parse", "--absolute-git-dir", "--show-prefix"])?;
        if !output.status.success() {
            let message = format!("{} is in no git repository", directory.display());
            return Err(Located::new("pgconverge::revision::no_repository", message)
                .help(format!("`--against` compares with files that git has{}", said(&output))));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines();
        let git = PathBuf::from(lines.next().unwrap_or_default());
        let path = lines.next().unwrap_or_default().trim_end_matches('/').to_owned();
        Ok(Self { directory: directory.to_owned(), path, git })
    }

    /// The commit that a reference means.
    fn commit(&self, reference: &str) -> Result<String, Located> {
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

    /// The directory of the files in a commit, if it has one.
    fn tree(&self, commit: &str) -> Result<Option<String>, Located> {
        let path = format!("{commit}:{}", self.path);
        let output = git(&self.directory, ["rev-parse", "--verify", "--quiet", &*path])?;
        if !output.status.success() {
            return Ok(None);
        }
        let object = one_line(&output);
        let kind = succeeded(git(&self.directory, ["cat-file", "-t", &*object])?)?;
        Ok((one_line(&kind) == "tree").then_some(object))
    }

    /// Puts the files of a tree into an empty directory, by way of an index of their own: the work tree, its index
    /// and its hooks have no part in it.
    fn check_out(&self, tree: &str, scratch: &Path, into: &Path) -> Result<(), Located> {
        let run = |arguments: &[&str]| {
            let mut command = command(into);
            command
                .env("GIT_INDEX_FILE", scratch.join("index-of-the-copy"))
                .arg("--git-dir")
                .arg(&self.git);
            command.arg("--work-tree").arg(into);
            command.args(["-c", "core.hooksPath=/dev/null", "-c", "core.sparseCheckout=false"]);
            succeeded(output(command.args(arguments))?)
        };
        run(&["read-tree", tree])?;
        run(&["checkout-index", "--all"])?;
        Ok(())
    }
}

fn git<S: AsRef<OsStr>>(
    directory: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Output, Located> {
    output(command(directory).args(arguments))
}

fn command(directory: &Path) -> Command {
    let mut command = Command::new("git");
    for variable in OF_HOOKS {
        command.env_remove(variable);
    }
    // Nobody is there to be asked for a password, should it fetch something.
    command.current_dir(directory).env("GIT_TERMINAL_PROMPT", "0");
    command
}

fn output(command: &mut Command) -> Result<Output, Located> {
    command.output().map_err(|error| {
        let message = format!("git cannot be run: {error}");
        Located::new("pgconverge::revision::no_git", message).help(
            "`--against` asks git for the files of a revision: install it, and have it on the PATH",
        )
    })
}

fn succeeded(output: Output) -> Result<Output, Located> {
    if output.status.success() {
        return Ok(output);
    }
    let message = "git cannot give the files of the revision".to_owned();
    Err(Located::new("pgconverge::revision::failed", message)
        .help(format!("see whether the repository is whole: `git fsck`{}", said(&output))))
}

/// What git has said, as far as it has said anything.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    match text.trim() {
        "" => String::new(),
        text => format!("\ngit says: {text}"),
    }
}

fn failed(what: &str, error: &std::io::Error) -> Located {
    Located::new("pgconverge::revision::failed", format!("cannot {what} for a copy: {error}"))
        .help("see whether there is room in the directory for temporary files (TMPDIR)")
}

fn one_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
