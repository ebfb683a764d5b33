//! Ctrl-C, and what a supervisor sends instead.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::output::talk;
use crate::execute::Interrupt;
use crate::server::connect::CancelHandle;

/// Somebody listens, for as many runs as there are at once.
pub struct Interruption {
    interrupt: Arc<Interrupt>,
    running: Running,
}

/// The sessions of runs, by number.
type Running = Arc<Mutex<Vec<(usize, CancelHandle)>>>;

/// A run that is cancelled with the others, for as long as this lives.
pub struct Covered {
    running: Running,
    number: usize,
}

impl Interruption {
    /// From here on, the first SIGINT or SIGTERM stops runs at the edges of their next steps, and a second one
    /// cancels what they are running.
    pub fn listen() -> Self {
        let (interrupt, running) = (Arc::<Interrupt>::default(), Running::default());
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        let signals: std::io::Result<Vec<Signal>> = kinds.into_iter().map(signal).collect();
        // Where they cannot be listened to, they end the process, and the server undoes its transaction.
        if let Ok(signals) = signals {
            tokio::spawn(act(signals, Arc::clone(&running), Arc::clone(&interrupt)));
        }
        Self { interrupt, running }
    }

    /// What a run asks between its steps.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Includes a session.
    pub fn cover(&self, cancel: CancelHandle) -> Covered {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let number = running.last().map_or(0, |(number, _)| number + 1);
        running.push((number, cancel));
        Covered { running: Arc::clone(&self.running), number }
    }
}

impl Drop for Covered {
    fn drop(&mut self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|(number, _)| *number != self.number);
    }
}

async fn act(mut signals: Vec<Signal>, running: Running, interrupt: Arc<Interrupt>) {
    loop {
        let any = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
        futures_util::future::select_all(any).await;
        if interrupt.wanted() {
            talk("Cancelling the statement that runs.");
            let handles = running.lock().unwrap_or_else(PoisonError::into_inner).clone();
            for (_, cancel) in handles {
                if let Err(error) = cancel.cancel().await {
                    talk(&format!("warning: the server could not be asked: {error}"));
                }
            }
        } else {
            talk("Stopping when the step that runs is done; once more to cancel it.");
            interrupt.want();
        }
    }
}
