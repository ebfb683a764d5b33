//! Arrays with comments in them, brought to other elements.

use toml_edit::{Array, Value};

/// An element with what stands around it.
struct Element {
    value: Value,
    /// What stands before it, from the end of the line before.
    lead: String,
    /// The comment after it, in its line.
    trail: String,
}

/// Whether there is a comment in it.
pub fn is_commented(array: &Array) -> bool {
    let raw = |text: Option<&str>| text.is_some_and(|text| text.contains('#'));
    let decor = |value: &Value| {
        let decor = value.decor();
        raw(decor.prefix().and_then(|it| it.as_str()))
            || raw(decor.suffix().and_then(|it| it.as_str()))
    };
    raw(array.trailing().as_str()) || array.iter().any(decor)
}

/// `old` with the elements of `new`: those that stay keep their comments.
pub fn merged(old: &Array, new: &Array) -> Array {
    let (mut known, tail) = elements(old);
    let indent = known.iter().find_map(|it| it.lead.rsplit_once('\n')).map(|(_, blanks)| blanks);
    let indent = indent.map_or_else(String::new, |blanks| format!("\n{blanks}"));
    let mut array = Array::new();
    let mut trail = String::new();
    for value in new {
        let at = known.iter().position(|it| is_same(&it.value, value));
        let element = at.map(|at| known.remove(at)).unwrap_or_else(|| Element {
            value: value.clone(),
            lead: indent.clone(),
            trail: String::new(),
        });
        let Element { mut value, mut lead, trail: own } = element;
        // A comment ends with its line.
        if !trail.is_empty() && !lead.starts_with('\n') {
            lead = if indent.is_empty() { "\n".to_owned() } else { indent.clone() };
        } else if lead.trim().is_empty() && !lead.contains('\n') {
            lead = if array.is_empty() { String::new() } else { " ".to_owned() };
        }
        *value.decor_mut() = toml_edit::Decor::new(format!("{trail}{lead}"), "");
        array.push_formatted(value);
        trail = own;
    }
    let newline = if trail.is_empty() || tail.starts_with('\n') { "" } else { "\n" };
    array.set_trailing_comma(old.trailing_comma() || !trail.is_empty());
    array.set_trailing(format!("{trail}{newline}{tail}"));
    array
}

/// The elements, and what stands before the closing bracket.
fn elements(array: &Array) -> (Vec<Element>, String) {
    let mut elements: Vec<Element> = Vec::new();
    let mut after = String::new();
    for value in array {
        let text = |raw: Option<&toml_edit::RawString>| {
            raw.and_then(|raw| raw.as_str()).unwrap_or_default().to_owned()
        };
        let prefix = after + &text(value.decor().prefix());
        let lead = told_apart(&mut elements, &prefix);
        after = text(value.decor().suffix());
        elements.push(Element { value: value.clone(), lead, trail: String::new() });
    }
    let trailing = after + array.trailing().as_str().unwrap_or_default();
    let tail = told_apart(&mut elements, &trailing);
    (elements, tail)
}

/// Gives the last element the comment that is in its line, and returns the rest.
fn told_apart(elements: &mut [Element], text: &str) -> String {
    let end = text.find('\n').unwrap_or(text.len());
    match elements.last_mut().filter(|_| text[..end].contains('#')) {
        Some(last) => {
            text[..end].trim_end().clone_into(&mut last.trail);
            text[end..].to_owned()
        }
        None => text.to_owned(),
    }
}

/// Whether both are the same, however they are spelled.
fn is_same(one: &Value, other: &Value) -> bool {
    let plain = |value: &Value| match value.as_str() {
        Some(text) => format!("{text:?}"),
        None => value.clone().decorated("", "").to_string(),
    };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

    use toml_edit::Value;

    use super::merged;

    fn changed(old: &str, new: &str) -> String {
        let array = |text: &str| text.parse::<Value>().unwrap().as_array().unwrap().clone();
        merged(&array(old), &array(new)).to_string()
    }

    #[test]
    fn comments_stay_with_their_elements() {
        let old = "[\"a\", # first\n  # of all\n  'b', # second\n]";
        assert_eq!(
            changed(old, "[\"a\", \"ab\", \"b\"]"),
            "[\"a\", # first\n  \"ab\",\n  # of all\n  'b', # second\n]"
        );
        assert_eq!(changed(old, "[\"b\"]"), "[\n  # of all\n  'b', # second\n]");
        assert_eq!(
            changed(old, "[\"b\", \"a\"]"),
            "[\n  # of all\n  'b', # second\n  \"a\", # first\n]"
        );
        assert_eq!(changed("[\n  1 # one\n]", "[1, 2]"), "[\n  1, # one\n  2\n]");
        assert_eq!(changed("[1, 2 # two\n]", "[2, 1]"), "[2, # two\n1\n]");
    }
}
