//! What an entry may say about former names, which no kind reads itself.

use serde_json::{Map, Value, json};

use super::table_of;
use crate::desired::renamed::RENAMED_VALUES;
use crate::kind::grammar::describe;
use crate::kind::{KindRow, RENAMED_FROM};

/// Adds it to the form of an entry, and to those of its parts that are tables.
pub fn add(table: &mut Map<String, Value>, row: &KindRow) {
    let Some(properties) = table.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    if row.renamable {
        properties.insert(RENAMED_FROM.to_owned(), former());
    }
    let Some(key) = row.part else { return };
    if !row.parts_are_tables {
        let mut names = json!({ "type": "object", "additionalProperties": former() });
        let text = "Values that are there under other names: the new name, then the old one.";
        describe(&mut names, text.to_owned(), vec![json!({ "finished": "done" })]);
        properties.insert(RENAMED_VALUES.to_owned(), names);
        return;
    }
    let parts = properties.get_mut(key).and_then(|parts| parts.get_mut("additionalProperties"));
    let part = parts.and_then(table_of).and_then(|part| part.get_mut("properties"));
    if let Some(part) = part.and_then(Value::as_object_mut) {
        part.insert(RENAMED_FROM.to_owned(), former());
    }
}

/// A former name, or word that there is none.
fn former() -> Value {
    let mut former = json!({ "anyOf": [{ "type": "string", "minLength": 1 }, { "const": false }] });
    let text = "What it is called in databases that are to be renamed; false for what looks like something \
                else under a new name and is not.";
    describe(&mut former, text.to_owned(), vec![json!("old_name")]);
    former
}
