//! What PostgreSQL refuses of the declared state, shown at the very characters.

use std::sync::Arc;

use tokio_postgres::error::{DbError, ErrorPosition};

use super::error::CanonicalError;
use crate::desired::Declared;
use crate::diagnostic::{Located, Many};
use crate::model::{Part, Step};
use crate::sql::{Place, Sql};

/// A statement's error.
#[derive(Debug)]
pub struct Refusal {
    pub message: String,
    code: String,
    detail: Option<String>,
    hint: Option<String>,
    /// In characters, from 1.
    position: Option<u32>,
}

impl Refusal {
    pub fn new(error: &DbError) -> Self {
        Self {
            message: error.message().to_owned(),
            code: error.code().code().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            position: match error.position() {
                Some(ErrorPosition::Original(position)) => Some(*position),
                _ => None,
            },
        }
    }

    /// "Does not exist" may be the mere echo of something else that was refused: undefined
    /// column, object, function, table, schema.
    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    fn may_be_echo(&self) -> bool {
        matches!(self.code.as_str(), "42703" | "42704" | "42883" | "42P01" | "3F000")
    }

    /// The files of an extension, or a library, are not on the server's disk.
    fn is_lack(&self) -> bool {
        // `feature_not_supported` is what 15 and later say of an extension, and others of much else.
        let unavailable = self.code == "0A000" && self.hint.as_deref().is_some_and(is_advice);
        unavailable || self.code == "58P01"
    }
}

/// The hint that comes with "extension … is not available".
fn is_advice(hint: &str) -> bool {
    hint.contains("extension must first be installed")
}

/// How many are shown; the rest usually follows from them.
const SHOWN: usize = 20;

/// One diagnostic for each refusal that is not likely to be another's echo.
pub fn explain(declared: &Declared, refused: &[(&Step, Refusal)]) -> CanonicalError {
    let original = refused.iter().any(|(_, refusal)| !refusal.may_be_echo());
    let shown: Vec<Located> = refused
        .iter()
        .filter(|(_, refusal)| !(original && refusal.may_be_echo()))
        .take(SHOWN)
        .map(|(step, refusal)| locate(declared, step, refusal))
        .collect();
    let headline = match refused.len() {
        1 => "PostgreSQL refuses a part of the declared state".to_owned(),
        n => format!("PostgreSQL refuses {n} parts of the declared state"),
    };
    let many = Many { headline, problems: Arc::new(shown) };
    if refused.iter().any(|(_, refusal)| refusal.is_lack()) {
        CanonicalError::NotInstalled(many)
    } else {
        CanonicalError::Refused(many)
    }
}

fn locate(declared: &Declared, step: &Step, refusal: &Refusal) -> Located {
    let message = format!("{} (SQLSTATE {}, in {})", refusal.message, refusal.code, step.address);
    let code = match refusal.is_lack() {
        true => "pgconverge::canonical::not_installed",
        false => "pgconverge::canonical::refused",
    };
    let mut problem = Located::new(code, message);
    let advice = [refusal.detail.as_deref(), refusal.hint.as_deref()];
    let advice: Vec<&str> = advice.into_iter().flatten().collect();
    let advice = if refusal.is_lack() {
        "the shadow database is on a server that has no files of it: install it there, or name a \
         server that has it with --shadow-url"
            .to_owned()
    } else if advice.is_empty() {
        format!("the statement was:\n{}", step.sql)
    } else {
        advice.join("\n")
    };
    problem = problem.help(advice);
    let exact = refusal.position.and_then(|position| exact_place(declared, &step.sql, position));
    let object = declared.places.find(&Part::whole(&step.address));
    match (exact, object) {
        (Some(exact), _) => problem.at(&declared.sources, exact, "PostgreSQL stops here"),
        (None, Some(object)) => problem.at(&declared.sources, object, "declared here"),
        (None, None) => problem,
    }
}

/// The characters of a file at the server's position.
fn exact_place(declared: &Declared, sql: &Sql, position: u32) -> Option<Place> {
    let characters = usize::try_from(position).ok()?.checked_sub(1)?;
    let byte = sql.as_str().char_indices().nth(characters).map_or(sql.len(), |(byte, _)| byte);
    let (place, offset) = sql.place_of(byte)?;
    // A text that was put together from the file's cannot be pointed into, only at.
    Some(declared.sources.inside_string(place, offset).unwrap_or(place))
}
