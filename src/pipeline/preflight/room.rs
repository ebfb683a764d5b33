//! How much a plan writes anew.

use crate::diagnostic::Located;
use crate::model::{Plan, Step, in_bytes};
use crate::pipeline::settings::Talk;

/// In bytes: less is not worth a word.
const WORTH_A_WORD: i64 = 1 << 20;

/// Says how much room the plan needs beside what is there. How much there is PostgreSQL does not tell; `limit`
/// is what its user says.
///
/// # Errors
/// It needs more than that.
pub fn room(plan: &Plan, limit: Option<i64>, talk: Talk<'_>) -> miette::Result<()> {
    let needed: i64 = plan.steps.iter().map(|step| written(plan, step)).sum();
    if let Some(limit) = limit.filter(|limit| needed > *limit) {
        let message = format!(
            "the plan writes up to {} anew, and may write {}",
            in_bytes(needed),
            in_bytes(limit)
        );
        return Err(Located::new("pgconverge::preflight::room", message)
            .help("see that the disk has room, and for the log; then raise `room` in pgconverge.toml; nothing was done")
            .into());
    }
    if needed >= WORTH_A_WORD {
        talk(&format!(
            "The plan writes up to {} of tables and indexes anew, beside what is there, and as much of the log.",
            in_bytes(needed)
        ));
    }
    Ok(())
}

/// A table that is written anew is there twice, with its indexes, until the transaction ends. An index has at
/// most what the rows have, as a rule.
fn written(plan: &Plan, step: &Step) -> i64 {
    const PAGE: i64 = 8192;
    let relation = step.locks.first().and_then(|lock| plan.relations.get(&lock.relation));
    let Some(relation) = relation else { return 0 };
    if step.rewrites || step.copies {
        relation.bytes
    } else if step.builds {
        relation.pages * PAGE
    } else {
        0
    }
}
