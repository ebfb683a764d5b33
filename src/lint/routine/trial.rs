//! What can be said of one body, and how certain it is.

use std::collections::BTreeSet;

use tokio_postgres::error::ErrorPosition;
use tokio_postgres::{Client, Error};

use super::outline::{Check, End, Form, Outline, Shape};
use super::probe::{Choice, nearest, records, sources};
use super::question::{Answer, Objection, Place, UNDEFINED_COLUMN, byte_at, settings, tried};
use super::scan::{Token, scan};
use super::subject::{Subject, Variant};
use super::{called, extension, parse};
use crate::desired::Declared;
use crate::sql::{dollar_quote, quote_identifier};

/// What was found in a body.
#[derive(Debug)]
pub struct Found {
    pub matter: Matter,
    /// The byte of the body.
    pub at: usize,
    pub message: String,
}

/// Of which kind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    Wrong,
    MayNotReturn,
    NotChecked,
}

/// What is the same for all bodies.
#[derive(Debug)]
pub struct Ground<'a> {
    client: &'a Client,
    /// The outlines of those in PL/pgSQL, by the place of the subject.
    outlines: Vec<Option<Result<Outline, super::cursor::NotUnderstood>>>,
    /// All schemas, as a search path.
    everywhere: String,
    declared: BTreeSet<String>,
    /// Statements that make what the routines make for a while.
    made: String,
    /// Where `plpgsql_check` is, if it is.
    extension: Option<String>,
}

impl<'a> Ground<'a> {
    /// # Errors
    /// A server that does not answer.
    pub async fn of(
        client: &'a Client,
        subjects: &[Subject],
        declared: &Declared,
    ) -> Result<Self, Error> {
        let schemas = "SELECT nspname::text FROM pg_namespace
                       WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1";
        let rows = client.query(schemas, &[]).await?;
        let names = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
        let names: Vec<String> = names.iter().map(|name| quote_identifier(name)).collect();
        let outline = |subject: &Subject| {
            (subject.language == "plpgsql").then(|| parse::outline(&subject.source))
        };
        let outlines: Vec<_> = subjects.iter().map(outline).collect();
        let made = outlines.iter().flatten().flatten().flat_map(|outline| &outline.makes);
        let made = made.map(|make| {
            let text = &make.text.text;
            let body = format!("BEGIN\n{text}\n;\nEXCEPTION WHEN OTHERS THEN NULL;\nEND;");
            let quote = dollar_quote(&body);
            format!("DO {quote}{body}{quote};\n")
        });
        let schemas = declared.schemas();
        let declared = schemas.iter().map(|name| String::from(&**name));
        let system = ["pg_catalog", "information_schema", "public"].map(str::to_owned);
        Ok(Self {
            client,
            made: made.collect(),
            extension: extension::create(client).await?,
            everywhere: names.join(", "),
            declared: declared.chain(system).collect(),
            outlines,
        })
    }

    /// What is found in the body of a routine.
    ///
    /// # Errors
    /// A server that does not answer.
    pub async fn look(&self, subject: &Subject, n: usize) -> Result<Vec<Found>, Error> {
        if let Some(found) = self.validated(subject).await? {
            return Ok(vec![found]);
        }
        let outline = match self.outlines.get(n).and_then(Option::as_ref) {
            None => return Ok(Vec::new()),
            Some(Ok(outline)) => outline,
            Some(Err(error)) => {
                let message =
                    format!("the body is not checked: {} is missing here", error.expected);
                return Ok(vec![Found { matter: Matter::NotChecked, at: error.at, message }]);
            }
        };
        let mut found: Vec<Found> = outline.dynamic.iter().map(|at| dynamic(*at)).collect();
        found.extend(outline.aimless.iter().map(|at| aimless(*at)));
        found.extend(missing_return(subject, outline));
        found.extend(self.wrong(subject, outline).await?);
        found.extend(self.otherwise(subject, &found).await?);
        found.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
        found.dedup_by(|a, b| (a.at, &a.message) == (b.at, &b.message));
        Ok(found)
    }

    fn path(&self, subject: &Subject) -> String {
        let own = quote_identifier(&subject.schema);
        if own == "public" { own } else { format!("{own}, public") }
    }

    /// What the server's own validator has against a body.
    async fn validated(&self, subject: &Subject) -> Result<Option<Found>, Error> {
        let validator = if subject.language == "sql" { "fmgr_sql" } else { "plpgsql" };
        let (mut path, mut prelude) = (self.path(subject), "");
        loop {
            let script = format!(
                "{}{prelude}SET LOCAL check_function_bodies = on;\nSELECT pg_catalog.{validator}_validator({})",
                settings(subject, &path),
                subject.oid
            );
            let Err(error) = tried(self.client, &script).await? else { return Ok(None) };
            let mut objection = Objection::new(&error);
            match error.position() {
                Some(ErrorPosition::Internal { position, query }) if *query == subject.source => {
                    objection.at = Some(byte_at(query, *position));
                }
                _ => objection.at = Some(called::line_of_context(&subject.source, error.where_())),
            }
            if is_name(&objection.code) && prelude != self.made {
                prelude = &self.made;
                continue;
            }
            let is_known = !subject.has_search_path() && is_name(&objection.code);
            if is_known && path != self.everywhere {
                path.clone_from(&self.everywhere);
                continue;
            }
            let counts = objection.code.starts_with("42") || error.position().is_some();
            let foreign = self.is_foreign(&subject.source, &objection);
            return Ok((counts && !foreign).then(|| wrong(&objection, "")));
        }
    }

    async fn wrong(&self, subject: &Subject, outline: &Outline) -> Result<Vec<Found>, Error> {
        let tells_tables = ["tg_table_name", "tg_relname", "tg_relid", "tg_argv", "tg_name"];
        let tells_apart = outline.names.iter().any(|name| tells_tables.contains(&name.as_str()))
            || subject.is_polymorphic();
        let variants = subject.variants();
        let mut left: Vec<&Check> =
            outline.checks.iter().filter(|check| applies(check, subject)).collect();
        let mut found = Vec::new();
        for (n, variant) in variants.iter().enumerate() {
            let objections = self.objections(subject, outline, variant, &left).await?;
            let last = n + 1 == variants.len();
            if tells_apart && !last {
                // Right for one of them is right.
                left = objections.iter().map(|(check, _)| *check).collect();
                continue;
            }
            for (check, objection) in objections {
                left.retain(|one| !std::ptr::eq(*one, check));
                let of = match &variant.table {
                    Some(table) if variants.len() > 1 && !tells_apart => {
                        format!(", for the trigger of {}", table.name)
                    }
                    _ => String::new(),
                };
                found.push(wrong(&objection, &of));
            }
        }
        Ok(found)
    }

    /// What others than probes find, on lines where these found nothing.
    async fn otherwise(&self, subject: &Subject, known: &[Found]) -> Result<Vec<Found>, Error> {
        let path = self.path(subject);
        let mut objections = Vec::new();
        if let Some(schema) = self.extension.as_ref().filter(|_| !subject.is_polymorphic()) {
            for variant in subject.variants() {
                let more = extension::objections(self.client, schema, subject, &variant, &path);
                objections.extend(more.await?);
            }
        }
        if objections.is_empty() {
            objections.extend(called::objection(self.client, subject, &path).await?);
        }
        let line = |at: usize| subject.source[..at].matches('\n').count();
        let is_known = |objection: &Objection| {
            let at = line(objection.at.unwrap_or_default());
            let wrong = |one: &&Found| one.matter != Matter::NotChecked;
            known
                .iter()
                .filter(wrong)
                .any(|one| line(one.at) == at || one.message.contains(&objection.code))
        };
        objections.retain(|objection| !is_known(objection));
        Ok(objections.iter().map(|objection| wrong(objection, "")).collect())
    }

    /// Those of `checks` that the server certainly has something against.
    async fn objections<'c>(
        &self,
        subject: &Subject,
        outline: &Outline,
        variant: &Variant,
        checks: &[&'c Check],
    ) -> Result<Vec<(&'c Check, Objection)>, Error> {
        let path = self.path(subject);
        let place =
            Place { client: self.client, subject, outline, variant, path: &path, prelude: "" };
        let mut found = Vec::new();
        let forms: [&[Form]; 3] = [
            &[Form::Query, Form::Expression],
            &[Form::Call],
            &[Form::ReturnQuery, Form::ReturnNext],
        ];
        for forms in forms {
            let own = checks.iter().filter(|check| forms.contains(&check.form));
            let own: Vec<(&Check, Choice)> =
                own.map(|check| (*check, nearest(outline, check.text.start))).collect();
            // The first CALL of several would be the last.
            let at_once = forms != [Form::Call];
            if at_once && matches!(place.ask(&own).await?, Answer::Fine) {
                continue;
            }
            for (check, choice) in own {
                let asked = [(check, choice.clone())];
                if let Answer::Wrong(mut objection) = place.ask(&asked).await?
                    && self.is_certain(&place, check, &choice, &objection).await?
                    && let Some(check) = checks.iter().find(|one| std::ptr::eq(**one, check))
                {
                    if objection.code == UNDEFINED_COLUMN && objection.at == Some(check.text.start)
                    {
                        let [(_, choice)] = asked;
                        objection.at = place.field(check, &choice).await?.or(objection.at);
                    }
                    found.push((*check, objection));
                }
            }
        }
        Ok(found)
    }

    /// Whether nothing that is not known could make it right.
    async fn is_certain(
        &self,
        place: &Place<'_>,
        check: &Check,
        choice: &Choice,
        objection: &Objection,
    ) -> Result<bool, Error> {
        let outline = place.outline;
        for record in records(outline, &check.text, check.scope, check.visible) {
            let all = sources(outline, record);
            let unknown = all.iter().any(|n| matches!(outline.sources[*n].shape, Shape::Unknown));
            if unknown && all.len() > 1 {
                return Ok(false);
            }
            for other in all.into_iter().filter(|n| choice.get(&record) != Some(n)) {
                let mut choice = choice.clone();
                choice.insert(record, other);
                if !matches!(place.ask(&[(check, choice)]).await?, Answer::Wrong(_)) {
                    return Ok(false);
                }
            }
        }
        let source = &place.subject.source;
        let qualifier = objection.at.and_then(|at| qualifier(source, at));
        let undefined_table = objection.code == "42P01";
        // Dynamic SQL may make a table, and a trigger that nobody declared may bring one along.
        let has_unseen = !outline.dynamic.is_empty()
            || (place.subject.is_trigger() && place.subject.tables.is_empty());
        if self.is_foreign(source, objection)
            || (undefined_table && qualifier.is_none() && has_unseen)
        {
            return Ok(false);
        }
        if !is_name(&objection.code) {
            return Ok(true);
        }
        // Some search path, or something that another routine makes for a while, may have the name.
        let path = if place.subject.has_search_path() { place.path } else { &self.everywhere };
        let prelude = if undefined_table { self.made.as_str() } else { "" };
        let wider = Place { path, prelude, ..*place };
        let again = wider.ask(&[(check, choice.clone())]).await?;
        Ok(matches!(again, Answer::Wrong(_)))
    }

    /// Whether it is about a schema that is somebody else's.
    fn is_foreign(&self, source: &str, objection: &Objection) -> bool {
        let qualifier = objection.at.and_then(|at| qualifier(source, at));
        // "Missing FROM-clause entry" is about an alias, of a table that is there.
        let is_alias = objection.routine.as_deref() == Some("errorMissingRTE");
        let foreign = qualifier.is_some_and(|name| !self.declared.contains(&name));
        is_name(&objection.code) && objection.code != UNDEFINED_COLUMN && !is_alias && foreign
    }
}

/// Whether a name was looked up in vain: of a table, function, type or schema.
fn is_name(code: &str) -> bool {
    matches!(code, "42P01" | "42883" | "42704" | "3F000" | "42703")
}

/// Whether there is something to compare with.
fn applies(check: &Check, subject: &Subject) -> bool {
    match check.form {
        Form::ReturnNext => subject.has_known_result() && subject.returns_set,
        Form::ReturnQuery => {
            // A data-modifying statement cannot stand in FROM.
            let writes = ["insert", "update", "delete", "merge"];
            let tokens = scan(&check.text.text).unwrap_or_default();
            let is_plain =
                !tokens.iter().filter_map(Token::word).any(|word| writes.contains(&word));
            subject.has_known_result() && subject.returns_set && is_plain
        }
        Form::Query | Form::Expression | Form::Call => true,
    }
}

/// The schema that the name at a byte is qualified with.
fn qualifier(source: &str, at: usize) -> Option<String> {
    let tokens = scan(source)?;
    let first = tokens.iter().position(|token| token.start == at)?;
    let name = tokens.get(first)?.name()?;
    tokens.get(first + 1).filter(|next| next.is(".")).map(|_| name.to_owned())
}

fn wrong(objection: &Objection, of: &str) -> Found {
    let Objection { message, code, advice, at, .. } = objection;
    let advice = advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
    let message = format!("{message} (SQLSTATE {code}{of}){advice}");
    Found { matter: Matter::Wrong, at: at.unwrap_or_default(), message }
}

fn dynamic(at: usize) -> Found {
    let message = "a statement that is put together when it runs is not checked".to_owned();
    Found { matter: Matter::NotChecked, at, message }
}

fn aimless(at: usize) -> Found {
    let message = "query has no destination for result data (SQLSTATE 42601); use PERFORM, or INTO";
    Found { matter: Matter::Wrong, at, message: message.to_owned() }
}

/// The end of a body that has to return something, where it can be reached.
fn missing_return(subject: &Subject, outline: &Outline) -> Option<Found> {
    let End { is_reached, returns, calls } = outline.end;
    if !subject.needs_return() || !is_reached {
        return None;
    }
    let tokens = scan(&subject.source).unwrap_or_default();
    let end = tokens.iter().rfind(|token| token.word() == Some("end"))?;
    let (matter, message) = match returns {
        false => (Matter::Wrong, "control reaches the end without RETURN (SQLSTATE 2F005)"),
        // Those for triggers leave cases out that cannot be.
        true if calls || subject.is_trigger() => return None,
        true => (Matter::MayNotReturn, "control may reach the end without RETURN (SQLSTATE 2F005)"),
    };
    Some(Found { matter, at: end.start, message: message.to_owned() })
}
