//! What a run is at, shown; and where its time went.

use std::fmt::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::output::{detail, insist};
use crate::pipeline::{Stage, StageWatcher, Stages};

static CLOCK: LazyLock<Arc<Clock>> = LazyLock::new(Arc::default);

/// Those who run are told to the clock of this process.
pub fn stages() -> Stages {
    Stages::told_to(CLOCK.clone())
}

/// The spinner that says what is going on, as long as there is one.
pub fn show_on(bar: Option<&ProgressBar>) {
    CLOCK.seen().bar = bar.cloned();
}

/// Where the time went since `begun`, stage by stage, as a sum. Stages may overlap, as files are read while the
/// server is busy with its catalog: a moment counts for the one that began last.
pub fn report(begun: Instant) {
    let mut out = String::new();
    let all = begun.elapsed();
    let mut rest = all;
    for (stage, took) in &CLOCK.seen().took {
        let _ = writeln!(out, "{:>9.3} s  {}", took.as_secs_f64(), stage.doing());
        rest = rest.saturating_sub(*took);
    }
    let _ = writeln!(out, "{:>9.3} s  besides", rest.as_secs_f64());
    let _ = write!(out, "{:>9.3} s  in all", all.as_secs_f64());
    insist(&out);
}

/// Above the spinner, where there is one.
fn tell(text: &str) {
    let bar = CLOCK.seen().bar.clone();
    match bar {
        Some(bar) => bar.suspend(|| detail(text)),
        None => detail(text),
    }
}

#[derive(Default)]
struct Clock(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    bar: Option<ProgressBar>,
    on: Vec<(Stage, Instant)>,
    /// What each had of the time, in the order in which they first had some.
    took: Vec<(Stage, Duration)>,
    /// When the last of them began or ended.
    turned: Option<Instant>,
}

impl Clock {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// The time since something began or ended was that of what had begun last.
    fn turn(&mut self, now: Instant) {
        let before = self.turned.replace(now);
        let (Some((stage, _)), Some(before)) = (self.on.last(), before) else { return };
        let (stage, took) = (*stage, now - before);
        match self.took.iter_mut().find(|(of, _)| *of == stage) {
            Some((_, all)) => *all += took,
            None => self.took.push((stage, took)),
        }
    }

    /// What began last is what people wait for.
    fn show(&self) {
        if let (Some(bar), Some((stage, _))) = (&self.bar, self.on.last()) {
            bar.set_message(stage.doing());
        }
    }
}

impl StageWatcher for Clock {
    fn begins(&self, stage: Stage) {
        let mut seen = self.seen();
        let now = Instant::now();
        seen.turn(now);
        seen.on.push((stage, now));
        seen.show();
    }

    fn ends(&self, stage: Stage) {
        let mut seen = self.seen();
        let Some(at) = seen.on.iter().rposition(|(on, _)| *on == stage) else { return };
        let now = Instant::now();
        seen.turn(now);
        let took = now - seen.on.remove(at).1;
        seen.show();
        drop(seen);
        tell(&format!("{}: {:.3} s", stage.doing(), took.as_secs_f64()));
    }

    fn detail(&self, text: &str) {
        tell(text);
    }
}
