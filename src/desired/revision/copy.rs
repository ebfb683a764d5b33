//! A copy of what a commit has: of the directory of the files, and of more if they speak of more.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tempfile::TempDir;

use super::command::{command, output, succeeded};
use super::repository::Repository;
use crate::desired::files::{is_hidden, is_toml};
use crate::diagnostic::Located;

/// The files as git puts them into a work tree, which this is one of: it has attributes, filters and links.
#[derive(Debug)]
pub struct Copy {
    scratch: TempDir,
    /// Where in it the directory is.
    path: PathBuf,
    /// Repositories within the repository, of which git has nothing but the name of a commit.
    submodules: BTreeSet<PathBuf>,
}

/// What a commit has at a path.
struct Entry {
    mode: String,
    path: PathBuf,
}

const LINK: &str = "120000";
const SUBMODULE: &str = "160000";

impl Copy {
    /// The directory of the repository's files, as it is in a commit.
    ///
    /// # Errors
    /// Those of git; no room.
    pub fn of(repository: &Repository, commit: &str) -> Result<Self, Located> {
        let scratch = tempfile::tempdir().map_err(|error| failed("make a directory", &error))?;
        let path = repository.path.clone();
        let mut copy = Self { scratch, path, submodules: BTreeSet::new() };
        fs::create_dir(copy.top()).map_err(|error| failed("make a directory", &error))?;
        copy.fill(repository, commit)?;
        Ok(copy)
    }

    /// Where the directory of the files is, if the commit has it.
    pub fn directory(&self) -> PathBuf {
        self.top().join(&self.path)
    }

    fn top(&self) -> PathBuf {
        self.scratch.path().join("tree")
    }

    /// What is outside of the directory is needed only where a link or a path leads there; a repository may be large.
    fn fill(&mut self, repository: &Repository, commit: &str) -> Result<(), Located> {
        self.git(repository, &["read-tree", commit], None)?;
        let entries = entries(&self.git(repository, &["ls-files", "--stage", "-z"], None)?);
        let submodules = entries.iter().filter(|entry| entry.mode == SUBMODULE);
        self.submodules = submodules.map(|entry| entry.path.clone()).collect();
        let related = |entry: &Entry| {
            entry.path.starts_with(&self.path) || self.path.starts_with(&entry.path)
        };
        // A path that is no UTF-8 could not be named to git again.
        let uncertain = |entry: &Entry| {
            entry.mode == LINK || entry.path.to_string_lossy().contains(char::REPLACEMENT_CHARACTER)
        };
        let mut whole = entries.iter().any(|entry| related(entry) && uncertain(entry));
        if !whole {
            let mut list = Vec::new();
            for entry in entries.iter().filter(|entry| related(entry)) {
                list.extend([entry.path.as_os_str().as_encoded_bytes(), b"\0"].concat());
            }
            self.git(repository, &["checkout-index", "-z", "--stdin"], Some(&list))?;
            whole = self.leads_up(&entries);
        }
        if whole {
            self.git(repository, &["checkout-index", "--all", "--force"], None)?;
        }
        Ok(())
    }

    /// Whether a file may name another one outside of the directory.
    fn leads_up(&self, entries: &[Entry]) -> bool {
        let here = entries.iter().filter(|entry| entry.path.starts_with(&self.path));
        let mut texts = here
            .filter(|entry| is_toml(&entry.path))
            .filter_map(|entry| fs::read_to_string(self.top().join(&entry.path)).ok());
        texts.any(|text| text.contains(".."))
    }

    /// Runs git with an index of its own: the work tree, its index and its hooks have no part in it.
    fn git(
        &self,
        repository: &Repository,
        arguments: &[&str],
        input: Option<&[u8]>,
    ) -> Result<Output, Located> {
        let top = self.top();
        let mut command = command(&top);
        command
            .env("GIT_INDEX_FILE", self.scratch.path().join("index-of-the-copy"))
            .arg("--git-dir")
            .arg(&repository.git)
            .arg("--work-tree")
            .arg(&top);
        for setting in ["hooksPath=/dev/null", "sparseCheckout=false", "fsmonitor=false"] {
            command.args(["-c", &format!("core.{setting}")]);
        }
        if let Some(input) = input {
            let list = self.scratch.path().join("list");
            fs::write(&list, input).map_err(|error| failed("write", &error))?;
            let list = File::open(list).map_err(|error| failed("read", &error))?;
            command.stdin(Stdio::from(list));
        }
        succeeded(output(command.args(arguments))?)
    }

    /// Links whose end the commit does not have, and submodules: the files of the work tree have what is behind
    /// them, and a comparison would take that for new.
    ///
    /// # Errors
    /// The first of them, called by what stands for the directory in what is shown.
    pub fn refuse_what_leads_out(&self, shown: &Path) -> Result<(), Located> {
        let directory = self.directory();
        if self.submodules.iter().any(|submodule| self.path.starts_with(submodule)) {
            return Err(is_foreign(shown));
        }
        if !directory.is_dir() {
            return Ok(());
        }
        let top = fs::canonicalize(self.top()).map_err(|error| failed("look into", &error))?;
        self.look_into(&directory, &top, &|path: &Path| {
            shown.join(path.strip_prefix(&directory).unwrap_or(path))
        })
    }

    fn look_into(
        &self,
        directory: &Path,
        top: &Path,
        shown: &dyn Fn(&Path) -> PathBuf,
    ) -> Result<(), Located> {
        let foreign = |path: &Path| {
            let below = fs::canonicalize(path).ok()?;
            let below = below.strip_prefix(top).ok()?;
            Some(self.submodules.iter().any(|submodule| below.starts_with(submodule)))
        };
        let listed = fs::read_dir(directory).map_err(|error| failed("look into", &error))?;
        let mut paths: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| !is_hidden(path)) {
            match foreign(path) {
                None => return Err(leads_out(&shown(path))),
                Some(true) => return Err(is_foreign(&shown(path))),
                Some(false) if path.is_dir() => self.look_into(path, top, shown)?,
                Some(false) => {}
            }
        }
        Ok(())
    }
}

fn entries(listed: &Output) -> Vec<Entry> {
    let text = String::from_utf8_lossy(&listed.stdout);
    let entry = |line: &str| {
        let (about, path) = line.split_once('\t')?;
        let mode = about.split(' ').next()?.to_owned();
        Some(Entry { mode, path: PathBuf::from(path) })
    };
    text.split('\0').filter_map(entry).collect()
}

fn leads_out(path: &Path) -> Located {
    let message = format!("{} is a link to what the revision does not have", path.display());
    Located::new("pgconverge::revision::elsewhere", message).help(
        "`--against` compares with what git has: have what it links to in the same repository, or the file itself in \
         place of the link",
    )
}

fn is_foreign(path: &Path) -> Located {
    let message = format!("{} is in a submodule, which is another repository", path.display());
    Located::new("pgconverge::revision::elsewhere", message).help(
        "`--against` compares with what this repository has: have the files in it, or compare the submodule by \
         itself, from within",
    )
}

fn failed(what: &str, error: &std::io::Error) -> Located {
    Located::new("pgconverge::revision::failed", format!("cannot {what} for a copy: {error}"))
        .help("see whether there is room in the directory for temporary files (TMPDIR)")
}
