//! A plan that nothing speaks against, run to its end.

use std::path::{Path, PathBuf};

use super::arguments::ApplyArguments;
use super::configuration::{Configured, patience};
use super::interruption::Interruption;
use super::journal::Journal;
use super::progress::Both;
use super::undo::script;
use crate::execute::{ExecuteError, Run, Watcher, execute};
use crate::model::Plan;
use crate::pipeline::{
    DesiredState, Limits, OpenTarget, Outcome, PipelineError, Settings, Stage, Talk, compare_again,
    preflight,
};

/// Under what it is run.
pub struct Conduct<'a> {
    pub configured: &'a Configured,
    /// Those that it was made under.
    pub settings: &'a Settings,
    pub arguments: &'a ApplyArguments,
    /// As the command is called.
    pub command: &'a str,
    /// Which of several targets it is about.
    pub target: Option<&'a str>,
    pub interruption: &'a Interruption,
}

impl Conduct<'_> {
    /// Asks the rows, runs the plan of `outcome` with a journal, and compares once more; where the journal is.
    ///
    /// # Errors
    /// Rows in the way, a step that fails, a database that is not as the files say for all that.
    pub async fn run(
        &self,
        open: &OpenTarget,
        desired: &mut DesiredState,
        outcome: &Outcome,
        watcher: &mut dyn Watcher,
        talk: Talk<'_>,
    ) -> miette::Result<Option<PathBuf>> {
        let _covered = self.interruption.cover(open.connection.cancel_handle());
        if !self.arguments.no_preflight {
            let limits = Limits {
                lock_timeout: patience(self.configured, self.arguments).lock_timeout,
                room: self.configured.room,
            };
            let _stage = self.settings.stages.enter(Stage::Rows);
            preflight(outcome, desired, open, limits, talk).await?;
        }
        let mut journal =
            Journal::begin(self.directory(), self.command, self.target, &outcome.plan);
        if let Some(path) = journal.keep("undo.sql", &script(outcome)) {
            talk(&format!("The way back from this run: {}", path.display()));
        }
        let applying = self.settings.stages.enter(Stage::Apply);
        let done = self.execute(open, &outcome.plan, watcher, &mut journal).await;
        drop(applying);
        if let Err(error) = done {
            journal.end("failed", Some(&error.to_string()));
            return Err(error.into());
        }
        let after = compare_again(self.settings, desired, open, outcome).await?;
        if !after.plan.is_empty() {
            let error = PipelineError::NotConverged;
            journal.end("not converged", Some(&error.to_string()));
            return Err(error.into());
        }
        journal.end("converged", None);
        Ok(journal.path().map(Path::to_owned))
    }

    fn directory(&self) -> &Path {
        self.arguments.journal.as_ref().unwrap_or(&self.configured.journal)
    }

    async fn execute(
        &self,
        open: &OpenTarget,
        plan: &Plan,
        watcher: &mut dyn Watcher,
        journal: &mut Journal,
    ) -> Result<(), ExecuteError> {
        let variables = |name: &str| self.settings.environment.get(name).map(str::to_owned);
        // Who is in the way is good to know; without it, the plan runs as well.
        let observer = open.target.connect().await.ok();
        let run = Run {
            plan,
            client: &open.connection.client,
            observer: observer.as_ref().map(|observer| &observer.client),
            variables: &variables,
            patience: patience(self.configured, self.arguments),
            interrupt: self.interruption.interrupt(),
        };
        execute(&run, &mut Both(watcher, journal)).await
    }
}
