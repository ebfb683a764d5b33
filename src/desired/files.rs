//! Finding and reading the files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Located, Sources};

/// Every `.toml` file below `directory`, by path, so that the same files always come in the same
/// order. Hidden files and folders are somebody else's.
pub fn read(directory: &Path) -> Result<Sources, Located> {
    if !directory.is_dir() {
        return Err(Located::new(
            "pgconverge::desired::no_directory",
            format!("there is no directory {}", directory.display()),
        )
        .help("say where the schema's files are with --schema DIR, or write the live database there with `pgconverge pull`"));
    }
    let mut paths = Vec::new();
    collect(directory, &mut paths)?;
    paths.sort();
    let mut sources = Sources::default();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        sources.add(path, text);
    }
    Ok(sources)
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Located> {
    let entries = fs::read_dir(directory).map_err(|error| unreadable(directory, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(directory, &error))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    Ok(())
}

/// A file or folder that cannot be read.
pub fn unreadable(path: &Path, error: &std::io::Error) -> Located {
    Located::new(
        "pgconverge::desired::unreadable",
        format!("{} cannot be read: {error}", path.display()),
    )
    .help("check that it exists, is UTF-8 text, and that you may read it")
}
