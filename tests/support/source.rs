//! Rust sources as tokens: enough to find paths, words and texts, without comments.

use std::fs;
use std::path::{Path, PathBuf};

/// A file below `src/`.
pub struct Source {
    /// Relative to the package, with `/` between: `src/diff/compare.rs`.
    pub path: String,
    pub lines: usize,
    pub tokens: Vec<Token>,
}

/// A token and its line.
pub struct Token {
    pub line: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Word(String),
    /// What stands between the quotes of a string, escapes as they are written.
    Text(String),
    /// The same of a character.
    Character(String),
    Mark(char),
}

/// A path such as `crate::sql::Place`, groups of `use` taken apart.
pub struct Found {
    pub line: usize,
    pub parts: Vec<String>,
}

/// Every source below `src/`. What is only for tests is left out: files of that name, and modules
/// under `#[cfg(test)]`.
pub fn all() -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join("src"), &mut paths);
    paths.sort();
    paths.iter().map(|path| Source::read(path)).filter(|source| !source.is_for_tests()).collect()
}

/// The package's directory.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

impl Source {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        let mut tokens = tokens(&text);
        while let Some(range) = test_module(&tokens) {
            tokens.drain(range);
        }
        Self { path, lines: text.lines().count(), tokens }
    }

    fn is_for_tests(&self) -> bool {
        self.path.ends_with("tests.rs")
    }

    /// The modules that lead to this one: `["diff", "compare"]`.
    pub fn module(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut parts: Vec<&str> = inner.split('/').collect();
        if matches!(parts.last(), Some(&("mod" | "lib" | "main"))) {
            parts.pop();
        }
        parts
    }

    pub fn within(&self, directory: &str) -> bool {
        self.path.starts_with(&format!("{directory}/"))
    }

    pub fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        self.tokens.iter().filter_map(|token| match &token.kind {
            Kind::Word(word) => Some((token.line, word.as_str())),
            _ => None,
        })
    }

    pub fn texts(&self) -> impl Iterator<Item = (usize, &str)> {
        self.tokens.iter().filter_map(|token| match &token.kind {
            Kind::Text(text) => Some((token.line, text.as_str())),
            _ => None,
        })
    }

    /// Every path of two parts or more.
    pub fn paths(&self) -> Vec<Found> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            at = match &self.tokens[at].kind {
                Kind::Word(_) => self.path_at(at, &mut Vec::new(), &mut found).max(at + 1),
                _ => at + 1,
            };
        }
        found
    }

    /// Reads one path, and what its braces open; the position after it.
    fn path_at(&self, mut at: usize, parts: &mut Vec<String>, found: &mut Vec<Found>) -> usize {
        let before = parts.len();
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        let mut is_group = false;
        loop {
            match self.kind(at) {
                Some(Kind::Word(word)) => parts.push(word.clone()),
                Some(Kind::Mark('*')) => parts.push("*".to_owned()),
                Some(Kind::Mark('{')) => {
                    is_group = true;
                    at += 1;
                    while !matches!(self.kind(at), None | Some(Kind::Mark('}'))) {
                        at = match self.kind(at) {
                            Some(Kind::Mark(',')) => at + 1,
                            _ => self.path_at(at, parts, found).max(at + 1),
                        };
                    }
                }
                _ => break,
            }
            at += 1;
            let continues = [at, at + 1].map(|at| self.kind(at) == Some(&Kind::Mark(':')));
            if continues != [true, true] {
                break;
            }
            at += 2;
        }
        if parts.len() > 1 && !is_group {
            found.push(Found { line, parts: parts.clone() });
        }
        parts.truncate(before);
        at
    }

    fn kind(&self, at: usize) -> Option<&Kind> {
        self.tokens.get(at).map(|token| &token.kind)
    }
}

/// The tokens of the first `#[cfg(test)] mod … { … }`.
fn test_module(tokens: &[Token]) -> Option<std::ops::Range<usize>> {
    let head: Vec<Kind> = ["#", "[", "cfg", "(", "test", ")", "]", "mod"].map(kind_of).into();
    let start = tokens.windows(head.len() + 2).position(|window| {
        window.iter().zip(&head).all(|(token, kind)| token.kind == *kind)
            && window[head.len() + 1].kind == Kind::Mark('{')
    })?;
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.kind {
            Kind::Mark('{') => depth += 1,
            Kind::Mark('}') if depth == 1 => return Some(start..at + 1),
            Kind::Mark('}') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn kind_of(text: &str) -> Kind {
    match text.chars().next() {
        Some(mark) if !mark.is_alphanumeric() => Kind::Mark(mark),
        _ => Kind::Word(text.to_owned()),
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { rest: text, line: 1 };
    let mut tokens = Vec::new();
    while let Some(c) = reader.peek() {
        let line = reader.line;
        if let Some(kind) = reader.next(c) {
            tokens.push(Token { line, kind });
        }
    }
    tokens
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// The length of what `holds` for.
    fn length(&self, holds: impl Fn(char) -> bool) -> usize {
        self.rest.find(|c| !holds(c)).unwrap_or(self.rest.len())
    }

    fn next(&mut self, c: char) -> Option<Kind> {
        if self.rest.starts_with("//") {
            self.take(self.length(|c| c != '\n'));
            return None;
        }
        if self.rest.starts_with("/*") {
            self.block_comment();
            return None;
        }
        if let Some(hashes) = self.raw_string() {
            let end = format!("\"{}", "#".repeat(hashes));
            let open = self.rest.find('"').unwrap_or_default() + 1;
            self.take(open);
            let length = self.rest.find(&end).unwrap_or(self.rest.len());
            let text = self.take(length).to_owned();
            self.take(end.len().min(self.rest.len()));
            return Some(Kind::Text(text));
        }
        if c == '"' || self.rest.starts_with("b\"") {
            self.take(if c == 'b' { 2 } else { 1 });
            return Some(Kind::Text(self.until('"')));
        }
        if c == '\'' && self.is_character() {
            self.take(1);
            return Some(Kind::Character(self.until('\'')));
        }
        if c.is_alphanumeric() || c == '_' {
            let length = self.length(|c| c.is_alphanumeric() || c == '_');
            return Some(Kind::Word(self.take(length).to_owned()));
        }
        self.take(c.len_utf8());
        (!c.is_whitespace()).then_some(Kind::Mark(c))
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while !self.rest.is_empty() {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.take(self.peek().map_or(0, char::len_utf8));
            }
        }
    }

    /// How many `#` the raw string that begins here has.
    fn raw_string(&self) -> Option<usize> {
        let rest = self.rest.strip_prefix("br").or_else(|| self.rest.strip_prefix('r'))?;
        let hashes = rest.find(|c| c != '#')?;
        rest[hashes..].starts_with('"').then_some(hashes)
    }

    /// Not a lifetime.
    fn is_character(&self) -> bool {
        let mut following = self.rest.chars().skip(1);
        let (first, second) = (following.next(), following.next());
        first == Some('\\') || second == Some('\'')
    }

    fn until(&mut self, end: char) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.take(c.len_utf8());
            if c == end {
                break;
            }
            text.push(c);
            if c == '\\'
                && let Some(escaped) = self.peek()
            {
                self.take(escaped.len_utf8());
                text.push(escaped);
            }
        }
        text
    }
}
