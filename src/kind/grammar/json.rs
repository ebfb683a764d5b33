//! Shapes as JSON Schema, draft 7, which editors know.
//! <https://json-schema.org/draft-07>

use serde_json::{Map, Value, json};

use super::shape::{Bonds, Key, Shape, Text};

/// What people are told of keys.
pub trait Words {
    /// What the key at the end of `path` is for; nothing, where it is none for people.
    fn description(&self, path: &[&str]) -> Option<String>;
    /// Values that it may have.
    fn examples(&self, path: &[&str]) -> Vec<Value>;
}

/// The schema of a value at `path`, whose keys are described by `words`. Keys that they do not know
/// are left out.
#[must_use]
pub fn schema(shape: &Shape, path: &[&str], words: &dyn Words) -> Value {
    let mut forms = Vec::new();
    if shape.boolean {
        forms.push(json!({ "type": "boolean" }));
    }
    match (shape.number, shape.integer) {
        (true, _) => forms.push(json!({ "type": "number" })),
        (false, Some(true)) => forms.push(json!({ "type": "integer" })),
        (false, Some(false)) => forms.push(json!({ "type": "integer", "minimum": 0 })),
        (false, None) => {}
    }
    match &shape.text {
        Some(Text::Any) => forms.push(json!({ "type": "string" })),
        Some(Text::OneOf(words)) => forms.push(json!({ "enum": words })),
        None => {}
    }
    if let Some(of) = &shape.list {
        forms.push(json!({ "type": "array", "items": schema(of, path, words) }));
    }
    if let Some(keys) = &shape.table {
        forms.push(table(keys, &shape.bonds, path, words));
    }
    if let Some(of) = &shape.names {
        let path = [path, &["*"]].concat();
        let of = schema(of, &path, words);
        forms.push(json!({ "type": "object", "additionalProperties": of }));
    }
    match forms.len() {
        1 => forms.remove(0),
        _ => json!({ "anyOf": forms }),
    }
}

/// A table of these keys, and no others.
fn table(keys: &[Key], bonds: &Bonds, path: &[&str], words: &dyn Words) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in keys {
        let path = [path, &[key.name]].concat();
        let Some(description) = words.description(&path) else { continue };
        let mut property = schema(&key.shape, &path, words);
        let mut examples = words.examples(&path);
        if examples.is_empty() {
            examples.extend(plain_example(&key.shape));
        }
        describe(&mut property, description, examples);
        properties.insert(key.name.to_owned(), property);
        if key.required {
            required.push(key.name);
        }
    }
    for key in &bonds.filled {
        properties.get_mut(*key).into_iter().for_each(fill);
    }
    let known = |key: &&str| properties.contains_key(*key);
    let needs = bonds.needs.iter().filter(|set| set.iter().all(known));
    let needs: Vec<Value> = needs.map(|set| json!({ "required": set })).collect();
    let apart = bonds.apart.iter().filter(|(one, other)| known(one) && known(other));
    let apart = apart.map(|(one, other)| {
        let mut both = json!({ "required": [one, other] });
        // What is false is as if it were not there.
        for key in [one, other].into_iter().filter(|key| properties[**key]["type"] == "boolean") {
            both["properties"][*key] = json!({ "const": true });
        }
        json!({ "not": both })
    });
    let apart: Vec<Value> = apart.collect();
    let mut table = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        table["required"] = json!(required);
    }
    if !needs.is_empty() {
        table["anyOf"] = json!(needs);
    }
    if !apart.is_empty() {
        table["allOf"] = json!(apart);
    }
    table
}

/// Says of a list, or of the form that is one, that it has something in it.
pub fn fill(property: &mut Value) {
    if property["type"] == "array" {
        property["minItems"] = json!(1);
    } else if let Some(forms) = property.get_mut("anyOf").and_then(Value::as_array_mut) {
        forms.iter_mut().filter(|form| form["type"] == "array").for_each(fill);
    }
}

/// A value of a key that has but few.
fn plain_example(shape: &Shape) -> Option<Value> {
    match &shape.text {
        Some(Text::OneOf(words)) => words.last().map(|word| json!(word)),
        _ => shape.boolean.then_some(json!(true)),
    }
}

/// Says what something is for.
pub fn describe(property: &mut Value, description: String, examples: Vec<Value>) {
    property["description"] = description.into();
    if !examples.is_empty() {
        property["examples"] = examples.into();
    }
}
