//! Names of types.

/// The types of `pg_catalog` that SQL knows by their own names. They are found before all others, so
/// that one of the same name needs its schema.
const BUILTIN: &[&str] = &[
    "aclitem",
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "cstring",
    "date",
    "datemultirange",
    "daterange",
    "event_trigger",
    "fdw_handler",
    "float4",
    "float8",
    "gtsvector",
    "index_am_handler",
    "inet",
    "int2",
    "int2vector",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "internal",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "language_handler",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "point",
    "polygon",
    "record",
    "refcursor",
    "table_am_handler",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "trigger",
    "tsm_handler",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "varbit",
    "varchar",
    "void",
    "xid",
    "xid8",
    "xml",
];

/// A type as people write it in a file of `schema`: without that schema where the name alone leads
/// to it.
#[must_use]
pub fn short_type(formatted: &str, schema: Option<&str>) -> String {
    let own = schema.map(|schema| format!("{}.", super::quote_identifier(schema)));
    match own.and_then(|own| formatted.strip_prefix(&own)) {
        Some(local) if is_unlike_builtin(local) => local.to_owned(),
        _ => short_builtin(formatted),
    }
}

fn is_unlike_builtin(local: &str) -> bool {
    let end = local.find(['[', '(']).unwrap_or(local.len());
    let name = local[..end].trim_matches('"');
    let reserved = ["any", "reg", "pg_", "_"].iter().any(|prefix| name.starts_with(prefix));
    !reserved && !BUILTIN.contains(&name)
}

/// A type in the spelling that people use: PostgreSQL's own aliases for what `format_type` prints.
/// <https://www.postgresql.org/docs/current/datatype.html#DATATYPE-TABLE>
fn short_builtin(formatted: &str) -> String {
    const PREFIXES: &[(&str, &str)] =
        &[("character varying", "varchar"), ("character", "char"), ("bit varying", "varbit")];
    const ZONES: &[(&str, &str, &str)] = &[
        ("timestamp", " with time zone", "timestamptz"),
        ("timestamp", " without time zone", "timestamp"),
        ("time", " with time zone", "timetz"),
        ("time", " without time zone", "time"),
    ];
    let (base, array) = match formatted.find("[]") {
        Some(at) => formatted.split_at(at),
        None => (formatted, ""),
    };
    for (long, zone, short) in ZONES {
        // The precision stands between: `timestamp(3) with time zone`.
        if let Some(precision) = base.strip_prefix(long).and_then(|rest| rest.strip_suffix(zone))
            && (precision.is_empty() || precision.starts_with('('))
        {
            return format!("{short}{precision}{array}");
        }
    }
    for (long, short) in PREFIXES {
        if let Some(length) = base.strip_prefix(long)
            && (length.is_empty() || length.starts_with('('))
        {
            // `character` alone is char(1), but `"char"` is another type.
            return format!("{short}{length}{array}");
        }
    }
    formatted.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{short_builtin, short_type};

    #[test]
    fn types_as_people_write_them() {
        assert_eq!(short_builtin("character varying(50)"), "varchar(50)");
        assert_eq!(short_builtin("character varying(50)[]"), "varchar(50)[]");
        assert_eq!(short_builtin("timestamp with time zone"), "timestamptz");
        assert_eq!(short_builtin("timestamp(3) without time zone"), "timestamp(3)");
        assert_eq!(short_builtin("character(3)"), "char(3)");
        assert_eq!(short_builtin("public.characteristics"), "public.characteristics");
        assert_eq!(short_builtin("\"char\""), "\"char\"");
    }

    #[test]
    fn types_of_the_own_schema_need_no_schema() {
        assert_eq!(short_type("public.status[]", Some("public")), "status[]");
        assert_eq!(short_type("public.date", Some("public")), "public.date");
        assert_eq!(short_type("public.\"time\"", Some("public")), "public.\"time\"");
        assert_eq!(short_type("public.\"Odd\"", Some("public")), "\"Odd\"");
        assert_eq!(short_type("crm.status", Some("public")), "crm.status");
        assert_eq!(short_type("character varying(3)", Some("public")), "varchar(3)");
        assert_eq!(short_builtin("double precision"), "double precision");
    }
}
