//! What time is it?
//!
//! In: nothing, or the simulated time of a demo or a test. Out: a [`Timestamp`] and a way to wait for one.
//! The only reader of the system's clock; everything else is told the time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// The time source of the shell. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    System,
    /// Runs `speed` times as fast as the wall, from `origin` on.
    Fast {
        origin: Timestamp,
        started: Instant,
        speed: f64,
    },
}

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self(Arc::new(Source::System))
    }

    /// A clock that starts at `origin` now and runs `speed` times as fast as real time.
    pub fn fast(origin: Timestamp, speed: f64) -> Self {
        Self(Arc::new(Source::Fast { origin, started: Instant::now(), speed }))
    }

    /// The present.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> Timestamp {
        match *self.0 {
            Source::System => Timestamp::now(),
            Source::Fast { origin, started, speed } => {
                let elapsed = Duration::from_secs_f64(started.elapsed().as_secs_f64() * speed);
                origin.checked_add(elapsed).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// How long to wait, in real time, until this clock shows `at`; zero when it is past.
    pub fn until(&self, at: Timestamp) -> Duration {
        let ahead = at.duration_since(self.now());
        let ahead = Duration::try_from(ahead).unwrap_or(Duration::ZERO);
        match *self.0 {
            Source::System => ahead,
            Source::Fast { speed, .. } => ahead.div_f64(speed),
        }
    }

    /// Waits until this clock shows `at`.
    pub async fn sleep_until(&self, at: Timestamp) {
        tokio::time::sleep(self.until(at)).await;
    }
}
