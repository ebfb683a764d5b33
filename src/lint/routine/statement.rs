//! Statements that have none inside.
//! <https://www.postgresql.org/docs/current/plpgsql-statements.html>

use super::cursor::{NotUnderstood, Parser};
use super::outline::{Check, End, Form, Shape, Text};
use super::scan::Token;

type Parsed<T> = Result<T, NotUnderstood>;

/// What a value is put into: the name of a variable, and where that stands if it is a part of one.
pub type Target = (String, Option<Text>);

const GOES_ON: End = End { is_reached: true, returns: false, calls: false };
const CALLS: End = End { calls: true, ..GOES_ON };
const STOPS: End = End { is_reached: false, ..GOES_ON };
const RETURNS: End = End { returns: true, ..STOPS };

impl Parser<'_> {
    /// Whether an assignment comes next.
    pub fn assigns(&self) -> bool {
        if self.peek(0).and_then(Token::name).is_none() {
            return false;
        }
        let mut ahead = 1;
        loop {
            if self.is_mark(ahead, ".") {
                ahead += 2;
            } else if self.is_mark(ahead, "[") {
                let mut depth = 0;
                loop {
                    match self.peek(ahead) {
                        None => return false,
                        Some(token) if token.is("[") => depth += 1,
                        Some(token) if token.is("]") => depth -= 1,
                        Some(_) => {}
                    }
                    ahead += 1;
                    if depth == 0 {
                        break;
                    }
                }
            } else {
                return self.is_mark(ahead, ":=") || self.is_mark(ahead, "=");
            }
        }
    }

    pub fn assignment(&mut self, scope: usize) -> Parsed<End> {
        let from = self.at;
        let variable = self.name()?;
        self.until(&[":=", "="])?;
        let is_part = self.at > from + 1;
        let target = self.between(from, self.at);
        self.at += 1;
        let start = self.start();
        let value = self.until(&[";"])?;
        self.expect_mark(";")?;
        self.check(scope, Form::Expression, value.clone());
        if is_part {
            self.check(scope, Form::Expression, target);
        } else {
            self.value(scope, &variable, start, value);
        }
        Ok(GOES_ON)
    }

    /// Notes that a variable is given a value, if it is a record.
    pub fn value(&mut self, scope: usize, variable: &str, start: usize, value: Text) {
        self.source(scope, variable.to_owned(), start, Shape::Value(value));
    }

    /// Notes that the columns of a query go into variables.
    pub fn fill(&mut self, scope: usize, targets: &[Target], start: usize, shape: &Shape) {
        for (variable, part) in targets {
            match part {
                Some(part) => self.check(scope, Form::Expression, part.clone()),
                None => self.source(scope, variable.clone(), start, shape.clone()),
            }
        }
    }

    /// Variables, or parts of them, with commas between.
    pub fn targets(&mut self) -> Parsed<Vec<Target>> {
        let mut targets = Vec::new();
        loop {
            let from = self.at;
            let name = self.name()?;
            while self.skip_mark(".") {
                self.name()?;
            }
            let part = (self.at > from + 1).then(|| self.between(from, self.at));
            targets.push((name, part));
            if !self.skip_mark(",") {
                return Ok(targets);
            }
        }
    }

    pub fn cursor_arguments(&mut self, scope: usize) -> Parsed<()> {
        self.expect_mark("(")?;
        loop {
            if matches!(self.peek(1), Some(token) if token.is(":=") || token.is("=>")) {
                self.at += 2;
            }
            let value = self.until(&[",", ")"])?;
            self.check(scope, Form::Expression, value);
            if self.skip_mark(")") {
                return Ok(());
            }
            self.at += 1;
        }
    }

    pub fn simple(&mut self, scope: usize, word: &str) -> Parsed<End> {
        let end = match word {
            "exit" | "continue" => self.exit(scope, word == "exit")?,
            "return" => self.returning(scope)?,
            "raise" => self.raise(scope)?,
            "execute" => {
                let start = self.start();
                self.at += 1;
                self.execute(scope, start)?;
                CALLS
            }
            "open" => self.open(scope)?,
            "fetch" => self.fetch(scope)?,
            "assert" | "perform" => {
                self.at += 1;
                let text = self.until(&[";"])?;
                self.check(scope, Form::Expression, text);
                CALLS
            }
            "call" => {
                let text = self.until(&[";"])?;
                self.check(scope, Form::Call, text);
                CALLS
            }
            "null" | "get" | "move" | "close" | "commit" | "rollback" => {
                self.until(&[";"])?;
                GOES_ON
            }
            _ => self.sql(scope)?,
        };
        self.expect_mark(";")?;
        Ok(end)
    }

    fn exit(&mut self, scope: usize, leaves: bool) -> Parsed<End> {
        self.at += 1;
        let label =
            if self.is_word(0, "when") || self.is_mark(0, ";") { None } else { Some(self.name()?) };
        if leaves {
            let frame = self.frames.iter_mut().rev().find(|frame| match &label {
                Some(label) => frame.label.as_ref() == Some(label),
                None => frame.is_loop,
            });
            if let Some(frame) = frame {
                frame.is_left = true;
            }
        }
        if self.skip_word("when") {
            let condition = self.until(&[";"])?;
            self.check(scope, Form::Expression, condition);
            return Ok(GOES_ON);
        }
        Ok(STOPS)
    }

    fn returning(&mut self, scope: usize) -> Parsed<End> {
        let start = self.start();
        self.at += 1;
        if self.skip_word("next") {
            let is_variable = self.is_mark(1, ";");
            let value = self.until(&[";"])?;
            self.check(scope, Form::Expression, value.clone());
            if is_variable {
                self.check(scope, Form::ReturnNext, value);
            }
            return Ok(GOES_ON);
        }
        if self.skip_word("query") {
            if self.skip_word("execute") {
                self.execute(scope, start)?;
                return Ok(GOES_ON);
            }
            let query = self.until(&[";"])?;
            self.check(scope, Form::Query, query.clone());
            self.check(scope, Form::ReturnQuery, query);
            return Ok(GOES_ON);
        }
        let value = self.until(&[";"])?;
        self.check(scope, Form::Expression, value);
        Ok(RETURNS)
    }

    /// What follows EXECUTE, in whatever order.
    fn execute(&mut self, scope: usize, start: usize) -> Parsed<()> {
        self.outline.dynamic.push(start);
        let query = self.until(&["into", "using", ";"])?;
        self.check(scope, Form::Expression, query);
        loop {
            if self.skip_word("into") {
                self.skip_word("strict");
                let targets = self.targets()?;
                self.fill(scope, &targets, start, &Shape::Unknown);
            } else if self.skip_word("using") {
                let values = self.until(&["into", ";"])?;
                self.check(scope, Form::Expression, values);
            } else {
                return Ok(());
            }
        }
    }

    fn raise(&mut self, scope: usize) -> Parsed<End> {
        self.at += 1;
        let level = self.peek(0).and_then(Token::word).unwrap_or_default().to_owned();
        let is_error = !matches!(level.as_str(), "debug" | "log" | "info" | "notice" | "warning");
        if !is_error || level == "exception" {
            self.at += 1;
        }
        self.until(&[",", "using", ";"])?;
        if self.skip_mark(",") {
            let values = self.until(&["using", ";"])?;
            self.check(scope, Form::Expression, values);
        }
        if self.skip_word("using") {
            loop {
                self.until(&["=", ":="])?;
                self.at += 1;
                let value = self.until(&[",", ";"])?;
                self.check(scope, Form::Expression, value);
                if !self.skip_mark(",") {
                    break;
                }
            }
        }
        Ok(if is_error { STOPS } else { GOES_ON })
    }

    fn open(&mut self, scope: usize) -> Parsed<End> {
        self.at += 1;
        let cursor = self.name()?;
        if self.is_mark(0, "(") {
            self.cursor_arguments(scope)?;
        }
        self.until(&["for", ";"])?;
        if self.skip_word("for") {
            let start = self.start();
            if self.skip_word("execute") {
                self.execute(scope, start)?;
                self.source(scope, cursor, start, Shape::Unknown);
            } else {
                let query = self.until(&[";"])?;
                self.check(scope, Form::Query, query.clone());
                self.source(scope, cursor, start, Shape::Query(query));
            }
        }
        Ok(GOES_ON)
    }

    fn fetch(&mut self, scope: usize) -> Parsed<End> {
        let start = self.start();
        self.until(&["into", ";"])?;
        let cursor = self.at.checked_sub(1).and_then(|at| self.tokens().get(at));
        let cursor = cursor.and_then(Token::name).unwrap_or_default().to_owned();
        if self.skip_word("into") {
            let targets = self.targets()?;
            self.fill(scope, &targets, start, &Shape::Cursor(cursor));
        }
        Ok(GOES_ON)
    }

    /// Any statement of SQL. Its INTO is none of SQL's, and left out.
    /// <https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-STATEMENTS-SQL-ONEROW>
    fn sql(&mut self, scope: usize) -> Parsed<End> {
        let from = self.at;
        let first = self.peek(0).and_then(Token::word).unwrap_or_default().to_owned();
        let statement = self.until(&[";"])?;
        let to = self.at;
        let is_query = self.tokens()[from].is("(")
            || ["select", "with", "values", "table"].contains(&first.as_str());
        let writes = ["insert", "update", "delete", "merge"];
        if !is_query && !writes.contains(&first.as_str()) {
            if matches!(first.as_str(), "create" | "alter") {
                let visible = usize::MAX;
                self.outline.makes.push(Check {
                    scope,
                    visible,
                    form: Form::Query,
                    text: statement,
                });
            }
            return Ok(CALLS);
        }
        let into = (from + 1..to).find(|at| {
            let before = self.tokens()[at - 1].word();
            self.tokens()[*at].word() == Some("into") && !matches!(before, Some("insert" | "merge"))
        });
        let Some(into) = into else {
            // One WITH may begin a statement that gives no rows.
            if is_query && first != "with" {
                self.outline.aimless.push(statement.start);
            }
            self.check(scope, Form::Query, statement);
            return Ok(CALLS);
        };
        self.at = into + 1;
        if self.is_word(0, "strict") && self.peek(1).and_then(Token::name).is_some() {
            self.at += 1;
        }
        let targets = self.targets()?;
        let (start, end) = (self.tokens()[into].start, self.tokens()[self.at - 1].end);
        self.at = to;
        let query = blank(&statement, start, end);
        self.check(scope, Form::Query, query.clone());
        let shape = if is_query { Shape::Query(query) } else { Shape::Unknown };
        self.fill(scope, &targets, start, &shape);
        Ok(CALLS)
    }
}

/// The text with blanks between two bytes of the body.
fn blank(text: &Text, start: usize, end: usize) -> Text {
    let (from, to) = (start - text.start, end - text.start);
    let blanks = " ".repeat(to - from);
    let blanked = format!("{}{blanks}{}", &text.text[..from], &text.text[to..]);
    Text { start: text.start, text: blanked }
}
