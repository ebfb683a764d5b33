//! What exactly differs between two forms of an object.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::kinds;
use crate::model::{Difference, Grants, Name, Object, Privileges};

/// Every attribute that differs, outermost key first; lists are compared whole.
#[must_use]
pub fn differences(from: &Object, to: &Object) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut path = Vec::new();
    // What it has from a parent that it has only one of the two times is a difference by itself.
    let same_parent = from.partition_of == to.partition_of;
    let tree = |object: &Object| match same_parent {
        true => object.spec.tree(),
        false => (kinds::row(object.address.kind).1.whole)(object).spec.tree(),
    };
    walk(&mut path, Some(&tree(from)), Some(&tree(to)), &mut found);
    let parent = |object: &Object| object.partition_of.as_ref().map(ToString::to_string);
    let header = [
        ("comment", from.comment.clone(), to.comment.clone()),
        ("owner", text_of(from.owner.as_ref()), text_of(to.owner.as_ref())),
        ("partition of", parent(from), parent(to)),
    ];
    for (key, from, to) in header {
        if from != to {
            found.push(Difference { path: vec![key.to_owned()], from, to });
        }
    }
    of_privileges(from, to, &mut found);
    found
}

fn text_of(name: Option<&Name>) -> Option<String> {
    name.map(ToString::to_string)
}

/// Role by role.
fn of_privileges(from: &Object, to: &Object, found: &mut Vec<Difference>) {
    let (Some(old), Some(new)) = (&from.privileges, &to.privileges) else { return };
    let roles: BTreeSet<&Name> = old.iter().chain(new.iter()).map(|(role, _)| role).collect();
    for role in roles {
        // An owner who is not mentioned has everything.
        let of = |privileges: &Privileges, object: &Object| match privileges.get(role) {
            Some(grants) => Some(grants.to_string()),
            None => (object.owner.as_ref() == Some(role)).then(|| Grants::all().to_string()),
        };
        let (from, to) = (of(old, from), of(new, to));
        if from != to {
            let path = vec!["privileges".to_owned(), role.to_string()];
            found.push(Difference { path, from, to });
        }
    }
}

fn walk(
    path: &mut Vec<String>,
    from: Option<&Value>,
    to: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    let nothing = Map::new();
    let maps = match (from, to) {
        (Some(Value::Object(from)), Some(Value::Object(to))) => Some((from, to)),
        // A map of which one side has nothing is told entry by entry all the same.
        (Some(Value::Object(from)), None) if path.len() == 1 && !from.is_empty() => {
            Some((from, &nothing))
        }
        (None, Some(Value::Object(to))) if path.len() == 1 && !to.is_empty() => {
            Some((&nothing, to))
        }
        _ => None,
    };
    if let Some((from, to)) = maps {
        let keys = from.keys().chain(to.keys().filter(|key| !from.contains_key(*key)));
        for key in keys {
            path.push(key.clone());
            walk(path, from.get(key), to.get(key), found);
            path.pop();
        }
    } else if from != to {
        let text = |value: Option<&Value>| value.map(text);
        found.push(Difference { path: path.clone(), from: text(from), to: text(to) });
    }
}

/// Strings bare, since they are SQL or names; the rest as TOML would have it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(map) if map.is_empty() => "nothing".to_owned(),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| match value {
                Value::Bool(true) => key.clone(),
                // A type says by itself that it is one.
                value if key == "type" => text(value),
                value => format!("{key} {}", text(value)),
            });
            pairs.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
