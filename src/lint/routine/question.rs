//! Asking the server about pieces of a body.

use tokio_postgres::error::{DbError, ErrorPosition};
use tokio_postgres::{Client, Error};

use super::outline::{Check, Form, Outline, Text};
use super::probe::{self, Choice, FINE};
use super::scan::scan;
use super::subject::{Subject, Variant};
use crate::sql::{dollar_quote, quote_identifier, quote_literal};

/// What the server has against a piece of a body.
#[derive(Debug, Clone)]
pub struct Objection {
    pub message: String,
    pub code: String,
    pub advice: Option<String>,
    /// The function of the server's source that says so.
    pub routine: Option<String>,
    /// The byte of the body that it points at.
    pub at: Option<usize>,
}

impl Objection {
    pub fn new(error: &DbError) -> Self {
        Self {
            message: error.message().to_owned(),
            code: error.code().code().to_owned(),
            advice: error.hint().or(error.detail()).map(str::to_owned),
            routine: error.routine().map(str::to_owned),
            at: None,
        }
    }
}

/// In which the server is asked.
#[derive(Debug)]
pub struct Place<'a> {
    pub client: &'a Client,
    pub subject: &'a Subject,
    pub outline: &'a Outline,
    pub variant: &'a Variant,
    /// Schemas where names are looked up, unless the routine says so itself.
    pub path: &'a str,
    /// Statements that make what other routines make for a while.
    pub prelude: &'a str,
}

/// Prepares a session: bodies are not looked into when they are declared, and no plan is made for the nulls
/// that probes are called with.
pub const BEGIN: &str = "
BEGIN;
SET LOCAL check_function_bodies = off;
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL search_path = ''";

/// Where [`tried`] goes back to.
pub const SAVEPOINT: &str = "SAVEPOINT probe";

/// Lets the server say whether it takes what `script` does; undoes that.
///
/// # Errors
/// A broken connection.
pub async fn tried(client: &Client, script: &str) -> Result<Result<(), Box<DbError>>, Error> {
    let result = client.batch_execute(script).await;
    client.batch_execute("ROLLBACK TO probe").await?;
    match result {
        Ok(()) => Ok(Ok(())),
        Err(error) => match error.as_db_error() {
            Some(refusal) => Ok(Err(Box::new(refusal.clone()))),
            None => Err(error),
        },
    }
}

impl Place<'_> {
    /// What the server has against the first of `checks` that is not right, if that is certain.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn ask(&self, checks: &[(&Check, Choice)]) -> Result<Answer, Error> {
        let Some((first, _)) = checks.first() else { return Ok(Answer::Fine) };
        let body = probe::body(self.outline, checks);
        let script = self.script(&body, first.form);
        let Err(error) = tried(self.client, &script).await? else { return Ok(Answer::Fine) };
        if error.code().code() == FINE {
            return Ok(Answer::Fine);
        }
        Ok(judge(&error, first))
    }

    /// Where a field is that a record has not got, about which an error says no position: the first that is wrong
    /// by itself.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn field(&self, check: &Check, choice: &Choice) -> Result<Option<usize>, Error> {
        for three in scan(&check.text.text).unwrap_or_default().windows(3) {
            let [record, dot, field] = three else { continue };
            if record.name().is_none() || !dot.is(".") || field.name().is_none() {
                continue;
            }
            let text = check.text.text[record.start..field.end].to_owned();
            let text = Text { start: check.text.start + record.start, text };
            let start = text.start;
            let alone = Check { form: Form::Expression, text, ..check.clone() };
            if let Answer::Wrong(objection) = self.ask(&[(&alone, choice.clone())]).await?
                && objection.code == UNDEFINED_COLUMN
            {
                return Ok(Some(start));
            }
        }
        Ok(None)
    }

    /// Makes the function and calls it.
    fn script(&self, body: &str, form: Form) -> String {
        let Self { subject, variant, .. } = self;
        let name = format!("pg_temp.{}", quote_identifier(&subject.name));
        let quote = dollar_quote(body);
        let mut script = settings(subject, self.path);
        script.push_str(self.prelude);
        let transitions = variant.table.iter().flat_map(|table| {
            table.transitions.iter().map(|name| {
                format!(
                    "CREATE TEMP TABLE {} AS TABLE {} WITH NO DATA;\n",
                    quote_identifier(name),
                    table.name
                )
            })
        });
        script.extend(transitions);
        let (signature, stability, call) = match form {
            Form::ReturnQuery | Form::ReturnNext => {
                let call = format!("SELECT * FROM {name}({})", subject.nulls());
                (subject.signature(), "", call)
            }
            // PL/pgSQL refuses to run CALL in a stable function, once it has been analysed.
            Form::Call | Form::Query | Form::Expression => {
                let arguments = variant.arguments.iter().map(|(name, data_type)| {
                    let name = if name.is_empty() { String::new() } else { quote_identifier(name) };
                    format!("{name} {data_type}")
                });
                let arguments = arguments.collect::<Vec<_>>().join(", ");
                let nulls = variant.arguments.iter().map(|(_, of)| format!("NULL::{of}"));
                let nulls = nulls.collect::<Vec<_>>().join(", ");
                let stability = if form == Form::Call { "STABLE" } else { "" };
                (
                    format!("({arguments}) RETURNS void"),
                    stability,
                    format!("SELECT {name}({nulls})"),
                )
            }
        };
        script.push_str(&format!(
            "CREATE FUNCTION {name} {signature} LANGUAGE plpgsql {stability} AS {quote}{body}{quote};\n{call}"
        ));
        script
    }
}

/// The settings that decide on how a body is read.
pub fn settings(subject: &Subject, path: &str) -> String {
    let mut script = String::new();
    let mut set = |name: &str, value: &str| {
        script.push_str(&format!(
            "SELECT pg_catalog.set_config({}, {}, true);\n",
            quote_literal(name),
            quote_literal(value)
        ));
    };
    set("search_path", path);
    for (name, value) in subject.settings.iter().filter_map(|setting| setting.split_once('=')) {
        if name == "search_path" || name.starts_with("plpgsql.") {
            set(name, value);
        }
    }
    script
}

/// SQLSTATE `undefined_column`, of a field of a record as well.
pub const UNDEFINED_COLUMN: &str = "42703";

/// What came of asking.
#[derive(Debug)]
pub enum Answer {
    Fine,
    /// Whether it is right depends on what is not known.
    Unknown,
    Wrong(Objection),
}

/// What an error means. Only what is found in analysing the piece itself counts: names and types that do not
/// fit (class 42), and constants that cannot be read, which have a position. What depends on values does not.
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn judge(error: &DbError, check: &Check) -> Answer {
    let code = error.code().code();
    let sent = format!("{}{}", probe::prefix(check.form), check.text.text);
    let mut objection = Objection::new(error);
    if let Some(ErrorPosition::Internal { position, query }) = error.position() {
        // One in the body of something that this calls.
        if !query.trim_start().starts_with(sent.trim()) {
            return Answer::Unknown;
        }
        let skipped = query.len() - query.trim_start().len();
        let bytes = byte_at(query, *position).saturating_sub(skipped);
        let inside = bytes.checked_sub(probe::prefix(check.form).len());
        objection.at = Some(check.text.start + inside.unwrap_or_default());
        return Answer::Wrong(objection);
    }
    if code == "0A000" && check.form == Form::Call {
        return Answer::Fine;
    }
    // What the error is in the context of comes first.
    let context = error.where_().unwrap_or_default();
    let is_own = context.find(sent.trim()).is_some_and(|at| at < LONGEST_WORD);
    let is_row = check.form == Form::ReturnNext && code == "42804";
    if !code.starts_with("42") || code == "42501" || !(is_own || is_row) {
        return Answer::Unknown;
    }
    objection.at = Some(check.text.start);
    Answer::Wrong(objection)
}

/// How much of a context may be the word for a statement, in whatever language the server speaks.
const LONGEST_WORD: usize = 60;

/// The byte of a character, counted from 1.
pub fn byte_at(text: &str, position: u32) -> usize {
    let characters = usize::try_from(position).unwrap_or_default().saturating_sub(1);
    text.char_indices().nth(characters).map_or(text.len(), |(byte, _)| byte)
}
