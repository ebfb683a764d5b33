//! What was found when the files and a large database were last the same: nothing to do. As long as neither
//! has changed since, that need not be found out again.

use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::comparison::Outcome;
use super::desired_state::key_of_texts;
use super::open::OpenTarget;
use super::settings::Settings;
use crate::canonical::{Key, write_whole};
use crate::catalog;
use crate::model::Unmanaged;

/// How many databases with the same files are remembered.
const KEPT: usize = 64;

/// Verdicts by the files and the contents of the catalog that they are about, the newest last.
type Verdicts = IndexMap<(String, String), Verdict>;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Verdict {
    remarks: Vec<String>,
    unmanaged: Vec<Unmanaged>,
    left_alone: Vec<String>,
}

/// What the texts of the files are found by, and the outcome of comparing them with a database, if it is
/// known that they are the same. Nothing, where nothing is remembered of these files.
///
/// # Errors
/// Files that cannot be read.
pub async fn known(
    settings: &Settings,
    open: &OpenTarget,
    major: u32,
) -> miette::Result<Option<(Key, Option<Outcome>)>> {
    let Some(mut verdicts) = path(settings).and_then(|path| read(&path)) else { return Ok(None) };
    let (texts, contents) = futures_util::future::join(
        key_of_texts(settings, major),
        catalog::contents(&open.connection.client),
    )
    .await;
    let texts = texts?;
    // Who may not read all of the catalog compares without this.
    let verdict = contents
        .ok()
        .and_then(|contents| verdicts.swap_remove(&(files(settings, &texts), contents)));
    let outcome = verdict.map(|Verdict { remarks, unmanaged, left_alone }| Outcome {
        remarks,
        unmanaged,
        left_alone,
        ..Outcome::default()
    });
    Ok(Some((texts, outcome)))
}

/// Remembers that nothing is to do between a database and the files that `texts` finds. What cannot be kept is
/// found out again.
pub fn remember(settings: &Settings, texts: &Key, outcome: &Outcome) {
    let (Some(path), Some(contents)) = (path(settings), &outcome.contents) else { return };
    let Outcome { remarks, unmanaged, left_alone, .. } = outcome.clone();
    let mut verdicts = read(&path).unwrap_or_default();
    let key = (files(settings, texts), contents.clone());
    verdicts.shift_remove(&key);
    verdicts.insert(key, Verdict { remarks, unmanaged, left_alone });
    while verdicts.len() > KEPT {
        verdicts.shift_remove_index(0);
    }
    let entries: Vec<_> = verdicts.into_iter().collect();
    let _ = rmp_serde::to_vec(&entries).ok().and_then(|bytes| write_whole(&path, &bytes).ok());
}

fn read(path: &Path) -> Option<Verdicts> {
    let entries: Vec<((String, String), Verdict)> =
        rmp_serde::from_slice(&fs::read(path).ok()?).ok()?;
    Some(entries.into_iter().collect())
}

/// Where the verdicts on a directory of files are.
fn path(settings: &Settings) -> Option<PathBuf> {
    let cache = settings.cache.as_ref().filter(|_| !settings.fingerprints)?;
    let schema = fs::canonicalize(&settings.schema).ok()?;
    let place = Key::new(0, [schema.to_string_lossy().as_bytes()]);
    Some(cache.join(format!("{place}.verdicts")))
}

/// The files, and what else decides on what is found.
fn files(settings: &Settings, texts: &Key) -> String {
    let Settings { manage, ignore, only_windows, tenant, .. } = settings;
    format!("{texts} {manage:?} {ignore:?} {only_windows} {tenant:?}")
}
