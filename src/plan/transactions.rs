//! Where a transaction must end so that a later step can use what an earlier one made.

use std::collections::{HashMap, HashSet};

use crate::model::{Address, Dependency, Effect, Step};

/// Marks each step that uses, whether itself or through others, what is made by one that
/// [`Step::settles`] and is not committed yet.
pub fn begin(steps: &mut [Step], desired: &[Dependency]) {
    if !steps.iter().any(|step| step.settles) {
        return;
    }
    let mut users: HashMap<&Address, Vec<&Address>> = HashMap::new();
    for Dependency { dependent, referenced, .. } in desired {
        users.entry(&referenced.address).or_default().push(&dependent.address);
    }
    let mut waiting: HashSet<&Address> = HashSet::new();
    for step in steps {
        if step.effect != Effect::Drop && !step.settles && waiting.contains(&step.address) {
            step.begins = true;
            waiting.clear();
        }
        if step.settles {
            let mut next: Vec<&Address> = users.get(&step.address).cloned().unwrap_or_default();
            while let Some(user) = next.pop() {
                if waiting.insert(user) {
                    next.extend(users.get(user).into_iter().flatten());
                }
            }
        }
    }
}
