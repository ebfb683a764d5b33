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

/// Where the time went since `begun`, stage by stage. Stages may overlap: files are read while the server is
/// busy with its catalog.
pub fn report(begun: Instant) {
    let mut out = String::new();
    for (stage, took) in &CLOCK.seen().took {
        let _ = writeln!(out, "{:>9.3} s  {}", took.as_secs_f64(), stage.doing());
    }
    let _ = write!(out, "{:>9.3} s  in all", begun.elapsed().as_secs_f64());
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
    /// In the order in which they were first over.
    took: Vec<(Stage, Duration)>,
}

impl Clock {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
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
        seen.on.push((stage, Instant::now()));
        seen.show();
    }

    fn ends(&self, stage: Stage) {
        let mut seen = self.seen();
        let Some(at) = seen.on.iter().rposition(|(on, _)| *on == stage) else { return };
        let took = seen.on.remove(at).1.elapsed();
        match seen.took.iter_mut().find(|(of, _)| *of == stage) {
            Some((_, all)) => *all += took,
            None => seen.took.push((stage, took)),
        }
        seen.show();
        drop(seen);
        tell(&format!("{}: {:.3} s", stage.doing(), took.as_secs_f64()));
    }

    fn detail(&self, text: &str) {
        tell(text);
    }
}
