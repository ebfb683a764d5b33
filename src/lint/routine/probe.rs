//! A function that asks PostgreSQL about one piece of a body, and does nothing else.
//!
//! It has the arguments, the blocks and the variables of the body, so that names in the piece are looked up
//! as they are there, by PL/pgSQL itself. `OPEN … FOR EXPLAIN` has a statement analysed and planned with
//! variables in it, and never runs it.
//! <https://www.postgresql.org/docs/current/plpgsql-implementation.html#PLPGSQL-VAR-SUBST>

use std::collections::HashMap;

use super::outline::{Check, Form, Outline, Shape, Source, Text};
use super::scan::{Token, scan};
use crate::sql::{quote_identifier, quote_literal};

/// The variable of the probe itself, which no body has.
const OWN: &str = "pgconverge_probe";

/// With which a probe says that all is well: no other code of an error is like it.
pub const FINE: &str = "PGC00";

/// What is chosen for record variables, by scope and place there: one of the outline's sources.
pub type Choice = HashMap<(usize, usize), usize>;

/// A probe of a body.
#[derive(Debug)]
pub struct Probe<'a> {
    outline: &'a Outline,
    choice: &'a Choice,
    out: String,
    /// The scopes that are open, from the outside.
    open: Vec<usize>,
    filled: Vec<(usize, usize)>,
}

/// The body of a function that asks about `checks`, one after the other.
#[must_use]
pub fn body(outline: &Outline, checks: &[(&Check, Choice)]) -> String {
    let (out, choice) = (outline.options.clone(), nearest(outline, usize::MAX));
    let mut probe = Probe { outline, choice: &choice, out, open: Vec::new(), filled: Vec::new() };
    probe.line("BEGIN");
    for make in &outline.makes {
        let text = &make.text.text;
        // What is made AS a query needs its columns alone.
        let action = format!(
            "BEGIN\n{text}\nWITH NO DATA;\nEXCEPTION WHEN syntax_error THEN\n{text}\n;\nEND;"
        );
        probe.quietly(make.scope, make.visible, &make.text, &action);
    }
    for (check, choice) in checks {
        probe.choice = choice;
        probe.step(check.scope, check.visible, &check.text, &action(check));
    }
    probe.line(&format!("RAISE EXCEPTION USING ERRCODE = {};\nEND;", quote_literal(FINE)));
    probe.out
}

/// What stands before the piece in the statement that is sent for it.
#[must_use]
pub fn prefix(form: Form) -> &'static str {
    match form {
        Form::Query => "EXPLAIN ",
        Form::Expression => "EXPLAIN SELECT ",
        Form::Call | Form::ReturnNext => "",
        Form::ReturnQuery => "SELECT * FROM (",
    }
}

fn action(check: &Check) -> String {
    let text = format!("{}{}", prefix(check.form), check.text.text);
    match check.form {
        Form::Query | Form::Expression => {
            format!("DECLARE {OWN} refcursor; BEGIN\nOPEN {OWN} FOR {text}\n;\nEND;")
        }
        Form::Call => format!("{text}\n;"),
        Form::ReturnQuery => format!("RETURN QUERY {text}\n) {OWN} LIMIT 0;"),
        Form::ReturnNext => format!("RETURN NEXT {text}\n;"),
    }
}

impl Probe<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// Does it, and goes on if that fails.
    fn quietly(&mut self, scope: usize, visible: usize, text: &Text, action: &str) {
        self.line("BEGIN");
        self.step(scope, visible, text, action);
        self.line("EXCEPTION WHEN OTHERS THEN NULL;\nEND;");
    }

    /// Opens the scopes around, fills the records that `text` uses, and does the action.
    fn step(&mut self, scope: usize, visible: usize, text: &Text, action: &str) {
        let outline = self.outline;
        let before = self.open.len();
        let needs = records(outline, text, scope, visible);
        for inner in outline.chain(scope) {
            if self.open.contains(&inner) {
                continue;
            }
            let own = &outline.scopes[inner];
            // Arguments are those of the function.
            if own.parent.is_some() {
                if let Some(label) = &own.label {
                    self.line(&format!("<<{}>>", quote_identifier(label)));
                }
                self.line("DECLARE");
                let count = if inner == scope { visible } else { usize::MAX };
                for declaration in own.declarations.iter().take(count) {
                    self.line(&declaration.text);
                }
                self.line("BEGIN");
            }
            self.open.push(inner);
            self.fill(&needs);
        }
        self.fill(&needs);
        self.line(action);
        while self.open.len() > before {
            let closed = self.open.pop();
            self.filled.retain(|(scope, _)| Some(*scope) != closed);
            if closed.is_some_and(|closed| outline.scopes[closed].parent.is_some()) {
                self.line("END;");
            }
        }
    }

    /// Gives those records their columns that are declared by now.
    fn fill(&mut self, needs: &[(usize, usize)]) {
        for need in needs {
            if !self.open.contains(&need.0) || self.filled.contains(need) {
                continue;
            }
            self.filled.push(*need);
            let outline = self.outline;
            let Some(source) = self.choice.get(need).and_then(|n| outline.sources.get(*n)) else {
                continue;
            };
            let name = quote_identifier(&outline.scopes[need.0].declarations[need.1].name);
            self.fill_from(&name, source);
        }
    }

    fn fill_from(&mut self, name: &str, source: &Source) {
        let outline = self.outline;
        let select = |scope: usize, text: &Text| {
            let action = format!("SELECT * INTO {name} FROM (\n{}\n) {OWN} LIMIT 0;", text.text);
            (scope, text.clone(), action)
        };
        let (scope, text, action) = match &source.shape {
            Shape::Query(text) => select(source.scope, text),
            Shape::Value(text) if is_name(text) => {
                (source.scope, text.clone(), format!("{name} := {};", text.text))
            }
            Shape::Value(text) => {
                let value = format!("SELECT {}", text.text);
                let row = format!(
                    "SELECT ({OWN}.v).* INTO {name} FROM (SELECT ({value}\n) AS v) {OWN} LIMIT 0;"
                );
                (source.scope, text.clone(), row)
            }
            Shape::Cursor(cursor) => {
                let found = outline.resolve(cursor, source.scope, usize::MAX);
                let declared =
                    found.map(|(scope, n)| (scope, &outline.scopes[scope].declarations[n]));
                match declared.and_then(|(scope, one)| Some((scope, one.cursor.as_ref()?))) {
                    Some((scope, (query, arguments))) => {
                        let (_, query, select) = select(scope, query);
                        let arguments = super::declarations::cursor_arguments(arguments).text;
                        let declare = if arguments.trim() == ";" { "" } else { &arguments };
                        (scope, query, format!("DECLARE\n{declare}\nBEGIN\n{select}\nEND;"))
                    }
                    None => {
                        // One that is opened for this here and for that there may have any columns.
                        let mut opened = outline.sources.iter().filter(|s| s.variable == *cursor);
                        match (opened.next().map(|s| (s.scope, &s.shape)), opened.next()) {
                            (Some((scope, Shape::Query(query))), None) => select(scope, query),
                            _ => return,
                        }
                    }
                }
            }
            Shape::Unknown => return,
        };
        self.quietly(scope, usize::MAX, &text, &action);
    }
}

fn is_name(text: &Text) -> bool {
    let tokens = scan(&text.text).unwrap_or_default();
    matches!(tokens.as_slice(), [one] if one.name().is_some())
}

/// The record variables that a piece of a body may speak of.
#[must_use]
pub fn records(
    outline: &Outline,
    text: &Text,
    scope: usize,
    visible: usize,
) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for name in scan(&text.text).unwrap_or_default().iter().filter_map(Token::name) {
        if let Some((scope, n)) = outline.resolve(name, scope, visible)
            && outline.scopes[scope].declarations[n].is_record
            && !found.contains(&(scope, n))
        {
            found.push((scope, n));
        }
    }
    found
}

/// The sources of a record variable, in the order of the body.
#[must_use]
pub fn sources(outline: &Outline, record: (usize, usize)) -> Vec<usize> {
    let name = &outline.scopes[record.0].declarations[record.1].name;
    let of_it = |source: &Source| {
        source.variable == *name && outline.resolve(name, source.scope, usize::MAX) == Some(record)
    };
    let mut all: Vec<usize> =
        (0..outline.sources.len()).filter(|n| of_it(&outline.sources[*n])).collect();
    all.sort_by_key(|n| outline.sources[*n].start);
    all
}

/// For every record variable the source that comes before a byte of the body, or else the first.
#[must_use]
pub fn nearest(outline: &Outline, start: usize) -> Choice {
    let mut choice = Choice::new();
    for (scope, own) in outline.scopes.iter().enumerate() {
        for n in (0..own.declarations.len()).filter(|n| own.declarations[*n].is_record) {
            let all = sources(outline, (scope, n));
            let before = all.iter().rev().find(|n| outline.sources[**n].start < start);
            if let Some(source) = before.or(all.first()) {
                choice.insert((scope, n), *source);
            }
        }
    }
    choice
}
