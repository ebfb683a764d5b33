//! Texts that somebody chose, such as names and SQL, put into Markdown so that they stay what they are.
//! <https://github.github.com/gfm/>

/// A block of code, in a fence longer than any run of backticks inside.
pub fn fence(language: &str, text: &str) -> String {
    let ticks = "`".repeat(longest_run(text).max(2) + 1);
    format!("{ticks}{language}\n{text}\n{ticks}\n")
}

/// Code within a line. What stands in it is neither markup nor a mention of somebody.
pub fn code(text: &str) -> String {
    if text.is_empty() {
        return "empty".to_owned();
    }
    let text = one_line(text);
    let ticks = "`".repeat(longest_run(&text) + 1);
    // One blank at each end is taken away where both are blank.
    let edge = |at: Option<char>| at.is_some_and(|c| c == '`' || c == ' ');
    let pad = if edge(text.chars().next()) || edge(text.chars().next_back()) { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Words within a line.
pub fn prose(text: &str) -> String {
    let text = one_line(text);
    let mut out = String::new();
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let after = characters.peek().copied().unwrap_or(' ');
        match c {
            // Inside of a word it marks nothing.
            '_' if before.is_alphanumeric() && after.is_alphanumeric() => out.push(c),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '>' | '|' | '~' | '$' => out.extend(['\\', c]),
            // Forges look for people and issues in what comes out, where no backslash is left: a character of
            // no width is in between.
            '@' | '#' | '!' if !after.is_whitespace() => out.extend([c, '\u{200b}']),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// Code within HTML that is within a line.
pub fn html_code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// Words within HTML that is within a line.
pub fn html_text(text: &str) -> String {
    // Forges look for people and issues here too.
    escaped(text).replace('@', "@\u{200b}").replace('#', "#\u{200b}")
}

fn escaped(text: &str) -> String {
    one_line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An empty line would end whatever block it is in.
fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_what_they_are() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(code(""), "empty");
        assert_eq!(fence("sql", "a\n````\nb"), "`````sql\na\n````\nb\n`````\n");
        assert_eq!(prose("idx_a_b of *x*"), "idx_a_b of \\*x\\*");
        assert_eq!(prose("<b> & _x"), "&lt;b\\> &amp; \\_x");
        assert_eq!(prose("ask @octocat"), "ask @\u{200b}octocat");
        assert_eq!(html_text("<@a>"), "&lt;@\u{200b}a&gt;");
        assert_eq!(html_code("\"a</summary>\""), "<code>\"a&lt;/summary&gt;\"</code>");
    }
}
