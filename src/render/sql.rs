//! The steps as a script for psql.

use super::view::equal;
use super::{Report, facts};

/// Every statement, transactions and all.
#[must_use]
pub fn sql(report: &Report<'_>) -> String {
    let mut out = String::new();
    for remark in report.remarks {
        comment(&mut out, remark);
    }
    for thing in report.unmanaged {
        comment(&mut out, &format!("not managed: {}", thing.what));
    }
    if report.plan.is_empty() {
        comment(&mut out, &format!("Nothing to do: {}.", equal(report)));
        return out;
    }
    out.push_str(
        "SET check_function_bodies = off;\nSET timezone = 'UTC';\nSET row_security = off;\n\n",
    );
    let mut path = String::new();
    for transaction in report.plan.transactions() {
        if transaction.block {
            out.push_str("BEGIN;\n\n");
        }
        for n in transaction.steps {
            let step = &report.plan.steps[n];
            if path != step.search_path() {
                path = step.search_path();
                out.push_str(&format!("{path};\n\n"));
            }
            comment(&mut out, &format!("{}: {}", step.address, step.title));
            for fact in facts::told(report, n) {
                comment(&mut out, &fact);
            }
            for hazard in report.hazards.get(n).into_iter().flatten() {
                comment(&mut out, &format!("! {}", hazard.message));
            }
            out.push_str(step.sql.as_str());
            out.push_str(";\n\n");
        }
        if transaction.block {
            out.push_str("COMMIT;\n\n");
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// A name may have a line break in it.
fn comment(out: &mut String, text: &str) {
    for line in text.lines() {
        out.push_str("-- ");
        out.push_str(line);
        out.push('\n');
    }
}
