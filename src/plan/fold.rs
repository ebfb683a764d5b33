//! Clauses that move into the statement that creates their table: a new table with its keys and
//! checks reads as one.

use std::collections::{HashMap, HashSet};

use super::edges::Edges;
use crate::model::{Address, Step};
use crate::sql::Sql;

/// The steps in `order`, each clause folded whose other needs are met before its host; and where each step
/// has come to be.
pub fn fold(steps: Vec<Step>, order: &[usize], edges: &Edges) -> (Vec<Step>, Vec<usize>) {
    let position: HashMap<usize, usize> =
        order.iter().enumerate().map(|(at, step)| (*step, at)).collect();
    let hosts: HashMap<Address, usize> = order
        .iter()
        .filter(|n| steps[**n].opening.is_some())
        .map(|n| (steps[*n].address.clone(), *n))
        .collect();
    let mut needs: HashMap<usize, Vec<usize>> = HashMap::new();
    for (before, after) in edges.keys() {
        needs.entry(*after).or_default().push(*before);
    }
    let mut folded: HashSet<usize> = HashSet::new();
    let mut clauses: HashMap<usize, Vec<usize>> = HashMap::new();
    for &n in order {
        let Some(host) = steps[n].fold.as_ref().and_then(|fold| hosts.get(&fold.into)) else {
            continue;
        };
        let met = needs.get(&n).into_iter().flatten().all(|need| {
            need == host
                || position[need] < position[host]
                || clauses.get(host).is_some_and(|clauses| clauses.contains(need))
        });
        if met {
            folded.insert(n);
            clauses.entry(*host).or_default().push(n);
        }
    }
    let mut place = vec![0; steps.len()];
    for (at, n) in order.iter().filter(|n| !folded.contains(n)).enumerate() {
        place[*n] = at;
    }
    for (host, guests) in &clauses {
        guests.iter().for_each(|guest| place[*guest] = place[*host]);
    }
    let mut merged: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    for (host, guests) in clauses {
        let texts: Vec<Sql> = guests
            .iter()
            .filter_map(|n| Some(merged[*n].as_ref()?.fold.as_ref()?.clause.clone()))
            .collect();
        let made: Vec<_> =
            guests.iter().filter_map(|n| merged[*n].take()).flat_map(|step| step.makes).collect();
        if let Some(step) = merged[host].as_mut()
            && let Some(mut at) = step.opening
        {
            for text in texts {
                // A table without columns has nothing to put a comma after.
                let first = step.sql.as_str()[..at].ends_with('(');
                let line = Sql::new(if first { "\n    " } else { ",\n    " }).append(&text);
                step.sql.insert(at, &line);
                at += line.len();
            }
            step.makes.extend(made);
        }
    }
    (order.iter().filter_map(|n| merged[*n].take()).collect(), place)
}
