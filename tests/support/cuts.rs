//! A law of plans with several transactions: cut off after any of them, the next plan goes on to the
//! same end, and no row is lost. So of steps outside a transaction, ended by force while they run.

use std::sync::Arc;

use pgconverge::kind::Rolling;
use pgconverge::model::Plan;
use pgconverge::pipeline::{self, Outcome};

use crate::case::{
    Check, Live, Side, built, client, equal_dumps, execute, expect_nothing, opened, same,
};
use crate::killed::Killer;
use crate::lab::{self, Lab};
use crate::rows::{self, Fingerprints, Tables};

/// From where to where, and what is to be there at the end.
pub struct Cuts<'a> {
    pub rules: &'a [Arc<dyn Rolling>],
    pub seed: Option<&'a str>,
    pub kept: &'a Tables,
    pub rows: &'a Fingerprints,
    /// Where, taken together, all rows are found throughout.
    pub found_in: &'a [String],
    /// Of a database that was made from the files; none where a migration leaves more in place.
    pub dump: Option<&'a str>,
}

impl Cuts<'_> {
    /// Cuts the plan after each transaction but the last, and within each step that has none.
    pub async fn hold(
        &self,
        lab: &Lab,
        from: &mut Side,
        to: &mut Side,
        names: &mut Vec<String>,
    ) -> Check {
        let (begin, outcome) = self.begin(lab, from, to, names).await?;
        let mut after = 1;
        loop {
            let transactions = outcome.plan.transactions();
            let Some(last) = transactions.get(after - 1) else { return Ok(()) };
            let steps = &outcome.plan.steps[..last.steps.end];
            let what = format!("step {}: {}", steps.len(), steps[steps.len() - 1].title);
            let first = Plan { steps: steps.to_vec(), ..outcome.plan.clone() };
            if after < transactions.len() {
                let live = begin.again(lab, from, names).await?;
                let found = rows::count(client(&live), self.found_in).await;
                lab::run(&first, &live.open).await?;
                let still = rows::count(client(&live), self.found_in).await;
                same(&format!("rows that are found after {what}"), &still, &found)?;
                let went_on = self.go_on(lab, to, live).await;
                went_on.map_err(|error| error.wrap_err(format!("cut after {what}")))?;
            }
            if !last.block {
                let mut moment = 1;
                let ends = Ends { begin: &begin, first: &first };
                while self.killed(lab, from, to, names, &ends, moment).await.map_err(|error| {
                    error.wrap_err(format!("ended by force within {what}, moment {moment}"))
                })? {
                    moment += 1;
                }
                if moment == 1 {
                    return Err(miette::miette!("{what} could not be ended by force"));
                }
            }
            after += 1;
        }
    }

    /// What every try begins with, and the plan from there.
    async fn begin(
        &self,
        lab: &Lab,
        from: &mut Side,
        to: &mut Side,
        names: &mut Vec<String>,
    ) -> miette::Result<(Begin, Outcome)> {
        let mut live = built(lab, from, self.rules, names).await?;
        if let Some(seed) = self.seed {
            execute(&live, seed, "rows.sql").await?;
            live.state = pipeline::read_whole(client(&live), &live.rules).await?;
        }
        let outcome = to.compare(&live.state).await?;
        let Live { name, open, state, rules, .. } = live;
        // Nobody is connected to what is copied.
        open.connection.close().await.map_err(|error| miette::miette!("{error}"))?;
        Ok((Begin { name, state, rules }, outcome))
    }

    /// Ends the last step of `first` by force, at the given moment. Whether there was one.
    async fn killed(
        &self,
        lab: &Lab,
        from: &mut Side,
        to: &mut Side,
        names: &mut Vec<String>,
        Ends { begin, first }: &Ends<'_>,
        moment: usize,
    ) -> miette::Result<bool> {
        let mut live = begin.again(lab, from, names).await?;
        let name = live.name.clone();
        let connection = &live.open.connection;
        let mut killer = Killer::new(lab, &name, connection, first.steps.len(), moment).await;
        let ran = lab::run_watched(first, &live.open, &mut killer).await;
        if !killer.has_killed().await {
            ran?;
            return Ok(false);
        }
        let Err(error) = ran else { return Err(miette::miette!("it succeeded all the same")) };
        // https://www.postgresql.org/docs/current/errcodes-appendix.html
        if !format!("{error:?}").contains("57P01") {
            return Err(error);
        }
        live.open = opened(lab, from, &name).await?;
        self.go_on(lab, to, live).await.map(|()| true)
    }

    async fn go_on(&self, lab: &Lab, to: &mut Side, mut live: Live) -> Check {
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

/// What is tried: the last step of a plan, from there.
struct Ends<'a> {
    begin: &'a Begin,
    first: &'a Plan,
}

/// A database in the state that is migrated, and what was read of it.
struct Begin {
    name: String,
    state: pipeline::Live,
    rules: Vec<Arc<dyn Rolling>>,
}

impl Begin {
    /// The same once more, which may be changed.
    async fn again(&self, lab: &Lab, from: &Side, names: &mut Vec<String>) -> miette::Result<Live> {
        let name = lab.copy_database(&self.name).await;
        names.push(name.clone());
        let open = opened(lab, from, &name).await?;
        let (state, rules) = (self.state.clone(), self.rules.clone());
        Ok(Live { name, open, state, rules, dump: String::new() })
    }
}
