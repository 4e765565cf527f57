//! The height feedback: the tip follows the surface with delay, swings, and falls more slowly than it rises.
//!
//! `z'' = ω² (h − z) − 2 ζ ω z'` along the line, with the natural frequency ω = 1/lag (per pixel) and the damping ζ; a falling tip is
//! limited to a largest rate ("parachuting": on a descent the error signal saturates). Integrated with twenty steps a pixel. A
//! second-order loop is what an integral controller with one dominant pole gives (Åström & Murray, Feedback Systems, ch. 10).

const STEPS_PER_PIXEL: usize = 20;

/// How well the height is followed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Feedback {
    /// Response time in pixels; 0 follows exactly.
    pub(super) lag_px: f64,
    /// Damping; below 1 it overshoots.
    pub(super) damping: f64,
    /// Fastest fall, metres per pixel; infinite without parachuting.
    pub(super) fall_m_per_px: f64,
}

impl Feedback {
    /// Follows a line in place, in the order of the samples.
    pub(super) fn follow(&self, line: &mut [f64]) {
        if self.lag_px <= 0.0 || line.is_empty() {
            return;
        }
        // Integration needs a few steps per response.
        let omega = (1.0 / self.lag_px).min(0.5 * STEPS_PER_PIXEL as f64);
        let dt = 1.0 / STEPS_PER_PIXEL as f64;
        let (mut z, mut rate, mut before) = (line[0], 0.0f64, line[0]);
        for value in line {
            for step in 1..=STEPS_PER_PIXEL {
                let h = before + (*value - before) * step as f64 * dt;
                rate += dt * (omega * omega * (h - z) - 2.0 * self.damping * omega * rate);
                rate = rate.max(-self.fall_m_per_px);
                z += dt * rate;
            }
            before = *value;
            *value = z;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(lag_px: f64, damping: f64, fall_m_per_px: f64, line: &[f64]) -> Vec<f64> {
        let mut line = line.to_vec();
        Feedback { lag_px, damping, fall_m_per_px }.follow(&mut line);
        line
    }

    #[test]
    fn it_settles_overshoots_and_parachutes() {
        let up: Vec<f64> = (0..60).map(|i| if i < 5 { 0.0 } else { 1e-8 }).collect();
        let down: Vec<f64> = up.iter().map(|h| 1e-8 - h).collect();
        assert_eq!(follow(0.0, 1.0, f64::INFINITY, &up), up);
        let slow = follow(2.0, 1.0, f64::INFINITY, &up);
        assert!(slow[6] < 0.5e-8 && (slow[59] / 1e-8 - 1.0).abs() < 1e-6);
        assert!(slow.iter().all(|z| *z <= 1e-8 * (1.0 + 1e-9)), "critical damping does not overshoot");
        let swinging = follow(2.0, 0.3, f64::INFINITY, &up);
        assert!(swinging.iter().any(|z| *z > 1.2e-8));
        // Two pixels per nanometre: 10 nm take 20 pixels.
        let falling = follow(0.3, 1.0, 0.5e-9, &down);
        assert!(falling[15] > 4e-9 && falling[40] < 1e-10);
    }
}
