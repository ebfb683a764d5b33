//! The rules, one file each. Adding one is a file and a row here.

mod char_type;
mod check_instead_of_enum;
mod check_never_fails;
mod check_never_passes;
mod check_repeats_not_null;
mod constraint_not_valid;
mod domain_with_check;
mod duplicate_check;
mod duplicate_foreign_key;
mod enum_instead_of_check;
mod foreign_key_type_mismatch;
mod foreign_key_without_index;
mod immutable_calls_mutable;
mod integer_key;
mod json_type;
mod money_type;
mod name_needs_quotes;
mod name_too_long;
mod nullable_unique;
mod policy_calls_volatile;
mod policy_for_everybody;
mod redundant_index;
mod routine_body;
mod routine_not_checked;
mod routine_without_return;
mod row_security_not_forced;
mod row_security_off;
mod row_security_without_policy;
mod security_definer_search_path;
mod serial_column;
mod table_without_primary_key;
mod time_with_time_zone;
mod timestamp_without_time_zone;
mod unique_within_partition;
mod unused_allow;
mod unused_trigger_function;
mod varchar_limit;
mod view_bypasses_row_security;
mod wide_index;
mod window_without_lead;

pub use redundant_index::RULE as REDUNDANT_INDEX;
pub use routine_body::RULE as ROUTINE_BODY;
pub use routine_not_checked::RULE as ROUTINE_NOT_CHECKED;
pub use routine_without_return::RULE as ROUTINE_WITHOUT_RETURN;
pub use unused_allow::RULE as UNUSED_ALLOW;
pub use wide_index::RULE as WIDE_INDEX;

use super::rule::Rule;

/// Every rule, by name.
pub const RULES: &[&Rule] = &[
    &char_type::RULE,
    &check_instead_of_enum::RULE,
    &check_never_fails::RULE,
    &check_never_passes::RULE,
    &check_repeats_not_null::RULE,
    &constraint_not_valid::RULE,
    &domain_with_check::RULE,
    &duplicate_check::RULE,
    &duplicate_foreign_key::RULE,
    &enum_instead_of_check::RULE,
    &foreign_key_type_mismatch::RULE,
    &foreign_key_without_index::RULE,
    &immutable_calls_mutable::RULE,
    &integer_key::RULE,
    &json_type::RULE,
    &money_type::RULE,
    &name_needs_quotes::RULE,
    &name_too_long::RULE,
    &nullable_unique::RULE,
    &policy_calls_volatile::RULE,
    &policy_for_everybody::RULE,
    &redundant_index::RULE,
    &routine_body::RULE,
    &routine_not_checked::RULE,
    &routine_without_return::RULE,
    &row_security_not_forced::RULE,
    &row_security_off::RULE,
    &row_security_without_policy::RULE,
    &security_definer_search_path::RULE,
    &serial_column::RULE,
    &table_without_primary_key::RULE,
    &time_with_time_zone::RULE,
    &timestamp_without_time_zone::RULE,
    &unique_within_partition::RULE,
    &unused_allow::RULE,
    &unused_trigger_function::RULE,
    &varchar_limit::RULE,
    &view_bypasses_row_security::RULE,
    &wide_index::RULE,
    &window_without_lead::RULE,
];
