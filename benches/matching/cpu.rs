//! What has this process used?
//!
//! In: nothing. Out: CPU seconds (a shared machine's wall time says little) and resident memory, as Linux counts them;
//! elsewhere wall seconds and no memory.

use std::time::Instant;

/// Counts CPU seconds from its start.
pub struct Stopwatch {
    cpu: Option<f64>,
    wall: Instant,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self { cpu: cpu_seconds(), wall: Instant::now() }
    }

    pub fn seconds(&self) -> f64 {
        match (self.cpu, cpu_seconds()) {
            (Some(start), Some(now)) => now - start,
            _ => self.wall.elapsed().as_secs_f64(),
        }
    }
}

/// Nanoseconds on a CPU, of the main thread, which is the only one.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds / 1e9)
}

/// Megabytes resident.
pub fn resident_mb() -> f64 {
    status_mb("self", "VmRSS:")
}

/// Megabytes of a field of a process's status; 0 where the system does not tell.
pub fn status_mb(process: &str, field: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
}
