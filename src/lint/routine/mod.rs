//! Bodies of routines, which PostgreSQL takes as they are and looks into when they are called.
//!
//! Those in SQL are analysed by the server's own validator. Of those in PL/pgSQL the validator knows the
//! structure; each query and expression inside is put before the server by a [`probe`].

mod called;
mod cursor;
mod declarations;
mod extension;
mod outline;
mod parse;
mod probe;
mod question;
mod scan;
mod statement;
mod subject;
mod trial;

use std::collections::HashMap;

use tokio_postgres::Client;

use super::error::LintError;
use super::finding::Raised;
use super::rule::Rule;
use super::rules::{ROUTINE_BODY, ROUTINE_NOT_CHECKED, ROUTINE_WITHOUT_RETURN};
use crate::catalog::Snapshot;
use crate::desired::Declared;
use crate::kinds;
use crate::model::{Address, Part};
use crate::sql::{Fragment, Place};
use subject::Subject;
use trial::{Found, Ground, Matter};

/// The routines of a snapshot, by their OIDs.
pub type Routines = HashMap<u32, Address>;

/// Which of the server's routines are declared ones.
///
/// # Errors
/// A server that does not answer.
pub async fn declared_routines(
    client: &Client,
    snapshot: &Snapshot<'_>,
) -> Result<Routines, LintError> {
    let query = "SELECT 'pg_proc'::regclass::oid, oid FROM pg_proc WHERE oid >= 16384";
    let rows = client.query(query, &[]).await.map_err(failed)?;
    let found = rows.iter().filter_map(|row| {
        let (catalog, oid) = (row.try_get(0).ok()?, row.try_get(1).ok()?);
        Some((oid, snapshot.address(catalog, oid)?.clone()))
    });
    Ok(found.collect())
}

fn failed(source: tokio_postgres::Error) -> LintError {
    LintError::Query { rule: ROUTINE_BODY.name, source }
}

/// What is wrong with the bodies of `routines` in the database that `client` is connected to, where the
/// declared state is. Nothing of what is done there stays.
///
/// # Errors
/// A server that does not answer.
pub async fn raised(
    client: &Client,
    routines: &Routines,
    declared: &Declared,
) -> Result<Vec<Raised>, LintError> {
    client.batch_execute(question::BEGIN).await.map_err(failed)?;
    let subjects = subject::read(client).await.map_err(failed)?;
    let ground = Ground::of(client, &subjects, declared).await.map_err(failed)?;
    client.batch_execute(question::SAVEPOINT).await.map_err(failed)?;
    let mut raised = Vec::new();
    for (n, subject) in subjects.iter().enumerate() {
        let Some(address) = routines.get(&subject.oid) else { continue };
        let found = ground.look(subject, n).await.map_err(failed)?;
        let body = body(address, declared).filter(|body| body.as_str() == subject.source);
        raised.extend(found.into_iter().map(|found| one(address, subject, found, body, declared)));
    }
    client.batch_execute("ROLLBACK").await.map_err(failed)?;
    Ok(raised)
}

fn one(
    address: &Address,
    subject: &Subject,
    found: Found,
    body: Option<&Fragment>,
    declared: &Declared,
) -> Raised {
    let rule: &'static Rule = match found.matter {
        Matter::Wrong => &ROUTINE_BODY,
        Matter::MayNotReturn => &ROUTINE_WITHOUT_RETURN,
        Matter::NotChecked => &ROUTINE_NOT_CHECKED,
    };
    let at = body.and_then(Fragment::place).and_then(|place| {
        let inside = |offset| declared.sources.inside_string(place, offset);
        let (start, end) = token(&subject.source, found.at);
        let (first, last) = (inside(start)?, inside(end)?);
        Some(Place { end: last.end, ..first })
    });
    Raised { rule, part: Part::whole(address), message: found.message, other: None, safe: true, at }
}

/// The first and the last character of the token at a byte, or of what comes first after it.
fn token(source: &str, at: usize) -> (usize, usize) {
    let tokens = scan::scan(source).unwrap_or_default();
    let Some(token) = tokens.into_iter().find(|token| token.end > at) else { return (at, at) };
    let first_line = source[token.start..token.end].lines().next().unwrap_or_default();
    let last = first_line.char_indices().next_back().map_or(0, |(byte, _)| byte);
    (token.start, token.start + last)
}

/// The body as a file has it.
fn body<'a>(address: &Address, declared: &'a Declared) -> Option<&'a Fragment> {
    let place = declared.places.find(&Part::whole(address))?;
    // What a file merely stands for, such as a schema, has the place of something else.
    let objects = declared.database.objects.values();
    objects
        .filter(|object| declared.places.exactly(&object.address) == Some(place))
        .find_map(|object| (kinds::row(object.address.kind).1.body)(object))
}
