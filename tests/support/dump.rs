//! What `pg_dump` says of a database, and when two dumps say the same.
//!
//! Used by `#[path = "support/dump.rs"] mod dump;`, beside `lab` and `postgres`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "each test program uses its part of this, and fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use crate::lab::Lab;
use crate::postgres;

/// The definitions of a database, without the lines that differ from run to run.
pub fn schema_dump(lab: &Lab, database: &str) -> String {
    let output = Command::new(pg_dump(lab.major()))
        .args(["--schema-only", "--no-security-labels", "--no-subscriptions"])
        .args(lab.arguments(database))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !is_noise(line));
    lines.map(|line| format!("{}\n", spelled(line))).collect()
}

/// A dump with its privileges in one order, which otherwise is that in which they were given.
pub fn with_sorted_privileges(dump: &str) -> String {
    let given =
        |line: &&str| ["GRANT ", "REVOKE ", "ALTER DEFAULT "].iter().any(|w| line.starts_with(w));
    let mut lines: Vec<&str> = dump.lines().collect();
    for run in lines.chunk_by_mut(|a, b| given(a) && given(b)) {
        run.sort_unstable();
    }
    lines.join("\n")
}

/// Looking for a program runs every candidate: once for each major.
fn pg_dump(major: u32) -> PathBuf {
    static FOUND: Mutex<BTreeMap<u32, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut found = FOUND.lock().unwrap();
    found.entry(major).or_insert_with(|| postgres::pg_dump(major)).clone()
}

/// PostgreSQL spells `x IN ('a', 'b')` over varchar in two ways, one when it is read from the
/// other, which all the same mean one thing. This gives `(ARRAY[a, b])::t[]` as
/// `ARRAY[(a)::t, (b)::t]`.
fn spelled(line: &str) -> String {
    let rewritten = || {
        let start = line.find("(ARRAY[")?;
        let (elements, rest) = elements(&line[start + "(ARRAY[".len()..])?;
        let rest = rest.strip_prefix(")::")?;
        let end = rest.find("[]")?;
        let (cast, rest) = (&rest[..end], &rest[end + 2..]);
        let plain = |c: char| c.is_ascii_alphabetic() || c == ' ';
        cast.chars().all(plain).then_some(())?;
        let elements: Vec<String> = elements.iter().map(|e| format!("({e})::{cast}")).collect();
        Some(format!("{}ARRAY[{}]{}", &line[..start], elements.join(", "), spelled(rest)))
    };
    rewritten().unwrap_or_else(|| line.to_owned())
}

/// What stands between commas up to the bracket that closes an array, and what comes after it.
fn elements(text: &str) -> Option<(Vec<&str>, &str)> {
    let (mut found, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_u32, false);
    for (at, character) in text.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' => depth += 1,
            ']' if depth == 0 => {
                found.push(text[start..at].trim());
                return Some((found, &text[at + 1..]));
            }
            ')' | ']' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                found.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// A random key of newer versions, and a setting that servers before 17 do not know.
fn is_noise(line: &str) -> bool {
    line.starts_with("\\restrict ")
        || line.starts_with("\\unrestrict ")
        || line.starts_with("SET transaction_timeout ")
}

/// In what two dumps differ when neither the order of objects nor that of a table's columns
/// counts: ALTER TABLE can only append a column. Empty when they are the same.
pub fn difference(actual: &str, expected: &str) -> String {
    let (actual, expected) = (objects(actual), objects(expected));
    let keys: BTreeSet<&Key> = actual.keys().chain(expected.keys()).collect();
    let mut out = String::new();
    for key in keys {
        let (is, should) = (actual.get(key), expected.get(key));
        if is != should {
            let none = || "(none)".to_owned();
            out.push_str(&format!(
                "{} {}.{}\n  is:\n{}\n  should be:\n{}\n",
                key.0,
                key.1,
                key.2,
                is.cloned().unwrap_or_else(none),
                should.cloned().unwrap_or_else(none)
            ));
        }
    }
    out
}

/// Type, schema and name of an entry.
type Key = (String, String, String);

/// The statements of each entry of a dump. Entries begin with a comment of three lines, the
/// second of which is `-- Name: bookings; Type: TABLE; Schema: public; Owner: -`.
fn objects(dump: &str) -> BTreeMap<Key, String> {
    let lines: Vec<&str> = dump.lines().collect();
    let mut found: BTreeMap<Key, Vec<&str>> = BTreeMap::new();
    let mut current = None;
    for (n, line) in lines.iter().enumerate() {
        let framed = n > 0 && lines[n - 1] == "--" && lines.get(n + 1) == Some(&"--");
        if framed && let Some(key) = header(line) {
            found.entry(key.clone()).or_default();
            current = Some(key);
            continue;
        }
        // Blank lines and comments count inside a routine's body only.
        let body = current.as_ref().is_some_and(|key| ROUTINES.contains(&key.0.as_str()));
        let ends = *line == "-- PostgreSQL database dump complete";
        if ends || line.starts_with("SET default_") || *line == "--" {
            continue;
        }
        if let Some(key) = &current
            && (body || !(line.is_empty() || line.starts_with("--")))
        {
            found.entry(key.clone()).or_default().push(line);
        }
    }
    found.into_iter().map(|(key, lines)| (key.clone(), statements(&key, &lines))).collect()
}

const ROUTINES: &[&str] = &["FUNCTION", "PROCEDURE"];

fn header(line: &str) -> Option<Key> {
    let rest = line.strip_prefix("-- Name: ")?;
    let (name, rest) = rest.split_once("; Type: ")?;
    let (kind, rest) = rest.split_once("; Schema: ")?;
    let (schema, _) = rest.split_once("; Owner:")?;
    Some((kind.to_owned(), schema.to_owned(), name.to_owned()))
}

fn statements(key: &Key, lines: &[&str]) -> String {
    // Privileges are listed in the order in which they were given.
    if key.0.ends_with("ACL") {
        let mut lines = lines.to_vec();
        lines.sort_unstable();
        return lines.join("\n");
    }
    let text = lines.join("\n");
    let Some(open) = lines
        .iter()
        .position(|line| line.ends_with('('))
        .filter(|_| ["TABLE", "FOREIGN TABLE"].contains(&key.0.as_str()))
    else {
        return text.trim().to_owned();
    };
    let close = lines.iter().position(|line| line.starts_with(')')).unwrap();
    let mut columns: Vec<&str> =
        lines[open + 1..close].iter().map(|line| line.trim_end_matches(',')).collect();
    columns.sort_unstable();
    let mut rest = lines[close + 1..].to_vec();
    rest.sort_unstable();
    [&lines[..=open], &columns, &[lines[close]], &rest].concat().join("\n")
}
