//! First-order reversal curves: a family of loops 0 → V_k → 0 with growing V_k, the ions carrying their state from loop to
//! loop.
//!
//! The loop areas A_k say at which bias ions begin to move; the density `ρ(V, V_k) = −½ ∂²I/∂V ∂V_k` of the return branches
//! says where current depends on how far the sweep went before (Mayergoyz, Phys. Rev. Lett. 56, 1518 (1986)). Loops are
//! found from the bias alone: from a bias near zero to a turning point and back near zero.

use super::branches::{Branch, between, gap_a, trapezoid};
use super::turning_points::turning_points;
use super::{Descriptor, Undefined, Value, savitzky_golay};
use tiptwin_instrument::{Amps, IvCurve, Volts, Waveform};

/// Ends of a loop, as a share of the largest |V|.
const NEAR_ZERO: f64 = 0.02;

/// One loop of a family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoopOfFamily {
    /// Its turning point, with the sign of the bias.
    pub peak: Volts,
    /// Its signed area `∫ (I_down − I_up) d|V|`, A·V.
    pub area_av: f64,
}

/// One row of the density: what changes between two neighbouring loops.
#[derive(Clone, Debug, PartialEq)]
pub struct DensityRow {
    /// Middle of the two turning points, as |V|.
    pub reversal: Volts,
    /// |V| on the return branches.
    pub bias_v: Vec<f64>,
    /// `ρ` at each of them, A/V².
    pub density_a_per_v2: Vec<f64>,
}

/// The two branches of every loop and its turning point, in order.
fn family(curve: &IvCurve) -> Vec<(Volts, Branch, Branch)> {
    let corners = turning_points(&curve.bias_v);
    let near_zero_v = NEAR_ZERO * curve.bias_v.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    let is_loop = |w: &&[usize]| {
        let [start, peak, end] = [w[0], w[1], w[2]].map(|i| curve.bias_v[i].abs());
        start <= near_zero_v && end <= near_zero_v && peak > near_zero_v
    };
    corners
        .windows(3)
        .filter(is_loop)
        .map(|w| {
            let (up, down) = between(curve, w[0], w[1], w[2]);
            (Volts(curve.bias_v[w[1]]), up, down)
        })
        .collect()
}

/// The areas of all loops of a curve, in order; one for a triangle.
pub fn areas(curve: &IvCurve) -> Vec<LoopOfFamily> {
    let area = |up: &Branch, down: &Branch| trapezoid(&up.bias_v, &gap_a(up, down));
    family(curve).into_iter().map(|(peak, up, down)| LoopOfFamily { peak, area_av: area(&up, &down) }).collect()
}

/// The density between every two neighbouring loops, as far as the smaller of both reaches.
///
/// The difference over V_k is taken first and its derivative over V by local parabolas (Savitzky–Golay), which drops five
/// samples at each end. Loops that do not grow, and rows shorter than a window, are left out.
pub fn density(curve: &IvCurve) -> Vec<DensityRow> {
    let family = family(curve);
    let row = |pair: &[(Volts, Branch, Branch)]| {
        let [(low, _, small), (high, _, large)] = pair else { return None };
        let step_v = high.0.abs() - low.0.abs();
        if step_v <= 0.0 {
            return None;
        }
        let change: Vec<f64> =
            small.bias_v.iter().zip(&small.current_a).map(|(&v, i)| (large.at(v) - i) / step_v).collect();
        let slopes = savitzky_golay::parabolas(&small.bias_v, &change);
        (!slopes.is_empty()).then(|| DensityRow {
            reversal: Volts(0.5 * (low.0.abs() + high.0.abs())),
            bias_v: slopes.iter().map(|p| p.bias_v).collect(),
            density_a_per_v2: slopes.iter().map(|p| -0.5 * p.slope).collect(),
        })
    };
    family.windows(2).filter_map(row).collect()
}

/// Signed area of one loop of a family, A·V. Undefined for a sweep of fewer loops, or of one.
#[derive(Clone, Copy, Debug)]
pub struct ForcArea {
    /// Which loop, from 0.
    index: usize,
}

impl ForcArea {
    /// Names of the loops of the reference programme, 0 → k × 0.25 V → 0 up to 2 V.
    const NAMES: [(&str, &str); 8] = [
        ("forc_area_1", "area of loop 1"),
        ("forc_area_2", "area of loop 2"),
        ("forc_area_3", "area of loop 3"),
        ("forc_area_4", "area of loop 4"),
        ("forc_area_5", "area of loop 5"),
        ("forc_area_6", "area of loop 6"),
        ("forc_area_7", "area of loop 7"),
        ("forc_area_8", "area of loop 8"),
    ];

    /// The descriptors of the first eight loops.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::NAMES.len()).map(|index| Self { index })
    }
}

impl Descriptor for ForcArea {
    fn name(&self) -> &'static str {
        Self::NAMES[self.index].0
    }

    fn title(&self) -> &'static str {
        Self::NAMES[self.index].1
    }

    fn unit(&self) -> &'static str {
        "A·V"
    }

    fn evaluate(&self, curve: &IvCurve, _: Amps) -> Result<Value, Undefined> {
        match areas(curve).as_slice() {
            [] | [_] => Err(Undefined("the sweep is not a family of loops")),
            loops => {
                let area = loops.get(self.index).ok_or(Undefined("the sweep has fewer loops"))?.area_av;
                Ok(Value { value: area, censored: curve.saturated })
            }
        }
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::*;
    use tiptwin_instrument::Seconds;

    /// Loops to 0.5, 1.0 and 1.5 V. The way up carries `V`, the way back `V (1 + V_k)` nA.
    fn loops() -> IvCurve {
        let (mut bias_v, mut current_a) = (vec![0.0], vec![0.0]);
        for peak in [0.5, 1.0, 1.5] {
            let steps = (peak / 0.01_f64).round() as usize;
            for i in 1..=2 * steps {
                let v = 0.01 * (if i <= steps { i } else { 2 * steps - i }) as f64;
                bias_v.push(v);
                current_a.push(1e-9 * v * if i <= steps { 1.0 } else { 1.0 + peak });
            }
        }
        IvCurve { bias_v, current_a, sample_interval: Seconds(0.01), saturated: false }
    }

    #[test]
    fn every_loop_is_found_with_its_area() {
        let found = areas(&loops());
        for (l, peak) in found.iter().zip([0.5, 1.0, 1.5]) {
            // ∫ V V_k = V_k³/2; the last trapezoid has half its height, since both branches hold the peak sample.
            let expected = 1e-9 * (peak * peak * peak / 2.0 - 0.5 * 0.01 * peak * peak);
            assert!(
                (l.peak.0 - peak).abs() < 1e-12 && (l.area_av - expected).abs() < 1e-3 * expected,
                "{l:?} {expected}"
            );
        }
        assert_eq!(found.len(), 3);
        let named: Vec<_> = ForcArea::all().map(|d| d.evaluate(&loops(), Amps(0.0)).map(|v| v.value)).collect();
        assert_eq!(named[1], Ok(found[1].area_av));
        assert!(named[3].is_err());
        let single = triangle(|v| v, |v| v);
        assert!(ForcArea::all().all(|d| d.evaluate(&single, Amps(0.0)).is_err()));
        assert_eq!(areas(&single).len(), 1);
    }

    #[test]
    fn density_is_the_mixed_derivative_of_the_return_branches() {
        // I = V (1 + V_k) nA: ρ = −½ nA/V² everywhere but at the smaller loop's peak sample, which belongs to its way up.
        for row in density(&loops()) {
            let inside =
                row.bias_v.iter().zip(&row.density_a_per_v2).filter(|(v, _)| **v < row.reversal.0 - 0.25 - 0.06);
            for (v, d) in inside {
                assert!((d + 0.5e-9).abs() < 1e-15, "{v} {d}");
            }
        }
        assert_eq!(density(&loops()).len(), 2);
    }
}
