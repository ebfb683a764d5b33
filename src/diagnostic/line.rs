//! Texts that somebody chose, such as names, within a line.

/// With the characters escaped that would end the line, or do something to a terminal.
#[must_use]
pub fn in_a_line(text: &str) -> String {
    let one = |c: char| {
        if c.is_control() { c.escape_default().to_string() } else { c.to_string() }
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::in_a_line;

    #[test]
    fn a_line_stays_one() {
        assert_eq!(in_a_line("\"a\nb\"\u{1b}[1m"), "\"a\\nb\"\\u{1b}[1m");
    }
}
