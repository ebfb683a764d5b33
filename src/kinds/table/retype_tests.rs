use super::super::retype::{Conversion, Held, conversion as of_held};
use crate::model::{Nature, Underneath};
use crate::sql::Fragment;

fn conversion(from: &Fragment, to: &Fragment) -> Conversion {
    let held = |data_type| Held { data_type, nature: None };
    of_held(held(from), held(to))
}

fn of(from: &str, to: &str) -> (bool, bool) {
    let conversion = conversion(&Fragment::new(from), &Fragment::new(to));
    (conversion.assigned, conversion.rewrites)
}

#[test]
fn what_is_cut_off_without_a_word_needs_leave() {
    let lossy = |from, to| conversion(&Fragment::new(from), &Fragment::new(to)).lossy;
    assert!(lossy("timestamp with time zone", "date"));
    assert!(lossy("numeric(10,2)", "integer"));
    for lossy_text in [
        "numeric(5,1)",
        "date",
        "timestamp(0) without time zone",
        "timestamp with time zone",
        "bit varying(3)",
        "jsonb",
        "name",
        "double precision",
        "interval",
        "public.pair",
        "numeric(5,1)[]",
    ] {
        assert!(lossy("text", lossy_text), "{lossy_text}");
        assert!(lossy("character varying(100)", lossy_text), "{lossy_text}");
    }
    assert!(lossy("inet", "cidr"));
    assert!(lossy("bigint", "double precision"));
    assert!(lossy("json", "jsonb"));
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
    assert_eq!(of("numeric(10,2)", "numeric(10,4)"), (true, true));
    assert_eq!(of("numeric(10,4)", "numeric(10,2)"), (false, true));
    assert_eq!(of("integer", "numeric(12,2)"), (true, true));
    assert_eq!(of("integer", "oid"), (true, false));
    assert_eq!(of("bit(3)", "bit varying"), (true, false));
    assert_eq!(of("bit varying(8)", "bit varying(3)"), (true, true));
    assert_eq!(of("character varying(5)[]", "character varying(10)[]"), (true, true));
    assert_eq!(of("character varying(5)[]", "character varying[]"), (true, false));
    assert_eq!(of("integer[]", "bigint[]"), (true, true));
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
fn what_has_room_loses_nothing() {
    let lossy = |from, to| conversion(&Fragment::new(from), &Fragment::new(to)).lossy;
    for (from, to) in [
        ("integer[]", "bigint[]"),
        ("character varying(5)[]", "text[]"),
        ("date", "timestamp without time zone"),
        ("bit(3)", "bit varying"),
        ("macaddr", "macaddr8"),
        ("integer", "numeric(12,2)"),
        ("int4range", "int8range"),
        ("integer", "character varying(20)"),
        ("text", "uuid"),
        ("text", "integer[]"),
    ] {
        assert!(!lossy(from, to), "{from} to {to}");
    }
}

#[test]
fn a_zone_is_called_one() {
    let loss = |from, to| {
        let to = Fragment::new(to);
        conversion(&Fragment::new(from), &to).loss("public.t.at", &to).unwrap_or_default()
    };
    let (local, zoned) = ("timestamp without time zone", "timestamp with time zone");
    assert!(loss(local, zoned).ends_with("they are taken as of UTC"));
    assert!(loss("date", zoned).ends_with("they are taken as of UTC"));
    assert!(loss(zoned, local).ends_with("its values are written as of UTC"));
}

#[test]
fn a_domain_holds_what_is_under_it() {
    let of = |from: (&str, Option<&Nature>), to: (&str, Option<&Nature>)| {
        let (before, after) = (Fragment::new(from.0), Fragment::new(to.0));
        let conversion = of_held(
            Held { data_type: &before, nature: from.1 },
            Held { data_type: &after, nature: to.1 },
        );
        assert!(!conversion.lossy);
        (conversion.assigned, conversion.rewrites, conversion.refuses)
    };
    let domain = |data_type: &str, constrained| Nature {
        domain: Some(Underneath { data_type: data_type.to_owned(), constrained }),
        ..Nature::default()
    };
    let (free, bound) = (domain("integer", false), domain("integer", true));
    let (free, bound) = (("public.free", Some(&free)), ("public.bound", Some(&bound)));
    assert_eq!(of(free, ("integer", None)), (true, false, false));
    assert_eq!(of(("integer", None), free), (true, false, false));
    assert_eq!(of(("integer", None), bound), (true, true, true));
    assert_eq!(of(bound, ("integer", None)), (true, false, false));
    assert_eq!(of(bound, free), (true, false, false));
    assert_eq!(of(free, ("bigint", None)), (true, true, false));
    let short = domain("character varying(5)", false);
    let short = ("public.short", Some(&short));
    assert_eq!(of(short, ("character varying(10)", None)), (true, true, false));
    assert_eq!(of(short, ("text", None)), (true, false, false));
    assert_eq!(of(("text", None), short), (true, true, true));
}

#[test]
fn what_a_type_of_ones_own_is_decides() {
    let status = Nature { enumerated: true, ..Nature::default() };
    let to = (Fragment::new("text"), Fragment::new("public.status"));
    let held = |data_type, nature| Held { data_type, nature };
    let read = of_held(held(&to.0, None), held(&to.1, Some(&status)));
    assert_eq!((read.assigned, read.lossy, read.refuses), (false, false, true));
    let citext = Nature { read_from: vec!["text".to_owned()], ..Nature::default() };
    assert_eq!(of_held(held(&to.0, None), held(&to.1, Some(&citext))), Conversion::KEPT);
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
