//! For servers of continuous integration: the XML that JUnit's reports have.

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

/// What was looked at, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub name: String,
    /// Where it is from: the class, to JUnit.
    pub place: String,
    /// None: it passes.
    pub failures: Vec<Failure>,
    /// What is to be said of one that passes.
    pub remark: Option<String>,
}

/// Why a case does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In a line.
    pub message: String,
    pub sort: Option<&'static str>,
    /// At length.
    pub text: String,
}

/// All of them as one suite.
#[must_use]
pub fn junit(name: &str, cases: &[Case]) -> String {
    document(|writer| suite(writer, name, cases))
}

/// Several suites, each by its name.
#[must_use]
pub fn junit_suites(name: &str, suites: &[(String, Vec<Case>)]) -> String {
    let all = || suites.iter().flat_map(|(_, cases)| cases);
    let (tests, failures) = (all().count().to_string(), failures(all()));
    let attributes = [("name", name), ("tests", &*tests), ("failures", &*failures)];
    document(|writer| {
        let element = writer.create_element("testsuites").with_attributes(attributes);
        element.write_inner_content(|writer| {
            suites.iter().try_for_each(|(name, cases)| suite(writer, name, cases))
        })?;
        Ok(())
    })
}

fn document(write: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory cannot fail.
    let _ = write(&mut writer);
    let text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

fn failures<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    cases.filter(|case| !case.failures.is_empty()).count().to_string()
}

fn suite(writer: &mut Writer<Vec<u8>>, name: &str, cases: &[Case]) -> io::Result<()> {
    let (tests, failures) = (cases.len().to_string(), failures(cases.iter()));
    let name = plain(name);
    let attributes = [("name", &*name), ("tests", &*tests), ("failures", &*failures)];
    let suite = writer.create_element("testsuite").with_attributes(attributes);
    suite.write_inner_content(|writer| cases.iter().try_for_each(|it| case(writer, it)))?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, case: &Case) -> io::Result<()> {
    let element = writer.create_element("testcase");
    let (name, place) = (plain(&case.name), plain(&case.place));
    let element = element.with_attributes([("name", &*name), ("classname", &*place)]);
    if case.failures.is_empty() && case.remark.is_none() {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|writer| {
        if let Some(remark) = &case.remark {
            let told = writer.create_element("system-out");
            told.write_text_content(BytesText::new(&plain(remark)))?;
        }
        case.failures.iter().try_for_each(|failure| tell(writer, failure))
    })?;
    Ok(())
}

fn tell(writer: &mut Writer<Vec<u8>>, failure: &Failure) -> io::Result<()> {
    let element = writer.create_element("failure");
    let mut element = element.with_attribute(("message", &*plain(&failure.message)));
    if let Some(sort) = failure.sort {
        element = element.with_attribute(("type", sort));
    }
    element.write_text_content(BytesText::new(&plain(&failure.text)))?;
    Ok(())
}

/// Without the characters that XML cannot have in any form.
/// <https://www.w3.org/TR/xml/#charsets>
fn plain(text: &str) -> String {
    let allowed = |c: &char| {
        (!c.is_control() || matches!(c, '\n' | '\t' | '\r'))
            && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().filter(allowed).collect()
}
