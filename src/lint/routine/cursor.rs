//! Going through the tokens of a body.

use super::outline::{Outline, Text};
use super::scan::{Token, scan};

/// A body in which something was not expected: what, and at which byte.
#[derive(Debug)]
pub struct NotUnderstood {
    pub expected: &'static str,
    pub at: usize,
}

/// How far the parser has come.
#[derive(Debug)]
pub struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    pub at: usize,
    pub outline: Outline,
    /// The loops and blocks with labels around, innermost last.
    pub frames: Vec<Frame>,
}

/// A loop, or a block, that EXIT may leave.
#[derive(Debug)]
pub struct Frame {
    pub label: Option<String>,
    pub is_loop: bool,
    pub is_left: bool,
}

type Parsed<T> = Result<T, NotUnderstood>;

impl<'a> Parser<'a> {
    /// # Errors
    /// Quotes or comments that do not end.
    pub fn new(text: &'a str) -> Parsed<Self> {
        let expected = "a quote or comment that ends";
        let tokens = scan(text).ok_or(NotUnderstood { expected, at: 0 })?;
        Ok(Self { text, tokens, at: 0, outline: Outline::default(), frames: Vec::new() })
    }

    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    pub fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    pub fn is_word(&self, ahead: usize, word: &str) -> bool {
        self.peek(ahead).and_then(Token::word) == Some(word)
    }

    pub fn is_mark(&self, ahead: usize, mark: &str) -> bool {
        self.peek(ahead).is_some_and(|token| token.is(mark))
    }

    /// The byte that comes next.
    pub fn start(&self) -> usize {
        self.peek(0).map_or(self.text.len(), |token| token.start)
    }

    pub fn fail<T>(&self, expected: &'static str) -> Parsed<T> {
        Err(NotUnderstood { expected, at: self.start() })
    }

    /// Steps over a word if it comes next.
    pub fn skip_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.at += usize::from(found);
        found
    }

    pub fn skip_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(0, mark);
        self.at += usize::from(found);
        found
    }

    pub fn expect_word(&mut self, word: &'static str) -> Parsed<()> {
        if self.skip_word(word) { Ok(()) } else { self.fail(word) }
    }

    pub fn expect_mark(&mut self, mark: &'static str) -> Parsed<()> {
        if self.skip_mark(mark) { Ok(()) } else { self.fail(mark) }
    }

    pub fn name(&mut self) -> Parsed<String> {
        let name = self.peek(0).and_then(Token::name).map(str::to_owned);
        self.at += 1;
        name.map_or_else(
            || {
                self.at -= 1;
                self.fail("a name")
            },
            Ok,
        )
    }

    /// The text of the tokens between two.
    pub fn between(&self, from: usize, to: usize) -> Text {
        match (self.tokens.get(from), to.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Some(first), Some(last)) if from < to => {
                let text = self.text[first.start..last.end].to_owned();
                Text { start: first.start, text }
            }
            _ => Text { start: self.start(), text: String::new() },
        }
    }

    /// What comes before the first of `stops` outside of parentheses, as the server looks for it. That
    /// one is next then.
    pub fn until(&mut self, stops: &[&str]) -> Parsed<Text> {
        let from = self.at;
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.at) {
            let stop = |stop: &&str| token.word() == Some(*stop) || token.is(stop);
            if depth == 0 && stops.iter().any(stop) {
                return Ok(self.between(from, self.at));
            }
            if token.is("(") || token.is("[") {
                depth += 1;
            } else if token.is(")") || token.is("]") {
                depth = depth.saturating_sub(1);
            } else if token.is(";") && depth == 0 {
                return self.fail("the end of an expression");
            }
            self.at += 1;
        }
        self.fail("the end of a statement")
    }

    /// The tokens up to the next one that closes what the next one opens, both left out.
    pub fn parenthesized(&mut self) -> Parsed<Text> {
        self.expect_mark("(")?;
        let inside = self.until(&[")"])?;
        self.expect_mark(")")?;
        Ok(inside)
    }
}
