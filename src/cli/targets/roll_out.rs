//! Plans of several targets, run: some first, and the others once these are as the files say.

use std::cell::Cell;

use futures_util::StreamExt;
use futures_util::stream;

use super::choice::Canaries;
use super::fleet::{Fleet, Member};
use super::look::{Looked, moved};
use super::show::{failure, of_windows};
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
use crate::pipeline::{self, OpenTarget, Wrong, set_windows_apart};
use crate::render::{Became, Ended, Failed};

/// Under what plans are run.
pub struct RollOut<'a> {
    pub fleet: &'a Fleet,
    pub configured: &'a Configured,
    pub arguments: &'a ApplyArguments,
    pub policy: &'a Policy,
    /// As the command is called.
    pub command: &'a str,
}

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
                None => ended[n] = Some(plain(&member.name, Became::Failed)),
                Some((stand, _)) if !stand.moved.is_empty() => {
                    ended[n] = Some(moved_away(&member.name, &stand.moved));
                }
                Some((stand, found)) if found.outcome.plan.is_empty() => {
                    ended[n] = Some(well(&member.name, Became::AsDeclared, &stand.wrong));
                }
                Some((stand, found)) if found.needs_leave() || self.is_strict(stand.strict) => {
                    ended[n] = Some(plain(&member.name, Became::Refused));
                }
                Some(_) => due.push(n),
            }
        }
        self.tell_of_canaries_left_out();
        let canaries = self.canaries(&due);
        let rest: Vec<usize> = due.iter().copied().filter(|n| !canaries.contains(n)).collect();
        let course =
            Course { interruption: Interruption::listen(), total: due.len(), done: Cell::new(0) };
        let bad = |n: &usize| ended[*n].as_ref().is_some_and(|it| !it.outcome.lets_others());
        let mut stopped = self.named_canaries().iter().any(bad);
        let waves = [("First", canaries, false), ("The others", rest, self.goes_on())];
        let in_waves = waves.iter().all(|(_, wave, _)| !wave.is_empty());
        for (which, wave, goes_on) in &waves {
            if in_waves && !stopped {
                talk(&format!("{which}: {}", count(wave.len())));
            }
            stopped |= self.wave(wave, (*goes_on, stopped), &course, &mut ended).await;
        }
        let ended = ended.into_iter().zip(members);
        ended
            .map(|(ended, member)| ended.unwrap_or_else(|| plain(&member.name, Became::NotBegun)))
            .collect()
    }

    /// Whether it is to stop here.
    async fn wave(
        &self,
        wave: &[usize],
        (goes_on, stopped): (bool, bool),
        course: &Course,
        ended: &mut [Option<Ended>],
    ) -> bool {
        let stop = Cell::new(stopped);
        let (stop, interruption) = (&stop, &course.interruption);
        let each = wave.iter().map(|&n| async move {
            let member = &self.fleet.members[n];
            if stop.get() || interruption.interrupt().wanted() {
                return (n, plain(&member.name, Became::NotBegun));
            }
            let became = match self.converge(member, interruption).await {
                Ok(became) => became,
                Err(error) => {
                    talk(&format!("{}:\n{}", member.name, format!("{error:?}").trim_end()));
                    let failure = Some(failure(&member.name, &error));
                    Ended { failure, ..plain(&member.name, Became::Failed) }
                }
            };
            let bad = !became.outcome.lets_others();
            if bad && !goes_on {
                stop.set(true);
            }
            (n, became)
        });
        // In one database they would keep each other away.
        let at_once = if self.fleet.one_database { 1 } else { self.fleet.concurrency };
        let mut each = stream::iter(each).buffer_unordered(at_once);
        while let Some((n, became)) = each.next().await {
            if became.outcome != Became::NotBegun {
                course.done.set(course.done.get() + 1);
                let (done, total) = (course.done.get(), course.total);
                let steps = match became.steps {
                    0 => String::new(),
                    1 => ", 1 step".to_owned(),
                    steps => format!(", {steps} steps"),
                };
                talk(&format!(
                    "{}: {}{steps} ({done} of {total})",
                    became.target,
                    became.outcome.name()
                ));
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
        pipeline::own_session(&open).await?;
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
        let mut settings = member.settings.clone();
        let (mut desired, mut outcome) = pipeline::first_comparison(&settings, open, told).await?;
        if !self.arguments.no_preflight {
            let known = outcome.wrong.len();
            set_windows_apart(&mut settings, &mut outcome, &mut desired, open, told).await?;
            // The others were told when it was looked at.
            for wrong in &outcome.wrong[known..] {
                told(&format!("{:?}", miette::Report::from(wrong.problem.clone())));
            }
        }
        let moved = moved(member, &outcome);
        if !moved.is_empty() {
            return Ok(moved_away(name, &moved));
        }
        if outcome.plan.is_empty() {
            return Ok(well(name, Became::AsDeclared, &outcome.wrong));
        }
        let hazards = hazard::judge(&outcome.plan, self.policy);
        let needs_leave = hazards.iter().flatten().any(|hazard| hazard.needs_leave);
        if needs_leave || self.is_strict(against_strict(&outcome)) {
            let message =
                "by now it needs steps that are refused; it was changed meanwhile".to_owned();
            let failure = Failed { target: name.clone(), code: None, message, help: None };
            return Ok(Ended { failure: Some(failure), ..plain(name, Became::Refused) });
        }
        let conduct = Conduct {
            configured: self.configured,
            settings: &settings,
            arguments: self.arguments,
            command: self.command,
            target: Some(name),
            interruption,
        };
        let mut watcher = Aside::new(name);
        // Where the record and the way back are is told by the report.
        let journal = conduct.run(open, &mut desired, &outcome, &mut watcher, &|_| {}).await?;
        let journal = journal.map(|path| path.display().to_string());
        let ended = well(name, Became::Converged, &outcome.wrong);
        Ok(Ended { steps: outcome.plan.steps.len(), journal, ..ended })
    }

    pub fn is_strict(&self, reason: Option<&str>) -> bool {
        self.arguments.policy.strict && reason.is_some()
    }

    /// Those of the targets that are due which come first.
    fn canaries(&self, due: &[usize]) -> Vec<usize> {
        let canaries = Canaries::of(&self.fleet.canary);
        let first = due.iter().enumerate();
        let is_first = |(at, n): &(usize, &usize)| {
            *at < canaries.count || canaries.name(&self.fleet.members[**n].name)
        };
        first.filter(is_first).map(|(_, n)| *n).collect()
    }

    /// Those of all targets that are to come first by name.
    fn named_canaries(&self) -> Vec<usize> {
        let canaries = Canaries::of(&self.fleet.canary);
        let members = self.fleet.members.iter().enumerate();
        members.filter(|(_, member)| canaries.name(&member.name)).map(|(n, _)| n).collect()
    }

    /// Says so where targets were chosen, and none of those that are to come first by name is one of them.
    fn tell_of_canaries_left_out(&self) {
        let canaries = Canaries::of(&self.fleet.canary);
        if !canaries.patterns.is_empty() && self.named_canaries().is_empty() {
            let names = canaries.patterns.join(", ");
            talk(&format!("No canary is among the targets that were chosen: {names}"));
        }
    }
}

/// How far it has come.
struct Course {
    interruption: Interruption,
    total: usize,
    done: Cell<usize>,
}

fn moved_away(target: &str, moved: &[String]) -> Ended {
    let failure =
        Failed { target: target.to_owned(), code: None, message: moved.join("; "), help: None };
    Ended { failure: Some(failure), ..plain(target, Became::Moved) }
}

/// It came out well, but for windows that something is wrong with.
fn well(target: &str, outcome: Became, wrong: &[Wrong]) -> Ended {
    match of_windows(target, wrong) {
        None => plain(target, outcome),
        failure => Ended { failure, ..plain(target, Became::Partly) },
    }
}

fn plain(target: &str, outcome: Became) -> Ended {
    Ended { target: target.to_owned(), outcome, steps: 0, failure: None, journal: None }
}

fn count(number: usize) -> String {
    format!("{number} target{}", if number == 1 { "" } else { "s" })
}
