//! What was found when the files and a large database were last the same: nothing to do. As long as neither
//! has changed since, that need not be found out again.

use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::comparison::Outcome;
use super::error::PipelineError;
use super::open::OpenTarget;
use super::settings::Settings;
use crate::canonical::Key;
use crate::catalog;
use crate::desired;
use crate::model::{Plan, Unmanaged};

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

/// The outcome of comparing the files with a database, if it is known that they are the same.
///
/// # Errors
/// Files that cannot be read.
pub async fn known(
    settings: &Settings,
    open: &OpenTarget,
    major: u32,
) -> miette::Result<Option<Outcome>> {
    let Some(verdicts) = path(settings).and_then(|path| read(&path)) else { return Ok(None) };
    let (files, contents) = futures_util::future::join(
        files(settings, major),
        catalog::contents(&open.connection.client),
    )
    .await;
    // Who may not read all of the catalog compares without this.
    let Ok(contents) = contents else { return Ok(None) };
    let Some(Verdict { remarks, unmanaged, left_alone }) =
        verdicts.get(&(files?, contents)).cloned()
    else {
        return Ok(None);
    };
    Ok(Some(Outcome {
        plan: Plan::default(),
        remarks,
        unmanaged,
        left_alone,
        ..Outcome::default()
    }))
}

/// Remembers that nothing is to do. What cannot be kept is found out again.
///
/// # Errors
/// Files that cannot be read.
pub async fn remember(settings: &Settings, major: u32, outcome: &Outcome) -> miette::Result<()> {
    let (Some(path), Some(contents)) = (path(settings), &outcome.contents) else { return Ok(()) };
    let Outcome { remarks, unmanaged, left_alone, .. } = outcome.clone();
    let mut verdicts = read(&path).unwrap_or_default();
    let key = (files(settings, major).await?, contents.clone());
    verdicts.shift_remove(&key);
    verdicts.insert(key, Verdict { remarks, unmanaged, left_alone });
    while verdicts.len() > KEPT {
        verdicts.shift_remove_index(0);
    }
    let entries: Vec<_> = verdicts.into_iter().collect();
    let _ = rmp_serde::to_vec(&entries).ok().and_then(|bytes| write(&path, &bytes).ok());
    Ok(())
}

fn read(path: &Path) -> Option<Verdicts> {
    let entries: Vec<((String, String), Verdict)> =
        rmp_serde::from_slice(&fs::read(path).ok()?).ok()?;
    Some(entries.into_iter().collect())
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.persist(path)?;
    Ok(())
}

/// Where the verdicts on a directory of files are.
fn path(settings: &Settings) -> Option<PathBuf> {
    let cache = settings.cache.as_ref().filter(|_| !settings.fingerprints)?;
    let schema = fs::canonicalize(&settings.schema).ok()?;
    let place = Key::new(0, [schema.to_string_lossy().as_bytes()]);
    Some(cache.join(format!("{place}.verdicts")))
}

/// The files, and what else decides on what is found, in a few bytes.
async fn files(settings: &Settings, major: u32) -> miette::Result<String> {
    let directory = settings.schema.clone();
    let scope = format!("{:?} {:?} {}", settings.manage, settings.ignore, settings.only_windows);
    let key = tokio::task::spawn_blocking(move || -> miette::Result<_> {
        let files = desired::read_files(&directory)?;
        let texts = files.sources().files().map(|(_, _, text)| text.as_bytes());
        Ok(Key::new(major, texts.chain([scope.as_bytes()])).to_string())
    });
    key.await.map_err(|_| PipelineError::Interrupted)?
}
