//! The plan that a case is expected to give, and how it is written down.
//!
//! `forward.txt` holds for every major, unless the plan of older ones is another: then
//! `forward.15.txt` holds for 15 and what is older, down to the next such file.
//!
//! Used by `#[path = "support/expectation.rs"] mod expectation;`.

#![allow(clippy::unwrap_used, reason = "a panic is how a failure is told")]

use std::collections::BTreeMap;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// One of the plans of a case, `forward` or `backward`.
#[derive(Debug)]
pub struct Expectation<'a> {
    pub directory: &'a Path,
    pub stem: &'static str,
    /// The majors that the case runs on.
    pub majors: RangeInclusive<u32>,
}

/// The plans that this run has seen of one expectation, and what was expected before it.
#[derive(Default)]
struct Blessing {
    seen: BTreeMap<u32, String>,
    /// The file's name and its text.
    before: BTreeMap<u32, (String, String)>,
}

static BLESSINGS: Mutex<BTreeMap<PathBuf, Blessing>> = Mutex::new(BTreeMap::new());

impl Expectation<'_> {
    /// The file that holds for a major.
    pub fn file(&self, major: u32) -> String {
        let own = self.numbers().into_iter().filter(|number| *number >= major).min();
        self.name(own)
    }

    /// Writes the plan of a major down, in as few files as the plans of all majors need. A major
    /// that is not run shares the plan of the one that it shared its file with.
    pub fn bless(&self, major: u32, text: &str) {
        let mut blessings = BLESSINGS.lock().unwrap();
        let blessing = blessings.entry(self.directory.join(self.stem)).or_insert_with(|| {
            let read = |major| {
                let file = self.file(major);
                let text = fs::read_to_string(self.directory.join(&file)).unwrap_or_default();
                (major, (file, text))
            };
            Blessing { before: self.majors.clone().map(read).collect(), ..Blessing::default() }
        });
        blessing.seen.insert(major, text.to_owned());
        let mut wanted: BTreeMap<String, String> = BTreeMap::new();
        let mut newer: Option<String> = None;
        for major in self.majors.clone().rev() {
            let text = blessing.text(major);
            if newer.as_ref() != Some(&text) {
                let number = newer.as_ref().map(|_| major);
                wanted.insert(self.name(number), text.clone());
                newer = Some(text);
            }
        }
        for number in self.numbers() {
            let name = self.name(Some(number));
            if !wanted.contains_key(&name) {
                fs::remove_file(self.directory.join(name)).unwrap();
            }
        }
        for (name, text) in wanted {
            fs::write(self.directory.join(name), text).unwrap();
        }
    }

    fn name(&self, number: Option<u32>) -> String {
        number.map_or(format!("{}.txt", self.stem), |number| format!("{}.{number}.txt", self.stem))
    }

    /// The majors that a file is named after.
    fn numbers(&self) -> Vec<u32> {
        let names = fs::read_dir(self.directory).unwrap().flatten();
        let numbers = names.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_prefix(self.stem)?.strip_prefix('.')?.strip_suffix(".txt")?.parse().ok()
        });
        numbers.collect()
    }
}

impl Blessing {
    fn text(&self, major: u32) -> String {
        let (file, text) = &self.before[&major];
        let companions = self.seen.iter().filter(|(seen, _)| self.before[seen].0 == *file);
        let nearest = companions.min_by_key(|(seen, _)| seen.abs_diff(major));
        self.seen.get(&major).or(nearest.map(|(_, text)| text)).unwrap_or(text).clone()
    }
}
