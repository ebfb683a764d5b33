//! What the pages say about a code: one text, in `docs/`, for readers and for the program.

const ERRORS: &str = include_str!("../../docs/errors.md");
const RULES: &str = include_str!("../../docs/lint.md");

/// The code of a diagnostic, or the name of a lint rule, and what is to be known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub code: &'static str,
    /// In a line.
    pub gist: String,
    /// At length, as Markdown.
    pub text: String,
}

/// All of them, errors first, each in the order of its page.
#[must_use]
pub fn explanations() -> Vec<Explanation> {
    errors().chain(rules()).collect()
}

/// Rows of tables: code, what it means, what to do.
fn errors() -> impl Iterator<Item = Explanation> {
    ERRORS.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix('|')?.split(" | ").map(str::trim).collect();
        let [code, means, todo] = cells.as_slice() else { return None };
        let code = code.strip_prefix('`')?.strip_suffix('`')?;
        let todo = todo.trim_end_matches('|').trim_end();
        let text = format!("What it means: {means}.\n\nWhat to do: {todo}.\n");
        Some(Explanation { code, gist: (*means).to_owned(), text })
    })
}

/// Sections, whose headings are the names of rules; the line below says how much it weighs.
fn rules() -> impl Iterator<Item = Explanation> {
    RULES.split("\n## ").filter_map(|section| {
        let (heading, text) = section.split_once('\n')?;
        let code = heading.strip_prefix('`')?.strip_suffix('`')?;
        let text = text.trim();
        let weight = text.lines().next().unwrap_or_default();
        let gist = format!("lint rule: {}", weight.trim_matches(['*', '.']));
        Some(Explanation { code, gist, text: format!("{text}\n") })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_taken_apart() {
        let all = explanations();
        let of = |code: &str| all.iter().find(|it| it.code == code).unwrap();
        let error = of("pgconverge::desired::unknown_key");
        assert!(error.text.starts_with("What it means: a key or section"), "{}", error.text);
        assert!(error.text.ends_with("[the format](format.md).\n"), "{}", error.text);
        let rule = of("json-type");
        assert_eq!(rule.gist, "lint rule: suggestion");
        assert!(rule.text.contains("`jsonb` is what is nearly always meant"), "{}", rule.text);
        assert!(!rule.text.contains("money"), "{}", rule.text);
    }
}
