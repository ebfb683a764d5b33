//! A failure at a place in a file.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};

use super::sources::Sources;
use crate::sql::Place;

/// A failure with its place, and a second place when two contradict each other.
#[derive(Clone)]
pub struct Located(Box<Details>);

#[derive(Clone)]
struct Details {
    code: Cow<'static, str>,
    severity: Severity,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source: Option<NamedSource<String>>,
    elsewhere: Vec<Located>,
}

impl Located {
    /// A failure of kind `code` with no place yet.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(code.into(), message)
    }

    /// The same for what is called by a name rather than by a code.
    #[must_use]
    pub fn named(name: String, message: impl Into<String>) -> Self {
        Self::of(name.into(), message)
    }

    fn of(code: Cow<'static, str>, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            severity: Severity::Error,
            message: message.into(),
            help: None,
            labels: Vec::new(),
            source: None,
            elsewhere: Vec::new(),
        }))
    }

    /// Says how much it weighs, if it is no error.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.0.severity = severity;
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Shows `place` with `label` under it. A place in another file than the first becomes a
    /// diagnostic of its own below this one.
    #[must_use]
    pub fn at(mut self, sources: &Sources, place: Place, label: impl Into<String>) -> Self {
        let name = sources.path(place.file).display().to_string();
        let span = LabeledSpan::new_with_span(Some(label.into()), place.range());
        match &self.0.source {
            Some(source) if source.name() != name => {
                let mut other = Self::of(self.0.code.clone(), "the other place");
                other.0.severity = self.0.severity;
                other.0.labels.push(span);
                other.0.source = Some(named(sources, place, name));
                self.0.elsewhere.push(other);
            }
            Some(_) => self.0.labels.push(span),
            None => {
                self.0.source = Some(named(sources, place, name));
                self.0.labels.push(span);
            }
        }
        self
    }
}

fn named(sources: &Sources, place: Place, name: String) -> NamedSource<String> {
    NamedSource::new(name, sources.text(place.file).to_owned()).with_language("TOML")
}

impl fmt::Debug for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.message)
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Located {}

impl Diagnostic for Located {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.0.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.0.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.0.labels.is_empty()).then(|| {
            Box::new(self.0.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>
        })
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        (!self.0.elsewhere.is_empty()).then(|| {
            Box::new(self.0.elsewhere.iter().map(|other| other as &dyn Diagnostic))
                as Box<dyn Iterator<Item = &dyn Diagnostic>>
        })
    }
}

/// Several failures of one run: a user mends them all, then runs again.
#[derive(Debug, Clone)]
pub struct Many {
    pub headline: String,
    pub problems: Arc<Vec<Located>>,
}

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for Many {}

impl Diagnostic for Many {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}
