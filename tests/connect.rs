//! Connections to real servers: what every sslmode accepts and refuses, logins, and lists of hosts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy.toml allows them in tests, but knows the helpers of an integration test for none"
)]

#[path = "support/tls_server.rs"]
mod tls_server;

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use miette::Diagnostic;
use pgconverge::server::connect::{ConnectError, Connection, Environment, Target};
use tls_server::{Authority, Issued, Server, Setup};

/// Who may connect how; the first line that fits decides.
const ADMISSION: &str = "
local   all postgres trust
local   all all scram-sha-256
hostssl all certified 127.0.0.1/32 cert
hostssl all tls_only 127.0.0.1/32 trust
hostnossl all plain_only 127.0.0.1/32 trust
host    all with_password 127.0.0.1/32 scram-sha-256
host    all with_md5 127.0.0.1/32 md5
host    all open,limited 127.0.0.1/32 trust
";

const ROLES: &str = "
CREATE ROLE certified LOGIN
CREATE ROLE tls_only LOGIN
CREATE ROLE plain_only LOGIN
CREATE ROLE open LOGIN
CREATE ROLE limited LOGIN CONNECTION LIMIT 0
CREATE ROLE with_password LOGIN PASSWORD 's3cret: \\word'
SET password_encryption = 'md5'
CREATE ROLE with_md5 LOGIN PASSWORD 's3cret'
";

struct Servers {
    /// Its certificate is for `localhost`.
    main: Server,
    /// Its certificate is for `elsewhere.example`.
    elsewhere: Server,
    /// Its certificate signs itself.
    lonely: Server,
    /// A standby without TLS.
    standby: Server,
    authority: Authority,
    stranger: Authority,
    lonely_certificate: Issued,
}

fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(|| {
        let authority = Authority::new("pgconverge test authority");
        let for_localhost = authority.issue(1, "server", &["localhost"]);
        let for_elsewhere = authority.issue(2, "server", &["elsewhere.example", "10.1.2.3"]);
        let lonely_certificate = tls_server::self_signed("localhost");
        let start = |certificate: Option<&Issued>| {
            Server::start(&Setup {
                tls: certificate.map(|certificate| (certificate, authority.pem.as_str())),
                admission: ADMISSION,
                statements: ROLES,
                standby: certificate.is_none(),
            })
        };
        Servers {
            main: start(Some(&for_localhost)),
            elsewhere: start(Some(&for_elsewhere)),
            lonely: start(Some(&lonely_certificate)),
            standby: start(None),
            authority,
            stranger: Authority::new("another authority"),
            lonely_certificate,
        }
    })
}

/// A home directory with the files of one test.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        fs::create_dir(home.path(".postgresql")).unwrap();
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file of mode 0600.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn target(&self, named: &str, variables: &[(&str, &str)]) -> Target {
        let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment::new(variables, Some(self.0.path().to_owned()));
        Target::resolve(Some(named), &environment).unwrap().unwrap()
    }

    async fn connect(&self, named: &str) -> Result<Connection, ConnectError> {
        self.target(named, &[]).connect().await
    }

    async fn refused(&self, named: &str) -> ConnectError {
        let error = self.connect(named).await.expect_err(named);
        assert_shows_no_password(&error);
        error
    }
}

fn assert_shows_no_password(error: &ConnectError) {
    assert!(!format!("{error} {error:?} {}", help(error)).contains("s3cret"), "{error:?}");
}

fn help(error: &ConnectError) -> String {
    error.help().map(|help| help.to_string()).unwrap_or_default()
}

fn code(error: &ConnectError) -> String {
    let code = error.code().unwrap().to_string();
    code.trim_start_matches("pgconverge::connect::").to_owned()
}

/// `tls`, `plain`, or the code of the error.
async fn outcome(result: Result<Connection, ConnectError>) -> String {
    match result {
        Ok(connection) => {
            let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
            let encrypted: bool = connection.client.query_one(query, &[]).await.unwrap().get(0);
            connection.close().await.unwrap();
            if encrypted { "tls" } else { "plain" }.to_owned()
        }
        Err(error) => code(&error),
    }
}

fn at(server: &Server, rest: &str) -> String {
    format!("hostaddr=127.0.0.1 port={} dbname=postgres {rest}", server.port)
}

#[tokio::test]
async fn every_sslmode_accepts_and_refuses_what_it_should() {
    let Servers { main, elsewhere, standby, authority, stranger, .. } = servers();
    let home = Home::new();
    let trusted = home.file("trusted.crt", &authority.pem);
    let untrusted = home.file("untrusted.crt", &stranger.pem);
    let (trusted, untrusted) = (trusted.display(), untrusted.display());
    let cases: Vec<(&Server, String, &str)> = vec![
        (main, "user=open host=localhost sslmode=disable".into(), "plain"),
        (main, "user=open host=localhost sslmode=allow".into(), "plain"),
        (main, "user=open host=localhost sslmode=prefer".into(), "tls"),
        (main, "user=open host=localhost".into(), "tls"),
        (main, "user=open host=localhost sslmode=require".into(), "tls"),
        (main, "user=open sslmode=require".into(), "tls"),
        (main, "user=open host=localhost sslmode=require sslsni=0".into(), "tls"),
        (
            main,
            "user=open host=localhost sslmode=require ssl_min_protocol_version=TLSv1.3".into(),
            "tls",
        ),
        (
            main,
            "user=open host=localhost sslmode=require ssl_max_protocol_version=TLSv1.2".into(),
            "tls",
        ),
        // What pg_hba.conf asks for decides under allow and prefer.
        (main, "user=tls_only host=localhost sslmode=disable".into(), "not_admitted"),
        (main, "user=tls_only host=localhost sslmode=allow".into(), "tls"),
        (main, "user=tls_only host=localhost sslmode=prefer".into(), "tls"),
        (main, "user=plain_only host=localhost sslmode=allow".into(), "plain"),
        (main, "user=plain_only host=localhost sslmode=prefer".into(), "plain"),
        (main, "user=plain_only host=localhost sslmode=require".into(), "not_admitted"),
        // A server without TLS.
        (standby, "user=open host=localhost sslmode=allow".into(), "plain"),
        (standby, "user=open host=localhost sslmode=prefer".into(), "plain"),
        (standby, "user=open host=localhost sslmode=require".into(), "tls_not_offered"),
        // Verification.
        (main, "user=open host=localhost sslmode=verify-ca".into(), "unusable_tls_file"),
        (main, format!("user=open host=localhost sslmode=verify-ca sslrootcert={trusted}"), "tls"),
        (
            main,
            format!("user=open host=localhost sslmode=verify-full sslrootcert={trusted}"),
            "tls",
        ),
        (
            main,
            format!("user=open host=other.example sslmode=verify-ca sslrootcert={trusted}"),
            "tls",
        ),
        (
            main,
            format!("user=open host=other.example sslmode=verify-full sslrootcert={trusted}"),
            "wrong_host_name",
        ),
        (main, format!("user=open sslmode=verify-full sslrootcert={trusted}"), "no_host_name"),
        (
            elsewhere,
            format!("user=open host=localhost sslmode=verify-ca sslrootcert={trusted}"),
            "tls",
        ),
        (
            elsewhere,
            format!("user=open host=localhost sslmode=verify-full sslrootcert={trusted}"),
            "wrong_host_name",
        ),
        (
            elsewhere,
            format!("user=open host=10.1.2.3 sslmode=verify-full sslrootcert={trusted}"),
            "tls",
        ),
        (
            main,
            format!("user=open host=localhost sslmode=verify-ca sslrootcert={untrusted}"),
            "untrusted_certificate",
        ),
        (
            main,
            format!("user=open host=localhost sslmode=verify-full sslrootcert={untrusted}"),
            "untrusted_certificate",
        ),
        (main, "user=open host=localhost sslrootcert=system".into(), "untrusted_certificate"),
        // With root certificates at hand, require verifies too, and prefer falls back.
        (
            main,
            format!("user=open host=other.example sslmode=require sslrootcert={trusted}"),
            "tls",
        ),
        (
            main,
            format!("user=open host=localhost sslmode=require sslrootcert={untrusted}"),
            "untrusted_certificate",
        ),
        (main, format!("user=open host=localhost sslmode=prefer sslrootcert={untrusted}"), "plain"),
    ];
    for (server, rest, expected) in cases {
        let found = outcome(home.connect(&at(server, &rest)).await).await;
        assert_eq!(found, expected, "{rest}");
    }
}

#[tokio::test]
async fn a_self_signed_certificate_may_be_its_own_root() {
    let Servers { lonely, authority, lonely_certificate, .. } = servers();
    let home = Home::new();
    home.file(".postgresql/root.crt", &lonely_certificate.certificate);
    for (host, mode, expected) in [
        ("localhost", "require", "tls"),
        ("localhost", "verify-ca", "tls"),
        ("localhost", "verify-full", "tls"),
        ("other.example", "verify-full", "wrong_host_name"),
    ] {
        let named = at(lonely, &format!("user=open host={host} sslmode={mode}"));
        assert_eq!(outcome(home.connect(&named).await).await, expected, "{host} {mode}");
    }
    home.file(".postgresql/root.crt", &authority.pem);
    let named = at(lonely, "user=open host=localhost sslmode=require");
    assert_eq!(code(&home.refused(&named).await), "untrusted_certificate");
}

#[tokio::test]
async fn a_wrong_host_name_is_told_with_the_right_ones() {
    let Servers { elsewhere, authority, .. } = servers();
    let home = Home::new();
    home.file(".postgresql/root.crt", &authority.pem);
    let error = home.refused(&at(elsewhere, "user=open host=localhost sslmode=verify-full")).await;
    let message = error.to_string();
    assert!(message.contains("`elsewhere.example`, `10.1.2.3`"), "{message}");
    assert!(message.contains("not for `localhost`"), "{message}");
}

#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let Servers { main, authority, stranger, .. } = servers();
    let home = Home::new();
    home.file(".postgresql/root.crt", &authority.pem);
    let named = at(main, "user=open host=localhost sslmode=verify-ca");
    for (list, expected) in [
        (authority.revoke(1), "untrusted_certificate"),
        (authority.revoke(9), "tls"),
        (stranger.revoke(9), "untrusted_certificate"),
    ] {
        home.file(".postgresql/root.crl", &list);
        assert_eq!(outcome(home.connect(&named).await).await, expected);
    }
}

#[tokio::test]
async fn a_client_certificate_logs_in() {
    let Servers { main, authority, stranger, .. } = servers();
    let home = Home::new();
    let named = at(main, "user=certified host=localhost sslmode=require");
    assert_eq!(code(&home.refused(&named).await), "not_admitted");

    let client = authority.issue(3, "certified", &[]);
    home.file(".postgresql/postgresql.crt", &client.certificate);
    let error = home.refused(&named).await;
    assert!(error.to_string().contains("postgresql.key"), "{error}");

    let key = home.file(".postgresql/postgresql.key", &client.key);
    assert_eq!(outcome(home.connect(&named).await).await, "tls");
    let without = format!("{named} sslcertmode=disable");
    assert_eq!(code(&home.refused(&without).await), "not_admitted");

    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let error = home.refused(&named).await;
    assert!(error.to_string().contains("group or others"), "{error}");
    assert!(help(&error).contains("chmod 0600"), "{error:?}");

    let encrypted = home.file(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let error = home.refused(&format!("{named} sslkey={}", encrypted.display())).await;
    assert!(error.to_string().contains("it is encrypted"), "{error}");

    // One that the server's authority has not signed.
    let foreign = stranger.issue(3, "certified", &[]);
    let certificate = home.file("foreign.crt", &foreign.certificate);
    let key = home.file("foreign.key", &foreign.key);
    let named = format!("{named} sslcert={} sslkey={}", certificate.display(), key.display());
    let error = home.refused(&named).await;
    assert_eq!(code(&error), "tls_failed", "{error}");
    assert!(help(&error).contains("sslcert"), "{error:?}");
}

#[tokio::test]
async fn passwords_come_from_everywhere_and_are_never_shown() {
    let main = &servers().main;
    let home = Home::new();
    let named = at(main, "user=with_password host=localhost");
    let secret = r"s3cret: \word";

    let error = home.refused(&named).await;
    assert_eq!(code(&error), "password_required");

    home.file(".pgpass", &format!("localhost:{}:*:with_password:s3cret\\: \\\\word\n", main.port));
    assert_eq!(outcome(home.connect(&named).await).await, "tls");
    assert_eq!(outcome(home.connect(&format!("{named} sslmode=disable")).await).await, "plain");

    // A wrong password in the variable hides the right one in the file.
    let error = home.target(&named, &[("PGPASSWORD", "wrong s3cret")]).connect().await.unwrap_err();
    assert_shows_no_password(&error);
    assert_eq!(code(&error), "authentication_failed");
    assert!(help(&error).contains("the variable PGPASSWORD"), "{error:?}");

    fs::set_permissions(home.path(".pgpass"), Permissions::from_mode(0o640)).unwrap();
    let error = home.refused(&named).await;
    assert!(help(&error).contains("was ignored"), "{error:?}");

    assert_eq!(
        outcome(home.target(&named, &[("PGPASSWORD", secret)]).connect().await).await,
        "tls"
    );
    let url =
        format!("postgres://with_password:s3cret%3A%20%5Cword@localhost:{}/postgres", main.port);
    assert_eq!(outcome(home.connect(&url).await).await, "tls");
    let url = format!("postgres://with_password:s3cret@localhost:{}/postgres", main.port);
    let error = home.refused(&url).await;
    assert!(help(&error).contains("the database URL"), "{error:?}");

    // The file's name for a socket is its directory.
    let socket = format!(
        "host={} port={} dbname=postgres user=with_password",
        main.directory.display(),
        main.port
    );
    home.file(
        ".pgpass",
        &format!("{}:*:postgres:*:s3cret\\: \\\\word\n", main.directory.display()),
    );
    assert_eq!(outcome(home.connect(&socket).await).await, "plain");
}

#[tokio::test]
async fn channel_binding_is_used_over_tls() {
    let main = &servers().main;
    let home = Home::new();
    let named = at(main, r"user=with_password password='s3cret: \\word' channel_binding=require");
    assert_eq!(outcome(home.connect(&named).await).await, "tls");
    let tls12 = format!("{named} ssl_max_protocol_version=TLSv1.2");
    assert_eq!(outcome(home.connect(&tls12).await).await, "tls");
    let plain = format!("{named} sslmode=disable");
    assert_eq!(code(&home.refused(&plain).await), "authentication_unsupported");
    let md5 = at(main, "user=with_md5 password=s3cret");
    assert_eq!(outcome(home.connect(&md5).await).await, "tls");
    let md5 = format!("{md5} channel_binding=require");
    assert_eq!(code(&home.refused(&md5).await), "authentication_unsupported");
}

#[tokio::test]
async fn a_unix_socket_needs_no_tls() {
    let main = &servers().main;
    let target = Target::unix_socket(&main.directory, main.port, "postgres", "template1");
    let connection = target.with_database("postgres").connect().await.unwrap();
    let row = connection
        .client
        .query_one("SELECT current_database()::text, current_setting('application_name')", &[])
        .await
        .unwrap();
    assert_eq!((row.get(0), row.get(1)), ("postgres", "pgconverge"));
    // sslmode is not for sockets: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-SSLMODE.
    let directory = main.directory.display().to_string().replace('/', "%2F");
    let url = format!("postgresql://postgres@{directory}:{}/postgres?sslmode=require", main.port);
    assert_eq!(outcome(Home::new().connect(&url).await).await, "plain");
}

#[tokio::test]
async fn hosts_are_tried_in_their_order() {
    let Servers { main, standby, .. } = servers();
    let home = Home::new();
    let dead = tls_server::free_port();
    let connect = |hosts: &str, ports: &str, wanted: &str| {
        home.target(
            &format!(
                "host={hosts} port={ports} user=open dbname=postgres target_session_attrs={wanted}"
            ),
            &[],
        )
    };
    let (primary, standby) = (main.port, standby.port);
    let three = "localhost,127.0.0.1,localhost";
    let ports = format!("{dead},{standby},{primary}");
    for (wanted, expected) in [
        ("any", standby),
        ("read-write", primary),
        ("primary", primary),
        ("read-only", standby),
        ("standby", standby),
        ("prefer-standby", standby),
    ] {
        let connection = connect(three, &ports, wanted).connect().await.unwrap();
        let query = "SELECT current_setting('port')::int";
        let port: i32 = connection.client.query_one(query, &[]).await.unwrap().get(0);
        assert_eq!(port, i32::from(expected), "{wanted}");
    }
    let only_primary = connect("localhost", &primary.to_string(), "prefer-standby");
    assert_eq!(outcome(only_primary.connect().await).await, "tls");

    let error = connect("localhost", &primary.to_string(), "standby").connect().await.unwrap_err();
    assert_eq!(code(&error), "no_suitable_server");
    assert!(error.to_string().contains("it is not a standby"), "{error}");

    // Under prefer a client certificate without its key rules out TLS, not the hosts after a dead one.
    home.file(".postgresql/postgresql.crt", &servers().authority.pem);
    let without_key = connect("localhost,localhost", &format!("{dead},{primary}"), "any");
    assert_eq!(outcome(without_key.connect().await).await, "plain");

    let error = connect("127.0.0.1,no-such-host.invalid", &dead.to_string(), "any")
        .connect()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "unreachable");
    let message = error.to_string();
    assert!(message.contains(&format!("127.0.0.1:{dead}: Connection refused")), "{message}");
    assert!(message.contains(&format!("no-such-host.invalid:{dead}: ")), "{message}");
}

#[tokio::test]
async fn a_service_file_names_the_server() {
    let main = &servers().main;
    let home = Home::new();
    let service = format!(
        "[app]\nhost=localhost\nport={}\nuser=with_password\npassword=s3cret: \\word\ndbname=postgres\napplication_name=of the service\n",
        main.port
    );
    let file = home.file("services", &service);
    let variables = [("PGSERVICE", "app"), ("PGSERVICEFILE", file.to_str().unwrap())]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment = Environment::new(variables, Some(home.0.path().to_owned()));
    let target = Target::resolve(None, &environment).unwrap().unwrap();
    let connection = target.connect().await.unwrap();
    let query = "SELECT current_setting('application_name')";
    let name: String = connection.client.query_one(query, &[]).await.unwrap().get(0);
    assert_eq!(name, "of the service");
}

#[tokio::test]
async fn what_the_server_refuses_is_explained() {
    let main = &servers().main;
    let home = Home::new();
    for (rest, expected, hint) in [
        ("user=open dbname=missing", "no_such_database", "createdb missing"),
        ("user=limited dbname=postgres", "too_many_connections", "max_connections"),
        ("user=nobody_known dbname=postgres", "not_admitted", "pg_hba.conf"),
        (
            "user=open dbname=postgres options='-c no_such_setting=1'",
            "refused_by_server",
            "SQLSTATE",
        ),
    ] {
        let error = home.refused(&format!("host=localhost port={} {rest}", main.port)).await;
        assert_eq!(code(&error), expected, "{error}");
        assert!(help(&error).contains(hint), "{error:?}");
    }
    let options = at(
        main,
        "user=open options='-c statement_timeout=7s' keepalives_idle=60 tcp_user_timeout=1000",
    );
    let connection = home.connect(&options).await.unwrap();
    let query = "SELECT current_setting('statement_timeout')";
    let timeout: String = connection.client.query_one(query, &[]).await.unwrap().get(0);
    assert_eq!(timeout, "7s");
}

#[tokio::test]
async fn a_silent_server_is_given_up_after_connect_timeout() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let home = Home::new();
    let start = Instant::now();
    let error = home.refused(&format!("host=127.0.0.1 port={port} user=a connect_timeout=1")).await;
    assert_eq!(code(&error), "timed_out");
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));

    // The limit is for each address, and the next host is tried.
    let main = &servers().main;
    let named = format!(
        "host=127.0.0.1,localhost port={port},{} user=open dbname=postgres connect_timeout=2",
        main.port
    );
    assert_eq!(outcome(home.connect(&named).await).await, "tls");
}

#[tokio::test]
async fn notices_arrive_and_statements_can_be_cancelled() {
    let main = &servers().main;
    for mode in ["disable", "require"] {
        let named = at(main, &format!("user=open host=localhost sslmode={mode}"));
        let mut connection = Home::new().connect(&named).await.unwrap();
        connection.client.batch_execute("DO $$BEGIN RAISE NOTICE 'hello'; END$$").await.unwrap();
        assert_eq!(connection.notices.recv().await.unwrap().message(), "hello");

        let handle = connection.cancel_handle();
        let sleep = connection.client.batch_execute("SELECT pg_sleep(60)");
        let cancel = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            handle.cancel().await.unwrap();
        };
        let (slept, ()) = tokio::join!(sleep, cancel);
        assert_eq!(slept.unwrap_err().code().unwrap().code(), "57014");
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_session_that_the_server_ended_says_why_on_close() {
    let main = &servers().main;
    let named = at(main, "user=open host=localhost");
    let connection = Home::new().connect(&named).await.unwrap();
    let query = "SELECT pg_backend_pid()";
    let process: i32 = connection.client.query_one(query, &[]).await.unwrap().get(0);
    let other = Target::unix_socket(&main.directory, main.port, "postgres", "postgres");
    let other = other.connect().await.unwrap();
    let query = "SELECT pg_terminate_backend($1)";
    other.client.query(query, &[&process]).await.unwrap();
    while !connection.client.is_closed() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let error = connection.close().await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "57P01");
}

#[test]
fn a_missing_home_is_no_obstacle() {
    let environment = Environment::new([], None).with_operating_system_user("me");
    let target = Target::resolve(Some("host=h"), &environment).unwrap().unwrap();
    assert_eq!(target.describe(), "me on h:5432 as me");
}
