//! Expressions as people write them, from how the server shows them: for files that `pull` writes.
//!
//! Each rewriting is one that the server undoes: reading the short form, it shows the long one again.
//! What is not exactly of a known shape stays as it is.

/// Without the parentheses around the whole, and with `IN` where the server shows
/// `= ANY (ARRAY[…])`.
#[must_use]
pub fn idiomatic(expression: &str) -> String {
    let mut text = expression.to_owned();
    let mut from = 0;
    while let Some(found) = membership(&text, from) {
        from = found.at.start + found.replacement.len();
        text.replace_range(found.at, &found.replacement);
    }
    let mut inner = text.as_str();
    while let Some(stripped) = inside_parentheses(inner) {
        inner = stripped;
    }
    inner.to_owned()
}

/// A default without the cast of a constant to the column's own type, which is implied.
#[must_use]
pub fn idiomatic_default(expression: &str, column_type: &str) -> String {
    let base = column_type.split('(').next().unwrap_or_default();
    match expression.rsplit_once("::") {
        Some((constant, cast)) if is_constant(constant) && cast == base => constant.to_owned(),
        _ => expression.to_owned(),
    }
}

/// The text in the parentheses that follow `marker` in a statement of the server's own; what is
/// in constants and quoted names is passed over.
#[must_use]
pub fn parenthesized_after<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    let mut found = text.match_indices(marker).map(|(at, _)| at + marker.len());
    let open = found.find(|open| text[*open..].starts_with('(') && !in_constant(text, *open))?;
    Some(&text[open + 1..closing(text, open)?])
}

/// The text before and after the first `word` between blanks that stands in no parentheses, constant
/// or quoted name.
#[must_use]
pub fn split_at_word<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let mut from = 0;
    loop {
        let blank = |c: char| c.is_whitespace();
        let (at, c) = text.get(from..)?.char_indices().find(|(at, c)| match c {
            '(' | '\'' | '"' => true,
            _ => {
                let rest = text[from + at + c.len_utf8()..].strip_prefix(word);
                blank(*c) && rest.is_some_and(|rest| rest.starts_with(blank))
            }
        })?;
        let after = from + at + c.len_utf8();
        from = match c {
            '(' => closing(text, from + at)? + 1,
            '\'' | '"' => after + text[after..].find(c)? + 1,
            _ => return Some((&text[..from + at], &text[after + word.len()..])),
        };
    }
}

struct Membership {
    at: std::ops::Range<usize>,
    replacement: String,
}

/// The next `(x = ANY (ARRAY[…]))` or `(x <> ALL (ARRAY[…]))` over a column and constants. Over
/// varchar the server shows casts to text on both sides, which it adds itself.
fn membership(text: &str, from: usize) -> Option<Membership> {
    let mut at = from;
    loop {
        let open = at + text.get(at..)?.find('(')?;
        if !in_constant(text, open)
            && let Some(found) = membership_at(text, open)
        {
            return Some(found);
        }
        at = open + 1;
    }
}

fn membership_at(text: &str, open: usize) -> Option<Membership> {
    let whole = &text[open..=closing(text, open)?];
    let body = inside_parentheses(whole)?;
    let (left, array, word) = if let Some((left, array)) = body.split_once(" = ANY (") {
        (left, array, "IN")
    } else {
        let (left, array) = body.split_once(" <> ALL (")?;
        (left, array, "NOT IN")
    };
    let array = array.strip_suffix(')')?;
    let (column, list, cast) = match left.strip_suffix(")::text").and_then(|l| l.strip_prefix('('))
    {
        Some(column) => {
            let list = array.strip_prefix("(ARRAY[")?.strip_suffix("])::text[]")?;
            (column, list, Some("character varying"))
        }
        None => (left, array.strip_prefix("ARRAY[")?.strip_suffix(']')?, None),
    };
    if !is_name(column) {
        return None;
    }
    let elements = split_list(list);
    let constants: Vec<&str> = elements
        .iter()
        .map(|element| match (element.rsplit_once("::"), cast) {
            (Some((constant, found)), Some(cast)) if found == cast => Some(constant),
            (Some((constant, "text")), None) => Some(constant),
            (None, None) if is_integer(element) => Some(*element),
            _ => None,
        })
        .collect::<Option<_>>()?;
    // One element alone would come back as a plain comparison.
    let sound = constants.len() > 1 && constants.iter().all(|c| is_constant(c) || is_integer(c));
    sound.then(|| Membership {
        at: open..open + whole.len(),
        replacement: format!("({column} {word} ({}))", constants.join(", ")),
    })
}

fn inside_parentheses(text: &str) -> Option<&str> {
    (text.starts_with('(') && closing(text, 0)? == text.len() - 1).then(|| &text[1..text.len() - 1])
}

/// Where the parenthesis that opens at `open` closes; constants and quoted names are passed over.
fn closing(text: &str, open: usize) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in text[open..].char_indices() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    return Some(open + at);
                }
            }
            _ => {}
        }
    }
    None
}

fn in_constant(text: &str, at: usize) -> bool {
    let mut quote = None;
    for c in text[..at].chars() {
        match quote {
            Some(end) if c == end => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            _ => {}
        }
    }
    quote.is_some()
}

/// The elements of the server's own list of constants.
#[must_use]
pub fn split_list(list: &str) -> Vec<&str> {
    let mut elements = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in list.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            ',' if !quoted => {
                elements.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    elements.push(list[start..].trim());
    elements
}

/// A string constant and nothing else; one with a backslash (`E''`) is left alone.
fn is_constant(text: &str) -> bool {
    text.len() >= 2
        && text.starts_with('\'')
        && text.ends_with('\'')
        && !text[1..text.len() - 1].replace("''", "").contains('\'')
}

fn is_integer(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// A bare or a quoted name.
fn is_name(text: &str) -> bool {
    let quoted = text.len() > 2
        && text.starts_with('"')
        && text.ends_with('"')
        && !text[1..text.len() - 1].contains('"');
    quoted || (!text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_constants() {
        let shown = "((status)::text = ANY ((ARRAY['a'::character varying, 'it''s (b)'::character varying])::text[]))";
        assert_eq!(idiomatic(shown), "status IN ('a', 'it''s (b)')");
        assert_eq!(
            idiomatic("((kind = ANY (ARRAY['a'::text, 'b'::text])) AND (n <> ALL (ARRAY[1, 2])))"),
            "(kind IN ('a', 'b')) AND (n NOT IN (1, 2))"
        );
    }

    #[test]
    fn what_is_of_no_known_shape_stays() {
        let second = "((status)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))";
        assert_eq!(idiomatic(second), &second[1..second.len() - 1]);
        assert_eq!(
            idiomatic("(note <> '(x = ANY (ARRAY[1, 2]))'::text)"),
            "note <> '(x = ANY (ARRAY[1, 2]))'::text"
        );
        assert_eq!(idiomatic("(a > 0) OR (b > 0)"), "(a > 0) OR (b > 0)");
        assert_eq!(idiomatic("lower(x)"), "lower(x)");
    }

    #[test]
    fn conditions_of_triggers() {
        let text = "CREATE TRIGGER \"a WHEN (b\" BEFORE UPDATE ON public.x FOR EACH ROW \
                    WHEN ((old.a <> ') EXECUTE FUNCTION x'::text)) EXECUTE FUNCTION public.f('\\')";
        assert_eq!(
            parenthesized_after(text, " WHEN "),
            Some("(old.a <> ') EXECUTE FUNCTION x'::text)")
        );
    }

    #[test]
    fn defaults() {
        assert_eq!(idiomatic_default("'a'::character varying", "character varying(50)"), "'a'");
        assert_eq!(idiomatic_default("'{}'::jsonb", "jsonb"), "'{}'");
        assert_eq!(idiomatic_default("'a'::bpchar", "character(1)"), "'a'::bpchar");
        assert_eq!(idiomatic_default("now()", "timestamp with time zone"), "now()");
    }
}
