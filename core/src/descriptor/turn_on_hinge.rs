//! Turn-on voltage, hinge rule: the knee of the two straight lines that fit the up branch best.
//!
//! `I(V) = a + b V + c max(0, V − V_on)`, least squares in a, b, c and V_on (the two-phase regression of Hinkley,
//! Biometrika 56, 495 (1969)). With z = max(0, V − V_on) freed of its constant and linear part, a knee explains
//! ⟨z,I⟩²/⟨z,z⟩ of the squares that one line leaves, so the best knee is the largest of these with c > 0. It uses every
//! sample of the branch and is the rule least moved by noise, but on a curve that bends slowly it marks the middle of the
//! bend, above where a threshold sees the first current.
//!
//! A knee that explains less than 25 σ² (five standard deviations of c; the largest of a noise-only search over a branch
//! stays below 15) is none, and the value then the peak voltage as a lower bound. A clipped curve has a second knee:
//! censored.

use super::branches::{self, Branch};
use super::{Descriptor, TurnOnVoltage, Undefined, Value, savitzky_golay};
use rand::{Rng, RngExt};
use tiptwin_instrument::{Amps, IvCurve, Volts, Waveform};

/// The least explained squares in σ².
const LEAST_SQUARES: f64 = 25.0;
/// Samples on either side of a knee, so that both lines are determined.
const SIDE: usize = 3;
/// Steps of the golden-section search: 0.618³⁰ of two samples is far below any noise.
const STEPS: usize = 30;

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct TurnOnHinge;

impl Descriptor for TurnOnHinge {
    fn name(&self) -> &'static str {
        "turn_on_hinge"
    }

    fn title(&self) -> &'static str {
        "turn-on voltage of a hinge"
    }

    fn unit(&self) -> &'static str {
        "V"
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        if let Some(bound) = TurnOnVoltage::insulating(curve, noise) {
            return Ok(bound);
        }
        let (up, _) = branches::split(curve);
        Ok(match knee(&up) {
            Some((knee_v, squares)) if squares > LEAST_SQUARES * noise.0.powi(2) => {
                Value { value: knee_v, censored: curve.saturated }
            }
            _ => Value::bound(up.peak_v()),
        })
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        // It depends on how sharply the curve bends; see `bootstrap_sigma`.
        None
    }
}

impl TurnOnHinge {
    /// Standard deviation of this curve's value, from `repeats` (at least 2) curves drawn around its smoothed up branch
    /// with its own residuals.
    ///
    /// The residuals are those of the local parabolas, not of the two lines, which miss the bend itself. A parabola takes
    /// part of the noise with it, for which the residuals are widened by 1/√(1 − g²), g² being the share of a sample's own
    /// variance in its smoothed value. Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 9.
    ///
    /// # Errors
    /// If the branch is shorter than two smoothing windows or has no knee.
    pub fn bootstrap_sigma(self, curve: &IvCurve, repeats: usize, rng: &mut impl Rng) -> Result<Volts, Undefined> {
        let (up, _) = branches::split(curve);
        let smooth = savitzky_golay::of_current(&up);
        if smooth.len() < savitzky_golay::WINDOW || repeats < 2 {
            return Err(Undefined("a bootstrap needs two smoothing windows of samples and two repeats"));
        }
        let first = savitzky_golay::WINDOW / 2;
        let residuals_a: Vec<f64> = smooth
            .iter()
            .zip(&up.current_a[first..])
            .map(|(s, current)| (current - s.value) / (1.0 - s.value_gain.powi(2)).sqrt())
            .collect();
        let mut knees_v = Vec::with_capacity(repeats);
        for _ in 0..repeats {
            let drawn = Branch {
                bias_v: smooth.iter().map(|s| s.bias_v).collect(),
                current_a: smooth
                    .iter()
                    .map(|s| s.value + residuals_a[rng.random_range(0..residuals_a.len())])
                    .collect(),
            };
            knees_v.push(knee(&drawn).ok_or(Undefined("the curve has no knee"))?.0);
        }
        let mean = knees_v.iter().sum::<f64>() / repeats as f64;
        let square: f64 = knees_v.iter().map(|v| (v - mean).powi(2)).sum();
        Ok(Volts((square / (repeats - 1) as f64).sqrt()))
    }
}

/// The best knee, V, and the squares that it explains, A²; `None` if the branch bends down everywhere or is too short.
fn knee(up: &Branch) -> Option<(f64, f64)> {
    let samples = SIDE..up.bias_v.len().saturating_sub(SIDE);
    let explained = |knee_v: f64| explained(up, knee_v);
    let best = samples.max_by(|&a, &b| explained(up.bias_v[a]).total_cmp(&explained(up.bias_v[b])))?;
    // Between the neighbours of the best sample the explained squares have one maximum.
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut low, mut high) = (up.bias_v[best - 1], up.bias_v[best + 1]);
    for _ in 0..STEPS {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if explained(left) < explained(right) { low = left } else { high = right }
    }
    let knee_v = 0.5 * (low + high);
    let squares = explained(knee_v);
    (squares > 0.0).then_some((knee_v, squares))
}

/// Squares that a knee explains beyond one line, A²; 0 for a knee that bends down.
fn explained(up: &Branch, knee_v: f64) -> f64 {
    let n = up.bias_v.len() as f64;
    let z = |v: f64| (v - knee_v).max(0.0);
    let (mut sum_v, mut sum_z) = (0.0, 0.0);
    for &v in &up.bias_v {
        sum_v += v;
        sum_z += z(v);
    }
    let (mean_v, mean_z) = (sum_v / n, sum_z / n);
    let (mut vv, mut vz) = (0.0, 0.0);
    for &v in &up.bias_v {
        vv += (v - mean_v).powi(2);
        vz += (v - mean_v) * (z(v) - mean_z);
    }
    let slope = vz / vv;
    let (mut zz, mut zi) = (0.0, 0.0);
    for (&v, &current) in up.bias_v.iter().zip(&up.current_a) {
        let free = z(v) - mean_z - slope * (v - mean_v);
        zz += free * free;
        zi += free * current;
    }
    if zz > 0.0 && zi > 0.0 { zi * zi / zz } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::{moments, noisy, triangle};
    use super::*;
    use rand::SeedableRng;

    fn bent() -> IvCurve {
        triangle(|v| 1e-11 * v + 2e-10 * (v - 0.6137).max(0.0), |_| 0.0)
    }

    #[test]
    fn an_exact_hinge_is_found_between_the_samples() {
        let v = TurnOnHinge.evaluate(&bent(), Amps(0.0)).expect("defined");
        assert!((v.value - 0.6137).abs() < 1e-6 && !v.censored, "{v:?}");
        // A curve that bends down has no knee that turns on.
        let down = triangle(|v| 1e-10 * v.sqrt(), |_| 0.0);
        assert_eq!(TurnOnHinge.evaluate(&down, Amps(0.0)), Ok(Value::bound(1.5)));
    }

    #[test]
    fn noise_alone_has_no_knee() {
        // The threshold of the rule itself: none of 2000 branches without current may pass it.
        let flat = triangle(|_| 0.0, |_| 0.0);
        let largest = (0..2000)
            .filter_map(|seed| knee(&branches::split(&noisy(&flat, Amps(1e-12), seed)).0))
            .fold(0.0, |largest: f64, (_, squares)| largest.max(squares / 1e-24));
        assert!(largest < LEAST_SQUARES, "{largest}");
    }

    #[test]
    fn bootstrap_error_is_the_spread_of_repeated_measurements() {
        let knees: Vec<f64> = (0..400)
            .map(|seed| TurnOnHinge.evaluate(&noisy(&bent(), Amps(2e-12), seed), Amps(2e-12)).expect("defined").value)
            .collect();
        let spread = moments(&knees).1;
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let errors: Vec<f64> = (0..20)
            .map(|seed| {
                let curve = noisy(&bent(), Amps(2e-12), seed);
                TurnOnHinge.bootstrap_sigma(&curve, 100, &mut rng).expect("has a knee").0
            })
            .collect();
        // 4/√800 of the spread for its own error; the parabolas round the knee off and the first and last five samples are
        // not drawn, which together leave the error low or high by a few per cent more.
        let mean = moments(&errors).0;
        assert!((mean / spread - 1.0).abs() < 0.2, "{mean} against {spread}");
    }
}
