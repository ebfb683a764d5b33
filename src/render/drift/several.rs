//! What was found of several targets.

use super::Drift;
use crate::render::view::first_of;

/// All of them, whatever the form.
#[derive(Debug)]
pub struct Several<'a> {
    /// "212 of 214 are alike: no drift; 2 differ."
    pub headline: String,
    /// How many there are.
    pub all: usize,
    /// The directory of the files.
    pub files: &'a str,
    pub alike: Vec<Alike<'a>>,
    /// Those that could not be looked at, each with the reason.
    pub failed: Vec<(&'a str, String)>,
}

/// Targets of which the same was found.
#[derive(Debug)]
pub struct Alike<'a> {
    pub targets: &'a [String],
    pub drift: &'a Drift,
}

/// How many names are shown to people.
const SHOWN: usize = 20;

impl Several<'_> {
    /// "2 of 40 targets: shop_7, shop_19".
    pub(super) fn names(&self, targets: &[String]) -> String {
        let s = if self.all == 1 { "" } else { "s" };
        format!("{} of {} target{s}: {}", targets.len(), self.all, first_of(targets, SHOWN))
    }
}
