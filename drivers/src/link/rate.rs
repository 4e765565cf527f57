//! How many requests are followed: a bucket that fills evenly. Time is an argument.

/// Requests a second, with a burst of as many as one second gives.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    per_s: f64,
    left: f64,
    seen_s: f64,
}

impl Rate {
    pub(super) const fn new(per_s: f64) -> Self {
        Self { per_s, left: per_s, seen_s: 0.0 }
    }

    /// Takes one, or says after how many seconds there will be one.
    pub(super) fn take(&mut self, now_s: f64) -> Result<(), f64> {
        self.left = (self.left + self.per_s * (now_s - self.seen_s).max(0.0)).min(self.per_s.max(1.0));
        self.seen_s = self.seen_s.max(now_s);
        if self.left < 1.0 {
            return Err((1.0 - self.left) / self.per_s);
        }
        self.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_rate_and_a_burst_get_through() {
        let mut rate = Rate::new(50.0);
        let through = (0..10_000).filter(|k| rate.take(f64::from(*k) * 1e-3).is_ok()).count();
        assert!((540..=551).contains(&through), "{through} in 10 s");
        let wait_s = rate.take(9.999).expect_err("just used up");
        assert!(wait_s > 0.0 && wait_s <= 0.02);
        assert_eq!(rate.take(10.0 + wait_s), Ok(()));
    }
}
