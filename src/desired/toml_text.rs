//! Values as TOML text. Whatever comes in, reading the text gives it back byte by byte.
//! <https://toml.io/en/v1.0.0>

use std::fmt::Write;

use serde_json::{Number, Value};

/// A value on one line: newlines in strings are escaped.
pub fn one_line(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        _ => composed(value, one_line),
    }
}

/// A value whose strings of several lines stay that way.
pub fn several_lines(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains('\n') => lines(text),
        Value::String(text) => quoted(text),
        _ => composed(value, several_lines),
    }
}

/// A key: bare where it can be.
pub fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { quoted(name) }
}

/// Whether a string anywhere in the value has several lines.
pub fn has_lines(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\n'),
        Value::Array(values) => values.iter().any(has_lines),
        Value::Object(map) => map.values().any(has_lines),
        _ => false,
    }
}

fn composed(value: &Value, inner: fn(&Value) -> String) -> String {
    match value {
        Value::Array(values) => {
            format!("[{}]", values.iter().map(inner).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let pairs = map.iter().map(|(name, value)| format!("{} = {}", key(name), inner(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Number(number) => numeral(number),
        other => other.to_string(),
    }
}

/// A number with nothing after the point is written without it: whoever expects a float takes
/// an integer too.
fn numeral(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
        Some(float) => format!("{float:?}"),
        None => number.to_string(),
    }
}

/// A string on one line: literal if only that spares it escapes.
fn quoted(text: &str) -> String {
    let literal = text.contains(['"', '\\']) && !text.contains('\'');
    if literal && !text.chars().any(char::is_control) {
        return format!("'{text}'");
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            _ => escaped(&mut out, c),
        }
    }
    out.push('"');
    out
}

/// A string of several lines. The newline after the opening quotes is not part of it.
fn lines(text: &str) -> String {
    let forbidden = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains("'''") && !text.ends_with('\'') && !text.contains(forbidden) {
        return format!("'''\n{text}'''");
    }
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str("\"\"\"\n");
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\n' | '\t' => out.push(c),
            // Two quotes in a row could be the beginning of the end.
            '"' if characters.peek().is_none_or(|next| *next == '"') => out.push_str("\\\""),
            '"' => out.push('"'),
            _ => escaped(&mut out, c),
        }
    }
    out.push_str("\"\"\"");
    out
}

fn escaped(out: &mut String, c: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\r' => out.push_str("\\r"),
        // Writing to a string cannot fail.
        c if c.is_control() => drop(write!(out, "\\u{:04X}", u32::from(c))),
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read_back(text: &str) -> String {
        let table: toml::Table = toml::from_str(text).unwrap_or_else(|e| panic!("{text}\n{e}"));
        table.values().next().unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn strings_as_a_person_would_write_them() {
        assert_eq!(several_lines(&json!("status IN ('a')")), "\"status IN ('a')\"");
        assert_eq!(several_lines(&json!("\"Status\" > 1")), "'\"Status\" > 1'");
        assert_eq!(several_lines(&json!("\"Status\" = 'a'")), "\"\\\"Status\\\" = 'a'\"");
        assert_eq!(several_lines(&json!("BEGIN\nEND\n")), "'''\nBEGIN\nEND\n'''");
        assert_eq!(several_lines(&json!("'''\n\"\"\"")), "\"\"\"\n'''\n\\\"\\\"\\\"\"\"\"");
        assert_eq!(several_lines(&json!("a\r\nb")), "\"\"\"\na\\r\nb\"\"\"");
        assert_eq!(one_line(&json!(["a\nb", 1])), "[\"a\\nb\", 1]");
        assert_eq!(
            several_lines(&json!({ "cost": 100.0, "x y": 0.5 })),
            "{ cost = 100, \"x y\" = 0.5 }"
        );
    }

    proptest! {
        #[test]
        fn strings_come_back(text in "(?s)([\"'\\\\\r\n\t a\u{0}\u{7f}\u{85}é]|'''|\"\"\"|.){0,12}") {
            let value = Value::String(text.clone());
            prop_assert_eq!(read_back(&format!("k = {}\n", one_line(&value))), text.clone());
            prop_assert_eq!(read_back(&format!("k = {}\n", several_lines(&value))), text.clone());
            let table: toml::Table = toml::from_str(&format!("{} = 1", key(&text))).unwrap();
            prop_assert_eq!(table.keys().next().unwrap(), &text);
        }

        #[test]
        fn floats_come_back(float in prop::num::f64::NORMAL) {
            let text = format!("k = {}", one_line(&json!(float)));
            let table: toml::Table = toml::from_str(&text).unwrap();
            let back = match &table["k"] {
                toml::Value::Integer(n) => *n as f64,
                other => other.as_float().unwrap(),
            };
            prop_assert_eq!(back, float);
        }
    }
}
