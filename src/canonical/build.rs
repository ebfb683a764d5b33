//! Making the declared state in the shadow.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use super::error::CanonicalError;
use super::refusal::{Refusal, explain};
use crate::desired::Declared;
use crate::kind::reference;
use crate::kinds;
use crate::model::{Action, Change, Database, Dependency, Maker, Object, Part, Plan, Raw, Step};
use crate::plan::{Grounds, plan};

/// How many statements go to the server at once. One that is refused makes its batch go one by
/// one.
const BATCH: usize = 100;

/// Bodies are not looked into: a table they use may come later. Dates without a zone, as a
/// window's bounds are, mean UTC.
const BEGIN: &str = "BEGIN; SET LOCAL check_function_bodies = off; SET LOCAL timezone = 'UTC'";

/// Creates everything. What PostgreSQL refuses may merely have come too early, since only the
/// server knows what an expression depends on: it is tried again for as long as anything
/// else gets through.
pub async fn build(declared: &Declared, client: &Client) -> Result<(), CanonicalError> {
    let plan = creation(&declared.database)?;
    let shadow = CanonicalError::shadow("filled");
    client.batch_execute(BEGIN).await.map_err(&shadow)?;
    let mut waiting: Vec<(&Step, Refusal)> = Vec::new();
    for batch in plan.steps.chunks(BATCH) {
        if !run_batch(client, batch).await? {
            for step in batch {
                if let Some(refusal) = run_one(client, step).await? {
                    waiting.push((step, refusal));
                }
            }
        }
    }
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut still = Vec::new();
        for (step, _) in waiting {
            if let Some(refusal) = run_one(client, step).await? {
                still.push((step, refusal));
            }
        }
        if still.len() == before {
            return Err(explain(declared, &still));
        }
        waiting = still;
    }
    client.batch_execute("COMMIT").await.map_err(&shadow)
}

/// All objects as new ones. Of dependencies only this is known: an object comes after the one that
/// it is a part of.
fn creation(database: &Database<Raw>) -> Result<Plan, CanonicalError> {
    let mut known = Vec::new();
    let mut changes = BTreeMap::new();
    for object in database.objects.values() {
        let address = &object.address;
        known.extend(kinds::parent(object, &database.objects).map(|parent| Dependency {
            dependent: Part::whole(address),
            referenced: Part::whole(&parent),
            automatic: true,
        }));
        let change = Change {
            address: address.clone(),
            action: Action::Create,
            from: None,
            // A comment needs a name to be put on; it is put on the object once that is known. So
            // are its owner and its privileges, which need no server.
            to: Some(Object {
                comment: object.comment.clone().filter(|_| !object.any_name),
                owner: None,
                privileges: None,
                ..object.clone()
            }),
            differences: Vec::new(),
            cause: None,
            released: Vec::new(),
        };
        changes.insert(address.clone(), change);
    }
    Ok(plan(changes, &known, &[], &Maker::default(), &Grounds::default())?)
}

async fn run_batch(client: &Client, steps: &[Step]) -> Result<bool, CanonicalError> {
    // On its own: a script that cannot be parsed sets no savepoint either.
    client.batch_execute("SAVEPOINT batch").await.map_err(CanonicalError::shadow("filled"))?;
    let mut script = String::new();
    let mut path = String::new();
    for step in steps {
        let wanted = step.search_path();
        if wanted != path {
            script.push_str(&wanted);
            script.push_str(";\n");
            path = wanted;
        }
        script.push_str(&statement(step));
        script.push_str(";\n");
    }
    script.push_str("RELEASE batch");
    match client.batch_execute(&script).await {
        Ok(()) => Ok(true),
        Err(error) if error.as_db_error().is_some() => {
            let undo = client.batch_execute("ROLLBACK TO batch; RELEASE batch").await;
            undo.map_err(CanonicalError::shadow("filled"))?;
            Ok(false)
        }
        Err(error) => Err(CanonicalError::shadow("filled")(error)),
    }
}

async fn run_one(client: &Client, step: &Step) -> Result<Option<Refusal>, CanonicalError> {
    let shadow = CanonicalError::shadow("filled");
    let path = format!("SAVEPOINT step;\n{}", step.search_path());
    client.batch_execute(&path).await.map_err(&shadow)?;
    // Alone, so that the position in an error is a position in this statement.
    let result = client.batch_execute(&statement(step)).await;
    match result {
        Ok(()) => {
            client.batch_execute("RELEASE step").await.map_err(&shadow)?;
            Ok(None)
        }
        Err(error) => match error.as_db_error() {
            Some(refusal) => {
                let refusal = Refusal::new(refusal);
                let undo = client.batch_execute("ROLLBACK TO step; RELEASE step").await;
                undo.map_err(&shadow)?;
                Ok(Some(refusal))
            }
            None => Err(shadow(error)),
        },
    }
}

/// What is sent: a secret's reference in place of a secret.
fn statement(step: &Step) -> String {
    step.sql.revealed(&reference).unwrap_or_default()
}
