//! Windows of partitions, in the face of what there is.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::desired::Declared;
use crate::diagnostic::{Located, Many};
use crate::diff;
use crate::kind::{InTheWay, Misfit, Reached, Rolling, TooLong};
use crate::model::{Address, Canonical, Database, Part};

/// The partitions that windows are to have. `rules`: those of `declared` where they stand.
///
/// # Errors
/// All windows that cannot be as they are declared.
pub fn roll(
    declared: &mut Declared,
    wanted: &mut Database<Canonical>,
    live: &Database<Canonical>,
    rules: &[Arc<dyn Rolling>],
) -> Result<(), AllWrong> {
    let added = diff::roll(wanted, live, rules, &declared.expanded);
    let added = added.map_err(|misfits| {
        let wrong = misfits.iter().map(|misfit| {
            let problem = match misfit {
                Misfit::InTheWay(found) => in_the_way(declared, found),
                Misfit::TooLong(found) => too_long(declared, found),
            };
            Wrong { parent: misfit.parent().clone(), problem }
        });
        AllWrong(wrong.collect())
    })?;
    for (address, parent) in added {
        if let Some(place) = declared.places.find(&Part::whole(&parent)) {
            declared.places.insert(Part::whole(&address), place);
        }
    }
    Ok(())
}

/// What is wrong with the window of a table.
#[derive(Debug, Clone)]
pub struct Wrong {
    pub parent: Address,
    pub problem: Located,
}

/// What is wrong with all of them, where that is the end of the run.
#[derive(Debug)]
pub struct AllWrong(Vec<Wrong>);

impl From<AllWrong> for miette::Report {
    fn from(AllWrong(wrong): AllWrong) -> Self {
        let headline = "Windows of partitions cannot be as they are declared".to_owned();
        let mut problems = wrong.into_iter().map(|wrong| wrong.problem);
        match (problems.next(), problems.len()) {
            (Some(only), 0) => only.into(),
            (first, _) => {
                let problems: Vec<Located> = first.into_iter().chain(problems).collect();
                Many { headline, problems: problems.into() }.into()
            }
        }
    }
}

/// What came of windows that stand apart from each other.
#[derive(Debug)]
pub struct Rolled {
    /// All rules, where they stand.
    pub rules: Vec<Arc<dyn Rolling>>,
    /// Those with which nothing is wrong.
    pub right: Vec<Arc<dyn Rolling>>,
    pub wrong: Vec<Wrong>,
    /// What is to be said of the rules.
    pub remarks: Vec<String>,
}

/// The same where what is wrong with one window leaves that one as it is, and keeps no other from anything, if
/// `apart` is there: those that it names are left as they are anyway. `told`: the rules, and what there is to say
/// of them.
///
/// # Errors
/// Without `apart`, all windows that cannot be as they are declared.
pub fn roll_apart(
    declared: &mut Declared,
    wanted: &mut Database<Canonical>,
    live: &Database<Canonical>,
    told: (Vec<Arc<dyn Rolling>>, Vec<String>),
    apart: Option<&BTreeSet<Address>>,
) -> miette::Result<Rolled> {
    let (mut rules, mut remarks) = told;
    let Some(mut apart) = apart.cloned() else {
        roll(declared, wanted, live, &rules)?;
        return Ok(Rolled { right: rules.clone(), rules, wrong: Vec::new(), remarks });
    };
    let mut wrong = Vec::new();
    loop {
        for rule in rules.iter_mut().filter(|rule| apart.contains(rule.parent())) {
            // As one of which nobody knows where it stands.
            if let Some(still) = rule.told(&Reached::Unknown, &[]) {
                *rule = still;
            }
        }
        match roll(declared, wanted, live, &rules) {
            Ok(()) => break,
            Err(AllWrong(found)) => {
                let before = apart.len();
                apart.extend(found.iter().map(|found| found.parent.clone()));
                if apart.len() == before {
                    // Those that stand still have nothing due.
                    return Err(AllWrong(found).into());
                }
                wrong.extend(found);
            }
        }
    }
    remarks.extend(apart.iter().map(|parent| {
        format!("the window of {parent} is left as it is: something is wrong with it")
    }));
    let right = rules.iter().filter(|rule| !apart.contains(rule.parent())).cloned().collect();
    Ok(Rolled { rules, right, wrong, remarks })
}

/// All of it, as the error of a run that did the rest.
///
/// # Errors
/// If there is any.
pub fn none_wrong(wrong: &[Wrong]) -> Result<(), Many> {
    if wrong.is_empty() {
        return Ok(());
    }
    let headline = "Windows of partitions are left as they are".to_owned();
    let problems: Vec<Located> = wrong.iter().map(|wrong| wrong.problem.clone()).collect();
    Err(Many { headline, problems: problems.into() })
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
