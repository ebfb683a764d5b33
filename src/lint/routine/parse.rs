//! The structure of a body: blocks, branches and loops. What is in the statements is for the server to say.
//! <https://www.postgresql.org/docs/current/plpgsql-structure.html>

use super::cursor::{Frame, NotUnderstood, Parser};
use super::outline::{Check, Declaration, End, Form, Outline, Scope, Shape, Source, Text};
use super::scan::Token;

type Parsed<T> = Result<T, NotUnderstood>;

/// The outline of a body.
///
/// # Errors
/// Where it is not what it is expected to be, and what was.
pub fn outline(body: &str) -> Parsed<Outline> {
    let mut parser = Parser::new(body)?;
    let names = parser.tokens().iter().filter_map(Token::name).map(str::to_owned).collect();
    parser.outline.names = names;
    parser.scope(None, None);
    while parser.is_mark(0, "#") {
        let from = parser.at;
        parser.at += 3;
        let option = parser.between(from, parser.at).text;
        parser.outline.options.push_str(&format!("{option}\n"));
    }
    let end = parser.block(0)?;
    parser.skip_mark(";");
    if parser.peek(0).is_some() {
        return parser.fail("the end of the body");
    }
    parser.outline.end = end;
    Ok(parser.outline)
}

const FALLS_THROUGH: End = End { is_reached: true, returns: false, calls: false };

impl Parser<'_> {
    pub fn scope(&mut self, parent: Option<usize>, label: Option<String>) -> usize {
        let scope = Scope { parent, label, declarations: Vec::new() };
        self.outline.scopes.push(scope);
        self.outline.scopes.len() - 1
    }

    pub fn check(&mut self, scope: usize, form: Form, text: Text) {
        if text.text.is_empty() {
            return;
        }
        let visible = self.outline.scopes[scope].declarations.len();
        self.outline.checks.push(Check { scope, visible, form, text });
    }

    pub fn source(&mut self, scope: usize, variable: String, start: usize, shape: Shape) {
        self.outline.sources.push(Source { variable, scope, start, shape });
    }

    fn label(&mut self) -> Parsed<Option<String>> {
        if !self.skip_mark("<<") {
            return Ok(None);
        }
        let label = self.name()?;
        self.expect_mark(">>")?;
        Ok(Some(label))
    }

    /// A block, without the semicolon after it.
    fn block(&mut self, parent: usize) -> Parsed<End> {
        let label = self.label()?;
        self.labelled_block(parent, label)
    }

    fn labelled_block(&mut self, parent: usize, label: Option<String>) -> Parsed<End> {
        let scope = self.scope(Some(parent), label.clone());
        if self.skip_word("declare") {
            self.declarations(scope)?;
        }
        self.expect_word("begin")?;
        self.frames.push(Frame { label, is_loop: false, is_left: false });
        let mut end = self.statements(scope)?;
        if self.skip_word("exception") {
            let handlers = self.scope(Some(scope), None);
            for name in ["sqlstate", "sqlerrm"] {
                let text = format!("{name} text;");
                let one =
                    Declaration { name: name.to_owned(), text, is_record: false, cursor: None };
                self.outline.scopes[handlers].declarations.push(one);
            }
            while self.skip_word("when") {
                self.until(&["then"])?;
                self.expect_word("then")?;
                end = either(end, self.statements(handlers)?);
            }
        }
        self.expect_word("end")?;
        if self.peek(0).and_then(Token::name).is_some() {
            self.at += 1;
        }
        let left = self.frames.pop().is_some_and(|frame| frame.is_left);
        Ok(End { is_reached: end.is_reached || left, ..end })
    }

    /// Statements, up to the word that ends their list.
    fn statements(&mut self, scope: usize) -> Parsed<End> {
        let mut list = FALLS_THROUGH;
        loop {
            let word = self.peek(0).and_then(Token::word);
            let ends = ["end", "else", "elsif", "elseif", "when", "exception"];
            let is_end = word.is_some_and(|word| ends.contains(&word)) && !self.assigns();
            if is_end || self.peek(0).is_none() {
                return Ok(list);
            }
            let end = self.statement(scope)?;
            list = End {
                is_reached: list.is_reached && end.is_reached,
                returns: list.returns || end.returns,
                calls: end.calls,
            };
        }
    }

    fn statement(&mut self, scope: usize) -> Parsed<End> {
        let label = self.label()?;
        if self.assigns() {
            return self.assignment(scope);
        }
        let word = self.peek(0).and_then(Token::word).unwrap_or_default().to_owned();
        let end = match word.as_str() {
            "declare" | "begin" => self.labelled_block(scope, label)?,
            "if" => self.branches(scope)?,
            "case" => self.case(scope)?,
            "loop" | "while" | "for" | "foreach" => self.repetition(scope, label, &word)?,
            _ => return self.simple(scope, &word),
        };
        self.expect_mark(";")?;
        Ok(end)
    }

    fn branches(&mut self, scope: usize) -> Parsed<End> {
        let mut all: Option<End> = None;
        while self.skip_word("if") || self.skip_word("elsif") || self.skip_word("elseif") {
            let condition = self.until(&["then"])?;
            self.check(scope, Form::Expression, condition);
            self.expect_word("then")?;
            let end = self.statements(scope)?;
            all = Some(all.map_or(end, |all| either(all, end)));
        }
        let otherwise =
            if self.skip_word("else") { self.statements(scope)? } else { FALLS_THROUGH };
        self.expect_word("end")?;
        self.expect_word("if")?;
        Ok(all.map_or(otherwise, |all| either(all, otherwise)))
    }

    /// Without an ELSE, a CASE that nothing fits is an error.
    fn case(&mut self, scope: usize) -> Parsed<End> {
        self.expect_word("case")?;
        if !self.is_word(0, "when") {
            let subject = self.until(&["when"])?;
            self.check(scope, Form::Expression, subject);
        }
        let mut all: Option<End> = None;
        while self.skip_word("when") {
            let condition = self.until(&["then"])?;
            self.check(scope, Form::Expression, condition);
            self.expect_word("then")?;
            let end = self.statements(scope)?;
            all = Some(all.map_or(end, |all| either(all, end)));
        }
        if self.skip_word("else") {
            let end = self.statements(scope)?;
            all = Some(all.map_or(end, |all| either(all, end)));
        }
        self.expect_word("end")?;
        self.expect_word("case")?;
        Ok(all.unwrap_or(FALLS_THROUGH))
    }

    fn repetition(&mut self, scope: usize, label: Option<String>, word: &str) -> Parsed<End> {
        self.at += 1;
        let mut is_endless = word == "loop";
        let scope = match word {
            "while" => {
                let condition = self.until(&["loop"])?;
                is_endless = condition.text.eq_ignore_ascii_case("true");
                self.check(scope, Form::Expression, condition);
                scope
            }
            "for" => self.for_loop(scope, label.clone())?,
            "foreach" => {
                self.until(&["slice", "in"])?;
                if self.skip_word("slice") {
                    self.until(&["in"])?;
                }
                self.expect_word("in")?;
                self.expect_word("array")?;
                let array = self.until(&["loop"])?;
                self.check(scope, Form::Expression, array);
                scope
            }
            _ => scope,
        };
        if word != "loop" {
            self.expect_word("loop")?;
        }
        self.frames.push(Frame { label, is_loop: true, is_left: false });
        let body = self.statements(scope)?;
        self.expect_word("end")?;
        self.expect_word("loop")?;
        if self.peek(0).and_then(Token::name).is_some() {
            self.at += 1;
        }
        let left = self.frames.pop().is_some_and(|frame| frame.is_left);
        Ok(End { is_reached: !is_endless || left, returns: body.returns, calls: false })
    }

    /// What stands between FOR and LOOP, and the scope of what the loop does.
    /// <https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-INTEGER-FOR>
    fn for_loop(&mut self, scope: usize, label: Option<String>) -> Parsed<usize> {
        let targets = self.targets()?;
        self.expect_word("in")?;
        let start = self.start();
        if self.skip_word("execute") {
            self.outline.dynamic.push(start);
            let query = self.until(&["using", "loop"])?;
            self.check(scope, Form::Expression, query);
            if self.skip_word("using") {
                let values = self.until(&["loop"])?;
                self.check(scope, Form::Expression, values);
            }
            self.fill(scope, &targets, start, &Shape::Unknown);
            return Ok(scope);
        }
        let cursor = self.peek(0).and_then(Token::name).filter(|name| {
            let found = self.outline.resolve(name, scope, usize::MAX);
            found.is_some_and(|(scope, n)| {
                self.outline.scopes[scope].declarations[n].cursor.is_some()
            })
        });
        let is_whole = self.is_mark(1, "(") || self.is_word(1, "loop");
        if let Some(cursor) = cursor.filter(|_| is_whole).map(str::to_owned) {
            self.at += 1;
            if self.is_mark(0, "(") {
                self.cursor_arguments(scope)?;
            }
            let inner = self.scope(Some(scope), label);
            let (name, _) = targets.into_iter().next().unwrap_or_default();
            self.declare(inner, &name, "record");
            self.source(inner, name, start, Shape::Cursor(cursor));
            return Ok(inner);
        }
        let begin = self.at;
        self.skip_word("reverse");
        let from = self.at;
        let first = self.until(&["..", "loop"])?;
        if self.skip_mark("..") {
            self.check(scope, Form::Expression, first);
            let last = self.until(&["by", "loop"])?;
            self.check(scope, Form::Expression, last);
            if self.skip_word("by") {
                let step = self.until(&["loop"])?;
                self.check(scope, Form::Expression, step);
            }
            let inner = self.scope(Some(scope), label);
            let (name, _) = targets.into_iter().next().unwrap_or_default();
            self.declare(inner, &name, "integer");
            return Ok(inner);
        }
        let query = if begin == from { first } else { self.between(begin, self.at) };
        self.check(scope, Form::Query, query.clone());
        self.fill(scope, &targets, start, &Shape::Query(query));
        Ok(scope)
    }

    fn declare(&mut self, scope: usize, name: &str, type_: &str) {
        let text = format!("{} {type_};", crate::sql::quote_identifier(name));
        let is_record = type_ == "record";
        let one = Declaration { name: name.to_owned(), text, is_record, cursor: None };
        self.outline.scopes[scope].declarations.push(one);
    }
}

/// What can be said of two ways of which one is taken.
fn either(a: End, b: End) -> End {
    End {
        is_reached: a.is_reached || b.is_reached,
        returns: a.returns || b.returns,
        calls: (a.is_reached && a.calls) || (b.is_reached && b.calls),
    }
}
