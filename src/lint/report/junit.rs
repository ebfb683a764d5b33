//! For servers of continuous integration: the XML that JUnit's reports have.

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use crate::diagnostic::Sources;
use crate::lint::finding::Finding;
use crate::lint::rule::Severity;

/// All of them as one suite: suggestions pass, and have their text as output.
#[must_use]
pub fn junit(findings: &[Finding], sources: &Sources) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory cannot fail.
    let _ = suite(&mut writer, findings, sources);
    let text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

fn is_failure(finding: &Finding) -> bool {
    finding.severity >= Severity::Warning
}

fn suite(writer: &mut Writer<Vec<u8>>, findings: &[Finding], sources: &Sources) -> io::Result<()> {
    let failures = findings.iter().filter(|finding| is_failure(finding)).count().to_string();
    // A suite without any case is taken for one that did not run.
    let tests = findings.len().max(1).to_string();
    let attributes = [("name", "pgconverge check"), ("tests", &tests), ("failures", &failures)];
    let suite = writer.create_element("testsuite").with_attributes(attributes);
    suite.write_inner_content(|writer| {
        if findings.is_empty() {
            let case = writer.create_element("testcase");
            case.with_attributes([("name", "no findings"), ("classname", "lint")]).write_empty()?;
        }
        findings.iter().try_for_each(|finding| case(writer, finding, sources))
    })?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, finding: &Finding, sources: &Sources) -> io::Result<()> {
    let name = format!("{}: {}", finding.rule, finding.subject);
    let place = sources.describe(finding.place);
    let case = writer.create_element("testcase");
    let case = case.with_attributes([("name", &*name), ("classname", &*place)]);
    let text = format!("{place}\n{}\nhelp: {}", finding.message, finding.help);
    case.write_inner_content(|writer| {
        let told = if is_failure(finding) {
            let element = writer.create_element("failure");
            element
                .with_attribute(("message", &*finding.message))
                .with_attribute(("type", finding.severity.name()))
        } else {
            writer.create_element("system-out")
        };
        told.write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}
