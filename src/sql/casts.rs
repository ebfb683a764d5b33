//! The casts that PostgreSQL itself has.
//!
//! Strings apart, `pg_cast` of every major says the same, and `tests/casts.rs` asks all of them. To
//! and from strings there is a cast for every type. <https://www.postgresql.org/docs/current/catalog-pg-cast.html>

/// Whether there is a cast from one built-in type to another, as `format_type` spells them.
#[must_use]
pub fn cast_exists(from: &str, to: &str) -> bool {
    if let (Some(from), Some(to)) = (from.strip_suffix("[]"), to.strip_suffix("[]")) {
        return cast_exists(from, to);
    }
    let (from, to) = (without_modifier(from), without_modifier(to));
    let (from, to) = (from.as_str(), to.as_str());
    from == to
        || [from, to].iter().any(|name| STRINGS.contains(name))
        || ALIKE.iter().any(|types| types.contains(&from) && types.contains(&to))
        || ONE_WAY.iter().any(|(source, targets)| *source == from && targets.contains(&to))
        || is_object_identifier(from) && OBJECT_IDENTIFIER_VALUES.contains(&to)
        || is_object_identifier(to) && from == "smallint"
        || is_object_identifier(to) && OBJECT_IDENTIFIER_VALUES.contains(&from)
}

/// Whether an assignment reads values of one built-in type as those of another, as they are stored.
#[must_use]
pub fn stored_alike(from: &str, to: &str) -> bool {
    match (from, to) {
        ("xml" | "character varying", "text") | ("xml" | "text", "character varying") => true,
        ("bit", "bit varying") | ("bit varying", "bit") | ("cidr", "inet") => true,
        ("regproc", "regprocedure") | ("regprocedure", "regproc") => true,
        ("regoper", "regoperator") | ("regoperator", "regoper") => true,
        ("oid", "integer") => true,
        ("oid" | "integer", to) => from != to && is_object_identifier(to),
        (from, "oid" | "integer") => is_object_identifier(from),
        _ => false,
    }
}

const STRINGS: &[&str] = &["text", "character varying", "character", "name"];

/// Each has casts to all others of its group.
const ALIKE: &[&[&str]] = &[
    &["smallint", "integer", "bigint", "real", "double precision", "numeric"],
    &["timestamp without time zone", "timestamp with time zone"],
    &["time without time zone", "time with time zone"],
    &["time without time zone", "interval"],
    &["bit", "bit varying"],
    &["json", "jsonb"],
    &["inet", "cidr"],
    &["macaddr", "macaddr8"],
    &["box", "circle", "polygon"],
    &["path", "polygon"],
    &["boolean", "integer"],
    &["\"char\"", "integer"],
    &["bit", "integer"],
    &["bit", "bigint"],
    &["money", "numeric"],
    &["regproc", "regprocedure"],
    &["regoper", "regoperator"],
];

/// Casts that there are in one direction.
const ONE_WAY: &[(&str, &[&str])] = &[
    ("integer", &["money"]),
    ("bigint", &["money"]),
    ("date", &["timestamp without time zone", "timestamp with time zone"]),
    ("timestamp without time zone", &["date", "time without time zone"]),
    ("timestamp with time zone", &["date", "time without time zone", "time with time zone"]),
    ("jsonb", &["boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric"]),
    ("point", &["box"]),
    ("lseg", &["point"]),
    ("box", &["lseg", "point"]),
    ("circle", &["point"]),
    ("polygon", &["point"]),
    ("int4range", &["int4multirange"]),
    ("int8range", &["int8multirange"]),
    ("numrange", &["nummultirange"]),
    ("tsrange", &["tsmultirange"]),
    ("tstzrange", &["tstzmultirange"]),
    ("daterange", &["datemultirange"]),
    ("xid8", &["xid"]),
];

/// What every type of object identifiers can be cast to and, `smallint` besides, from.
const OBJECT_IDENTIFIER_VALUES: &[&str] = &["oid", "integer", "bigint"];

/// <https://www.postgresql.org/docs/current/datatype-oid.html>
fn is_object_identifier(name: &str) -> bool {
    matches!(
        name,
        "oid"
            | "regclass"
            | "regcollation"
            | "regconfig"
            | "regdictionary"
            | "regnamespace"
            | "regoper"
            | "regoperator"
            | "regproc"
            | "regprocedure"
            | "regrole"
            | "regtype"
    )
}

/// `timestamp(3) with time zone` is a `timestamp with time zone`.
fn without_modifier(name: &str) -> String {
    match (name.find('('), name.find(')')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}", &name[..open], &name[close + 1..])
        }
        _ => name.to_owned(),
    }
}
