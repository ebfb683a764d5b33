//! `pull`: the live database as files.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::Exit;
use crate::cli::arguments::{Common, PullArguments};
use crate::cli::configuration::configure;
use crate::cli::files::save;
use crate::cli::output::{data, talk};
use crate::desired::{self, Live, Updated};
use crate::diagnostic::Located;
use crate::diff;
use crate::model::Name;
use crate::pipeline::{Scope, desired_state, live, load, open};

pub async fn run(common: &Common, arguments: &PullArguments) -> miette::Result<Exit> {
    let settings = configure(common)?.settings;
    let open = open(&settings, &talk).await?;
    let schemas: Option<BTreeSet<Name>> = (!arguments.schemas.is_empty())
        .then(|| arguments.schemas.iter().map(|name| name.as_str().into()).collect());
    let scope = Scope::new(schemas.clone(), &settings.ignore);
    let mut live = live(&open, &scope).await?;
    let updated = if has_files(&settings.schema) {
        let declared = load(&settings).await?;
        let target = Some(&open.target);
        let major = live.version.major();
        let mut state = desired_state(&settings, declared, major, target, &talk).await?;
        state.prefer_spelling_of(&live.database);
        live.leave_out_usual(Some(&state.canonical));
        // No file holds a secret, so what it points to stays.
        diff::recognise(&state.canonical, &mut live.database, &|_| None);
        let live = Live {
            database: &live.database,
            declared: Some(&state.canonical),
            schemas: schemas.as_ref(),
        };
        desired::update(&settings.schema, &state.declared, live)?
    } else {
        live.leave_out_usual(None);
        Updated { written: desired::write(&live.database)?, removed: Vec::new() }
    };
    open.close().await?;
    for file in &updated.written {
        save(&settings.schema, file)?;
        data(&format!("{}\n", settings.schema.join(&file.path).display()))?;
    }
    for path in &updated.removed {
        remove(&settings.schema.join(path))?;
    }
    for (what, variable) in desired::references(&live.database) {
        talk(&format!(
            "A secret, and not written: {what}. The file names the variable {variable}."
        ));
    }
    for thing in &live.database.unmanaged {
        talk(&format!("Not managed by this version, and not written: {}", thing.what));
    }
    talk(&summary(live.database.objects.len(), &updated));
    Ok(Exit::Success)
}

fn summary(objects: usize, updated: &Updated) -> String {
    match (updated.written.len(), updated.removed.len()) {
        (0, 0) => format!("The files say all {objects} objects already."),
        (written, 0) => format!("{objects} objects; {written} files written."),
        (written, removed) => {
            format!("{objects} objects; {written} files written, {removed} removed.")
        }
    }
}

fn has_files(directory: &Path) -> bool {
    desired::read_files(directory).is_ok_and(|files| files.sources().files().next().is_some())
}

fn remove(path: &Path) -> miette::Result<()> {
    std::fs::remove_file(path).map_err(|error| {
        let message = format!("{} cannot be removed: {error}", path.display());
        Located::new("pgconverge::pull::unwritable", message)
            .help("nothing is left in it; remove it by hand")
            .into()
    })
}
