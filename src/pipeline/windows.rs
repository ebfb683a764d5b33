//! Windows of partitions, in the face of what there is.

use std::sync::Arc;

use crate::desired::Declared;
use crate::diagnostic::Located;
use crate::diff;
use crate::kind::{InTheWay, Misfit, Rolling, TooLong};
use crate::model::{Address, Canonical, Database, Part};

/// The partitions that windows are to have. `rules`: those of `declared` where they stand.
///
/// # Errors
/// A window that cannot be as it is declared.
pub fn roll(
    declared: &mut Declared,
    wanted: &mut Database<Canonical>,
    live: &Database<Canonical>,
    rules: &[Arc<dyn Rolling>],
) -> miette::Result<()> {
    let added = diff::roll(wanted, live, rules, &declared.expanded);
    let added = added.map_err(|misfit| match *misfit {
        Misfit::InTheWay(found) => in_the_way(declared, &found),
        Misfit::TooLong(found) => too_long(declared, &found),
    })?;
    for (address, parent) in added {
        if let Some(place) = declared.places.find(&Part::whole(&parent)) {
            declared.places.insert(Part::whole(&address), place);
        }
    }
    Ok(())
}

/// Shows the window that there is no room for.
fn in_the_way(declared: &Declared, found: &InTheWay) -> Located {
    let others = found.others.iter().map(|(address, values)| format!("{address} holds {values}"));
    let message = format!(
        "{} is due, {}, but {}",
        found.wanted,
        found.values,
        others.collect::<Vec<_>>().join(", and ")
    );
    let problem = Located::new("pgconverge::diff::in_the_way", message);
    at_window(declared, problem, &found.parent).help(
        "list what is in the way under `partition`, with bounds outside of the window, and plan with `--allow copy`: \
         its rows move into the partitions of the window; where `every` has changed, list each old one so; or let \
         the window begin after it, with `start`",
    )
}

fn too_long(declared: &Declared, found: &TooLong) -> Located {
    let TooLong { parent, count, most, .. } = found;
    let names = found.names.as_ref();
    let names = names.map(|(first, last)| format!(", from {first} to {last}")).unwrap_or_default();
    let count = count.map_or_else(|| format!("far more than {most}"), |count| count.to_string());
    let reach = found.highest.as_ref().map(|key| format!("to reach the key {key}, "));
    let message = format!(
        "{}the window of {parent} would need {count} partitions{names}, and can have {most}",
        reach.unwrap_or_default()
    );
    let problem = Located::new("pgconverge::diff::window_too_long", message);
    let problem = at_window(declared, problem, parent);
    problem.help(match found.highest {
        Some(_) => {
            "see whether that row belongs there; else let each partition be for more keys, with `every`, or \
             the window begin later, with `start`"
        }
        None => {
            "let the window begin later, with `start`; or keep rows less long, with `keep`; or let each \
             partition be for longer, with `every`"
        }
    })
}

fn at_window(declared: &Declared, problem: Located, parent: &Address) -> Located {
    match declared.places.find(&Part::whole(parent)) {
        Some(place) => problem.at(&declared.sources, place, "by the window declared here"),
        None => problem,
    }
}
