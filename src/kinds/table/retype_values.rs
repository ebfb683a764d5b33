//! How values of one type become those of another, domains apart.

use super::retype::{Conversion, Held, Zone};
use crate::model::Nature;
use crate::sql::{cast_exists, stored_alike};

/// The type of a value.
pub struct Value<'a> {
    base: &'a str,
    modifiers: Vec<i64>,
    nature: Option<&'a Nature>,
}

impl<'a> Value<'a> {
    /// What is under a domain, if it is one.
    pub fn of(held: &Held<'a>) -> Self {
        let domain = held.nature.and_then(|nature| nature.domain.as_ref());
        let text = domain.map_or(held.data_type.as_str(), |domain| domain.data_type.as_str());
        Self::parse(text, held.nature)
    }

    /// A type whose modifiers are not at its end, `timestamp(3) with time zone`, is a base of its
    /// own.
    fn parse(text: &'a str, nature: Option<&'a Nature>) -> Self {
        let parsed = text.strip_suffix(')').and_then(|text| {
            let (base, list) = text.rsplit_once('(')?;
            let modifiers =
                list.split(',').map(|n| n.trim().parse().ok()).collect::<Option<_>>()?;
            Some(Self { base, modifiers, nature })
        });
        parsed.unwrap_or(Self { base: text, modifiers: Vec::new(), nature })
    }

    pub fn has_modifiers(&self) -> bool {
        !self.modifiers.is_empty() || self.base.contains('(')
    }

    /// Of an array.
    fn element(&self) -> Option<Self> {
        Some(Self::parse(self.base.strip_suffix("[]")?, self.nature))
    }

    fn first(&self) -> Option<i64> {
        self.modifiers.first().copied()
    }

    /// A type of somebody's own, which `format_type` shows with its schema.
    fn is_declared(&self) -> bool {
        self.base.contains('.')
    }

    fn is_enum(&self) -> bool {
        self.nature.is_some_and(|nature| nature.enumerated)
    }
}

/// The conversion between two of them.
pub fn between(from: &Value<'_>, to: &Value<'_>) -> Conversion {
    match (from.element(), to.element()) {
        (Some(one), Some(other)) => of_elements(&one, &other),
        (None, None) => of_strings(from, to).unwrap_or_else(|| of_others(from, to)),
        // An array as a string is what it says.
        (Some(_), None) if to.base == "text" => Conversion::WIDENED,
        (Some(_), None) if to.base == "character varying" => Conversion::ASSIGNED,
        (None, Some(element))
            if is_string(from) && (is_string(&element) || reads_exactly(&element)) =>
        {
            Conversion::CAST
        }
        _ if cast_exists(from.base, to.base) => Conversion::LOSSY,
        _ => Conversion::BY_LOSSY_TEXT,
    }
}

/// Arrays are made anew element by element, but where only a measure is gone.
fn of_elements(from: &Value<'_>, to: &Value<'_>) -> Conversion {
    let each = between(from, to);
    Conversion { rewrites: each.rewrites || from.base != to.base || to.has_modifiers(), ..each }
}

/// To and from strings.
fn of_strings(from: &Value<'_>, to: &Value<'_>) -> Option<Conversion> {
    let fits = match (from.first(), to.first()) {
        (_, None) => true,
        (Some(from), Some(to)) => to >= from,
        (None, Some(_)) => false,
    };
    Some(match (from.base, to.base) {
        // Too long a value is refused.
        ("character", "character") if fits => Conversion::WIDENED,
        ("character", "character") => Conversion::ASSIGNED,
        ("character varying", "character varying") if fits => Conversion::KEPT,
        // Blanks at the end are gone.
        ("character", _) if is_string(to) => Conversion::LOSSY,
        (a, b) if is_string(to) && !to.has_modifiers() && (a == b || alike(from, to)) => {
            Conversion::KEPT
        }
        // There is an assignment from every type to a string, by its output.
        _ if is_string(to) && to.has_modifiers() => Conversion::ASSIGNED,
        _ if is_string(to) => Conversion::WIDENED,
        _ if is_string(from) && alike(from, to) && !to.has_modifiers() => Conversion::KEPT,
        _ if is_string(from) && reads_exactly(to) => Conversion::CAST,
        _ if is_string(from) => Conversion::LOSSY,
        _ => return None,
    })
}

fn is_string(it: &Value<'_>) -> bool {
    matches!(it.base, "text" | "character varying")
}

/// Whether what is read from a text is all that it says, or is refused.
fn reads_exactly(to: &Value<'_>) -> bool {
    const EXACT: &[&str] = &[
        "smallint", "integer", "bigint", "numeric", "boolean", "uuid", "inet", "cidr", "macaddr",
        "macaddr8", "json",
    ];
    to.is_enum() || EXACT.contains(&to.base) && !to.has_modifiers()
}

/// Whether values are read as those of the other type, as they are stored.
fn alike(from: &Value<'_>, to: &Value<'_>) -> bool {
    let named = |list: Option<&Vec<String>>, it: &str| {
        list.is_some_and(|list| list.iter().any(|name| name == it))
    };
    stored_alike(from.base, to.base)
        || named(to.nature.map(|nature| &nature.read_from), from.base)
        || named(from.nature.map(|nature| &nature.read_as), to.base)
}

fn of_others(from: &Value<'_>, to: &Value<'_>) -> Conversion {
    if let Some(conversion) = of_times(from.base, to.base) {
        return conversion;
    }
    let fits = match (from.first(), to.first()) {
        (_, None) => true,
        (Some(from), Some(to)) => to >= from,
        (None, Some(_)) => false,
    };
    match (from.base, to.base) {
        (a, b) if a == b && from.modifiers == to.modifiers => Conversion::KEPT,
        _ if alike(from, to) && !to.has_modifiers() => Conversion::KEPT,
        ("bit varying" | "interval", base) if from.base == base && fits => Conversion::KEPT,
        // Too long a value is refused.
        ("bit", "bit varying") if fits => Conversion::WIDENED,
        ("bit" | "bit varying", "bit varying") => Conversion::ASSIGNED,
        ("smallint", "integer" | "bigint") | ("integer", "bigint") => Conversion::WIDENED,
        // Too large a value is refused.
        ("smallint" | "integer" | "bigint", "smallint" | "integer" | "bigint") => {
            Conversion::ASSIGNED
        }
        ("smallint" | "integer" | "bigint", "numeric") => match (&to.modifiers[..], digits(from)) {
            ([], _) => Conversion::WIDENED,
            ([p, s], digits) if *s >= 0 && p - s >= digits => Conversion::WIDENED,
            ([_, s], _) if *s >= 0 => Conversion::ASSIGNED,
            _ => Conversion::LOSSY,
        },
        ("smallint", "real" | "double precision") => Conversion::WIDENED,
        ("integer" | "real", "double precision") => Conversion::WIDENED,
        ("numeric", "numeric") => match (&from.modifiers[..], &to.modifiers[..]) {
            (_, []) => Conversion::KEPT,
            ([p, s], [q, t]) if t == s && q >= p => Conversion::KEPT,
            ([p, s], [q, t]) if t > s && q - t >= p - s => Conversion::WIDENED,
            // Too large a value is refused.
            ([_, s], [_, t]) if t >= s => Conversion::ASSIGNED,
            _ => Conversion::LOSSY,
        },
        ("macaddr", "macaddr8") | ("jsonb", "json") => Conversion::WIDENED,
        ("macaddr8", "macaddr") => Conversion::ASSIGNED,
        ("boolean", "integer") => Conversion::CAST,
        ("int4range", "int8range") | ("int4multirange", "int8multirange") => Conversion::BY_TEXT,
        _ if from.is_declared() && to.is_enum() => Conversion::BY_TEXT,
        _ if from.is_declared() && to.is_declared() => Conversion::BY_LOSSY_TEXT,
        // What the text is read as may mean something else.
        (a, b) if !from.is_declared() && !to.is_declared() && !cast_exists(a, b) => {
            Conversion::BY_LOSSY_TEXT
        }
        _ => Conversion::LOSSY,
    }
}

/// How many digits the largest number has.
fn digits(of: &Value<'_>) -> i64 {
    match of.base {
        "smallint" => 5,
        "integer" => 10,
        _ => 19,
    }
}

/// Between times, where nothing but a zone comes or goes. The session's zone is UTC: a time in no zone and the same
/// time there are stored alike. Which of them was meant only the files' author knows.
fn of_times(from: &str, to: &str) -> Option<Conversion> {
    let (after, (to, zone)) = precision(to)?;
    let taken = |zone| Conversion { lossy: true, zone: Some(zone), ..Conversion::KEPT };
    if from == "date" {
        // One that is out of the range of the other is refused.
        return match (to, zone) {
            ("timestamp", "out time zone") => Some(Conversion::ASSIGNED),
            ("timestamp", _) => {
                Some(Conversion { rewrites: true, refuses: true, ..taken(Zone::Taken) })
            }
            _ => None,
        };
    }
    let (before, (from, old_zone)) = precision(from)?;
    let fits = after.is_none_or(|after| before.is_some_and(|before| before <= after));
    if from != to || !fits {
        return None;
    }
    match (old_zone == zone, zone) {
        (true, _) => Some(Conversion::KEPT),
        (false, _) if from != "timestamp" || after.is_some() => None,
        (false, "out time zone") => Some(taken(Zone::Gone)),
        (false, _) => Some(taken(Zone::Taken)),
    }
}

/// The precision of a time, and the rest of its type: `timestamp(3) without time zone`.
fn precision(text: &str) -> Option<(Option<i64>, (&str, &str))> {
    let (head, zone) = text.split_once(" with")?;
    let (base, precision) = match head.split_once('(') {
        Some((base, digits)) => (base, Some(digits.strip_suffix(')')?.parse().ok()?)),
        None => (head, None),
    };
    matches!(base, "timestamp" | "time").then_some((precision, (base, zone)))
}

#[cfg(test)]
#[path = "retype_tests.rs"]
mod tests;
