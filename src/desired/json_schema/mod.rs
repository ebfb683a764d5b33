//! The file format as a JSON Schema, for editors. What a key can be is asked of the readers
//! ([`grammar`]); what it is for is told by the page of the format.

mod page;
mod renames;

use serde_json::{Map, Value, json};

use super::entry::elsewhere;
use super::tree::{COMMENT, LINT, NAME, OWNER, PRIVILEGES};
use crate::kind::grammar::{Shape, Text, Words, describe, fill, schema, shape_of};
use crate::kind::{Entry, Form, FormError, KindRow, Section, from_value, place_of};
use crate::kinds;
use crate::model::{Name, Privileges, Tag};
use crate::sql::FileId;
use page::Page;

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The file that [`from_value`] is told of: no place in it is shown.
const NOWHERE: FileId = FileId(u32::MAX);

/// The schema of the schema's files.
#[must_use]
pub fn json_schema() -> Value {
    let page = Page::new();
    let mut definitions = Map::new();
    for row in kinds::REGISTRY {
        for section in (row.sections)() {
            definitions.insert(definition_name(section), entry(row, section, &page));
        }
    }
    let mut properties = Map::new();
    add_sections(&mut properties, None, &[], &page);
    let section = properties.shift_remove(SCHEMA).unwrap_or_default();
    let mut name = json!({ "anyOf": [{ "type": "string" }, section] });
    describe(&mut name, page.top(SCHEMA), vec![json!("billing")]);
    properties.insert(SCHEMA.to_owned(), name);
    properties.insert(LINT.to_owned(), lint());
    json!({
        "$schema": DRAFT,
        "title": "A file of a schema that pgconverge reads",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "definitions": definitions,
    })
}

/// For an unknown key of an entry: a type may have keys that are of another section, and described there alone.
pub fn with_described(error: FormError, section: &Section, form: &Form<'_>) -> FormError {
    let table = form.value.get_ref().as_table();
    let mut keys = table.into_iter().flat_map(|table| table.keys());
    let is_own = keys.any(|key| Some(place_of(form.file, key)) == error.place);
    if !is_own {
        return error;
    }
    let (page, path) = (Page::new(), Page::path_of(section));
    error.with_only(&|key| page.description(&[&path[..], &[key]].concat()).is_some())
}

/// The key that is the name of the file's schema, or a section.
const SCHEMA: &str = "schema";

/// A section that stands at the top and one that nests may have the same key.
fn definition_name(section: &Section) -> String {
    let twice = kinds::REGISTRY.iter().flat_map(|row| (row.sections)());
    let twice = twice.filter(|other| other.key == section.key).count() > 1;
    match section.within.first() {
        Some(tag) if twice => format!("{}.{}", tag.0, section.key),
        _ => section.key.to_owned(),
    }
}

/// The sections that nest in a kind, or stand at the top.
fn add_sections(
    properties: &mut Map<String, Value>,
    within: Option<Tag>,
    path: &[&str],
    page: &Page,
) {
    for (_, section) in kinds::sections(within) {
        let reference = json!({ "$ref": format!("#/definitions/{}", definition_name(section)) });
        let mut property = match section.named {
            true => json!({ "type": "object", "additionalProperties": reference }),
            false => json!({ "allOf": [reference] }),
        };
        let path = [path, &[section.key]].concat();
        describe(&mut property, page.section(section.key), page.examples(&path));
        properties.insert(section.key.to_owned(), property);
    }
}

/// An entry: what the kind reads, and what stands in every one.
fn entry(row: &KindRow, section: &Section, page: &Page) -> Value {
    let elsewhere = elsewhere(row, section);
    let shape = shape_of(&|value| {
        let form = Form {
            file: NOWHERE,
            value,
            short: section.short,
            elsewhere: &elsewhere,
            from_file: None,
            parts: row.part.filter(|_| row.parts_are_tables),
        };
        let (schema, name) = (Name::from("public"), Name::from("a"));
        let entry = Entry { schema: &schema, parent: None, name: &name, form };
        (section.read)(&entry).map(drop)
    });
    let path = Page::path_of(section);
    let mut whole = schema(&shape, &path, page);
    let Some(table) = table_of(&mut whole) else { return whole };
    let text = Shape { text: Some(Text::Any), ..Shape::default() };
    if let Some((key, file)) = section.from_file {
        add(table, file, &text, &path, page);
        in_a_file(table, key, file);
    }
    for key in elsewhere.iter().filter(|key| [COMMENT, OWNER, NAME].contains(key)) {
        add(table, key, &text, &path, page);
    }
    if row.grantable.is_some() {
        let privileges = shape_of(&|value| from_value::<Privileges>(NOWHERE, value).map(drop));
        add(table, PRIVILEGES, &privileges, &path, page);
    }
    renames::add(table, row);
    if let Some(properties) = table.get_mut("properties").and_then(Value::as_object_mut) {
        add_sections(properties, Some(row.tag), &path, page);
        properties.insert(LINT.to_owned(), lint());
    }
    let short = section.short.filter(|short| shape.bonds.filled.contains(short));
    if let (Some(_), Some(forms)) = (short, whole.get_mut("anyOf").and_then(Value::as_array_mut)) {
        forms.iter_mut().filter(|form| form["type"] == "array").for_each(fill);
    }
    whole
}

/// Where the text of a key is needed, it is in one of two places.
fn in_a_file(table: &mut Map<String, Value>, key: &str, file: &str) {
    let mut is_required = false;
    if let Some(required) = table.get_mut("required").and_then(Value::as_array_mut) {
        let before = required.len();
        required.retain(|required| required != key);
        is_required = required.len() < before;
    }
    if table.get("required").is_some_and(|required| *required == json!([])) {
        table.shift_remove("required");
    }
    if is_required {
        let one_of = json!({ "anyOf": [{ "required": [key] }, { "required": [file] }] });
        let all = table.entry("allOf").or_insert_with(|| json!([]));
        all.as_array_mut().into_iter().for_each(|all| all.push(one_of.clone()));
    }
    if let Some(sets) = table.get_mut("anyOf").and_then(Value::as_array_mut) {
        let with = |set: &Value| -> Option<Value> {
            let mut keys = set["required"].as_array()?.clone();
            *keys.iter_mut().find(|it| *it == key)? = json!(file);
            Some(json!({ "required": keys }))
        };
        let more: Vec<Value> = sets.iter().filter_map(with).collect();
        sets.extend(more);
    }
}

/// The form of an entry that is a table.
fn table_of(entry: &mut Value) -> Option<&mut Map<String, Value>> {
    if entry.get("properties").is_some() {
        return entry.as_object_mut();
    }
    let forms = entry.get_mut("anyOf")?.as_array_mut()?;
    forms.iter_mut().find(|form| form.get("properties").is_some())?.as_object_mut()
}

fn add(table: &mut Map<String, Value>, key: &str, shape: &Shape, path: &[&str], page: &Page) {
    let path = [path, &[key]].concat();
    let Some(description) = page.description(&path) else { return };
    let mut property = schema(shape, &path, page);
    describe(&mut property, description, page.examples(&path));
    if let Some(properties) = table.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(key.to_owned(), property);
    }
}

/// What `lint` holds: reasons by rule.
fn lint() -> Value {
    let text = "What `pgconverge check` is to pass over here: reasons by rule.";
    let example = json!({ "json-type": "kept as it came" });
    let reason = json!({ "type": "string", "minLength": 1 });
    let mut allow = json!({ "type": "object", "additionalProperties": reason });
    describe(&mut allow, text.to_owned(), vec![example.clone()]);
    let mut lint = json!({
        "type": "object",
        "properties": { "allow": allow },
        "additionalProperties": false,
    });
    describe(&mut lint, text.to_owned(), vec![json!({ "allow": example })]);
    lint
}
