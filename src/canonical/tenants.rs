//! What is declared in one schema, as it is in others: for databases with one schema a tenant.
//!
//! Only PostgreSQL knows what a schema's name is in, and how that is spelled under another one. So the shadow's
//! schema gets the name of each tenant's in turn, and is read back.

use tokio_postgres::Client;

use super::canonicalize_and;
use super::error::CanonicalError;
use super::renamed::{Outlook, Sight, carry_out, outlook};
use super::respell::respell;
use super::shadow::Shadow;
use crate::catalog::Snapshot;
use crate::desired::Declared;
use crate::kinds;
use crate::model::{Address, Canonical, Database, Former, Name, Object, Part, Renaming};

/// The declared state with `schema` under each of the names of `others`, in their order.
///
/// # Errors
/// Those of a round trip; a name that PostgreSQL refuses.
pub async fn in_schemas(
    declared: &Declared,
    schema: &Name,
    others: &[Name],
    shadow: &Shadow,
) -> Result<Vec<Database<Canonical>>, CanonicalError> {
    let look = async |client: &Client, snapshot: Snapshot<'_>| {
        snapshot.close().await?;
        Sights::take(client, schema, others).await
    };
    let (canonical, sights) = canonicalize_and(declared, shadow, look).await?;
    let Sights { before, after } = sights?;
    let states = others.iter().zip(after).map(|(other, Seen { first, second })| {
        let Some(renaming) = renaming(schema, other) else { return canonical.clone() };
        let Outlook { mut database, renamings, was } =
            outlook(&canonical, &before, &first, vec![renaming]);
        for object in database.objects.values_mut() {
            (kinds::row(object.address.kind).1.follow_schema)(object, schema, other);
        }
        let respelled = was.iter().filter(|(_, was)| canonical.respelled.contains_key(was));
        database.respelled = respelled
            .filter_map(|(now, _)| {
                Some((now.clone(), second.as_ref()?.objects.get(now)?.spec.clone()))
            })
            .collect();
        let renamed = canonical.renamed.iter().map(|(part, former)| {
            let now = was.iter().find(|(_, was)| **was == part.address).map(|(now, _)| now);
            let address = now.unwrap_or(&part.address).clone();
            let former = match former {
                Former::Name { schema: Some(of), name } if of == schema => {
                    Former::Name { schema: Some(other.clone()), name: name.clone() }
                }
                other => other.clone(),
            };
            (Part { address, column: part.column.clone() }, former)
        });
        database.renamed = renamed.filter(|_| !renamings.is_empty()).collect();
        database
    });
    Ok(states.collect())
}

/// The first object of `state`, which is one in `other`, that has the name of `schema` in a text: there it
/// stays when the schema gets another name. With that text.
#[must_use]
pub fn named_in_text<'a>(state: &'a Database<Canonical>, schema: &Name) -> Vec<&'a Object> {
    let names = |object: &&Object| names_schema(&object.spec.tree(), schema);
    state.objects.values().filter(names).collect()
}

/// Whether a text somewhere in it has the name with a dot after it.
fn names_schema(value: &serde_json::Value, schema: &str) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => is_qualified_by(text, schema),
        Value::Array(values) => values.iter().any(|value| names_schema(value, schema)),
        Value::Object(values) => values.values().any(|value| names_schema(value, schema)),
        _ => false,
    }
}

fn is_qualified_by(text: &str, schema: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
    let lower = text.to_lowercase();
    let schema = schema.to_lowercase();
    lower.match_indices(&schema).any(|(at, found)| {
        let before = lower[..at].trim_end_matches('"').chars().next_back();
        let after = lower[at + found.len()..].trim_start_matches('"').trim_start();
        before.is_none_or(|c| !in_name(c)) && after.starts_with('.')
    })
}

/// The shadow under each name.
struct Sights {
    before: Sight,
    after: Vec<Seen>,
}

struct Seen {
    first: Sight,
    /// As PostgreSQL spells it when it has read its own spelling, where that is another.
    second: Option<Database<Canonical>>,
}

impl Sights {
    /// Leaves the schema under its own name.
    async fn take(client: &Client, schema: &Name, others: &[Name]) -> Result<Self, CanonicalError> {
        let before = Sight::of(client).await?;
        let mut names = Names { client, now: schema.clone() };
        let mut after = Vec::new();
        for other in others {
            names.become_(other).await?;
            after.push(Seen { first: Sight::of(client).await?, second: None });
        }
        names.become_(schema).await?;
        if !respell(&before.database, client).await?.is_empty() {
            for (other, seen) in others.iter().zip(&mut after) {
                names.become_(other).await?;
                seen.second = Some(Sight::of(client).await?.database);
            }
            names.become_(schema).await?;
        }
        Ok(Self { before, after })
    }
}

/// The one schema, and what it is called at the moment.
struct Names<'a> {
    client: &'a Client,
    now: Name,
}

impl Names<'_> {
    async fn become_(&mut self, name: &Name) -> Result<(), CanonicalError> {
        let Some(renaming) = renaming(&self.now, name) else { return Ok(()) };
        if let Err(reason) = carry_out(self.client, &renaming).await? {
            return Err(CanonicalError::Rename { renaming: Box::new(renaming), reason });
        }
        self.now = name.clone();
        Ok(())
    }
}

/// None, where the name is the same.
fn renaming(from: &Name, to: &Name) -> Option<Renaming> {
    let part = |name| {
        let mut rows = kinds::REGISTRY.iter();
        let address: Option<Address> = rows.find_map(|row| Some((row.namespace)(name)?.address));
        address.map(|address| Part::whole(&address))
    };
    (from != to).then(|| Some(Renaming { from: part(from)?, to: part(to)? })).flatten()
}

#[cfg(test)]
mod tests {
    use super::is_qualified_by;

    #[test]
    fn a_schema_is_found_before_a_dot_alone() {
        for text in ["FROM app.users", "\"app\".users", "x := App . f()", "'app.s'::text"] {
            assert!(is_qualified_by(text, "app"), "{text}");
        }
        for text in ["FROM myapp.users", "x.app.y", "an app. of"] {
            assert_eq!(is_qualified_by(text, "app"), text.starts_with("an"), "{text}");
        }
        assert!(!is_qualified_by("app, users", "app"));
    }
}
