//! Triggers that do not fire as declared.

use tokio_postgres::Client;

use super::{Reach, catalog};
use crate::catalog::CatalogError;
use crate::pipeline::Outcome;
use crate::verify::failure::Failure;

/// Those that the server makes for a constraint, which no file declares and no comparison shows.
const OF_CONSTRAINTS: &str = "
SELECT n.nspname || '.' || t.relname,
       format('%s on %s does not hold: %s', coalesce(c.conname, g.tgname), g.tgrelid::regclass,
              CASE g.tgenabled WHEN 'D' THEN 'its triggers are disabled'
                               ELSE 'its triggers fire on replicas alone' END)
FROM pg_trigger g
JOIN pg_class t ON t.oid = g.tgrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_constraint c ON c.oid = g.tgconstraint
WHERE g.tgisinternal AND g.tgenabled IN ('D', 'R')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND ($1::text[] IS NULL OR n.nspname = ANY ($1))
GROUP BY 1, 2
ORDER BY 1, 2";

/// The attribute of whatever fires.
const ENABLED: &str = "enabled";

pub async fn triggers(
    client: &Client,
    reach: &Reach,
    outcome: &Outcome,
) -> Result<Option<Failure>, CatalogError> {
    let mut lines = catalog::found(client, reach, OF_CONSTRAINTS).await?;
    for change in outcome.plan.changes.values() {
        for difference in &change.differences {
            if difference.path.last().is_some_and(|key| key == ENABLED) {
                let state = |value: &Option<String>| value.clone().unwrap_or("origin".to_owned());
                let (is, declared) = (state(&difference.from), state(&difference.to));
                lines.push(format!("{} is {is}, declared {declared}", change.address));
            }
        }
    }
    let message = "these do not fire as declared";
    Ok((!lines.is_empty()).then(|| Failure::new(message).found(lines)))
}
