//! Columns that let go of what is replaced, and take hold of it again.

use super::Table;
use super::alter::alter;
use super::column::Column;
use super::column_steps::{added, drop_column, tune};
use super::inheritance::{effective, inherited};
use super::key;
use crate::kind::{Declared, Disturbance, Release};
use crate::model::{Name, Part, Reach, Step, Tag};
use crate::sql::{Fragment, Sql};

type It<'a> = Declared<'a, Table>;

/// The kinds whose objects are put in the place of old ones while these are still there.
const TYPES: &[Tag] = &[Tag("enum"), Tag("domain"), Tag("composite_type"), Tag("range_type")];

/// A default steps aside; a generated column is made anew, which loses nothing, since its values
/// follow from others; and a column whose type or collation is replaced steps over to the new one. What is done
/// to a column that is inherited is done to the parent's.
pub fn release(it: &It<'_>, name: &Name, referenced: &[Part]) -> Option<Release> {
    let inherits = Column::default();
    let is_inherited = it.spec.values.is_some() || inherited(&it.spec.parents.0, name).is_some();
    let own = it.spec.column.get(name).or(is_inherited.then_some(&inherits))?;
    if own.generated.is_some() {
        return Some(Release {
            disturbs: Some(Disturbance::Recreated),
            aside: vec![drop_column(it, name, own)],
            back: added(it, name, own),
            refused: None,
        });
    }
    let column = effective(it.spec, name).unwrap_or_else(|| own.clone());
    let over = referenced.iter().any(|part| has_type(&column, part));
    if own.default.is_none() && !over && !is_inherited {
        return None;
    }
    let mut release = Release::default();
    if over {
        release.disturbs = Some(Disturbance::Retyped);
        release.refused = key::has(it.spec, name).then_some("it is in the partition key");
    }
    if let (true, false, Some(data_type)) = (over, is_inherited, &column.data_type) {
        let of_type = referenced.iter().any(|part| is_of_type(data_type, part));
        let mut step = step_over(it, name, &column, data_type, of_type);
        // The default lets go of everything else.
        let others = referenced.iter().filter(|part| !has_type(&column, part));
        step.without.extend(others.map(|part| part.address.clone()));
        release.back.push(step);
    }
    if over {
        let tuning = column.tuning.as_deref();
        release.back.extend(tune(it, name, tuning, tuning, true));
    }
    if let Some(default) = &own.default {
        let part = Part::column(it.address, name);
        let words = Sql::new("DROP DEFAULT");
        let aside = action(it, name, format!("drop the default of {name}"), &words);
        let words = Sql::new("SET DEFAULT ").fragment(default);
        let back = action(it, name, format!("set the default of {name}"), &words);
        release.disturbs = release.disturbs.max(Some(Disturbance::Redefaulted));
        release.aside.push(aside.unmakes(part.clone()));
        release.back.push(back.makes(part));
    }
    Some(release)
}

/// The same type, or collation, by name, which is another one now. Values of a type go by way of their
/// text.
fn step_over(
    it: &It<'_>,
    name: &Name,
    column: &Column,
    data_type: &Fragment,
    by_text: bool,
) -> Step {
    let mut words = Sql::new("TYPE ").fragment(data_type);
    if let Some(collation) = &column.collation {
        words = words.raw(" COLLATE ").fragment(collation);
    }
    if by_text {
        words = words.raw(" USING ").identifier(name).raw("::text::").fragment(data_type);
    }
    let part = Part::column(it.address, name);
    let what = if by_text { "type" } else { "collation" };
    let step = action(it, name, format!("convert {name} to the new {what}"), &words)
        .unmakes(part.clone())
        .makes(part.clone())
        .reaches(Reach::Converts(part));
    if by_text { step.rewrites() } else { step }
}

fn action(it: &It<'_>, name: &Name, title: String, words: &Sql) -> Step {
    alter(it, title, &Sql::new("ALTER COLUMN ").identifier(name).raw(" ").append(words))
}

/// Whether the column is of a type, or sorted by a collation: its own, or that of a domain, which is
/// replaced with it.
fn has_type(column: &Column, part: &Part) -> bool {
    let declared = |data_type: &Fragment| data_type.as_str().contains('.');
    let sorted = part.address.kind == Tag("collation")
        && match &column.collation {
            Some(collation) => collation.as_str() == part.address.qualified(),
            None => column.data_type.as_ref().is_some_and(declared),
        };
    sorted || column.data_type.as_ref().is_some_and(|data_type| is_of_type(data_type, part))
}

/// Whether a type is this one, or an array of it. A multirange type stands for its range type under
/// another name.
fn is_of_type(data_type: &Fragment, part: &Part) -> bool {
    let element = data_type.as_str().trim_end_matches("[]");
    let named = element == part.address.qualified();
    TYPES.contains(&part.address.kind)
        && part.column.is_none()
        && (named || (part.address.kind == Tag("range_type") && element.contains('.')))
}

/// Every default and every generated column, made from the same expression once more.
pub fn reread(it: &It<'_>) -> Vec<Step> {
    let columns = it.spec.column.iter();
    let expressions =
        columns.filter(|(_, column)| column.default.is_some() || column.generated.is_some());
    let releases = expressions.filter_map(|(name, _)| release(it, name, &[]));
    releases.flat_map(|release| release.aside.into_iter().chain(release.back)).collect()
}
