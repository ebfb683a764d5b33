//! Plans of several targets, run: some first, and the others once these are as the files say.

use std::cell::Cell;

use futures_util::StreamExt;
use futures_util::stream;
use wildmatch::WildMatch;

use super::fleet::{Fleet, Member};
use super::look::Looked;
use super::show::failure;
use crate::cli::arguments::ApplyArguments;
use crate::cli::commands::against_strict;
use crate::cli::commands::apply::close;
use crate::cli::conduct::Conduct;
use crate::cli::configuration::Configured;
use crate::cli::interruption::Interruption;
use crate::cli::output::talk;
use crate::cli::progress::Aside;
use crate::execute::claim;
use crate::hazard::{self, Policy};
use crate::pipeline::{self, OpenTarget};
use crate::render::{Ended, Failed};

/// Under what plans are run.
pub struct RollOut<'a> {
    pub fleet: &'a Fleet,
    pub configured: &'a Configured,
    pub arguments: &'a ApplyArguments,
    pub policy: &'a Policy,
    /// As the command is called.
    pub command: &'a str,
}

pub const CONVERGED: &str = "converged";
pub const AS_DECLARED: &str = "nothing to do";
pub const REFUSED: &str = "refused";
pub const FAILED: &str = "failed";
pub const NOT_BEGUN: &str = "not begun";

impl RollOut<'_> {
    /// Whether the others go on when one fails.
    fn goes_on(&self) -> bool {
        self.fleet.keep_going || self.arguments.roll_out.keep_going
    }

    /// Runs what is to be done; what became of each target, in their order.
    pub async fn run(&self, looked: &Looked) -> Vec<Ended> {
        let members = &self.fleet.members;
        let mut ended: Vec<Option<Ended>> = members.iter().map(|_| None).collect();
        let mut due = Vec::new();
        for (n, member) in members.iter().enumerate() {
            match looked.found(n) {
                // It is told among those that could not be looked at.
                None => ended[n] = Some(plain(&member.name, FAILED)),
                Some((_, found)) if found.outcome.plan.is_empty() => {
                    ended[n] = Some(plain(&member.name, AS_DECLARED));
                }
                Some((stand, found)) if found.needs_leave() || self.is_strict(stand.strict) => {
                    ended[n] = Some(plain(&member.name, REFUSED));
                }
                Some(_) => due.push(n),
            }
        }
        let canaries = self.canaries(&due);
        let rest: Vec<usize> = due.iter().copied().filter(|n| !canaries.contains(n)).collect();
        let interruption = Interruption::listen();
        let mut stopped = false;
        for (wave, goes_on) in [(&canaries, false), (&rest, self.goes_on())] {
            if !canaries.is_empty() && !wave.is_empty() && !stopped {
                let first =
                    if goes_on == self.goes_on() && wave == &rest { "The others" } else { "First" };
                talk(&format!("{first}: {}", count(wave.len())));
            }
            stopped |= self.wave(wave, goes_on, stopped, &interruption, &mut ended).await;
        }
        let ended = ended.into_iter().zip(members);
        ended
            .map(|(ended, member)| ended.unwrap_or_else(|| plain(&member.name, NOT_BEGUN)))
            .collect()
    }

    /// Whether it is to stop here.
    async fn wave(
        &self,
        wave: &[usize],
        goes_on: bool,
        stopped: bool,
        interruption: &Interruption,
        ended: &mut [Option<Ended>],
    ) -> bool {
        let stop = Cell::new(stopped);
        let stop = &stop;
        let each = wave.iter().map(|&n| async move {
            let member = &self.fleet.members[n];
            if stop.get() || interruption.interrupt().wanted() {
                return (n, plain(&member.name, NOT_BEGUN));
            }
            let became = match self.converge(member, interruption).await {
                Ok(became) => became,
                Err(error) => {
                    talk(&format!("{}:\n{}", member.name, format!("{error:?}").trim_end()));
                    let failure = Some(failure(&member.name, &error));
                    Ended { failure, ..plain(&member.name, FAILED) }
                }
            };
            let bad = [FAILED, REFUSED].contains(&became.outcome);
            if bad && !goes_on {
                stop.set(true);
            }
            (n, became)
        });
        // In one database they would keep each other away.
        let at_once = if self.fleet.one_database { 1 } else { self.fleet.concurrency };
        let mut each = stream::iter(each).buffer_unordered(at_once);
        while let Some((n, became)) = each.next().await {
            if became.outcome != NOT_BEGUN {
                let done = ended.iter().flatten().filter(|it| it.steps > 0).count();
                let steps = if became.steps > 0 {
                    format!(", {} steps", became.steps)
                } else {
                    String::new()
                };
                talk(&format!("{}: {}{steps} ({})", became.target, became.outcome, done + 1));
            }
            ended[n] = Some(became);
        }
        stop.get() || interruption.interrupt().wanted()
    }

    /// Makes one target equal the files: by the plan that is right now, which is the one that was shown unless
    /// somebody has been there.
    async fn converge(
        &self,
        member: &Member,
        interruption: &Interruption,
    ) -> miette::Result<Ended> {
        let told = |text: &str| talk(&format!("{}: {text}", member.name));
        let open = pipeline::open(&member.settings, &told).await?;
        claim(&open.connection.client).await?;
        let result = self.converge_open(member, &open, interruption, &told).await;
        let closed = close(open, true).await;
        let ended = result?;
        closed?;
        Ok(ended)
    }

    async fn converge_open(
        &self,
        member: &Member,
        open: &OpenTarget,
        interruption: &Interruption,
        told: pipeline::Talk<'_>,
    ) -> miette::Result<Ended> {
        let name = &member.name;
        let settings = &member.settings;
        let (mut desired, outcome) = pipeline::first_comparison(settings, open, told).await?;
        if outcome.plan.is_empty() {
            return Ok(plain(name, AS_DECLARED));
        }
        let hazards = hazard::judge(&outcome.plan, self.policy);
        let needs_leave = hazards.iter().flatten().any(|hazard| hazard.needs_leave);
        if needs_leave || self.is_strict(against_strict(&outcome)) {
            let message =
                "by now it needs steps that are refused; it was changed meanwhile".to_owned();
            let failure = Failed { target: name.clone(), code: None, message, help: None };
            return Ok(Ended { failure: Some(failure), ..plain(name, REFUSED) });
        }
        let conduct = Conduct {
            configured: self.configured,
            settings,
            arguments: self.arguments,
            command: self.command,
            target: Some(name),
            interruption,
        };
        let mut watcher = Aside::new(name);
        // Where the record and the way back are is told by the report.
        let journal = conduct.run(open, &mut desired, &outcome, &mut watcher, &|_| {}).await?;
        let journal = journal.map(|path| path.display().to_string());
        Ok(Ended { steps: outcome.plan.steps.len(), journal, ..plain(name, CONVERGED) })
    }

    pub fn is_strict(&self, reason: Option<&str>) -> bool {
        self.arguments.policy.strict && reason.is_some()
    }

    /// Those of the targets that are due which come first.
    fn canaries(&self, due: &[usize]) -> Vec<usize> {
        let said = &self.arguments.roll_out.canary;
        let said = if said.is_empty() { &self.fleet.canary } else { said };
        let mut first = Vec::new();
        for pattern in said {
            match pattern.parse::<usize>() {
                Ok(number) => first.extend(due.iter().copied().take(number)),
                Err(_) => {
                    let fits = WildMatch::new(pattern);
                    let named = |n: &usize| fits.matches(&self.fleet.members[*n].name);
                    first.extend(due.iter().copied().filter(named));
                }
            }
        }
        first.sort_unstable();
        first.dedup();
        first
    }
}

fn plain(target: &str, outcome: &'static str) -> Ended {
    Ended { target: target.to_owned(), outcome, steps: 0, failure: None, journal: None }
}

fn count(number: usize) -> String {
    format!("{number} target{}", if number == 1 { "" } else { "s" })
}
