//! Connection URIs: <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>.

use super::error::ConnectError;

const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

/// Whether the text is a connection URI.
pub(super) fn is_uri(text: &str) -> bool {
    without_scheme(text).is_some()
}

/// The parameters of a connection URI, in its order.
///
/// No error quotes a part of the URI other than a parameter's name: what stands in the wrong place may be a
/// password.
///
/// # Errors
/// [`ConnectError::MalformedUrl`].
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, ConnectError> {
    let rest = without_scheme(text)
        .ok_or_else(|| malformed("it does not begin with postgres:// or postgresql://"))?;
    let mut parameters = Vec::new();

    // The user's part ends at the first `@` before a `/`, as in libpq's conninfo_uri_parse_options.
    let (credentials, rest) = match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => (Some(&rest[..at]), &rest[at + 1..]),
        _ => (None, rest),
    };
    if let Some(credentials) = credentials {
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (credentials, None),
        };
        push_decoded(&mut parameters, "user", user)?;
        push_decoded(&mut parameters, "password", password.unwrap_or_default())?;
    }

    let (location, query) = match rest.split_once('?') {
        Some((location, query)) => (location, Some(query)),
        None => (rest, None),
    };
    if location.contains('@') {
        return Err(malformed(
            "it has an `@`, `/` or `?` within the user, the password or the database",
        ));
    }
    let (authority, database) = match location.split_once('/') {
        Some((authority, database)) => (authority, database),
        None => (location, ""),
    };
    let (hosts, ports) = split_authority(authority)?;
    push_decoded(&mut parameters, "host", &hosts)?;
    push_decoded(&mut parameters, "port", &ports)?;
    push_decoded(&mut parameters, "dbname", database)?;
    for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty())
    {
        parameters.push(query_parameter(pair)?);
    }
    Ok(parameters)
}

fn without_scheme(text: &str) -> Option<&str> {
    SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme))
}

/// The comma lists of hosts and ports. An IPv6 address stands in brackets.
fn split_authority(authority: &str) -> Result<(String, String), ConnectError> {
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for location in authority.split(',') {
        let (host, rest) = match location.strip_prefix('[') {
            Some(bracketed) => bracketed
                .split_once(']')
                .filter(|(address, _)| !address.is_empty())
                .ok_or_else(|| malformed("an IPv6 address in brackets is empty or not closed"))?,
            None => location.split_at(location.find(':').unwrap_or(location.len())),
        };
        let port = match rest.strip_prefix(':') {
            Some(port) => port,
            None if rest.is_empty() => "",
            None => {
                return Err(malformed(
                    "after an IPv6 address in brackets comes neither `:` nor `/`",
                ));
            }
        };
        hosts.push(host);
        ports.push(port);
    }
    // `postgres:///name` and `postgres://a,b/name` give no port at all rather than empty ones.
    let ports =
        if ports.iter().all(|port| port.is_empty()) { String::new() } else { ports.join(",") };
    Ok((hosts.join(","), ports))
}

fn query_parameter(pair: &str) -> Result<(String, String), ConnectError> {
    let (keyword, value) =
        pair.split_once('=').ok_or_else(|| malformed("a parameter after the `?` has no `=`"))?;
    if value.contains('=') {
        return Err(malformed(
            "a parameter after the `?` has more than one `=` (write `=` in a value as %3D)",
        ));
    }
    let (keyword, value) = (decoded(keyword)?, decoded(value)?);
    // The spelling of JDBC URLs, which libpq takes too.
    if keyword == "ssl" && value == "true" {
        return Ok(("sslmode".to_owned(), "require".to_owned()));
    }
    Ok((keyword, value))
}

fn push_decoded(
    parameters: &mut Vec<(String, String)>,
    keyword: &str,
    text: &str,
) -> Result<(), ConnectError> {
    if !text.is_empty() {
        parameters.push((keyword.to_owned(), decoded(text)?));
    }
    Ok(())
}

/// Percent-decoding as strict as libpq's: two hexadecimal digits, and no zero byte.
fn decoded(text: &str) -> Result<String, ConnectError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let digits = after
            .get(..2)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or_else(|| {
                malformed(
                    "a `%` is not followed by two hexadecimal digits (write `%` itself as %25)",
                )
            })?;
        if digits == 0 {
            return Err(malformed("it has the forbidden value %00"));
        }
        bytes.push(digits);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| malformed("its percent-encoded bytes are not UTF-8"))
}

fn malformed(reason: &str) -> ConnectError {
    ConnectError::MalformedUrl { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, expected: &[(&str, &str)]) {
        let parsed = parse(uri).unwrap();
        let parsed: Vec<_> = parsed.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(parsed, expected, "{uri}");
    }

    /// The URIs of the manual's section and those of libpq's own test, src/interfaces/libpq/t/001_uri.pl.
    #[test]
    fn uris_of_libpq_are_read_as_libpq_reads_them() {
        check("postgresql://", &[]);
        check("postgres://localhost", &[("host", "localhost")]);
        check("postgresql://localhost:5433", &[("host", "localhost"), ("port", "5433")]);
        check(
            "postgresql://user:secret@localhost",
            &[("user", "user"), ("password", "secret"), ("host", "localhost")],
        );
        check("postgresql://uri-user@host/", &[("user", "uri-user"), ("host", "host")]);
        check("postgresql://uri-user@", &[("user", "uri-user")]);
        check("postgresql://:12345/", &[("port", "12345")]);
        check("postgresql://host/db%3Dname", &[("host", "host"), ("dbname", "db=name")]);
        check(
            "postgresql:///mydb?host=localhost&port=5433",
            &[("dbname", "mydb"), ("host", "localhost"), ("port", "5433")],
        );
        check(
            "postgresql://[2001:db8::1234]:99/db",
            &[("host", "2001:db8::1234"), ("port", "99"), ("dbname", "db")],
        );
        check("postgresql://[::1]/", &[("host", "::1")]);
        check(
            "postgresql://%2Fvar%2Flib%2Fpostgresql/dbname",
            &[("host", "/var/lib/postgresql"), ("dbname", "dbname")],
        );
        check(
            "postgres://user@host1:123,host2:456/somedb?target_session_attrs=any",
            &[
                ("user", "user"),
                ("host", "host1,host2"),
                ("port", "123,456"),
                ("dbname", "somedb"),
                ("target_session_attrs", "any"),
            ],
        );
        check("postgres://a,b:1/d", &[("host", "a,b"), ("port", ",1"), ("dbname", "d")]);
        check("postgres://h/d?ssl=true", &[("host", "h"), ("dbname", "d"), ("sslmode", "require")]);
        check(
            "postgres://us%65r:p%40ss@h",
            &[("user", "user"), ("password", "p@ss"), ("host", "h")],
        );
        check("postgres://u:pa?ss@h", &[("user", "u"), ("password", "pa?ss"), ("host", "h")]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_survives_percent_encoding(user in "[^\\x00]+", password in "[^\\x00]+", database in "[^\\x00]+") {
            let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
            let uri = format!("postgres://{}:{}@h/{}", encoded(&user), encoded(&password), encoded(&database));
            check(&uri, &[("user", &user), ("password", &password), ("host", "h"), ("dbname", &database)]);
        }

        #[test]
        fn no_text_brings_the_parser_down(rest in ".*") {
            let _ = parse(&format!("postgres://{rest}"));
        }
    }

    #[test]
    fn malformed_uris_are_refused_without_showing_them() {
        for uri in [
            "postgres://u:s3cret@s3cret@host/db",
            "postgres://u:s3/cret@host/db",
            "postgres://u:s3cret%zz@host",
            "postgres://u:s3cret%00@host",
            "postgres://h/d?s3cret",
            "postgres://h/d?password=s3cret=x",
            "postgres://[::1/d",
            "postgres://[]/d",
            "postgres://[::1]s3cret/d",
            "postgres://h/%ff",
        ] {
            let error = parse(uri).unwrap_err();
            assert!(matches!(error, ConnectError::MalformedUrl { .. }), "{uri}: {error}");
            assert!(!format!("{error} {error:?}").contains("s3"), "{uri}: {error}");
        }
    }
}
