//! What `pgconverge.toml` says of hazards.

use serde::Deserialize;
use wildmatch::WildMatch;

use crate::diagnostic::{Located, Sources, did_you_mean};
use crate::hazard::{Policy, Rule, Verdict};
use crate::model::HazardClass;
use crate::sql::Fragment;

/// `[policy]`: a verdict for each class, and rules for some relations, which come first.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Table {
    data_loss: Option<Fragment>,
    copy: Option<Fragment>,
    rewrite: Option<Fragment>,
    blocks_reads: Option<Fragment>,
    blocks_writes: Option<Fragment>,
    rule: Vec<TableRule>,
}

/// `[[policy.rule]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableRule {
    class: Option<Fragment>,
    relation: Option<String>,
    over: Option<Fragment>,
    then: Fragment,
}

/// The policy that tables make together, the most particular first; and what they protect.
///
/// # Errors
/// A word that is no verdict, class or size, at its place.
pub fn policy(
    tables: &[&Table],
    protect: &[&[Fragment]],
    sources: &Sources,
) -> Result<Policy, Located> {
    let mut policy = Policy::default();
    for table in tables {
        for rule in &table.rule {
            policy.rules.push(Rule {
                class: rule.class.as_ref().map(|class| class_of(class, sources)).transpose()?,
                relation: rule.relation.as_deref().map(WildMatch::new),
                over: rule.over.as_ref().map(|over| bytes(over, sources)).transpose()?,
                verdict: verdict(&rule.then, sources)?,
                place: place(&rule.then, sources),
            });
        }
        let classes = [
            (HazardClass::DataLoss, &table.data_loss),
            (HazardClass::Copy, &table.copy),
            (HazardClass::Rewrite, &table.rewrite),
            (HazardClass::BlocksReads, &table.blocks_reads),
            (HazardClass::BlocksWrites, &table.blocks_writes),
        ];
        for (class, then) in classes {
            let Some(then) = then else { continue };
            policy.rules.push(Rule {
                class: Some(class),
                relation: None,
                over: None,
                verdict: verdict(then, sources)?,
                place: place(then, sources),
            });
        }
    }
    let protect = protect.iter().copied().flatten();
    policy.protect = protect
        .map(|pattern| (WildMatch::new(pattern.as_str()), place(pattern, sources)))
        .collect();
    Ok(policy)
}

fn place(text: &Fragment, sources: &Sources) -> String {
    text.place().map(|place| sources.describe(place)).unwrap_or_default()
}

fn verdict(text: &Fragment, sources: &Sources) -> Result<Verdict, Located> {
    let known = Verdict::NAMES.iter().find(|(name, _)| *name == text.as_str());
    known
        .map(|(_, verdict)| *verdict)
        .ok_or_else(|| unknown(text, sources, "verdict", &Verdict::NAMES.map(|(name, _)| name)))
}

fn class_of(text: &Fragment, sources: &Sources) -> Result<HazardClass, Located> {
    let known = HazardClass::ALL.into_iter().find(|class| class.name() == text.as_str());
    known.ok_or_else(|| {
        unknown(text, sources, "hazard class", &HazardClass::ALL.map(HazardClass::name))
    })
}

fn unknown(text: &Fragment, sources: &Sources, what: &str, names: &[&str]) -> Located {
    let message = format!("`{text}` is no {what}");
    let help = match did_you_mean(text.as_str(), names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("one of: {}", names.join(", ")),
    };
    invalid(text, sources, message).help(help)
}

fn invalid(text: &Fragment, sources: &Sources, message: String) -> Located {
    let problem = Located::new("pgconverge::configuration::invalid", message);
    match text.place() {
        Some(place) => problem.at(sources, place, "here"),
        None => problem,
    }
}

/// A size such as `500 MB`, in units of 1024 as PostgreSQL's.
/// <https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES>
///
/// # Errors
/// Anything else.
pub fn bytes(text: &Fragment, sources: &Sources) -> Result<i64, Located> {
    const UNITS: [(&str, u32); 5] = [("B", 0), ("kB", 10), ("MB", 20), ("GB", 30), ("TB", 40)];
    let digits = text.as_str().trim_end_matches(|c: char| c.is_alphabetic()).trim_end();
    let unit = text.as_str().get(digits.len()..).unwrap_or_default().trim_start();
    let shift = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, shift)| *shift);
    let bytes = digits.parse::<i64>().ok().zip(shift);
    let bytes = bytes.and_then(|(count, shift)| count.checked_mul(1 << shift));
    bytes.filter(|bytes| *bytes >= 0).ok_or_else(|| {
        invalid(text, sources, format!("`{text}` is no size"))
            .help("write one such as \"500 MB\" or \"2 GB\"")
    })
}
