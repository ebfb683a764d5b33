//! Files that are brought up to date keep what a person put into them, and say what the database
//! holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{Live, Updated, update};
use crate::desired::layout;
use crate::desired::toml_text::{key, one_line, several_lines};
use crate::desired::tree::forest;
use crate::desired::write_tests::{EXAMPLE, database, directory, facts, objects, text};
use crate::desired::{load, read_files, write};
use crate::kinds::parent;
use crate::model::{Address, Canonical, Database, Object};

const BEFORE: &str = r#"# The schema of the salon.

# What is booked.
[table.bookings]   # the main one
primary_key = ["id"]
comment = "Appointments"  # shown in the admin pages

[table.bookings.column]
id     = { serial = true, type = "integer" } # never reused
status = { type = "varchar(50)", default = "'pending'" }
# Free text.
note   = "text"
[table.bookings.check]
bookings_status_check = "status IN ('pending', 'done')"
[table.bookings.index]
by_status = ["status"]
by_note   = { columns = ["note"] }

[table.messages]
partition_by = "range (at)"
column = { at = "date" }
[table.messages.partitions]
every = "1 month"
name = "messages_{YYYY}_{MM}"
ahead = 1

# To go.
[table.old.column]
id = "integer"
"#;

const AFTER: &str = r#"# The schema of the salon.

# What is booked.
[table.bookings]   # the main one
primary_key = ["id"]
comment = "All appointments"  # shown in the admin pages

[table.bookings.column]
id     = { serial = true, type = "bigint" } # never reused
status = { type = "varchar(50)", not_null = true }
# Free text.
note   = { type = "text", comment = "By the client" }
paid   = "numeric"
[table.bookings.check]
bookings_status_check = "status IN ('pending', 'done')"
[table.bookings.index]
by_note   = { columns = ["note"], unique = true }
by_paid   = ["paid DESC"]

[table.bookings.trigger.touch]
before = ["update"]
for_each = "row"
execute = "touch('a long argument, so that it needs more than a line', 'and yet another one')"

[table.messages]
partition_by = "range (at)"
column = { at = "timestamptz", text = "text" }
[table.messages.partitions]
every = "1 month"
name = "messages_{YYYY}_{MM}"
ahead = 1
"#;

/// What a catalog would hold: no windows, and partitions that nobody declares.
const LIVE: &str = r#"
[table.bookings]
primary_key = { name = "odd_name", columns = ["id"] }
comment = "All appointments"
[table.bookings.column]
id = { type = "bigint", serial = true }
status = { type = "varchar(50)", not_null = true }
note = { type = "text", comment = "By the client" }
paid = "numeric"
[table.bookings.check]
bookings_status_check = "(status)::text = ANY (ARRAY['pending'::text, 'done'::text])"
[table.bookings.index]
by_note = { columns = ["note"], unique = true }
by_paid = ["paid DESC"]
[table.bookings.trigger.touch]
before = ["update"]
for_each = "row"
execute = "touch('a long argument, so that it needs more than a line', 'and yet another one')"
[table.messages]
partition_by = "range (at)"
column = { at = "timestamptz", text = "text" }
[table.messages.partition]
messages_2025_10 = "FROM ('2025-10-01') TO ('2025-11-01')"
messages_2025_11 = { values = "FROM ('2025-11-01') TO ('2025-12-01')", index.own = ["at"] }
"#;

#[test]
fn everything_that_still_holds_is_kept() {
    // The declared state as PostgreSQL spells it.
    let spelled = BEFORE.replace(
        "status IN ('pending', 'done')",
        "(status)::text = ANY (ARRAY['pending'::text, 'done'::text])",
    );
    let updated = updated(&[("a.toml", BEFORE)], LIVE, Some(&spelled), None);
    assert_eq!(text(&updated.written, "a.toml"), AFTER);
    assert_eq!((updated.written.len(), updated.removed.len()), (1, 0));
    // Nor does the end of lines change.
    let before = BEFORE.replace('\n', "\r\n");
    let updated = self::updated(&[("a.toml", &before)], LIVE, Some(&spelled), None);
    assert_eq!(text(&updated.written, "a.toml"), AFTER.replace('\n', "\r\n"));
}

#[test]
fn what_is_the_same_stays_the_same() {
    let updated = updated(&[("a.toml", EXAMPLE)], EXAMPLE, None, None);
    assert_eq!(updated, Updated::default());
}

#[test]
fn what_is_said_of_a_file_stays_in_it() {
    let before = "# Numbers.\n\n# The first.\n[sequence.a]\n\n# The second.\n[sequence.b]\n";
    let updated = updated(&[("a.toml", before)], "[sequence.b]", None, None);
    assert_eq!(text(&updated.written, "a.toml"), "# Numbers.\n\n# The second.\n[sequence.b]\n");
}

#[test]
fn new_objects_go_where_they_would_be_written() {
    let before = "# Billing\nschema = \"billing\"\n\n[sequence.a]\n";
    let live = "schema = \"billing\"\n[sequence]\na = {}\nb = { start = 5 }\n[table.t.column]\nid = \"int\"";
    let other = "[sequence.public]\n[function.f]\nlanguage = \"sql\"\nbody = \"SELECT 1\"";
    let live = [("a.toml", live), ("b.toml", other)];
    let files = [("billing/sequences.toml", before), ("sequences.toml", before_other())];
    let updated = run(&files, &database(objects(&live)), None, None);
    let paths: Vec<_> = updated.written.iter().map(|file| file.path.to_str().unwrap()).collect();
    let expected =
        ["billing/sequences.toml", "billing/tables/t.toml", "functions/f.toml", "sequences_2.toml"];
    assert_eq!(paths, expected);
    let sequences = "# Billing\nschema = \"billing\"\n\n[sequence.a]\n\n[sequence.b]\nstart = 5\n";
    assert_eq!(text(&updated.written, "billing/sequences.toml"), sequences);
    assert_eq!(updated.removed, [std::path::PathBuf::from("sequences.toml")]);
}

/// A file of another schema than its name makes one think.
fn before_other() -> &'static str {
    "schema = \"other\"\n[sequence.x]\n"
}

#[test]
fn schemas_that_were_not_read_stay() {
    let files = [("a.toml", "[sequence.a]\n"), ("b.toml", "schema = \"other\"\n[sequence.b]\n")];
    let schemas = BTreeSet::from(["public".into()]);
    let updated = run(&files, &database(BTreeMap::new()), None, Some(&schemas));
    assert_eq!(updated.removed, [std::path::PathBuf::from("a.toml")]);
    assert_eq!(updated.written, []);
}

#[test]
fn texts_change_where_they_are() {
    let declared = "[function.f]\nlanguage = \"sql\"\nbody_file = \"f.sql\"\n";
    let files = [("a.toml", declared), ("f.sql", "SELECT 1")];
    let live = "[function.f]\nlanguage = \"sql\"\nbody = \"SELECT 2\"\n";
    let updated = run(&files, &database(objects(&[("a.toml", live)])), None, None);
    assert_eq!(text(&updated.written, "f.sql"), "SELECT 2");
    assert_eq!((updated.written.len(), updated.removed.len()), (1, 0));
    let live = "[function.f]\nlanguage = \"sql\"\nsql_body = \"RETURN 2\"\n";
    let updated = run(&files, &database(objects(&[("a.toml", live)])), None, None);
    assert_eq!(text(&updated.written, "a.toml"), live);
    assert_eq!(updated.removed, [std::path::PathBuf::from("f.sql")]);
}

#[test]
fn overloads_keep_their_keys() {
    let declared = "[function.f]\narguments = [\"a varchar\"]\nlanguage = \"sql\"\nbody = \"1\"\n";
    let live = "[function.\"f(integer)\"]\narguments = [\"integer\"]\nlanguage = \"sql\"\nbody = \"2\"\n\
                [function.\"f(character varying)\"]\narguments = [\"a character varying\"]\nlanguage = \"sql\"\nbody = \"1\"\n";
    // What PostgreSQL calls the one that is declared.
    let spelled =
        "[function.f]\narguments = [\"a character varying\"]\nlanguage = \"sql\"\nbody = \"1\"\n";
    let mut spelled = database(objects(&[("a.toml", spelled)]));
    let written = objects(&[("a.toml", declared)]).into_keys();
    let functions = |address: &Address| address.arguments.is_some();
    let called: Vec<Address> = spelled.objects.keys().filter(|it| functions(it)).cloned().collect();
    spelled.written = written.filter(functions).zip(called).collect();
    let live = database(objects(&[("a.toml", live)]));
    let updated = run(&[("functions/f.toml", declared)], &live, Some(&spelled), None);
    let expected = "[function.f]\narguments = [\"a varchar\"]\nlanguage = \"sql\"\nbody = \"1\"\n\n\
                    [function.\"f(integer)\"]\narguments = [\"integer\"]\nlanguage = \"sql\"\nbody = \"2\"\n";
    assert_eq!(text(&updated.written, "functions/f.toml"), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    /// From any part of the example, written in any style, to any other part of it with other
    /// facts.
    #[test]
    fn updated_files_say_what_the_database_holds(
        declared in prop::collection::vec(0..10u8, 40),
        live in prop::collection::vec(0..10u8, 40),
        style in 0..4u8,
        crlf: bool,
    ) {
        let changed = EXAMPLE
            .replace("[\"company_id\"]\n", "{ columns = [\"company_id\", \"status\"], comment = \"x\" }\n")
            .replace("note = \"text\"", "note = { type = \"text\", not_null = true }\nnew = \"a\"")
            .replace("start = 1000", "cache = 7")
            .replace("comment = \"This year\"", "comment = \"This\\nyear\"")
            .replace("\"range (at)\"", "\"range (at)\"\nwith = { fillfactor = \"70\" }")
            .replace("id = \"integer\"\n", "id = \"integer\"\ncompany_id = \"a\"\n")
            .replace("[\"id\"]", "[\"id\", \"company_id\"]");
        let (before, after) = (part(EXAMPLE, &declared), part(&changed, &live));
        let mut files = styled(&before, style);
        if crlf {
            // What is in strings, which is part of the value, gets other line ends as well.
            files.iter_mut().for_each(|(_, text)| *text = text.replace('\n', "\r\n"));
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
        let directory = directory(&files);
        let updated = run_in(directory.path(), &database(after.clone()), None, None);
        for file in &updated.written {
            let path = directory.path().join(&file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &file.text).unwrap();
        }
        for path in &updated.removed {
            fs::remove_file(directory.path().join(path)).unwrap();
        }
        let back = load(read_files(directory.path()).unwrap(), "2025-11-09".parse().unwrap());
        let back = back.unwrap_or_else(|e| panic!("{:#?}\n{files:?}\n{updated:#?}", e.problems));
        let (said, wanted) = (facts(&back.database.objects), facts(&after));
        prop_assert_eq!(said, wanted, "{:#?} {:#?}", files, updated);
        let again = run_in(directory.path(), &database(after), None, None);
        prop_assert_eq!(again, Updated::default());
    }
}

/// The objects that dice let be, without those that have nothing to be on.
fn part(text: &str, dice: &[u8]) -> BTreeMap<Address, Object> {
    let mut objects = objects(&[("all.toml", text)]);
    let mut dice = dice.iter().cycle();
    objects.retain(|address, _| {
        let fixed = address.schema.is_none() || &*address.name == "companies";
        *dice.next().unwrap() > 2 || fixed
    });
    // What is on something, and what is on that.
    for _ in 0..2 {
        let all = objects.clone();
        objects.retain(|_, object| {
            parent(object, &all).is_none_or(|parent| all.contains_key(&parent))
        });
    }
    objects
}

/// The same objects as people write them: as the tool does; all in one file; as values; with dots.
fn styled(objects: &BTreeMap<Address, Object>, style: u8) -> Vec<(String, String)> {
    let written = write(&database(objects.clone())).unwrap();
    if style == 0 {
        let pair = |file: &crate::desired::WrittenFile| {
            (file.path.to_str().unwrap().to_owned(), file.text.clone())
        };
        return written.iter().map(pair).collect();
    }
    let nodes = forest(objects).unwrap();
    let mut root: Map<String, Value> = Map::new();
    for node in nodes.iter().filter(|node| node.object.address.schema.is_some()) {
        let entries = root.entry(node.section.key).or_insert_with(|| Map::new().into());
        entries[node.key.as_ref().unwrap()] = layout::whole(node);
    }
    let mut text = String::new();
    for (section, entries) in &root {
        match style {
            1 => {
                for node in nodes.iter().filter(|node| node.section.key == section) {
                    text.push_str(&layout::entry(&[], node));
                }
            }
            2 => text.push_str(&format!("{section} = {}\n", one_line(entries))),
            _ => {
                for (name, entry) in entries.as_object().unwrap() {
                    let name = key(name);
                    match entry.as_object().filter(|entry| !entry.is_empty()) {
                        None => text.push_str(&format!("{section}.{name} = {{}}\n")),
                        Some(entry) => {
                            for (attribute, value) in entry {
                                let value = several_lines(value);
                                text.push_str(&format!("{section}.{name}.{attribute} = {value}\n"));
                            }
                        }
                    }
                }
            }
        }
    }
    vec![("all.toml".to_owned(), text)]
}

fn updated(
    files: &[(&str, &str)],
    live: &str,
    spelled: Option<&str>,
    schemas: Option<&BTreeSet<crate::model::Name>>,
) -> Updated {
    let spelled = spelled.map(|text| database(objects(&[("a.toml", text)])));
    run(files, &database(objects(&[("a.toml", live)])), spelled.as_ref(), schemas)
}

fn run(
    files: &[(&str, &str)],
    live: &Database<Canonical>,
    spelled: Option<&Database<Canonical>>,
    schemas: Option<&BTreeSet<crate::model::Name>>,
) -> Updated {
    run_in(directory(files).path(), live, spelled, schemas)
}

fn run_in(
    directory: &std::path::Path,
    live: &Database<Canonical>,
    spelled: Option<&Database<Canonical>>,
    schemas: Option<&BTreeSet<crate::model::Name>>,
) -> Updated {
    let declared = load(read_files(directory).unwrap(), "2025-11-09".parse().unwrap());
    let declared = declared.unwrap_or_else(|error| panic!("{:#?}", error.problems));
    update(directory, &declared, Live { database: live, declared: spelled, schemas }).unwrap()
}
