//! Writing the schema's files.

use std::path::Path;

use crate::desired::WrittenFile;
use crate::diagnostic::Located;

/// Whole or not at all: a reader never sees half a file.
pub fn save(directory: &Path, file: &WrittenFile) -> miette::Result<()> {
    let path = directory.join(&file.path);
    let result = path.parent().map_or(Ok(()), |folder| {
        std::fs::create_dir_all(folder)?;
        let temporary = tempfile::NamedTempFile::new_in(folder)?;
        std::fs::write(temporary.path(), &file.text)?;
        temporary.persist(&path).map(drop).map_err(|error| error.error)
    });
    result.map_err(|error| {
        let message = format!("{} cannot be written: {error}", path.display());
        Located::new("pgconverge::pull::unwritable", message)
            .help("check that the directory is yours to write to and that the disk is not full")
            .into()
    })
}
