//! Whether the role may do what the steps of a plan do.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use crate::diagnostic::Located;
use crate::kind::Authority;
use crate::kinds;
use crate::model::{Action, Change, Effect, Name, Plan, Step};
use crate::pipeline::settings::Talk;

/// Something that a role must have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    /// To be the owner of a relation, or a member of that role.
    Own(String),
    /// To be that role, which owns what is changed, or a member of it.
    Be(Name),
    /// To give something to that role.
    GiveTo(Name),
    /// CREATE on a schema.
    CreateIn(Name),
    /// The same, for the role that is to own what is there.
    LetCreateIn(Name, Name),
    /// CREATE on the database.
    CreateInDatabase,
    /// A privilege on a relation.
    On(&'static str, String),
    /// To see all rows of a relation, whatever its policies.
    SeeAllOf(String),
    /// To be a superuser.
    Superuser,
}

/// What the role of a session lacks, each with the first step that needs it. What is the affair of providers, who
/// let others do what takes a superuser elsewhere, is said and no more.
pub async fn lacking(plan: &Plan, client: &Client, talk: Talk<'_>) -> Vec<Located> {
    let who = "SELECT rolname::text, rolsuper FROM pg_roles WHERE rolname = current_user";
    let Ok(row) = client.query_one(who, &[]).await else { return Vec::new() };
    let (role, superuser): (String, bool) = (row.get(0), row.get(1));
    if superuser {
        return Vec::new();
    }
    let mut needed: BTreeMap<Need, usize> = BTreeMap::new();
    for (n, step) in plan.steps.iter().enumerate() {
        let Some(change) = plan.changes.get(&step.address) else { continue };
        for need in needs(plan, step, change) {
            needed.entry(need).or_insert(n);
        }
    }
    let mut ordered: Vec<(Need, usize)> = needed.into_iter().collect();
    ordered.sort_by_key(|(_, n)| *n);
    let mut problems = Vec::new();
    for (need, n) in ordered {
        let step = &plan.steps[n];
        let what = format!("step {}, {} ({})", n + 1, step.title, step.address);
        if need == Need::Superuser {
            talk(&format!("warning: {what} takes a superuser as a rule, and {role} is none"));
            continue;
        }
        // What is not there yet, the plan makes.
        let Ok(Some(lack)) = lack(&need, &role, client).await else { continue };
        let problem = Located::new("pgconverge::preflight::rights", format!("{what}: {}", lack.0));
        problems.push(problem.help(format!("{}; nothing was done", lack.1)));
    }
    problems
}

/// What a step needs, as far as it can be told beforehand.
fn needs(plan: &Plan, step: &Step, change: &Change) -> Vec<Need> {
    // Who has the grant option may do so as well.
    let text = step.sql.as_str();
    if text.starts_with("GRANT") || text.starts_with("REVOKE") {
        return Vec::new();
    }
    let (row, address) = (kinds::row(change.address.kind).1, &change.address);
    let mut needs = Vec::new();
    let created = step.effect == Effect::Create && change.action != Action::Alter;
    match (row.authority, &address.relation) {
        (Authority::Trigger, Some(_)) if created && change.from.is_none() => {
            needs.push(Need::On("TRIGGER", address.relation_qualified()));
        }
        (Authority::Superuser, _) if created => needs.push(Need::Superuser),
        (Authority::Database, _) if created => needs.push(Need::CreateInDatabase),
        (Authority::Other, _) => return needs,
        (_, Some(_)) => needs.push(Need::Own(address.relation_qualified())),
        (Authority::Place, None) if created => {
            let made = |schema: &Name| {
                let is = |it: &Change| it.address.schema.is_none() && it.address.name == *schema;
                plan.changes.values().any(|it| is(it) && it.from.is_none())
            };
            let schema = address.schema.clone().filter(|schema| !made(schema));
            needs.extend(schema.map(Need::CreateIn));
        }
        _ => {}
    }
    if step.copies || step.scans && !step.transactional && text.starts_with("DO ") {
        needs.extend(step.locks.iter().map(|lock| Need::SeeAllOf(lock.relation.clone())));
    }
    let owner = change.from.as_ref().and_then(|from| from.owner.clone());
    needs.extend(owner.filter(|_| address.relation.is_none()).map(Need::Be));
    if text.contains(" OWNER TO ")
        && let Some(new) = change.to.as_ref().and_then(|to| to.owner.clone())
    {
        needs.push(Need::GiveTo(new.clone()));
        needs.extend(address.schema.clone().map(|schema| Need::LetCreateIn(new, schema)));
    }
    if row.ties && created {
        let own = address.relation_qualified();
        let others = step.locks.iter().filter(|lock| lock.relation != own);
        needs.extend(others.map(|lock| Need::On("REFERENCES", lock.relation.clone())));
    }
    needs
}

/// What is lacking, and what to do about it; nothing, if nothing is.
async fn lack(
    need: &Need,
    role: &str,
    client: &Client,
) -> Result<Option<(String, String)>, tokio_postgres::Error> {
    let has = |query: &'static str| async move {
        let row = client.query_opt(query, &[]).await?;
        row.map(|row| row.try_get::<_, Option<bool>>(0)).transpose().map(Option::flatten)
    };
    Ok(match need {
        Need::Own(relation) => {
            let row = client.query_opt(OWNER, &[relation]).await?;
            let Some(row) = row else { return Ok(None) };
            let (owner, is): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
            (!is).then(|| stranger(&format!("{relation} belongs to {owner}"), role, &owner))
        }
        Need::Be(owner) => {
            let row = client.query_one("SELECT pg_has_role($1, 'USAGE')", &[&&**owner]).await?;
            let is: bool = row.try_get(0)?;
            (!is).then(|| stranger(&format!("it belongs to {owner}"), role, owner))
        }
        Need::GiveTo(owner) => {
            let row = client.query_one("SELECT pg_has_role($1, 'MEMBER')", &[&&**owner]).await?;
            let is: bool = row.try_get(0)?;
            (!is).then(|| stranger(&format!("it is to belong to {owner}"), role, owner))
        }
        Need::CreateIn(schema) => {
            let query = "SELECT has_schema_privilege($1, 'CREATE')";
            let row = client.query_one(query, &[&&**schema]).await?;
            let may: bool = row.try_get(0)?;
            (!may).then(|| without(&format!("CREATE on the schema {schema}"), role))
        }
        Need::LetCreateIn(owner, schema) => {
            let query = "SELECT has_schema_privilege($1, $2, 'CREATE')";
            let row = client.query_one(query, &[&&**owner, &&**schema]).await?;
            let may: bool = row.try_get(0)?;
            (!may).then(|| without(&format!("CREATE on the schema {schema}"), owner))
        }
        Need::CreateInDatabase => {
            let query = "SELECT has_database_privilege(current_database(), 'CREATE')";
            let may = has(query).await?;
            (may == Some(false)).then(|| without("CREATE on the database", role))
        }
        Need::On(privilege, relation) => {
            let query = "SELECT has_table_privilege(to_regclass($1), $2)
                             OR $2 = 'REFERENCES' AND has_any_column_privilege(to_regclass($1), $2)";
            let row = client.query_one(query, &[relation, privilege]).await?;
            let may: Option<bool> = row.try_get(0)?;
            (may == Some(false)).then(|| without(&format!("{privilege} on {relation}"), role))
        }
        Need::SeeAllOf(relation) => {
            // A relation that is not there yet has no policies.
            let query =
                "SELECT row_security_active(c.oid) FROM pg_class c WHERE c.oid = to_regclass($1)";
            let row = client.query_opt(query, &[relation]).await?;
            let hidden = row.map(|row| row.try_get(0)).transpose()?.unwrap_or(false);
            let message =
                format!("policies of {relation} hide rows from {role}, which would stay behind");
            let help = "connect as a role with BYPASSRLS, or let the owner see its rows for the run: \
                        ALTER TABLE … NO FORCE ROW LEVEL SECURITY";
            hidden.then(|| (message, help.to_owned()))
        }
        Need::Superuser => None,
    })
}

const OWNER: &str = "
SELECT pg_get_userbyid(relowner)::text, pg_has_role(relowner, 'USAGE')
FROM pg_class WHERE oid = to_regclass($1)";

fn stranger(what: &str, role: &str, owner: &str) -> (String, String) {
    let message = format!("{what}, of which {role} is no member");
    (message, format!("connect as {owner}, or make {role} a member: GRANT {owner} TO {role}"))
}

fn without(privilege: &str, role: &str) -> (String, String) {
    let help = format!("let its owner grant it, or connect as somebody who has it: {privilege}");
    (format!("{role} lacks {privilege}"), help)
}
