//! What can go wrong between a name and a connection.

use std::path::PathBuf;

use super::parameters;
use super::settings::{Settings, Source};

/// A connection that could not be named, understood or made. No message shows a password.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ConnectError {
    #[error("the database URL is empty")]
    #[diagnostic(
        code(pgconverge::connect::empty_name),
        help(
            "Name a database, as in postgres://user@host/database, or unset DATABASE_URL and leave out --database-url."
        )
    )]
    EmptyName,

    #[error("`{scheme}://` is not a PostgreSQL URL")]
    #[diagnostic(
        code(pgconverge::connect::unknown_scheme),
        help("A PostgreSQL URL begins with postgres:// or postgresql://.")
    )]
    UnknownScheme { scheme: String },

    #[error("the database URL is malformed: {reason}")]
    #[diagnostic(
        code(pgconverge::connect::malformed_url),
        help(
            "Write postgres://user:password@host:port/database?sslmode=…, with @ as %40, : as %3A, / as %2F, ? as %3F and % as %25 within its parts."
        )
    )]
    MalformedUrl { reason: String },

    #[error("the connection string is malformed: {reason}")]
    #[diagnostic(
        code(pgconverge::connect::malformed_keyword_string),
        help(
            "Write keyword=value pairs, as in host=localhost dbname=app; a value with spaces stands in single quotes, and ' and \\ within it are written \\' and \\\\."
        )
    )]
    MalformedKeywordString { reason: String },

    #[error("{origin} has an unknown connection parameter `{keyword}`")]
    #[diagnostic(code(pgconverge::connect::unknown_parameter), help("{suggestion}"))]
    UnknownParameter { keyword: String, origin: Source, suggestion: String },

    #[error("{origin} has an unknown connection parameter after the password")]
    #[diagnostic(
        code(pgconverge::connect::unknown_parameter),
        help(
            "If it is part of the password, quote the password in a keyword string and percent-encode it in a URL."
        )
    )]
    UnknownParameterAfterPassword { origin: Source },

    #[error(
        "the connection parameter `{keyword}`, from {origin}, is not supported with this value"
    )]
    #[diagnostic(code(pgconverge::connect::unsupported_parameter), help("Instead: {instead}."))]
    UnsupportedParameter { keyword: &'static str, origin: Source, instead: &'static str },

    #[error("the connection parameter `{keyword}`, from {origin}, has the invalid value {value}")]
    #[diagnostic(code(pgconverge::connect::invalid_value), help("It must be {expected}."))]
    InvalidValue { keyword: &'static str, origin: String, value: String, expected: String },

    #[error("`{keyword}` lists {count} values for {hosts} hosts")]
    #[diagnostic(
        code(pgconverge::connect::mismatched_hosts),
        help("Give one value for each host; a single port may serve them all.")
    )]
    MismatchedHosts { keyword: &'static str, count: usize, hosts: usize },

    #[error("sslmode={mode} is too weak for {stronger}")]
    #[diagnostic(code(pgconverge::connect::weak_ssl_mode), help("Use sslmode={enough}."))]
    WeakSslMode { mode: &'static str, stronger: &'static str, enough: &'static str },

    #[error("no user is named, and the operating system does not tell who runs this process")]
    #[diagnostic(
        code(pgconverge::connect::no_user),
        help("Name the user in the database URL or in PGUSER.")
    )]
    NoUser,

    #[error("the service `{service}` is not defined")]
    #[diagnostic(
        code(pgconverge::connect::unknown_service),
        help("These files were looked at: {searched}. PGSERVICEFILE names another one.")
    )]
    UnknownService { service: String, searched: String },

    #[error("cannot read the service file {}: {reason}", path.display())]
    #[diagnostic(
        code(pgconverge::connect::unreadable_service_file),
        help("Make it a readable UTF-8 file, or name another one by PGSERVICEFILE.")
    )]
    UnreadableServiceFile { path: PathBuf, reason: String },

    #[error("{}, line {line}: {reason}", path.display())]
    #[diagnostic(
        code(pgconverge::connect::malformed_service_file),
        help(
            "A service is a line [name] and below it lines of keyword=value, with no spaces around the `=`."
        )
    )]
    MalformedServiceFile { path: PathBuf, line: usize, reason: String },

    #[error("cannot use {what} {}: {reason}", path.display())]
    #[diagnostic(code(pgconverge::connect::unusable_tls_file), help("{advice}"))]
    UnusableTlsFile { what: &'static str, path: PathBuf, reason: String, advice: String },

    #[error("sslmode={mode} needs root certificates, and there are none")]
    #[diagnostic(
        code(pgconverge::connect::no_root_certificates),
        help(
            "Put the authority's certificate into ~/.postgresql/root.crt, name its file by sslrootcert, or use sslrootcert=system for a certificate of a public authority."
        )
    )]
    NoRootCertificates { mode: &'static str },

    #[error("cannot set up TLS: {reason}")]
    #[diagnostic(
        code(pgconverge::connect::tls_setup),
        help("Check sslcert, sslkey, sslcrl and the TLS protocol versions.")
    )]
    TlsSetup { reason: String },

    #[error("{place} does not offer TLS, which sslmode={mode} needs")]
    #[diagnostic(
        code(pgconverge::connect::tls_not_offered),
        help(
            "Set ssl = on in the server's postgresql.conf; on a network you trust, sslmode=prefer does without."
        )
    )]
    TlsNotOffered { place: String, mode: &'static str },

    #[error("the certificate of {place} is for {names}, not for `{host}`")]
    #[diagnostic(
        code(pgconverge::connect::wrong_host_name),
        help(
            "Connect by a name that the certificate has (hostaddr may still give the address), or issue it for this one. sslmode=verify-ca does not look at the name."
        )
    )]
    WrongHostName { place: String, host: String, names: String },

    #[error("sslmode=verify-full needs a host name to check, and {place} has none")]
    #[diagnostic(
        code(pgconverge::connect::no_host_name),
        help("Give the name that the certificate is for as `host`, beside `hostaddr`.")
    )]
    NoHostName { place: String },

    #[error("the certificate of {place} is not trusted: {reason}")]
    #[diagnostic(code(pgconverge::connect::untrusted_certificate), help("{advice}"))]
    UntrustedCertificate { place: String, reason: String, advice: &'static str },

    #[error("TLS with {place} failed: {reason}")]
    #[diagnostic(
        code(pgconverge::connect::tls_failed),
        help(
            "If the server asks for a client certificate, sslcert and sslkey must name one that its ssl_ca_file trusts; the server's log says more."
        )
    )]
    TlsFailed { place: String, reason: String },

    #[error("cannot connect to PostgreSQL: {}", list(attempts))]
    #[diagnostic(
        code(pgconverge::connect::unreachable),
        help(
            "Is the server running there, and does its listen_addresses admit this address? Name another by --database-url or PGHOST and PGPORT."
        )
    )]
    Unreachable { attempts: Vec<Attempt> },

    #[error("PostgreSQL did not answer within {seconds} s: {}", list(attempts))]
    #[diagnostic(
        code(pgconverge::connect::timed_out),
        help(
            "A firewall may drop the packets, or something else may listen on that port. connect_timeout (PGCONNECT_TIMEOUT) sets the limit."
        )
    )]
    TimedOut { seconds: u64, attempts: Vec<Attempt> },

    #[error("no server fits target_session_attrs={wanted}: {}", list(attempts))]
    #[diagnostic(
        code(pgconverge::connect::no_suitable_server),
        help("Name a server that fits, or relax target_session_attrs.")
    )]
    NoSuitableServer { wanted: &'static str, attempts: Vec<Attempt> },

    #[error("{place} refused the password of user `{user}`: {message}")]
    #[diagnostic(code(pgconverge::connect::authentication_failed), help("{advice}"))]
    AuthenticationFailed { place: String, user: String, message: String, advice: String },

    #[error("{place} asks for the password of user `{user}`, and none was given")]
    #[diagnostic(code(pgconverge::connect::password_required), help("{advice}"))]
    PasswordRequired { place: String, user: String, advice: String },

    #[error("{place} does not admit user `{user}`: {message}")]
    #[diagnostic(
        code(pgconverge::connect::not_admitted),
        help(
            "The server's pg_hba.conf decides who may connect from where and how; it may ask for TLS (sslmode) or a client certificate (sslcert, sslkey)."
        )
    )]
    NotAdmitted { place: String, user: String, message: String },

    #[error("cannot authenticate with {place}: {reason}")]
    #[diagnostic(
        code(pgconverge::connect::authentication_unsupported),
        help(
            "Supported are trust, peer, password, md5, scram-sha-256 and cert. channel_binding=require needs scram-sha-256 over TLS."
        )
    )]
    AuthenticationUnsupported { place: String, reason: String },

    #[error("the database `{database}` does not exist on {place}")]
    #[diagnostic(
        code(pgconverge::connect::no_such_database),
        help(
            "Create it (`createdb {database}`), or correct the name in the database URL or PGDATABASE."
        )
    )]
    NoSuchDatabase { place: String, database: String },

    #[error("user `{user}` may not connect to the database `{database}` on {place}")]
    #[diagnostic(
        code(pgconverge::connect::not_granted),
        help("Its owner may give leave: GRANT CONNECT ON DATABASE {granted} TO {grantee};")
    )]
    NotGranted { place: String, user: String, database: String, granted: String, grantee: String },

    #[error("{place} has no connection left: {message}")]
    #[diagnostic(
        code(pgconverge::connect::too_many_connections),
        help(
            "Close other sessions (pg_stat_activity lists them), or raise max_connections or the limit of the role or database."
        )
    )]
    TooManyConnections { place: String, message: String },

    #[error("{place} refused the connection: {message} (SQLSTATE {state})")]
    #[diagnostic(
        code(pgconverge::connect::refused_by_server),
        help(
            "https://www.postgresql.org/docs/current/errcodes-appendix.html says what the SQLSTATE means."
        )
    )]
    RefusedByServer { place: String, message: String, state: String },
}

/// One place that was tried in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// `host:port`, with the address where it was looked up, or the socket's path.
    pub place: String,
    /// Why it was not used.
    pub reason: String,
}

impl ConnectError {
    /// The error of a parameter whose value cannot be used.
    pub(super) fn invalid(
        settings: &Settings,
        keyword: &'static str,
        expected: &str,
    ) -> ConnectError {
        let setting = settings.get(keyword);
        ConnectError::InvalidValue {
            keyword,
            origin: setting
                .map_or_else(|| "the defaults".to_owned(), |setting| setting.source.to_string()),
            // `postgres://user:password`, with the host forgotten, puts the password where the port belongs.
            value: match setting {
                Some(setting)
                    if !parameters::is_secret(keyword)
                        && (keyword != "port" || is_numeric(&setting.value)) =>
                {
                    format!("`{}`", setting.value)
                }
                _ => "that is not shown".to_owned(),
            },
            expected: expected.to_owned(),
        }
    }
}

fn is_numeric(list: &str) -> bool {
    list.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '-' | ' '))
}

fn list(attempts: &[Attempt]) -> String {
    let attempts: Vec<_> =
        attempts.iter().map(|attempt| format!("{}: {}", attempt.place, attempt.reason)).collect();
    attempts.join("; ")
}
