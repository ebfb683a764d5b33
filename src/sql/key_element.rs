//! The elements of an index's key as the server spells them.

use super::idiom::parenthesized_after;

/// The expression of an element, without what is said of its order: `lower(a) DESC` is `lower(a)`. None, where
/// an operator class may have another say in which values are equal.
#[must_use]
pub fn key_expression(element: &str) -> Option<String> {
    let (term, rest) = split_blank(element.trim());
    let (collation, rest) = match split_blank(rest) {
        ("COLLATE", rest) => {
            let (collation, rest) = split_blank(rest);
            (format!(" COLLATE {collation}"), rest)
        }
        _ => (String::new(), rest),
    };
    // Those of the server that are not the usual ones differ in the order alone.
    let known = |word: &str| {
        matches!(word, "" | "DESC" | "NULLS" | "FIRST" | "LAST") || word.ends_with("_pattern_ops")
    };
    (!term.is_empty() && rest.split(' ').all(known)).then(|| format!("{term}{collation}"))
}

/// What an exclusion compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion<'a> {
    /// Expressions, with the operators that must not hold for all of them.
    pub compared: Vec<(String, &'a str)>,
    /// The condition that rows have to meet to be compared at all.
    pub predicate: Option<&'a str>,
}

/// Reads what stands after EXCLUDE, as the server spells it.
#[must_use]
pub fn exclusion(definition: &str) -> Option<Exclusion<'_>> {
    let (method, _) = split_blank(definition.strip_prefix("USING ")?);
    let elements = parenthesized_after(definition, &format!("USING {method} "))?;
    let predicate = parenthesized_after(definition, " WHERE ");
    let compared = split_top(elements).into_iter().map(|element| {
        let (key, operator) = element.rsplit_once(" WITH ")?;
        let (term, rest) = split_blank(key.trim());
        // An operator class decides how the index is built, not what the operator says.
        let collation = match split_blank(rest) {
            ("COLLATE", rest) => format!(" COLLATE {}", split_blank(rest).0),
            _ => String::new(),
        };
        Some((format!("{term}{collation}"), operator.trim()))
    });
    Some(Exclusion { compared: compared.collect::<Option<_>>()?, predicate })
}

/// The text up to the first blank, and what comes after it; what is in parentheses, constants and quoted
/// names is passed over.
fn split_blank(text: &str) -> (&str, &str) {
    match outside(text, ' ').next() {
        Some(at) => (&text[..at], text[at..].trim_start()),
        None => (text, ""),
    }
}

fn split_top(list: &str) -> Vec<&str> {
    let mut start = 0;
    let mut elements = Vec::new();
    for at in outside(list, ',') {
        elements.push(list[start..at].trim());
        start = at + 1;
    }
    elements.push(list[start..].trim());
    elements
}

/// Where `wanted` stands outside of parentheses, constants and quoted names.
fn outside(text: &str, wanted: char) -> impl Iterator<Item = usize> {
    let (mut depth, mut quote) = (0_usize, None);
    text.char_indices().filter_map(move |(at, c)| {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, c) => return (c == wanted && depth == 0).then_some(at),
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements() {
        let of = |text| key_expression(text).unwrap_or_default();
        assert_eq!(of("a"), "a");
        assert_eq!(of("\"A b\" DESC NULLS LAST"), "\"A b\"");
        assert_eq!(of("lower(a || ' x') DESC"), "lower(a || ' x')");
        assert_eq!(of("(a || b) COLLATE \"C\" text_pattern_ops"), "(a || b) COLLATE \"C\"");
        assert_eq!(of("a odd.ops"), "");
    }

    #[test]
    fn exclusions() {
        let text = "USING gist (room WITH =, tstzrange(a, b) range_ops WITH &&) WHERE ((x > 0)) DEFERRABLE";
        let Exclusion { compared, predicate } = exclusion(text).unwrap();
        let compared: Vec<_> = compared.iter().map(|(key, with)| (&**key, *with)).collect();
        assert_eq!(compared, [("room", "="), ("tstzrange(a, b)", "&&")]);
        assert_eq!(predicate, Some("(x > 0)"));
        assert!(exclusion("(c WITH &&)").is_none());
    }
}
