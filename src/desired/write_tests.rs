//! What is written is what a person would write, and reads back to the same objects.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::tree::{attributes, forest};
use super::{WrittenFile, load, read_files, write};
use crate::kinds;
use crate::model::{Address, Canonical, Database, Name, Object};

pub const EXAMPLE: &str = r#"
[function.touch]
returns = "trigger"
language = "plpgsql"
cost = 10.0
body = """
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
"""

[function."total(integer)"]
arguments = ["a integer"]
returns = "integer"
language = "sql"
sql_body = "RETURN 1"

[function."total(text)"]
arguments = ["a text"]
returns = "integer"
language = "sql"
sql_body = "RETURN 2"

[table.bookings]
comment = "Appointments of every company"
primary_key = ["id"]

[table.bookings.column]
id = { type = "integer", serial = true }
company_id = { type = "integer", not_null = true }
status = { type = "character varying(50)", default = "'pending'" }
note = "text"

[table.bookings.check]
bookings_status_check = "status IN ('pending', 'done')"

[table.bookings.foreign_key]
bookings_company_id_fkey = { columns = ["company_id"], references = "companies (id)", on_delete = "cascade" }

[table.bookings.index]
by_status = { columns = ["status"], where = "status = 'pending'" }
by_company = ["company_id"]

[table.bookings.trigger.trigger_update_bookings_updated_at]
before = ["update"]
for_each = "row"
execute = "update_updated_at_column_of_bookings()"

[table.companies.primary_key]
name = "the_key"
columns = ["id"]

[table.companies.column]
id = "integer"

[table.messages]
partition_by = "range (at)"
[table.messages.column]
at = { type = "timestamptz", not_null = true }
[table.messages.partition]
messages_2025 = "FROM ('2025-01-01') TO ('2026-01-01')"
[table.messages.partition.messages_2026]
values = "FROM ('2026-01-01') TO ('2027-01-01')"
comment = "This year"
index.messages_2026_at = ["at"]

[sequence.tickets]
start = 1000
"#;

const BOOKINGS: &str = r#"[table.bookings]
comment = "Appointments of every company"
primary_key = ["id"]

[table.bookings.column]
id         = { type = "integer", serial = true }
company_id = { type = "integer", not_null = true }
status     = { type = "varchar(50)", default = "'pending'" }
note       = "text"

[table.bookings.foreign_key]
bookings_company_id_fkey = { columns = ["company_id"], references = "companies (id)", on_delete = "cascade" }

[table.bookings.check]
bookings_status_check = "status IN ('pending', 'done')"

[table.bookings.index]
by_company = ["company_id"]
by_status  = { columns = ["status"], where = "status = 'pending'" }

[table.bookings.trigger.trigger_update_bookings_updated_at]
before = ["update"]
for_each = "row"
execute = "update_updated_at_column_of_bookings()"
"#;

const MESSAGES: &str = r#"[table.messages]
partition_by = "range (at)"

[table.messages.column]
at = { type = "timestamptz", not_null = true }

[table.messages.partition]
messages_2025 = "FROM ('2025-01-01') TO ('2026-01-01')"

[table.messages.partition.messages_2026]
comment = "This year"
values = "FROM ('2026-01-01') TO ('2027-01-01')"

[table.messages.partition.messages_2026.index]
messages_2026_at = ["at"]
"#;

const TOUCH: &str = r#"[function.touch]
returns = "trigger"
language = "plpgsql"
cost = 10
body = '''
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
'''
"#;

#[test]
fn the_layout_of_the_example() {
    let files = write(&database(objects(&[("all.toml", EXAMPLE)]))).unwrap();
    let paths: Vec<&str> = files.iter().map(|file| file.path.to_str().unwrap()).collect();
    let expected = [
        "functions/total.toml",
        "functions/touch.toml",
        "sequences.toml",
        "tables/bookings.toml",
        "tables/companies.toml",
        "tables/messages.toml",
    ];
    assert_eq!(paths, expected);
    assert_eq!(text(&files, "tables/bookings.toml"), BOOKINGS);
    assert_eq!(text(&files, "tables/messages.toml"), MESSAGES);
    assert_eq!(text(&files, "functions/touch.toml"), TOUCH);
    assert_eq!(text(&files, "sequences.toml"), "[sequence.tickets]\nstart = 1000\n");
    let companies = "[table.companies]\nprimary_key = { name = \"the_key\", columns = [\"id\"] }\n";
    assert!(text(&files, "tables/companies.toml").starts_with(companies));
    assert!(text(&files, "functions/total.toml").contains("\n[function.\"total(a text)\"]\n"));
}

#[test]
fn the_example_reads_back() {
    assert_reads_back(&objects(&[("all.toml", EXAMPLE)]));
}

#[test]
fn other_schemas_have_folders() {
    let billing = "schema = \"billing\"\n[table.Users.column]\nid = \"integer\"\n\
                   [table.users.column]\nid = \"integer\"\n";
    let empty = "[schema.empty]\n[schema.billing]\ncomment = \"Money\"";
    let files = write(&database(objects(&[("a.toml", billing), ("b.toml", empty)]))).unwrap();
    let paths: Vec<&str> = files.iter().map(|file| file.path.to_str().unwrap()).collect();
    let expected = ["billing/tables/Users_2.toml", "billing/tables/users.toml", "schemas.toml"];
    assert_eq!(paths, expected);
    let schemas = "[schema.billing]\ncomment = \"Money\"\n\n[schema.empty]\n";
    assert_eq!(text(&files, "schemas.toml"), schemas);
    let users = "schema = \"billing\"\n\n[table.users.column]\nid = \"integer\"\n";
    assert_eq!(text(&files, "billing/tables/users.toml"), users);
    assert_reads_back(&objects(&[("a.toml", billing), ("b.toml", empty)]));
}

#[test]
fn what_has_no_place_is_named() {
    let mut objects = objects(&[("a.toml", EXAMPLE)]);
    objects.retain(|address, _| &*address.name != "companies");
    let error = write(&database(objects)).unwrap_err();
    let messages: Vec<String> = error.problems.iter().map(ToString::to_string).collect();
    assert_eq!(messages, ["no section of a file can hold constraint the_key on public.companies"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_text_and_any_name_reads_back(
        names in prop::collection::btree_set(name(), 4),
        texts in prop::collection::vec(text_of_any_sort(), 6),
    ) {
        let names: Vec<Name> = names.iter().map(|name| name.as_str().into()).collect();
        let mut objects = objects(&[("all.toml", EXAMPLE)]);
        // It would refer to a table by its former name.
        objects.retain(|address, _| &*address.name != "bookings_company_id_fkey");
        rename(&mut objects, &names, &texts);
        assert_reads_back(&objects);
    }
}

/// Names that the catalog can hold and a file may find hard.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z\"'\\\\ .(/)é\n\u{1}-]{1,12}",
        prop::sample::select(vec![
            "schema", "con", ".x", "a.b", "column", "name", "Tables", "f(x)"
        ])
        .prop_map(str::to_owned),
    ]
}

fn text_of_any_sort() -> impl Strategy<Value = String> {
    "(?s)(['\"\\\\\r\n\t é\u{0}\u{7f}]|'''|\"\"\"|\r\n|[a-z ]{40}|.){0,10}"
}

/// Gives every object a name of `names` after its own, and texts where there can be any.
fn rename(objects: &mut BTreeMap<Address, Object>, names: &[Name], texts: &[String]) {
    let new = |name: &Name| -> Name {
        match names.get(name.len() % (names.len() + 1)) {
            Some(other) if !name.is_empty() => format!("{other}{}", &**name).into(),
            _ => name.clone(),
        }
    };
    let mut text = texts.iter().cycle().cloned();
    *objects = std::mem::take(objects)
        .into_values()
        .map(|mut object| {
            let row = kinds::row(object.address.kind).1;
            // A schema is named by what is in it.
            if object.address.schema.is_some() {
                object.address.name = new(&object.address.name);
                object.address.relation = object.address.relation.as_ref().map(new);
            }
            if let Some(parent) = &mut object.partition_of {
                parent.name = new(&parent.name);
            }
            if (row.namespace)(&object.address.name).is_none() {
                object.comment = text.next();
            }
            (object.address.clone(), object)
        })
        .collect();
}

fn assert_reads_back(objects: &BTreeMap<Address, Object>) {
    let files = write(&database(objects.clone())).unwrap();
    let pairs: Vec<(&str, &str)> =
        files.iter().map(|file| (file.path.to_str().unwrap(), file.text.as_str())).collect();
    let back = self::objects(&pairs);
    assert_eq!(facts(&back), facts(objects), "{pairs:#?}");
    // Again, everything as before.
    assert_eq!(write(&database(back)).unwrap(), files);
}

/// What can be compared between two spellings: identities and what is written.
pub fn facts(objects: &BTreeMap<Address, Object>) -> Vec<String> {
    assert!(forest(objects).is_ok());
    let fact = |object: &Object| {
        let (section, attributes) = attributes(object).unwrap();
        let address = &object.address;
        let name = if section.named { &*address.name } else { "" };
        format!(
            "{:?} {:?} {} {name:?} {:?} {}",
            address.schema,
            address.relation,
            section.key,
            object.partition_of,
            serde_json::Value::Object(attributes)
        )
    };
    objects.values().map(fact).collect()
}

pub fn database(objects: BTreeMap<Address, Object>) -> Database<Canonical> {
    Database::read_from_catalog(objects, Vec::new(), Vec::new())
}

pub fn text<'a>(files: &'a [WrittenFile], path: &str) -> &'a str {
    let file = files.iter().find(|file| file.path == Path::new(path));
    file.map_or("", |file| file.text.as_str())
}

/// The objects that files declare.
pub fn objects(files: &[(&str, &str)]) -> BTreeMap<Address, Object> {
    let directory = directory(files);
    let files = read_files(directory.path()).unwrap();
    let declared = load(files, "2025-11-09".parse().unwrap());
    declared.unwrap_or_else(|error| panic!("{:#?}", error.problems)).database.objects
}

pub fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}
