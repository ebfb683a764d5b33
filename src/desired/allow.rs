//! `lint.allow`, in an entry or at the top of a file: rules that are to pass over it, and why.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::did_you_mean;
use crate::kind::{FormError, from_value, place_of};
use crate::model::Address;
use crate::sql::{FileId, Place};

/// The one key of `lint`.
const ALLOW: &str = "allow";

/// Word that a rule is to pass over something.
#[derive(Debug, Clone)]
pub struct Allow {
    /// The name of the rule, which may be none.
    pub rule: String,
    pub reason: String,
    pub scope: AllowScope,
    /// Where the rule is named.
    pub place: Place,
}

/// What it is to pass over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowScope {
    /// Everything in a file.
    File(FileId),
    /// An object, and what nests in its entry.
    Object(Address),
}

/// Everything that `lint` says.
///
/// # Errors
/// Another key than `allow`, a rule without a reason.
pub fn read(
    file: FileId,
    value: &Spanned<DeValue<'_>>,
    scope: &AllowScope,
) -> Result<Vec<Allow>, FormError> {
    let mut allows = Vec::new();
    for (key, value) in table(file, value, "`lint` holds `allow`")? {
        if key.get_ref() != ALLOW {
            let message = format!("unknown key `{}`", key.get_ref());
            let near = did_you_mean(key.get_ref(), [ALLOW]).unwrap_or(ALLOW);
            return Err(FormError::new("pgconverge::desired::unknown_key", message)
                .help(format!("did you mean `{near}`?"))
                .or_at(place_of(file, key)));
        }
        for (rule, value) in table(file, value, "`lint.allow` holds reasons by rule")? {
            let reason: String = from_value(file, value)?;
            if reason.trim().is_empty() {
                let message = format!("`{}` is allowed without a reason", rule.get_ref());
                return Err(FormError::new("pgconverge::desired::invalid_value", message)
                    .help("say why it is right here: whoever reads the file next will ask")
                    .or_at(place_of(file, value)));
            }
            let (rule, place) = (rule.get_ref().to_string(), place_of(file, rule));
            allows.push(Allow { rule, reason, scope: scope.clone(), place });
        }
    }
    Ok(allows)
}

fn table<'a>(
    file: FileId,
    value: &'a Spanned<DeValue<'a>>,
    otherwise: &str,
) -> Result<&'a DeTable<'a>, FormError> {
    value.get_ref().as_table().ok_or_else(|| {
        FormError::new("pgconverge::desired::type_mismatch", otherwise)
            .help("write it as `lint.allow = { \"rule\" = \"reason\" }`")
            .or_at(place_of(file, value))
    })
}
