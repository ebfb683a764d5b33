//! Shadow servers: several may run at once, each in a slot of its own that is kept for later runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::account::Account;
use super::blocking::blocking;
use super::cluster::{Cluster, Purpose};
use super::leftovers::drop_leftovers;
use super::lock::Lock;
use super::{
    Binaries, EmbeddedError, EmbeddedServer, EmbeddedSettings, binaries, directories, process,
};

/// Starts a server of a major version for scratch work: empty but for what `initdb` makes,
/// durability off, alone on its data for as long as the result lives.
///
/// `talk` is told, in one line each, what takes longer than usual.
///
/// # Errors
/// Those of [`binaries`]; [`EmbeddedError::NoAccount`], [`EmbeddedError::Unreachable`],
/// [`EmbeddedError::Files`], [`EmbeddedError::InitdbFailed`], [`EmbeddedError::StartFailed`],
/// [`EmbeddedError::NoAnswer`], [`EmbeddedError::NoFreeSlot`].
pub async fn shadow(
    major: u32,
    settings: &EmbeddedSettings,
    talk: &dyn Fn(&str),
) -> Result<EmbeddedServer, EmbeddedError> {
    let binaries = binaries(Some(major), settings, talk).await?;
    let own = settings.clone();
    let slot = blocking(move || Slot::take(binaries, &own).map(Arc::new)).await?;
    if slot.cluster.exists() {
        if let Ok(server) = slot.serve().await {
            return Ok(server);
        }
        // It was killed at a bad moment, or the disk was full: all in it can be made again.
        talk("the shadow server kept from earlier runs does not start: making it anew");
        let wiped = Arc::clone(&slot);
        blocking(move || wiped.cluster.wipe()).await?;
    }
    slot.serve().await
}

/// A place for one running shadow server. Its lock goes on to the server that is started in it.
struct Slot {
    cluster: Cluster,
    lock: Lock,
}

/// More at once would be a mistake rather than a need.
const SLOTS: u32 = 64;

impl Slot {
    fn take(binaries: Binaries, settings: &EmbeddedSettings) -> Result<Self, EmbeddedError> {
        let account = Account::of_servers()?;
        let shadows = directories::cache(settings, &account)?.join("shadow");
        directories::make(&shadows)?;
        let home = shadows.join(name(&binaries));
        directories::make(&home)?;
        for number in 1..=SLOTS {
            if let Some(lock) = Lock::try_exclusive(&home.join(format!("{number}.lock")))? {
                let cluster = Cluster {
                    binaries,
                    account,
                    directory: home.join(number.to_string()),
                    purpose: Purpose::Shadow,
                };
                return Ok(Self { cluster, lock });
            }
        }
        Err(EmbeddedError::NoFreeSlot { slots: SLOTS, directory: home })
    }

    async fn serve(self: &Arc<Self>) -> Result<EmbeddedServer, EmbeddedError> {
        let slot = Arc::clone(self);
        let server = blocking(move || {
            slot.cluster.make(&slot.lock)?;
            process::start(&slot.cluster, &slot.lock)
        })
        .await?;
        drop_leftovers(&server.config()).await?;
        Ok(server)
    }
}

/// Data are only for the very programs that made them: a build's collations and compile-time
/// settings are in them.
fn name(binaries: &Binaries) -> PathBuf {
    let mut digest = Sha256::new();
    digest.update(binaries.version());
    digest.update([0]);
    digest.update(binaries.directory().as_os_str().as_encoded_bytes());
    let hash: String = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Path::new(&format!("{}-{hash}", binaries.version())).to_path_buf()
}
