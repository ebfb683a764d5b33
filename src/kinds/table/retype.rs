//! What a change of a column's type does to its values.

use crate::sql::{Fragment, Sql, cast_exists};

/// How values get from one type to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    /// Every value keeps its meaning, or the server refuses the change: an assignment does, where
    /// an explicit cast would cut off what does not fit.
    /// <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE>
    pub assigned: bool,
    /// There is no cast: values go by way of their text, and what cannot be read is refused.
    pub by_text: bool,
    /// Something of a value may be gone, and nobody is told.
    pub lossy: bool,
    /// The table is written anew.
    pub rewrites: bool,
    /// A value may have no counterpart.
    pub refuses: bool,
}

impl Conversion {
    /// The casts to `to` that follow a value; none where the server adds what it needs.
    pub fn way(self, to: &Fragment) -> Sql {
        match (self.assigned, self.by_text) {
            (true, _) => Sql::default(),
            (false, true) => Sql::new("::text::").fragment(to),
            (false, false) => Sql::new("::").fragment(to),
        }
    }
}

/// The conversion between two types as the server spells them. What is not known to be harmless is
/// an explicit cast, which may lose something.
pub fn conversion(from: &Fragment, to: &Fragment) -> Conversion {
    let (from, to) = (Type::parse(from.as_str()), Type::parse(to.as_str()));
    let kept = Conversion {
        assigned: true,
        by_text: false,
        lossy: false,
        rewrites: false,
        refuses: false,
    };
    let widened = Conversion { rewrites: true, ..kept };
    let rewritten = Conversion { refuses: true, ..widened };
    let cast = Conversion { assigned: false, ..rewritten };
    let by_text = Conversion { by_text: true, ..cast };
    let lossy = Conversion { lossy: true, ..cast };
    let by_lossy_text = Conversion { lossy: true, ..by_text };
    if let Some(kept_or_lossy) = moment(from.base, to.base) {
        // The session's zone is UTC: a time in no zone and the same time there are stored alike. Which of
        // them was meant only the files' author knows.
        return match kept_or_lossy {
            Moment::Same => kept,
            Moment::OtherZone => Conversion { lossy: true, ..kept },
        };
    }
    match (from.base, to.base) {
        // Only the collation changes: indexes are built anew, the table stays as it is.
        (a, b) if a == b && from.modifiers == to.modifiers => kept,
        ("character varying", "text") => kept,
        // They are stored alike.
        ("cidr", "inet") => kept,
        ("xml", "text" | "character varying") if to.modifiers.is_empty() => kept,
        ("character varying", "character varying") => match (from.first(), to.first()) {
            (_, None) => kept,
            (Some(from), Some(to)) if to >= from => kept,
            _ => rewritten,
        },
        ("text", "character varying") if to.modifiers.is_empty() => kept,
        // Too long a value is refused.
        ("text", "character varying") => rewritten,
        // There is an assignment from every type to text, by its output.
        (base, "text") if base != "character" => widened,
        ("smallint", "integer" | "bigint") | ("integer", "bigint") => widened,
        // Too large a value is refused.
        ("smallint" | "integer" | "bigint", "smallint" | "integer" | "bigint") => rewritten,
        ("smallint" | "integer" | "bigint", "numeric") if to.modifiers.is_empty() => widened,
        ("real", "double precision") => widened,
        ("bit varying" | "interval", base) if from.base == base => match (from.first(), to.first())
        {
            (_, None) => kept,
            (Some(from), Some(to)) if to >= from => kept,
            _ => lossy,
        },
        // The same to varchar, unless there is another cast.
        (base, "character varying" | "text[]" | "character varying[]") if is_declared(base) => {
            rewritten
        }
        // What cannot be read as one is refused.
        ("text" | "character varying", "character") => lossy,
        ("text" | "character varying", _) => cast,
        ("text[]" | "character varying[]", to) if is_declared(to) => cast,
        (from, to) if is_declared(from) && is_declared(to) => by_text,
        ("numeric", "numeric") => match (&from.modifiers[..], &to.modifiers[..]) {
            (_, []) => kept,
            ([p, s], [q, t]) if t == s && q >= p => kept,
            ([p, s], [q, t]) if t > s && q - t >= p - s => widened,
            _ => lossy,
        },
        // What the text is read as may mean something else.
        (from, to) if !is_declared(from) && !is_declared(to) && !cast_exists(from, to) => {
            by_lossy_text
        }
        _ => lossy,
    }
}

/// What changes between two types of a time that are stored alike.
enum Moment {
    Same,
    OtherZone,
}

/// Where a time keeps all of its precision and is stored as it was.
fn moment(from: &str, to: &str) -> Option<Moment> {
    let (before, from) = precision(from)?;
    let (after, to) = precision(to)?;
    match (from == to, after) {
        (true, None) => Some(Moment::Same),
        (true, Some(after)) => before.is_some_and(|it| it <= after).then_some(Moment::Same),
        (false, None) if from.0 == "timestamp" && to.0 == "timestamp" => Some(Moment::OtherZone),
        (false, _) => None,
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

/// A type of somebody's own, which `format_type` shows with its schema.
fn is_declared(base: &str) -> bool {
    base.contains('.')
}

struct Type<'a> {
    base: &'a str,
    modifiers: Vec<i64>,
}

impl<'a> Type<'a> {
    /// A type whose modifiers are not at its end, `timestamp(3) with time zone`, is a base of its
    /// own.
    fn parse(text: &'a str) -> Self {
        let parsed = text.strip_suffix(')').and_then(|text| {
            let (base, list) = text.rsplit_once('(')?;
            let modifiers =
                list.split(',').map(|n| n.trim().parse().ok()).collect::<Option<_>>()?;
            Some(Self { base, modifiers })
        });
        parsed.unwrap_or(Self { base: text, modifiers: Vec::new() })
    }

    fn first(&self) -> Option<i64> {
        self.modifiers.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(from: &str, to: &str) -> (bool, bool) {
        let conversion = conversion(&Fragment::new(from), &Fragment::new(to));
        (conversion.assigned, conversion.rewrites)
    }

    #[test]
    fn what_is_cut_off_without_a_word_needs_leave() {
        let lossy = |from, to| conversion(&Fragment::new(from), &Fragment::new(to)).lossy;
        assert!(lossy("timestamp with time zone", "date"));
        assert!(lossy("numeric(10,2)", "integer"));
        assert!(!lossy("text", "integer"));
        assert!(!lossy("bigint", "integer"));
    }

    #[test]
    fn widening_keeps_and_narrowing_is_refused_or_needs_leave() {
        assert_eq!(of("character varying(50)", "character varying(60)"), (true, false));
        assert_eq!(of("character varying(50)", "character varying(40)"), (true, true));
        assert_eq!(of("character varying(50)", "text"), (true, false));
        assert_eq!(of("integer", "bigint"), (true, true));
        assert_eq!(of("bigint", "integer"), (true, true));
        assert_eq!(of("numeric(10,2)", "numeric(12,2)"), (true, false));
        assert_eq!(of("numeric(10,2)", "numeric(10,4)"), (false, true));
        assert_eq!(of("numeric(10,2)", "numeric(12,4)"), (true, true));
        assert_eq!(of("timestamp with time zone", "date"), (false, true));
        assert_eq!(of("jsonb", "text"), (true, true));
        assert_eq!(of("xml", "text"), (true, false));
        let time = |precision: &str, zone| format!("timestamp{precision} {zone} time zone");
        let of_times = |from: String, to: String| of(&from, &to);
        assert_eq!(of_times(time("(3)", "without"), time("", "without")), (true, false));
        assert_eq!(of_times(time("", "without"), time("(3)", "without")), (false, true));
        assert_eq!(of_times(time("(3)", "without"), time("", "with")), (true, false));
        assert_eq!(of_times(time("", "without"), time("(6)", "with")), (false, true));
    }

    #[test]
    fn declared_types_are_read_from_text() {
        let by_text = |from, to| conversion(&Fragment::new(from), &Fragment::new(to)).by_text;
        assert!(by_text("public.one", "public.other"));
        assert!(by_text("public.one[]", "public.other[]"));
        assert!(!by_text("text", "public.one"));
        assert_eq!(of("public.one", "character varying(3)"), (true, true));
        assert_eq!(of("public.one", "text"), (true, true));
        assert_eq!(of("text", "public.one"), (false, true));
    }

    #[test]
    fn where_there_is_no_cast_values_go_by_their_text() {
        let by_text = |from, to| conversion(&Fragment::new(from), &Fragment::new(to)).by_text;
        assert!(by_text("bigint", "timestamp without time zone"));
        assert!(by_text("uuid[]", "integer[]"));
        assert!(!by_text("bigint", "money"));
        assert!(!by_text("timestamp(3) with time zone", "date"));
        assert!(!by_text("character(3)", "integer"));
        assert!(!by_text("integer", "character(3)"));
        assert!(!by_text("integer", "character varying(3)"));
        assert!(!by_text("xml", "character varying"));
    }
}
