//! What if this call failed?
//!
//! In: a test's plan of faults. Out: an error, or the death of the process, at the chosen call. In production there is no
//! plan and a hook costs one comparison. It never decides how a failure is handled.

use std::sync::Arc;

/// Asked before each call that touches the world, with the name of what is about to happen; an error is that call's fault.
pub type Fault = Arc<dyn Fn(&'static str) -> Result<(), String> + Send + Sync>;

/// The plan of faults of a run; empty outside tests.
#[derive(Clone, Default)]
pub struct Hooks(Option<Fault>);

impl Hooks {
    /// Every call asks `fault` first.
    pub fn with(fault: Fault) -> Self {
        Self(Some(fault))
    }

    /// The fault itself, for the store, which asks within its transactions.
    pub fn fault(&self) -> Option<Fault> {
        self.0.clone()
    }

    /// May this call go ahead?
    pub fn before(&self, call: &'static str) -> Result<(), String> {
        self.0.as_ref().map_or(Ok(()), |fault| fault(call))
    }
}
