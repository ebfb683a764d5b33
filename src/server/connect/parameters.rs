//! The table of libpq's connection parameters.

/// One parameter of <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>.
pub(super) struct Parameter {
    /// The keyword, as connection strings and service files spell it.
    pub keyword: &'static str,
    /// The variable that gives its default (<https://www.postgresql.org/docs/current/libpq-envars.html>).
    pub variable: Option<&'static str>,
    pub support: Support,
}

/// What happens to a value.
pub(super) enum Support {
    /// It decides something here.
    Used,
    /// libpq knows the parameter and pgconverge does not: only these values, which change nothing, are let pass.
    Refused { harmless: &'static [&'static str], instead: &'static str },
}

/// The parameter of this keyword.
pub(super) fn find(keyword: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.keyword == keyword)
}

/// The keyword that the user may have meant.
pub(super) fn nearest(keyword: &str) -> Option<&'static str> {
    PARAMETERS
        .iter()
        .map(|parameter| (strsim::jaro_winkler(parameter.keyword, keyword), parameter.keyword))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, keyword)| keyword)
}

/// Whether the value must never be shown.
pub(super) fn is_secret(keyword: &str) -> bool {
    matches!(
        keyword,
        "password"
            | "sslpassword"
            | "oauth_client_secret"
            | "scram_client_key"
            | "scram_server_key"
    )
}

const fn used(keyword: &'static str, variable: &'static str) -> Parameter {
    Parameter { keyword, variable: Some(variable), support: Support::Used }
}

const fn used_without_variable(keyword: &'static str) -> Parameter {
    Parameter { keyword, variable: None, support: Support::Used }
}

const fn refused(
    keyword: &'static str,
    variable: Option<&'static str>,
    harmless: &'static [&'static str],
    instead: &'static str,
) -> Parameter {
    Parameter { keyword, variable, support: Support::Refused { harmless, instead } }
}

const NO_KERBEROS: &str = "GSSAPI and Kerberos are not supported; use sslmode=verify-full and a password or a client certificate";
const NO_OAUTH: &str = "OAuth is not supported; use a password or a client certificate";
const NO_KEY_PASSPHRASE: &str = "store the client key without a passphrase: `openssl pkey -in postgresql.key -out plain.key`, mode 0600";

/// Every keyword of libpq 18, in the manual's order.
pub(super) const PARAMETERS: &[Parameter] = &[
    used("host", "PGHOST"),
    used("hostaddr", "PGHOSTADDR"),
    used("port", "PGPORT"),
    used("dbname", "PGDATABASE"),
    used("user", "PGUSER"),
    used("password", "PGPASSWORD"),
    used("passfile", "PGPASSFILE"),
    refused(
        "require_auth",
        Some("PGREQUIREAUTH"),
        &[],
        "leave it out and use channel_binding=require, which only SCRAM over TLS satisfies",
    ),
    used("channel_binding", "PGCHANNELBINDING"),
    used("connect_timeout", "PGCONNECT_TIMEOUT"),
    refused(
        "client_encoding",
        Some("PGCLIENTENCODING"),
        &["auto", "UTF8", "utf8", "UTF-8", "utf-8", "UNICODE", "unicode"],
        "leave it out: pgconverge always speaks UTF8, and the server converts",
    ),
    used("options", "PGOPTIONS"),
    used("application_name", "PGAPPNAME"),
    used_without_variable("fallback_application_name"),
    used_without_variable("keepalives"),
    used_without_variable("keepalives_idle"),
    used_without_variable("keepalives_interval"),
    used_without_variable("keepalives_count"),
    used_without_variable("tcp_user_timeout"),
    refused(
        "replication",
        None,
        &["false", "off", "no", "0"],
        "leave it out: pgconverge needs an ordinary connection",
    ),
    refused("gssencmode", Some("PGGSSENCMODE"), &["disable", "prefer"], NO_KERBEROS),
    used("sslmode", "PGSSLMODE"),
    used("requiressl", "PGREQUIRESSL"),
    used("sslnegotiation", "PGSSLNEGOTIATION"),
    refused(
        "sslcompression",
        Some("PGSSLCOMPRESSION"),
        &["0"],
        "leave it out: compressed TLS is insecure and PostgreSQL 14 and later refuse it",
    ),
    used("sslcert", "PGSSLCERT"),
    used("sslkey", "PGSSLKEY"),
    refused("sslkeylogfile", None, &[], "leave it out"),
    refused("sslpassword", None, &[], NO_KEY_PASSPHRASE),
    used("sslcertmode", "PGSSLCERTMODE"),
    used("sslrootcert", "PGSSLROOTCERT"),
    used("sslcrl", "PGSSLCRL"),
    refused(
        "sslcrldir",
        Some("PGSSLCRLDIR"),
        &[],
        "put the revocation lists into one file and name it by sslcrl",
    ),
    used("sslsni", "PGSSLSNI"),
    refused(
        "requirepeer",
        Some("PGREQUIREPEER"),
        &[],
        "leave it out and let the socket directory's permissions say who may serve there",
    ),
    used("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    used("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    refused(
        "min_protocol_version",
        Some("PGMINPROTOCOLVERSION"),
        &["3.0"],
        "leave it out: pgconverge speaks protocol 3.0",
    ),
    refused(
        "max_protocol_version",
        Some("PGMAXPROTOCOLVERSION"),
        &["3.0", "3.2", "latest"],
        "leave it out: pgconverge speaks protocol 3.0",
    ),
    refused("krbsrvname", Some("PGKRBSRVNAME"), &["postgres"], NO_KERBEROS),
    refused("gsslib", Some("PGGSSLIB"), &["gssapi"], NO_KERBEROS),
    refused("gssdelegation", Some("PGGSSDELEGATION"), &["0"], NO_KERBEROS),
    refused("scram_client_key", None, &[], "give the password instead of SCRAM keys"),
    refused("scram_server_key", None, &[], "give the password instead of SCRAM keys"),
    used("service", "PGSERVICE"),
    used_without_variable("servicefile"),
    used("target_session_attrs", "PGTARGETSESSIONATTRS"),
    refused(
        "load_balance_hosts",
        Some("PGLOADBALANCEHOSTS"),
        &["disable"],
        "leave it out: the hosts are tried in the order given, so that a plan and its run reach the same server",
    ),
    refused("oauth_issuer", None, &[], NO_OAUTH),
    refused("oauth_client_id", None, &[], NO_OAUTH),
    refused("oauth_client_secret", None, &[], NO_OAUTH),
    refused("oauth_scope", None, &[], NO_OAUTH),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_keyword_stands_once() {
        let keywords: BTreeSet<_> = PARAMETERS.iter().map(|parameter| parameter.keyword).collect();
        assert_eq!(keywords.len(), PARAMETERS.len());
    }

    #[test]
    fn a_slip_finds_its_keyword() {
        for (slip, meant) in
            [("sslmod", "sslmode"), ("user_name", "user"), ("hots", "host"), ("passwd", "password")]
        {
            assert_eq!(nearest(slip), Some(meant), "{slip}");
        }
        assert_eq!(nearest("zzzz"), None);
    }
}
