//! Files mended by the fixes of lint rules.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::desired_state::{DesiredState, linted, load};
use super::settings::{Settings, Talk};
use crate::desired::{self, WrittenFile};
use crate::lint::{Finding, Levels};
use crate::sql::Place;

/// What is to be written, and what is found in that.
#[derive(Debug)]
pub struct Mended {
    /// Of the files as they are to be.
    pub state: DesiredState,
    pub findings: Vec<Finding>,
    /// What was taken out, each in a line with its place.
    pub removed: Vec<String>,
    /// The files that change, whole.
    pub written: Vec<WrittenFile>,
}

/// The files without what lint rules find that can go without harm. They are made in the shadow as
/// they are to be, so that PostgreSQL has taken them before anybody writes them.
///
/// # Errors
/// Those of [`linted`].
pub async fn mended(
    settings: &Settings,
    major: u32,
    levels: &Levels,
    talk: Talk<'_>,
) -> miette::Result<Mended> {
    let mut declared = load(settings).await?;
    let mut removed = Vec::new();
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    loop {
        let (state, findings) = linted(settings, declared, major, levels, talk).await?;
        let removable: Vec<&Finding> = findings.iter().filter(|it| it.removable).collect();
        let places: Vec<Place> = removable.iter().map(|finding| finding.place).collect();
        let changed = desired::without(&settings.schema, &state.declared, &places);
        if changed.is_empty() {
            let written = texts.into_iter().map(|(path, text)| WrittenFile { path, text });
            return Ok(Mended { written: written.collect(), state, findings, removed });
        }
        let sources = &state.declared.sources;
        removed.extend(removable.iter().map(|finding| {
            let (place, rule) = (sources.describe(finding.place), finding.rule);
            format!("{place}: removed, {rule}: {}: {}", finding.subject, finding.message)
        }));
        texts.extend(changed.into_iter().map(|file| (file.path, file.text)));
        // What is taken out may have been the reason for something else.
        let files = desired::read_files(&settings.schema)?.with(&texts);
        declared = desired::load(files, settings.as_of)?;
    }
}
