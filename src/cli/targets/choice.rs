//! Targets that are meant by name or pattern.

use wildmatch::WildMatch;

use super::fleet::Member;
use crate::diagnostic::{Located, did_you_mean};

/// Those that fit a pattern, or all of them.
///
/// # Errors
/// A pattern that fits none.
pub fn chosen(members: Vec<Member>, patterns: &[String]) -> Result<Vec<Member>, Located> {
    patterns.iter().try_for_each(|pattern| fits_some(&members, pattern, "target"))?;
    let fits: Vec<WildMatch> = patterns.iter().map(|pattern| WildMatch::new(pattern)).collect();
    let chosen = members.into_iter().filter(|member| {
        fits.is_empty() || fits.iter().any(|pattern| pattern.matches(&member.name))
    });
    Ok(chosen.collect())
}

/// Which targets come first: so many, and those that fit a pattern.
pub struct Canaries<'a> {
    pub count: usize,
    pub patterns: Vec<&'a str>,
}

impl<'a> Canaries<'a> {
    #[must_use]
    pub fn of(said: &'a [String]) -> Self {
        let mut canaries = Self { count: 0, patterns: Vec::new() };
        for said in said {
            match said.parse() {
                Ok(count) => canaries.count = canaries.count.max(count),
                Err(_) => canaries.patterns.push(said),
            }
        }
        canaries
    }

    /// Looks whether there are such targets: whoever misspells a canary must not change all at once.
    ///
    /// # Errors
    /// A pattern that fits none.
    pub fn exist(&self, members: &[Member]) -> Result<(), Located> {
        self.patterns.iter().try_for_each(|pattern| fits_some(members, pattern, "canary"))
    }

    /// Whether a target is to come first by its name.
    #[must_use]
    pub fn name(&self, target: &str) -> bool {
        self.patterns.iter().any(|pattern| WildMatch::new(pattern).matches(target))
    }
}

/// `what` they are to be to whoever named them.
fn fits_some(members: &[Member], pattern: &str, what: &str) -> Result<(), Located> {
    let fits = WildMatch::new(pattern);
    if members.iter().any(|member| fits.matches(&member.name)) {
        return Ok(());
    }
    let names = members.iter().map(|member| member.name.as_str());
    let message = match what {
        "target" => format!("no target is called {pattern}"),
        _ => format!("no target is called {pattern}, which is to be a {what}"),
    };
    Err(Located::new("pgconverge::targets::unknown", message).help(
        match did_you_mean(pattern, names) {
            Some(name) => format!("did you mean {name}?"),
            None => format!("there are {} targets, and none fits", members.len()),
        },
    ))
}

/// A command that is about one database does not guess which.
pub fn not_chosen(command: &str) -> Located {
    let message = format!("`{command}` is about one database, and there are several targets");
    Located::new("pgconverge::targets::one_only", message)
        .help("choose one with --target NAME, or name a database with --database-url")
}

pub fn only_databases(command: &str, target: &str) -> Located {
    let message = format!("`{command}` is about a whole database, and {target} is a schema of one");
    Located::new("pgconverge::targets::databases_only", message).help(
        "name the database with --database-url; the files are then about the schemas that they name",
    )
}

pub fn nothing_to_choose_from(name: &str) -> Located {
    let message = format!("there are no targets of which {name} could be one");
    Located::new("pgconverge::targets::none", message)
        .help("declare [targets] in pgconverge.toml; --database-url names one database, whatever is declared")
}
