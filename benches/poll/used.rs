//! What has another process used?
//!
//! In: a command. Out: its processor seconds, wall seconds and peak memory, as Linux counts them.

use std::fmt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cpu::status_mb;

/// Between two looks at the memory of a process, which only the living show.
const LOOK: Duration = Duration::from_millis(20);
/// Of `/proc/PID/stat`, the time of children that were waited for: in hundredths of a second, on every Linux.
const TICKS_A_SECOND: f64 = 100.0;

#[derive(Clone, Copy, Debug)]
pub struct Used {
    pub cpu_s: f64,
    wall_s: f64,
    peak_mb: f64,
}

/// Runs a command to its end.
///
/// # Panics
/// Where it cannot be run, or fails.
pub fn run(command: &mut Command) -> Used {
    let (before, start) = (children_s(), Instant::now());
    let mut child = command.stdout(Stdio::null()).spawn().expect("the program can be run");
    let mut peak_mb = 0.0_f64;
    let status = loop {
        peak_mb = peak_mb.max(status_mb(&child.id().to_string(), "VmHWM:"));
        match child.try_wait().expect("the program can be waited for") {
            Some(status) => break status,
            None => std::thread::sleep(LOOK),
        }
    };
    assert!(status.success(), "{command:?} failed: {status}");
    Used { cpu_s: children_s() - before, wall_s: start.elapsed().as_secs_f64(), peak_mb }
}

fn children_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(") ").next().unwrap_or_default().split(' ');
    fields.skip(13).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS_A_SECOND
}

impl fmt::Display for Used {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.2} s of processor time, {:.1} s wall, {:.0} MB", self.cpu_s, self.wall_s, self.peak_mb)
    }
}
