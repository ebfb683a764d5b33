//! Diagnostics as commands of a GitHub workflow, which shows them at the lines that they are about.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::path::Path;

use miette::{Diagnostic, Severity};

/// One command a line, for each diagnostic that is not merely the headline of others.
pub fn annotations<'a>(all: impl IntoIterator<Item = &'a dyn Diagnostic>) -> String {
    let mut out = String::new();
    all.into_iter().for_each(|one| add(&mut out, one));
    out
}

fn add(out: &mut String, one: &dyn Diagnostic) {
    let place = place(one);
    let related: Vec<_> = one.related().into_iter().flatten().collect();
    if related.is_empty() || place.is_some() {
        let command = match one.severity() {
            Some(Severity::Advice) => "notice",
            Some(Severity::Warning) => "warning",
            Some(Severity::Error) | None => "error",
        };
        let title = one.code().map(|code| code.to_string()).unwrap_or_default();
        let mut properties = Vec::new();
        if let Some((file, line)) = &place {
            properties.extend([format!("file={}", property(file)), format!("line={line}")]);
        }
        properties.push(format!("title={}", property(&title)));
        let help = one.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        let message = data(&format!("{one}{help}"));
        out.push_str(&format!("::{command} {}::{message}\n", properties.join(",")));
    }
    // The other place of a contradiction is a diagnostic of its own below the first.
    related.into_iter().for_each(|other| add(out, other));
}

/// File and line of what a diagnostic shows first. The paths of annotations begin at the top of the repository, as
/// those of a run that began there do.
fn place(one: &dyn Diagnostic) -> Option<(String, usize)> {
    let label = one.labels()?.next()?;
    let source = one.source_code()?;
    let contents = source.read_span(label.inner(), 0, 0).ok()?;
    let file = Path::new(contents.name()?);
    let file = file.strip_prefix(".").unwrap_or(file);
    Some((file.display().to_string(), contents.line() + 1))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Located, Sources};
    use crate::sql::Place;

    #[test]
    fn a_command_has_a_line_and_no_text_ends_it() {
        let mut sources = Sources::default();
        let file = sources.add("schema/a,b.toml".into(), "one\ntwo\n".to_owned());
        let found = Located::new("pgconverge::a", "100%\nof it")
            .at(&sources, Place { file, start: 5, end: 7 }, "here")
            .help("do: this");
        assert_eq!(
            annotations([&found as &dyn Diagnostic]),
            "::error file=schema/a%2Cb.toml,line=2,title=pgconverge%3A%3Aa::100%25%0Aof it%0Ahelp: do: this\n"
        );
        let nowhere = Located::named("a-rule".to_owned(), "what").severity(Severity::Warning);
        assert_eq!(annotations([&nowhere as &dyn Diagnostic]), "::warning title=a-rule::what\n");
    }
}
