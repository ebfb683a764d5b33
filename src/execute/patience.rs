//! How long a plan waits for locks, how often it asks for one again, and how long a statement may take.

use std::time::Duration;

/// For how long a plan waits for locks that others hold, and for its own statements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    /// How long one attempt of a transaction waits: for so long, others queue behind it.
    pub lock_timeout: Duration,
    /// How long attempts are made again, counted from the first one of each transaction.
    pub lock_wait: Duration,
    /// How long a statement may take; none: as long as it needs.
    pub statement_timeout: Option<Duration>,
    /// How long one batch of rows rests before the next, as a multiple of how long it took.
    pub rest: f64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            // Less than the second after which PostgreSQL looks for deadlocks: a query of somebody else that
            // waits for the plan is never the one to be ended.
            // https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-DEADLOCK-TIMEOUT
            lock_timeout: Duration::from_millis(800),
            lock_wait: Duration::from_secs(300),
            statement_timeout: None,
            rest: 1.0,
        }
    }
}

impl Patience {
    /// The `lock_timeout` of a step within a transaction (`block`), and of one without. The latter
    /// are those that build or detach concurrently: they mostly wait for transactions to end, and
    /// nobody who reads or writes waits behind them; what a failed one leaves has to be cleared away first.
    #[must_use]
    pub fn of_step(self, block: bool) -> Duration {
        if block { self.lock_timeout } else { self.lock_timeout.max(self.lock_wait) }
    }

    /// The pause before the next attempt, when `attempts` have failed within `elapsed`; none when
    /// it is time to give up. Random, so that two that are in each other's way fall out of step.
    pub(super) fn pause(self, attempts: u32, elapsed: Duration) -> Option<Duration> {
        let pause = SHORTEST.saturating_mul(1 << attempts.min(6)).mul_f64(0.5 + fastrand::f64());
        (elapsed + pause < self.lock_wait).then_some(pause)
    }
}

const SHORTEST: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_time_is_up() {
        let patience = Patience::default();
        for _ in 0..100 {
            let first = patience.pause(1, Duration::ZERO).unwrap();
            assert!((250..750).contains(&first.as_millis()), "{first:?}");
            let late = patience.pause(1000, Duration::from_secs(60)).unwrap();
            assert!((8_000..24_000).contains(&late.as_millis()), "{late:?}");
            assert_eq!(patience.pause(1, patience.lock_wait), None);
        }
    }

    #[test]
    fn a_concurrent_step_has_all_the_time() {
        let patience = Patience::default();
        assert_eq!(patience.of_step(true), Duration::from_millis(800));
        assert_eq!(patience.of_step(false), Duration::from_secs(300));
        let hasty = Patience { lock_wait: Duration::ZERO, ..patience };
        assert_eq!(hasty.of_step(false), Duration::from_millis(800));
    }
}
