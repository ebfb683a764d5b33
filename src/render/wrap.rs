//! Lines that fit a terminal.

use textwrap::{Options, WordSeparator, WordSplitter};

/// Less than this is no width to fit anything into.
const LEAST: usize = 20;

/// `text` with every line that is longer than `width` broken between words, what is broken off set under the
/// words of its first line. Colour takes no room.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> String {
    let width = width.max(LEAST);
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        if textwrap::core::display_width(line) <= width {
            out.push_str(line);
        } else {
            let indent = " ".repeat(hanging(line).min(width / 2));
            let options = Options::new(width)
                .subsequent_indent(&indent)
                .word_separator(WordSeparator::AsciiSpace)
                .word_splitter(WordSplitter::NoHyphenation);
            out.push_str(&textwrap::wrap(line, options).join("\n"));
        }
        out.push_str(end);
    }
    out
}

/// Where the words of a line begin: after its blanks, and after a sign or a number, which stands alone.
fn hanging(line: &str) -> usize {
    let plain = uncoloured(line);
    let blanks = plain.len() - plain.trim_start().len();
    let (first, rest) = plain.trim_start().split_once(' ').unwrap_or((plain.trim_start(), ""));
    let is_sign = !first.is_empty()
        && first.chars().count() <= 4
        && (first.chars().all(|c| c.is_ascii_digit())
            || first.chars().all(|c| !c.is_alphanumeric() && c != '('));
    match is_sign {
        true => blanks + first.chars().count() + 1 + (rest.len() - rest.trim_start().len()),
        false => blanks + 2,
    }
}

/// Without the sequences that `Style` puts around texts.
fn uncoloured(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_under_their_words() {
        let text = "~ change table public.books  (schema/books.toml:1)\n    1 ALTER TABLE public.books ADD COLUMN a integer;\nshort\n";
        let wanted = "~ change table public.books\n  (schema/books.toml:1)\n    1 ALTER TABLE public.books\n      ADD COLUMN a integer;\nshort\n";
        assert_eq!(wrapped(text, 30), wanted);
        assert_eq!(wrapped(text, 200), text);
    }

    #[test]
    fn colour_takes_no_room_and_long_words_are_cut() {
        let line = "\u{1b}[33m~\u{1b}[0m \u{1b}[1mchange: table public.books\u{1b}[0m";
        assert_eq!(wrapped(line, 28), line);
        let broken = wrapped(line, 20);
        assert_eq!(uncoloured(&broken), "~ change: table\n  public.books");
        let long = format!("  {}", "x".repeat(50));
        assert!(wrapped(&long, 20).lines().all(|line| line.len() <= 20));
    }
}
