//! The section DECLARE of a block.
//! <https://www.postgresql.org/docs/current/plpgsql-declarations.html>

use super::cursor::{NotUnderstood, Parser};
use super::outline::{Declaration, Form};

type Parsed<T> = Result<T, NotUnderstood>;

impl Parser<'_> {
    pub fn declarations(&mut self, scope: usize) -> Parsed<()> {
        while !self.is_word(0, "begin") {
            // The word may be there more than once.
            if !self.skip_word("declare") {
                self.declaration(scope)?;
            }
        }
        Ok(())
    }

    fn declaration(&mut self, scope: usize) -> Parsed<()> {
        let from = self.at;
        let name = self.name()?;
        let is_cursor = self.is_word(0, "cursor")
            || ((self.is_word(0, "scroll") || self.is_word(0, "no")) && !self.is_mark(1, ";"));
        let one = if self.is_word(0, "alias") {
            self.until(&[";"])?;
            let text = format!("{};", self.between(from, self.at).text);
            Declaration { name, text, is_record: false, cursor: None }
        } else if is_cursor {
            self.until(&["cursor"])?;
            self.expect_word("cursor")?;
            let arguments =
                if self.is_mark(0, "(") { self.parenthesized()?.text } else { String::new() };
            if !self.skip_word("for") {
                self.expect_word("is")?;
            }
            let query = self.until(&[";"])?;
            let text = format!("{}\n;", self.between(from, self.at).text);
            Declaration { name, text, is_record: false, cursor: Some((query, arguments)) }
        } else {
            self.skip_word("constant");
            let stops = ["not", "default", ":=", "=", ";"];
            let type_ = self.until(&stops)?.text;
            let is_record = type_.eq_ignore_ascii_case("record");
            if self.skip_word("not") {
                self.expect_word("null")?;
            }
            if !self.skip_mark(";") {
                self.at += 1;
                let start = self.start();
                let default = self.until(&[";"])?;
                self.check(scope, Form::Expression, default.clone());
                if is_record {
                    self.value(scope, &name, start, default);
                }
                self.expect_mark(";")?;
            }
            let quoted = crate::sql::quote_identifier(&name);
            let text = format!("{quoted} {type_}\n;");
            self.outline.scopes[scope].declarations.push(Declaration {
                name,
                text,
                is_record,
                cursor: None,
            });
            return Ok(());
        };
        self.expect_mark(";")?;
        let query = one.cursor.clone();
        self.outline.scopes[scope].declarations.push(one);
        if let Some((query, arguments)) = query {
            let scope = self.arguments_of_cursor(scope, &arguments);
            self.check(scope, Form::Query, query);
        }
        Ok(())
    }

    /// A scope with the arguments of a cursor as variables.
    fn arguments_of_cursor(&mut self, scope: usize, arguments: &str) -> usize {
        if arguments.is_empty() {
            return scope;
        }
        let inner = self.scope(Some(scope), None);
        let one = cursor_arguments(arguments);
        self.outline.scopes[inner].declarations.push(one);
        inner
    }
}

/// The arguments of a cursor, declared.
pub fn cursor_arguments(arguments: &str) -> Declaration {
    // Separated by commas there, by semicolons here; a type may have commas in parentheses.
    let mut text = String::new();
    let mut depth = 0_usize;
    for c in arguments.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        text.push(if c == ',' && depth == 0 { ';' } else { c });
    }
    text.push_str("\n;");
    Declaration { name: String::new(), text, is_record: false, cursor: None }
}
