//! Making objects in the shadow: the declared ones, or those of a live database.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use super::error::CanonicalError;
use super::refusal::{Refusal, explain};
use crate::desired::Declared;
use crate::kind::reference;
use crate::kinds;
use crate::model::{
    Action, Address, Canonical, Change, Database, Dependency, Maker, Object, Part, Plan, Step,
};
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
    let objects = &declared.database.objects;
    let plan = creation(objects, &parts(objects))?;
    begin(client).await?;
    let refused = run(client, &plan.steps).await?;
    if !refused.is_empty() {
        return Err(explain(declared, &refused));
    }
    commit(client).await
}

/// Creates what a live database has, as far as the server takes it; what it refuses, with its reasons.
pub async fn build_live(
    live: &Database<Canonical>,
    client: &Client,
) -> Result<BTreeMap<Address, String>, CanonicalError> {
    let plan = creation(&live.objects, &live.dependencies)?;
    begin(client).await?;
    let refused = run(client, &plan.steps).await?;
    commit(client).await?;
    let reason = |(step, refusal): (&Step, Refusal)| (step.address.clone(), refusal.message);
    Ok(refused.into_iter().map(reason).collect())
}

async fn begin(client: &Client) -> Result<(), CanonicalError> {
    client.batch_execute(BEGIN).await.map_err(CanonicalError::shadow("filled"))
}

async fn commit(client: &Client) -> Result<(), CanonicalError> {
    client.batch_execute("COMMIT").await.map_err(CanonicalError::shadow("filled"))
}

/// Runs all steps; those that do not get through.
async fn run<'a>(
    client: &Client,
    steps: &'a [Step],
) -> Result<Vec<(&'a Step, Refusal)>, CanonicalError> {
    let mut waiting: Vec<(&Step, Refusal)> = Vec::new();
    for batch in steps.chunks(BATCH) {
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
        waiting = still;
        if waiting.len() == before {
            break;
        }
    }
    Ok(waiting)
}

/// What is known of declared objects: each comes after the one that it is a part of.
fn parts(objects: &BTreeMap<Address, Object>) -> Vec<Dependency> {
    let part = |object: &Object| {
        Some(Dependency {
            dependent: Part::whole(&object.address),
            referenced: Part::whole(&kinds::parent(object, objects)?),
            automatic: true,
        })
    };
    objects.values().filter_map(part).collect()
}

/// All objects as new ones.
fn creation(
    objects: &BTreeMap<Address, Object>,
    dependencies: &[Dependency],
) -> Result<Plan, CanonicalError> {
    let mut changes = BTreeMap::new();
    for object in objects.values() {
        let address = &object.address;
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
    Ok(plan(changes, dependencies, &[], &Maker::default(), &Grounds::default())?)
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
