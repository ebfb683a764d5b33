//! Ctrl-C, and what a supervisor sends instead.

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::output::talk;
use crate::execute::Interrupt;
use crate::server::connect::CancelHandle;

/// From here on, the first SIGINT or SIGTERM stops a run at its next step's edge, and a second one cancels
/// what it is running.
pub fn listen(cancel: CancelHandle) -> Arc<Interrupt> {
    let interrupt = Arc::new(Interrupt::default());
    let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
    let signals: std::io::Result<Vec<Signal>> = kinds.into_iter().map(signal).collect();
    // Where they cannot be listened to, they end the process, and the server undoes its transaction.
    if let Ok(signals) = signals {
        tokio::spawn(act(signals, cancel, Arc::clone(&interrupt)));
    }
    interrupt
}

async fn act(mut signals: Vec<Signal>, cancel: CancelHandle, interrupt: Arc<Interrupt>) {
    loop {
        let any = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
        futures_util::future::select_all(any).await;
        if interrupt.wanted() {
            talk("Cancelling the statement that runs.");
            if let Err(error) = cancel.cancel().await {
                talk(&format!("warning: the server could not be asked: {error}"));
            }
        } else {
            talk("Stopping when the step that runs is done; once more to cancel it.");
            interrupt.want();
        }
    }
}
