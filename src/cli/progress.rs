//! Progress on standard error: a bar on a terminal, lines without one.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::output::talk;
use super::stages;
use super::terminal::{self, Loudness};
use crate::execute::{Blocker, Phase, Watcher};
use crate::model::Step;

/// Shows that something is going on whose length nobody knows.
pub struct Working {
    bar: Option<ProgressBar>,
}

impl Working {
    /// What goes on is what the run is at.
    pub fn new() -> Self {
        let shown = std::io::stderr().is_terminal() && terminal::says(Loudness::Usual);
        let bar = shown.then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        stages::show_on(bar.as_ref());
        Self { bar }
    }

    /// A line of talk, above the spinner.
    pub fn talk(&self, text: &str) {
        above(self.bar.as_ref(), text);
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        stages::show_on(None);
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows a plan's steps as they run.
pub struct Progress {
    bar: Option<ProgressBar>,
    steps: usize,
    /// What the step that runs does.
    message: String,
}

impl Progress {
    pub fn new(steps: usize) -> Self {
        let shown = std::io::stderr().is_terminal() && terminal::says(Loudness::Usual);
        let bar = shown.then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
            let bar = ProgressBar::new(steps as u64);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self { bar, steps, message: String::new() }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Watcher for Progress {
    fn begins(&mut self, number: usize, step: &Step) {
        self.message = format!("{} ({})", step.title, step.address);
        match &self.bar {
            Some(bar) => {
                bar.set_position(number as u64 - 1);
                bar.set_message(self.message.clone());
            }
            None => talk(&format!("{number:>5}/{} {}", self.steps, self.message)),
        }
    }

    fn done(&mut self, number: usize, _rows: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(number as u64);
        }
    }

    fn committed(&mut self, number: usize) {
        match &self.bar {
            Some(bar) => bar.set_position(number as u64),
            None => talk(&format!("{number:>5}/{} committed", self.steps)),
        }
    }

    fn waits(&mut self, number: usize, blockers: &[Blocker]) {
        for blocker in blockers {
            above(self.bar.as_ref(), &format!("{number:>5}/{} waits for {blocker}", self.steps));
        }
    }

    /// A log would have a line for each look; there, how long it takes shows by the lines' times.
    fn at(&mut self, _number: usize, phase: &Phase) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}: {phase}", self.message));
        }
    }

    fn retries(&mut self, number: usize, pause: Duration) {
        let pause = pause.as_secs_f64();
        above(
            self.bar.as_ref(),
            &format!(
                "{number:>5}/{} did not get its lock; its transaction is undone, and tried again in {pause:.1} s",
                self.steps
            ),
        );
    }
}

/// Tells of one run among several only what keeps it from going on.
pub struct Aside<'a> {
    name: &'a str,
}

impl<'a> Aside<'a> {
    pub fn new(name: &'a str) -> Self {
        Self { name }
    }
}

impl Watcher for Aside<'_> {
    fn begins(&mut self, _number: usize, _step: &Step) {}

    fn done(&mut self, _number: usize, _rows: u64) {}

    fn committed(&mut self, _number: usize) {}

    fn waits(&mut self, number: usize, blockers: &[Blocker]) {
        for blocker in blockers {
            talk(&format!("{}: step {number} waits for {blocker}", self.name));
        }
    }

    fn retries(&mut self, number: usize, pause: Duration) {
        let (name, pause) = (self.name, pause.as_secs_f64());
        talk(&format!(
            "{name}: step {number} did not get its lock; its transaction is undone, and tried again in {pause:.1} s"
        ));
    }
}

/// Two who watch the same run.
pub struct Both<'a, A: ?Sized, B: ?Sized>(pub &'a mut A, pub &'a mut B);

impl<A: Watcher + ?Sized, B: Watcher + ?Sized> Watcher for Both<'_, A, B> {
    fn begins(&mut self, number: usize, step: &Step) {
        self.0.begins(number, step);
        self.1.begins(number, step);
    }

    fn done(&mut self, number: usize, rows: u64) {
        self.0.done(number, rows);
        self.1.done(number, rows);
    }

    fn committed(&mut self, number: usize) {
        self.0.committed(number);
        self.1.committed(number);
    }

    fn waits(&mut self, number: usize, blockers: &[Blocker]) {
        self.0.waits(number, blockers);
        self.1.waits(number, blockers);
    }

    fn at(&mut self, number: usize, phase: &Phase) {
        self.0.at(number, phase);
        self.1.at(number, phase);
    }

    fn retries(&mut self, number: usize, pause: Duration) {
        self.0.retries(number, pause);
        self.1.retries(number, pause);
    }
}

/// A line of talk, above the bar if there is one.
fn above(bar: Option<&ProgressBar>, text: &str) {
    match bar {
        Some(bar) => bar.suspend(|| talk(text)),
        None => talk(text),
    }
}
