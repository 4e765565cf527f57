//! How often one connection may ask.

use std::time::Instant;

/// A bucket of requests that fills at a steady rate.
#[derive(Debug)]
pub(super) struct Bucket {
    per_s: f64,
    capacity: f64,
    content: f64,
    seen: Instant,
}

impl Bucket {
    /// A full bucket for `per_s` requests a second and `at_once` more.
    pub(super) fn new((per_s, at_once): (u32, u32), now: Instant) -> Self {
        let capacity = f64::from(at_once).max(1.0);
        Self { per_s: f64::from(per_s), capacity, content: capacity, seen: now }
    }

    /// Takes one request out, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.seen).as_secs_f64();
        self.content = (self.content + passed * self.per_s).min(self.capacity);
        self.seen = now;
        let enough = self.content >= 1.0;
        if enough {
            self.content -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let start = Instant::now();
        let mut bucket = Bucket::new((100, 10), start);
        assert_eq!((0..20).filter(|_| bucket.take(start)).count(), 10, "what may come at once");
        // Asked 1000 times a second for 2 s, it lets 100 a second pass.
        let passed = (0..2000).filter(|i| bucket.take(start + Duration::from_micros(1000 * (i + 1)))).count();
        assert!((199..=200).contains(&passed), "{passed}");
    }
}
