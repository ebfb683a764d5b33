//! A failure at a place in a file.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};

use super::sources::Sources;
use crate::sql::Place;

/// A failure with its place, and a second place when two contradict each other.
pub struct Located {
    code: &'static str,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source: Option<NamedSource<String>>,
    elsewhere: Vec<Self>,
}

impl Located {
    /// A failure of kind `code` with no place yet.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: None,
            labels: Vec::new(),
            source: None,
            elsewhere: Vec::new(),
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Shows `place` with `label` under it. A place in another file than the first becomes a
    /// diagnostic of its own below this one.
    #[must_use]
    pub fn at(mut self, sources: &Sources, place: Place, label: impl Into<String>) -> Self {
        let name = sources.path(place.file).display().to_string();
        let span = LabeledSpan::new_with_span(Some(label.into()), place.range());
        match &self.source {
            Some(source) if source.name() != name => {
                let mut other = Self::new(self.code, "the other place");
                other.labels.push(span);
                other.source = Some(named(sources, place, name));
                self.elsewhere.push(other);
            }
            Some(_) => self.labels.push(span),
            None => {
                self.source = Some(named(sources, place, name));
                self.labels.push(span);
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
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Located {}

impl Diagnostic for Located {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        (!self.elsewhere.is_empty()).then(|| {
            Box::new(self.elsewhere.iter().map(|other| other as &dyn Diagnostic))
                as Box<dyn Iterator<Item = &dyn Diagnostic>>
        })
    }
}

/// Several failures of one run: a user mends them all, then runs again.
#[derive(Debug)]
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
