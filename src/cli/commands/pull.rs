//! `pull`: the live database as files.

use std::path::Path;

use crate::cli::Exit;
use crate::cli::arguments::{Common, PullArguments};
use crate::cli::configuration::configure;
use crate::cli::output::{data, talk};
use crate::desired::{self, WrittenFile};
use crate::diagnostic::Located;
use crate::pipeline::{Scope, live, open};

pub async fn run(common: &Common, arguments: &PullArguments) -> miette::Result<Exit> {
    let settings = configure(common)?.settings;
    let open = open(&settings, &talk).await?;
    let schemas = (!arguments.schemas.is_empty())
        .then(|| arguments.schemas.iter().map(|name| name.as_str().into()).collect());
    let scope = Scope::new(schemas, &settings.ignore);
    let database = live(&open.connection.client, &scope).await?;
    open.close().await?;
    let files = desired::write(&database)?;
    for file in &files {
        save(&settings.schema, file)?;
        data(&format!("{}\n", settings.schema.join(&file.path).display()))?;
    }
    for thing in &database.unmanaged {
        talk(&format!("Not managed by this version, and not written: {}", thing.what));
    }
    talk(&format!("{} objects in {} files.", database.objects.len(), files.len()));
    Ok(Exit::Success)
}

/// Whole or not at all: a reader never sees half a file.
fn save(directory: &Path, file: &WrittenFile) -> miette::Result<()> {
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
