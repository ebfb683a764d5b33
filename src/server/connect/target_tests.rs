use super::*;
use crate::server::connect::endpoint::Location;
use crate::server::connect::ssl_mode::SslMode;
use std::fs;
use std::path::PathBuf;

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    Environment::new(variables, Some(PathBuf::from("/nowhere"))).with_operating_system_user("me")
}

fn resolve(named: &str) -> Target {
    Target::resolve(Some(named), &environment(&[])).unwrap().unwrap()
}

fn refused(named: &str) -> ConnectError {
    Target::resolve(Some(named), &environment(&[])).unwrap_err()
}

fn code(error: &ConnectError) -> String {
    miette::Diagnostic::code(error).unwrap().to_string()
}

#[test]
fn nothing_named_is_no_target() {
    let none = Target::resolve(None, &environment(&[("PGPASSWORD", "x"), ("PGHOST", "")]));
    assert!(none.unwrap().is_none());
    for variable in ["PGHOST", "PGDATABASE", "PGUSER"] {
        let some = Target::resolve(None, &environment(&[(variable, "x")])).unwrap();
        assert!(some.is_some(), "{variable}");
    }
}

#[test]
fn defaults_are_those_of_libpq() {
    let target = resolve("postgres://db.example.com");
    assert_eq!(target.describe(), "me on db.example.com:5432 as me");
    assert_eq!(resolve("postgres://you@h").describe(), "you on h:5432 as you");
    assert_eq!(resolve("app").database(), "app");
    assert_eq!(target.application_name, "pgconverge");
    let socket = Target::unix_socket(Path::new("/run/x"), 6000, "a", "b");
    assert_eq!(socket.describe(), "b on /run/x/.s.PGSQL.6000 as a");
    assert_eq!(socket.with_database("c").database(), "c");
}

#[test]
fn the_name_wins_over_the_service_file_and_that_over_the_variables() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".pg_service.conf");
    fs::write(&file, "[mine]\nhost=from-service\nport=6000\nuser=service-user\n").unwrap();
    let variables = [("PGHOST", "from-variable"), ("PGDATABASE", "variable-db"), ("PGUSER", "x")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment = Environment::new(variables, Some(home.path().to_owned()));
    let target = Target::resolve(Some("service=mine port=7000"), &environment).unwrap().unwrap();
    assert_eq!(target.describe(), "variable-db on from-service:7000 as service-user");
}

#[test]
fn a_service_may_stand_in_the_system_file() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("pg_service.conf"), "[app]\nhost=of-system\n").unwrap();
    let directory = directory.path().to_str().unwrap();
    let environment = environment(&[("PGSYSCONFDIR", directory), ("PGSERVICE", "app")]);
    let target = Target::resolve(None, &environment).unwrap().unwrap();
    assert_eq!(target.describe(), "me on of-system:5432 as me");
}

#[test]
fn variables_give_what_the_name_leaves_out() {
    let environment = environment(&[
        ("PGHOST", "a,b"),
        ("PGPORT", "1,2"),
        ("PGUSER", "you"),
        ("PGDATABASE", "app"),
        ("PGAPPNAME", "mine"),
        ("PGOPTIONS", "-c a=b"),
        ("PGCONNECT_TIMEOUT", "3"),
        ("PGTARGETSESSIONATTRS", "primary"),
        ("PGCHANNELBINDING", "require"),
        ("PGREQUIRESSL", "1"),
    ]);
    let target = Target::resolve(None, &environment).unwrap().unwrap();
    assert_eq!(target.describe(), "app on a:1, b:2 as you");
    assert_eq!(target.application_name, "mine");
    assert_eq!(target.options.as_deref(), Some("-c a=b"));
    assert_eq!(target.connect_timeout, Some(Duration::from_secs(3)));
    assert_eq!(target.session_attributes, SessionAttributes::Primary);
    assert_eq!(target.channel_binding, ChannelBinding::Require);
    assert_eq!(target.tls.mode, SslMode::Require);
    let target = Target::resolve(Some("sslmode=verify-ca application_name=''"), &environment);
    let target = target.unwrap().unwrap();
    assert_eq!(target.tls.mode, SslMode::VerifyCa);
    assert_eq!(target.application_name, "pgconverge");
    let system = resolve("host=h sslrootcert=system");
    assert_eq!(system.tls.mode, SslMode::VerifyFull);
}

#[test]
fn hosts_and_ports_go_together() {
    let endpoints = |named| resolve(named).endpoints;
    let several = endpoints("postgres://a:1,[::1]:2,%2Fs/db");
    let described: Vec<_> = several.iter().map(Endpoint::describe).collect();
    assert_eq!(described, ["a:1", "[::1]:2", "/s/.s.PGSQL.5432"]);
    let one_port = endpoints("host=a,b port=7");
    assert!(one_port.iter().all(|endpoint| endpoint.port == 7));
    assert_eq!(
        endpoints("host=name hostaddr=10.0.0.1")[0].location,
        Location::Address([10, 0, 0, 1].into(), Some("name".to_owned()))
    );
    assert_eq!(code(&refused("host=a,b port=1,2,3")), "pgconverge::connect::mismatched_hosts");
    assert_eq!(
        code(&refused("host=a,b hostaddr=10.0.0.1")),
        "pgconverge::connect::mismatched_hosts"
    );
}

#[test]
fn mistakes_are_named() {
    for (named, expected) in [
        ("", "empty_name"),
        ("mysql://h/d", "unknown_scheme"),
        ("me:s3cret@h/d", "malformed_url"),
        ("postgres:/h/d", "malformed_url"),
        ("postgres://u:s3cret", "invalid_value"),
        ("host=h port=0", "invalid_value"),
        ("host=h port=65536", "invalid_value"),
        ("hostaddr=name", "invalid_value"),
        ("host=@abstract", "invalid_value"),
        ("host=h sslmode=on", "invalid_value"),
        ("host=h connect_timeout=soon", "invalid_value"),
        ("host=h keepalives=yes", "invalid_value"),
        ("host=h target_session_attrs=master", "invalid_value"),
        (
            "host=h ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
            "invalid_value",
        ),
        ("host=h sslmod=require", "unknown_parameter"),
        ("password=a s3cret=b", "unknown_parameter"),
        ("host=h load_balance_hosts=random", "unsupported_parameter"),
        ("host=h gssencmode=require", "unsupported_parameter"),
        ("host=h requirepeer=postgres", "unsupported_parameter"),
        ("host=h sslpassword=s3cret", "unsupported_parameter"),
        ("host=h sslrootcert=system sslmode=require", "weak_ssl_mode"),
        ("host=h sslnegotiation=direct", "weak_ssl_mode"),
        ("service=none", "unknown_service"),
    ] {
        let error = refused(named);
        assert_eq!(code(&error), format!("pgconverge::connect::{expected}"), "{named}: {error}");
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert!(!format!("{error} {error:?} {help}").contains("s3cret"), "{named}: {error:?}");
    }
    let help = miette::Diagnostic::help(&refused("host=h sslmod=require")).unwrap().to_string();
    assert_eq!(help, "Did you mean `sslmode`?");
    let harmless = "host=h gssencmode=prefer load_balance_hosts=disable client_encoding=UTF8 krbsrvname=postgres";
    assert_eq!(resolve(harmless).describe(), "me on h:5432 as me");
}

#[test]
fn no_password_is_ever_shown() {
    for named in ["postgres://u:s3cret@h/d", "host=h user=u password=s3cret"] {
        let target = resolve(named);
        assert_eq!(target.password.as_ref().unwrap().value, "s3cret");
        assert!(!format!("{target:?} {target:#?} {}", target.describe()).contains("s3cret"));
    }
}

#[test]
fn passwords_come_from_the_first_place_that_has_one() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("passwords");
    fs::write(&file, "localhost:5432:*:*:socket\nh:*:*:*:named\n10.0.0.1:*:*:*:address\n").unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let passfile = file.to_str().unwrap().to_owned();
    let password = |named: &str, variables: &[(&str, &str)]| {
        let mut all = vec![("PGPASSFILE", passfile.as_str())];
        all.extend(variables);
        let target = Target::resolve(Some(named), &environment(&all)).unwrap().unwrap();
        target.password_for(&target.endpoints[0]).map(|(password, _)| password)
    };
    let of = |password: &str| Some(password.to_owned());
    assert_eq!(password("host=h", &[]), of("named"));
    assert_eq!(password("host=h", &[("PGPASSWORD", "variable")]), of("variable"));
    assert_eq!(password("host=h password=url", &[("PGPASSWORD", "variable")]), of("url"));
    assert_eq!(password("host=/tmp", &[]), of("socket"));
    assert_eq!(password("host=/var/run/postgresql", &[]), of("socket"));
    assert_eq!(password("host=/elsewhere", &[]), None);
    assert_eq!(password("hostaddr=10.0.0.1", &[]), of("address"));
    assert_eq!(password("host=h hostaddr=10.0.0.1", &[]), of("named"));
}
