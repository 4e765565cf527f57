//! Seconds of a core that this thread used.

use std::fs;
use std::time::Instant;

/// Started where something begins that this thread does alone.
///
/// A cluster is asked for core-hours, and on a machine that others use the time by the wall says more about them. Where the system does not
/// tell (anywhere but on Linux), it is that time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch {
    wall: Instant,
    cpu_s: Option<f64>,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self { wall: Instant::now(), cpu_s: thread_s() }
    }

    pub(super) fn seconds(&self) -> f64 {
        match (thread_s(), self.cpu_s) {
            // A thread that has just begun has used nothing yet; a system that does not count says so for ever.
            (Some(now), Some(then)) if now > 0.0 => now - then,
            _ => self.wall.elapsed().as_secs_f64(),
        }
    }
}

/// What this thread has used so far.
fn thread_s() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds as f64 * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_and_waiting_is_not() {
        let watch = Stopwatch::start();
        std::thread::sleep(std::time::Duration::from_millis(200));
        let waited = watch.seconds();
        let sum = (0..20_000_000u64).fold(0u64, |s, i| s.wrapping_mul(31).wrapping_add(std::hint::black_box(i)));
        assert!(std::hint::black_box(sum) != 1 && watch.seconds() > waited);
        if watch.cpu_s.is_some() {
            assert!(waited < 0.1, "{waited}");
        }
    }
}
