//! What time is it?
//!
//! In: nothing, or the steps of whoever simulates time. Out: a [`Timestamp`] and a way to wait for one.
//! The only reader of the system's clock; everything else is told the time.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

/// The time source of the shell. Cheap to clone; clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Stepped(watch::Sender<Timestamp>),
}

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `origin` until [`Clock::step_to`] moves it: for the demo and for tests.
    pub fn stepped(origin: Timestamp) -> Self {
        Self(Source::Stepped(watch::Sender::new(origin)))
    }

    /// The present, to the millisecond (what the store keeps).
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> Timestamp {
        let now = match &self.0 {
            Source::System => Timestamp::now(),
            Source::Stepped(time) => *time.borrow(),
        };
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Moves a stepped clock forward and wakes those who wait; never backward, and never the machine's own.
    pub fn step_to(&self, at: Timestamp) {
        if let Source::Stepped(time) = &self.0 {
            time.send_if_modified(|now| {
                let moved = at > *now;
                *now = at.max(*now);
                moved
            });
        }
    }

    /// Waits until this clock shows `at`.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.0 {
            Source::System => {
                let ahead = Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO);
                tokio::time::sleep(ahead).await;
            }
            Source::Stepped(time) => {
                // The sender lives in `self`, so waiting cannot fail.
                let _ = time.subscribe().wait_for(|now| *now >= at).await;
            }
        }
    }
}
