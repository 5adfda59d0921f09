//! What does the service manager hear?
//!
//! In: the daemon's state changes. Out: systemd's notifications (`sd_notify(3)`): ready, reloading, alive, stopping.
//! Without systemd it says nothing. It keeps no time of its own: whoever does the work says that it is alive.

use sd_notify::NotifyState;

/// The line to the service manager.
#[derive(Clone, Copy, Debug, Default)]
pub struct Service;

impl Service {
    fn tell(self, states: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(states) {
            tracing::debug!(%error, "the service manager did not listen");
        }
    }

    /// Started (or reloaded) and at work; `status` is one line for `systemctl status`.
    pub fn ready(self, status: &str) {
        self.tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// About to read the configuration again.
    pub fn reloading(self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.tell(&[NotifyState::Reloading, now]),
            Err(_) => self.tell(&[NotifyState::Reloading]),
        }
    }

    /// The work goes on: the watchdog's beat.
    pub fn alive(self) {
        self.tell(&[NotifyState::Watchdog]);
    }

    /// Asked to stop, and stopping.
    pub fn stopping(self) {
        self.tell(&[NotifyState::Stopping]);
    }
}
