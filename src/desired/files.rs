//! Finding and reading the files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Located, Sources};

/// Every `.toml` file below `directory`, by path, so that the same files always come in the same
/// order; `shown` stands for the directory in what people see. Hidden files and folders are somebody else's.
pub fn read(directory: &Path, shown: &Path) -> Result<Sources, Located> {
    if !directory.is_dir() {
        return Err(Located::new(
            "pgconverge::desired::no_directory",
            format!("there is no directory {}", directory.display()),
        )
        .help("say where the schema's files are with --schema DIR, or write the live database there with `pgconverge pull`"));
    }
    let mut paths = Vec::new();
    collect(directory, shown, &mut paths)?;
    paths.sort();
    let mut sources = Sources::default();
    for (shown, path) in paths {
        let text = fs::read_to_string(path).map_err(|error| unreadable(&shown, &error))?;
        sources.add(shown, text);
    }
    Ok(sources)
}

/// Files by what they are shown as.
fn collect(
    directory: &Path,
    shown: &Path,
    paths: &mut Vec<(PathBuf, PathBuf)>,
) -> Result<(), Located> {
    let entries = fs::read_dir(directory).map_err(|error| unreadable(shown, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(shown, &error))?;
        let (path, shown) = (entry.path(), shown.join(entry.file_name()));
        if is_hidden(&path) {
            continue;
        }
        if path.is_dir() {
            collect(&path, &shown, paths)?;
        } else if is_toml(&path) {
            paths.push((shown, path));
        }
    }
    Ok(())
}

/// Whether a file or a folder is somebody else's.
pub fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// Whether a file is one of those that are read.
pub fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

/// A file or folder that cannot be read.
pub fn unreadable(path: &Path, error: &std::io::Error) -> Located {
    Located::new(
        "pgconverge::desired::unreadable",
        format!("{} cannot be read: {error}", path.display()),
    )
    .help("check that it exists, is UTF-8 text, and that you may read it")
}
