//! A law of plans with several transactions: cut off after any of them, the next plan goes on to the
//! same end, and no row is lost.

use std::sync::Arc;

use pgconverge::kind::Rolling;
use pgconverge::model::Plan;
use pgconverge::pipeline::{self, Outcome};

use crate::case::{Check, Live, Side, built, client, equal_dumps, execute, expect_nothing, same};
use crate::lab::{self, Lab};
use crate::rows::{self, Fingerprints, Tables};

/// From where to where, and what is to be there at the end.
pub struct Cuts<'a> {
    pub rules: &'a [Arc<dyn Rolling>],
    pub seed: Option<&'a str>,
    pub kept: &'a Tables,
    pub rows: &'a Fingerprints,
    /// Of a database that was made from the files; none where a migration leaves more in place.
    pub dump: Option<&'a str>,
}

impl Cuts<'_> {
    /// Cuts the plan after each transaction but the last.
    pub async fn hold(
        &self,
        lab: &Lab,
        from: &mut Side,
        to: &mut Side,
        names: &mut Vec<String>,
    ) -> Check {
        let mut after = 1;
        loop {
            let (live, outcome) = self.start(lab, from, to, names).await?;
            let transactions = outcome.plan.transactions();
            if after >= transactions.len() {
                return Ok(());
            }
            let last = &transactions[after - 1];
            let steps = &outcome.plan.steps[..last.steps.end];
            let what = format!("cut after step {}: {}", steps.len(), steps[steps.len() - 1].title);
            let first = Plan { steps: steps.to_vec(), ..outcome.plan.clone() };
            let builds = steps.last().is_some_and(|step| {
                !step.transactional && step.sql.as_str().starts_with("CREATE ")
            });
            self.go_on(lab, to, live, &first, false).await.map_err(|error| error.wrap_err(what))?;
            if builds {
                // A build that failed leaves an index that nobody uses.
                let (live, _) = self.start(lab, from, to, names).await?;
                self.go_on(lab, to, live, &first, true).await.map_err(|error| {
                    error.wrap_err(format!("cut within step {}", first.steps.len()))
                })?;
            }
            after += 1;
        }
    }

    async fn start(
        &self,
        lab: &Lab,
        from: &mut Side,
        to: &mut Side,
        names: &mut Vec<String>,
    ) -> miette::Result<(Live, Outcome)> {
        let mut live = built(lab, from, self.rules, names).await?;
        if let Some(seed) = self.seed {
            execute(&live, seed, "rows.sql").await?;
            live.state = pipeline::read_whole(client(&live), &live.rules).await?;
        }
        let outcome = to.compare(&live.state).await?;
        Ok((live, outcome))
    }

    async fn go_on(
        &self,
        lab: &Lab,
        to: &mut Side,
        mut live: Live,
        first: &Plan,
        failed: bool,
    ) -> Check {
        lab::run(first, &live.open).await?;
        if failed {
            let invalid = "UPDATE pg_index SET indisvalid = false, indisready = false
                           WHERE indexrelid = (SELECT max(indexrelid) FROM pg_index)";
            execute(&live, invalid, "an index that fails").await?;
        }
        live.look(lab).await?;
        let rest = to.compare(&live.state).await?;
        let text = to.text(&rest);
        lab::apply(&rest, &live.open).await.map_err(|error| error.wrap_err(text.clone()))?;
        live.look(lab).await?;
        expect_nothing(to, &live, "a database that went on").await?;
        if let Some(dump) = self.dump {
            equal_dumps(&format!("a database that went on with\n{text}\n"), &live.dump, dump)?;
        }
        let rows = rows::fingerprints(client(&live), self.kept).await;
        same("rows after going on", &rows, self.rows)
    }
}
