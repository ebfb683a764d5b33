//! Somebody wants a run to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// Asked between steps, so that what runs is not cut off in the middle.
#[derive(Debug, Default)]
pub struct Interrupt {
    wanted: AtomicBool,
    told: Notify,
}

impl Interrupt {
    /// Says that the run is to stop at the next step's edge.
    pub fn want(&self) {
        self.wanted.store(true, Ordering::SeqCst);
        self.told.notify_waiters();
    }

    /// Whether that was said.
    #[must_use]
    pub fn wanted(&self) -> bool {
        self.wanted.load(Ordering::SeqCst)
    }

    /// Waits for `pause`, or until somebody wants the run to stop.
    pub(super) async fn pause(&self, pause: Duration) {
        let told = self.told.notified();
        tokio::pin!(told);
        // From here on, nothing that is said is missed.
        told.as_mut().enable();
        if !self.wanted() {
            let _ = tokio::time::timeout(pause, told).await;
        }
    }
}
