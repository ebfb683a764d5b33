//! `pull`: the live database as files.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::Exit;
use crate::cli::arguments::{Common, PullArguments};
use crate::cli::configuration::configure;
use crate::cli::files::save;
use crate::cli::output::{data, talk};
use crate::cli::progress::Working;
use crate::cli::targets::{One, one};
use crate::desired::{self, Live, Updated};
use crate::diagnostic::Located;
use crate::diff;
use crate::model::{Canonical, Database, Name};
use crate::pipeline::{Scope, Settings, Stage, desired_state, live, load, open};

pub async fn run(common: &Common, arguments: &PullArguments) -> miette::Result<Exit> {
    let mut configured = configure(common)?;
    one(&mut configured, arguments.one.target.as_deref(), ("pull", One::Database)).await?;
    let settings = configured.settings;
    let schemas: Option<BTreeSet<Name>> = (!arguments.schemas.is_empty())
        .then(|| arguments.schemas.iter().map(|name| name.as_str().into()).collect());
    let Pulled { updated, live } = read(&settings, schemas.as_ref()).await?;
    for file in &updated.written {
        save(&settings.schema, file)?;
        data(&format!("{}\n", settings.schema.join(&file.path).display()))?;
    }
    for path in &updated.removed {
        remove(&settings.schema.join(path))?;
    }
    say_what_is_not_written(&live);
    talk(&summary(live.objects.len(), &updated));
    Ok(Exit::Success)
}

/// What the files are to be, and the database that they are of.
pub struct Pulled {
    pub updated: Updated,
    pub live: Database<Canonical>,
}

/// Reads the database, or some of its schemas, and the files that there are.
pub async fn read(settings: &Settings, schemas: Option<&BTreeSet<Name>>) -> miette::Result<Pulled> {
    let working = Working::new();
    let talk = |text: &str| working.talk(text);
    let open = open(settings, &talk).await?;
    let scope = Scope::new(schemas.cloned(), &settings.ignore);
    let mut live = {
        let _stage = settings.stages.enter(Stage::Catalog);
        live(&open, &scope).await?
    };
    let updated = if has_files(&settings.schema) {
        let declared = load(settings).await?;
        let target = Some(&open.target);
        let major = live.version.major();
        let mut state = desired_state(settings, declared, major, target, &talk).await?;
        state.prefer_spelling_of(&live.database);
        live.leave_out_usual(Some(&state.canonical));
        // No file holds a secret, so what it points to stays.
        diff::recognise(&state.canonical, &mut live.database, &|_| None);
        let live = Live { database: &live.database, declared: Some(&state.canonical), schemas };
        desired::update(&settings.schema, &state.declared, live)?
    } else {
        live.leave_out_usual(None);
        Updated { written: desired::write(&live.database)?, removed: Vec::new() }
    };
    open.close().await?;
    Ok(Pulled { updated, live: live.database })
}

/// Names secrets, and what cannot be managed.
pub fn say_what_is_not_written(live: &Database<Canonical>) {
    for (what, variable) in desired::references(live) {
        talk(&format!(
            "A secret, and not written: {what}. The file names the variable {variable}."
        ));
    }
    for thing in &live.unmanaged {
        talk(&format!("Not managed by this version, and not written: {}", thing.what));
    }
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

/// Whether there is any file of the schema.
pub fn has_files(directory: &Path) -> bool {
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
