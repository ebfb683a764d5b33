//! For servers of continuous integration: the XML that JUnit's reports have.

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::{Report, Verdict};
use crate::verify::failure::Failure;

/// The whole report as one suite.
#[must_use]
pub fn junit(report: &Report) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory cannot fail.
    let _ = suite(&mut writer, report);
    let text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

fn suite(writer: &mut Writer<Vec<u8>>, report: &Report) -> io::Result<()> {
    let (passed, failed) = report.counts();
    let (tests, failures) = ((passed + failed).to_string(), failed.to_string());
    let attributes = [("name", "pgconverge verify"), ("tests", &tests), ("failures", &failures)];
    let suite = writer.create_element("testsuite").with_attributes(attributes);
    suite.write_inner_content(|writer| {
        report.verdicts.iter().try_for_each(|verdict| case(writer, verdict))
    })?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, verdict: &Verdict) -> io::Result<()> {
    let file = verdict.declared_at.as_deref().unwrap_or("built in");
    let case = writer.create_element("testcase");
    let case = case.with_attributes([("name", &*verdict.name), ("classname", file)]);
    if verdict.holds() {
        case.write_empty()?;
        return Ok(());
    }
    case.write_inner_content(|writer| {
        verdict.failures.iter().try_for_each(|failure| tell(writer, failure))
    })?;
    Ok(())
}

fn tell(writer: &mut Writer<Vec<u8>>, failure: &Failure) -> io::Result<()> {
    let element = writer.create_element("failure");
    let element = element.with_attribute(("message", &*plain(&failure.message)));
    let mut text: Vec<String> = failure.place.iter().cloned().collect();
    text.extend(failure.lines.iter().map(|(mark, line)| format!("{mark} {line}")));
    element.write_text_content(BytesText::new(&plain(&text.join("\n"))))?;
    Ok(())
}

/// Without the characters that XML cannot have in any form.
/// <https://www.w3.org/TR/xml/#charsets>
fn plain(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t' | '\r');
    text.chars().filter(allowed).collect()
}
