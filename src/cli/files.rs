//! Files, written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::desired::{Updated, WrittenFile};
use crate::diagnostic::Located;

/// Writes `text` to `path`: a reader sees the file as it was, or all of the new one. `code` is the error's.
pub fn write(path: &Path, text: &str, code: &'static str) -> miette::Result<()> {
    let written = staged(path, text).and_then(|file| put(file, path));
    written.map_err(|error| {
        let message = format!("{} cannot be written: {error}", path.display());
        Located::new(code, message)
            .help("name a file in a directory that is there and that you may write to")
            .into()
    })
}

/// Writes a file of the schema, and makes the directory that it is in.
pub fn save(directory: &Path, file: &WrittenFile) -> miette::Result<()> {
    let path = directory.join(&file.path);
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    let saved = made.and_then(|()| staged(&path, &file.text)).and_then(|it| put(it, &path));
    saved.map_err(|error| unwritable(&path, &error).into())
}

/// Writes and removes all files of `updated`, or none; then the directories are as they were, too.
pub fn replace(directory: &Path, updated: &Updated) -> miette::Result<()> {
    let mut made = Vec::new();
    let replaced = replace_all(directory, updated, &mut made);
    if replaced.is_err() {
        // One that is not empty is somebody else's by now.
        made.iter().rev().for_each(|directory| drop(fs::remove_dir(directory)));
    }
    replaced.map_err(Into::into)
}

/// `made` gets the directories that were not there.
fn replace_all(
    directory: &Path,
    updated: &Updated,
    made: &mut Vec<PathBuf>,
) -> Result<(), Located> {
    let mut ready = Vec::new();
    for file in &updated.written {
        let path = directory.join(&file.path);
        let parent = path.parent().unwrap_or_else(|| Path::new(""));
        let missing =
            parent.ancestors().take_while(|it| !it.as_os_str().is_empty() && !it.exists());
        let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        missing.reverse();
        made.extend(missing);
        let staged = fs::create_dir_all(parent).and_then(|()| staged(&path, &file.text));
        ready.push((staged.map_err(|error| unwritable(&path, &error))?, path));
    }
    let mut done: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
    let all = || -> Result<(), (PathBuf, io::Error)> {
        for (file, path) in ready {
            let before = fs::read(&path).ok();
            put(file, &path).map_err(|error| (path.clone(), error))?;
            done.push((path, before));
        }
        for path in updated.removed.iter().map(|path| directory.join(path)) {
            let before = fs::read(&path).ok();
            fs::remove_file(&path).map_err(|error| (path.clone(), error))?;
            done.push((path, before));
        }
        Ok(())
    };
    let Err((path, error)) = all() else { return Ok(()) };
    for (path, before) in done.into_iter().rev() {
        // What cannot be brought back is in the error that follows, as a file that changed.
        let _ = match before {
            Some(bytes) => fs::write(&path, bytes),
            None => fs::remove_file(&path),
        };
    }
    Err(unwritable(&path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> Located {
    let message = format!("{} cannot be written: {error}", path.display());
    Located::new("pgconverge::pull::unwritable", message)
        .help("check that the directory is yours to write to and that the disk is not full")
}

/// A file beside `path`, with its rights if it is there, else with those that a new one has.
fn staged(path: &Path, text: &str) -> io::Result<NamedTempFile<fs::File>> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    let directory = directory.unwrap_or_else(|| Path::new("."));
    let mut file =
        tempfile::Builder::new().make_in(directory, |path| fs::File::create_new(path))?;
    file.write_all(text.as_bytes())?;
    if let Ok(before) = fs::metadata(path) {
        fs::set_permissions(file.path(), before.permissions())?;
    }
    Ok(file)
}

fn put(file: NamedTempFile<fs::File>, path: &Path) -> io::Result<()> {
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

    use super::*;

    #[test]
    fn when_one_file_cannot_be_put_the_others_are_as_they_were() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("a.toml"), "before").unwrap();
        // Nothing can take the place of a directory that is not empty.
        fs::create_dir_all(path("c.toml/d")).unwrap();
        let file =
            |name: &str| WrittenFile { path: name.into(), text: format!("{name}, the new one") };
        let written = vec![file("a.toml"), file("b/b.toml"), file("c.toml")];
        let mut updated = Updated { written, removed: Vec::new() };
        assert!(replace(directory.path(), &updated).is_err());
        assert_eq!(fs::read_to_string(path("a.toml")).unwrap(), "before");
        assert!(!path("b").exists());
        updated.written.pop();
        updated.removed.push("a.toml".into());
        updated.written.remove(0);
        assert!(replace(directory.path(), &updated).is_ok());
        assert!(path("b/b.toml").exists() && !path("a.toml").exists());
    }
}
