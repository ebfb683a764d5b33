//! For forges, which show findings beside the lines that they are about: SARIF 2.1.0.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::HashMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::diagnostic::Spot;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Note,
    Warning,
    Error,
}

/// What findings are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: &'static str,
    /// In a sentence.
    pub gist: String,
    pub description: String,
    pub help: &'static str,
    pub level: Level,
    pub enabled: bool,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub rule: &'static str,
    pub level: Level,
    /// What it is about. By this and the rule forges know it again, whatever is said of it and wherever it stands.
    pub subject: String,
    pub message: String,
    pub location: Location,
    /// Another place, and what it is.
    pub other: Option<(Spot, &'static str)>,
    /// The targets that have it, where it is about several.
    pub targets: Vec<String>,
}

/// Where it is found. Forges want every finding somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    At(Spot),
    /// Nowhere in particular in a file: forges show it at the first line.
    In(String),
}

/// All of them as one run, with the rules that they are of.
#[must_use]
pub fn sarif(rules: &[Rule], findings: &[Found]) -> String {
    let driver = json!({
        "name": "pgconverge",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(descriptor).collect::<Vec<_>>(),
    });
    let run = json!({
        "tool": { "driver": driver },
        "columnKind": "unicodeCodePoints",
        "results": findings.iter().zip(fingerprints(findings)).map(result).collect::<Vec<_>>(),
    });
    format!("{:#}\n", json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] }))
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.gist },
        "fullDescription": { "text": rule.description },
        "help": { "text": rule.help },
        "defaultConfiguration": { "level": rule.level.name(), "enabled": rule.enabled },
    })
}

/// What tells a finding from all others, in every run. Without it, forges take what stands at one line for one.
/// The key and the form, a hash and the how manyth it is, are those that GitHub asks for:
/// <https://docs.github.com/en/code-security/reference/code-scanning/sarif-support-for-code-scanning>
fn fingerprints(findings: &[Found]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let one = |found: &Found| {
        let digest = Sha256::digest(format!("{} {}", found.rule, found.subject));
        let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let count = seen.entry(hash.clone()).or_default();
        *count += 1;
        format!("{hash}:{count}")
    };
    findings.iter().map(one).collect()
}

fn result((found, fingerprint): (&Found, String)) -> Value {
    let location = match &found.location {
        Location::At(spot) => physical(spot),
        Location::In(path) => json!({
            "physicalLocation": {
                "artifactLocation": { "uri": uri(path) },
                "region": { "startLine": 1 },
            },
        }),
    };
    let mut result = json!({
        "ruleId": found.rule,
        "level": found.level.name(),
        "message": { "text": found.message },
        "locations": [location],
        "partialFingerprints": { "primaryLocationLineHash": fingerprint },
    });
    if let Some((spot, what)) = &found.other {
        let mut other = physical(spot);
        other["message"] = json!({ "text": what });
        result["relatedLocations"] = json!([other]);
    }
    if !found.targets.is_empty() {
        result["properties"] = json!({ "targets": found.targets });
    }
    result
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Paths are those of the command line, with slashes: relative to where it ran, as forges want it.
fn physical(spot: &Spot) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&spot.file) },
            "region": {
                "startLine": spot.line,
                "startColumn": spot.column,
                "endLine": spot.end_line,
                "endColumn": spot.end_column,
            },
        },
    })
}

/// A path as a relative reference, or an absolute one.
/// <https://www.rfc-editor.org/rfc/rfc3986#section-2>
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let one = |byte: u8| match byte {
        b'\\' => "/".to_owned(),
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    path.bytes().map(one).collect()
}
