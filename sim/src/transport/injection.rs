//! Hole current through two Debye layers and the bulk between them.
//!
//! ```text
//! J = (q μ VT p_T / L) · N(x) / S(U, v_T, v_B)          A/m²
//! N = 1 − exp(−x),   x = V_j/VT
//! S = exp(v_T) (exp(U) − 1)/U + (√2 L_D/L) · { exp(W) Daw(√v_B)   if v_B > 0
//!                                            { Daw(√−v_T)         if v_T < 0
//! W = v_B + U + v_T
//! ```
//!
//! with all potentials in thermal voltages, the hole density `p_T` (m⁻³) at the tip, the mobility μ (m²/Vs), the thickness L
//! and the Debye length `L_D` (m). The first term of S is the bulk, the other the depletion layer, of which there is at most
//! one. The integral of exp(potential) across the film is L·S·exp(−U − `v_T`); the common factor is divided out here so
//! that nothing overflows, and for x < 0 both N and S carry a further factor exp(x).
//!
//! Source: integration of the drift–diffusion hole current at constant flux, as in the diffusion theory of the Schottky
//! contact (Sze & Ng, Physics of Semiconductor Devices, 3rd ed., ch. 3). Valid for one carrier, without recombination, and
//! contacts in quasi-equilibrium (thermionic velocity not limiting). Vanishes at zero bias for every ion state, and rises
//! with the bias. Ignores that a depletion layer is not parabolic within a Debye length of flat bands: the current has a
//! kink of some per cent where a layer changes from accumulated to depleted.

use super::dawson::dawson;

/// The potentials of a column at one instant, in thermal voltages.
#[derive(Clone, Copy, Debug)]
pub struct Drops {
    /// Bias across the film, x = `V_j`/VT.
    pub bias: f64,
    /// Bulk drop U.
    pub bulk: f64,
    /// Drop of the tip's Debye layer `v_T`.
    pub tip: f64,
    /// Drop of the back contact's Debye layer `v_B`.
    pub back: f64,
}

/// N/S for the given drops, and its derivative along `slope`, the derivatives of the drops.
///
/// `built_in` is Vbi/VT and `debye` is √2·`L_D`/L. Multiply by q μ VT `p_T` / L to get A/m².
pub fn flow(at: Drops, slope: Drops, built_in: f64, debye: f64) -> (f64, f64) {
    let reverse = at.bias < 0.0;
    // For reverse bias numerator and denominator carry e^x.
    let (shift, d_shift) = if reverse { (at.bias, slope.bias) } else { (0.0, 0.0) };
    let (numerator, d_numerator) = if reverse {
        let n = at.bias.exp_m1();
        (n, (n + 1.0) * slope.bias)
    } else {
        let n = -(-at.bias).exp_m1();
        (n, (1.0 - n) * slope.bias)
    };

    let (mut sum, mut d_sum) = bulk(at.bulk, slope.bulk, at.tip + shift, slope.tip + d_shift);
    if at.back > 0.0 {
        let (layer, d_layer) = depletion(at.back, slope.back);
        let factor = debye * (built_in - at.bias.max(0.0)).exp();
        let d_factor = if reverse { 0.0 } else { -factor * slope.bias };
        sum += factor * layer;
        d_sum += factor * d_layer + d_factor * layer;
    }
    if at.tip < 0.0 {
        let (layer, d_layer) = depletion(-at.tip, -slope.tip);
        let factor = debye * shift.exp();
        sum += factor * layer;
        d_sum += factor * (d_layer + d_shift * layer);
    }
    let flow = numerator / sum;
    (flow, (d_numerator - flow * d_sum) / sum)
}

/// e^a (eᵁ − 1)/U and its derivative.
fn bulk(u: f64, du: f64, a: f64, da: f64) -> (f64, f64) {
    if u > 1.0 {
        // e^a alone may underflow while e^{a+U} does not.
        let (high, low) = ((a + u).exp(), a.exp());
        let value = (high - low) / u;
        return (value, value * da + (high - value) / u * du);
    }
    let (phi, d_phi) = if u.abs() < 1e-3 {
        (1.0 + u * (0.5 + u * (1.0 / 6.0 + u / 24.0)), 0.5 + u * (1.0 / 3.0 + u * (0.125 + u / 30.0)))
    } else {
        let e = u.exp_m1();
        (e / u, (e + 1.0 - e / u) / u)
    };
    let scale = a.exp();
    (scale * phi, scale * (phi * da + d_phi * du))
}

/// Daw(√v) and its derivative, for v > 0.
fn depletion(v: f64, dv: f64) -> (f64, f64) {
    let root = v.sqrt();
    let d = dawson(root);
    (d, (0.5 / root - d) * dv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivative_agrees_with_finite_differences() {
        let debye = 0.0236;
        let built_in = 17.1;
        let slope = Drops { bias: -1.3, bulk: 1.0, tip: 0.1, back: 0.2 };
        for bias in [-9.0, -0.5, 0.4, 12.0, 30.0] {
            for bulk in [-20.0, -0.7, 1e-5, 0.4, 7.0] {
                for (tip, back) in [(2.8, 14.0), (-6.0, -1.7)] {
                    let at = Drops { bias, bulk, tip, back };
                    let moved = |h: f64| Drops {
                        bias: bias + h * slope.bias,
                        bulk: bulk + h * slope.bulk,
                        tip: tip + h * slope.tip,
                        back: back + h * slope.back,
                    };
                    let (value, derivative) = flow(at, slope, built_in, debye);
                    let h = 1e-6;
                    let (up, down) = (flow(moved(h), slope, built_in, debye), flow(moved(-h), slope, built_in, debye));
                    let difference = (up.0 - down.0) / (2.0 * h);
                    // The truncation of the difference is h² ≈ 1e-12, its cancellation eps/h ≈ 2e-10 of the value.
                    let scale = derivative.abs() + value.abs();
                    assert!((difference - derivative).abs() < 1e-7 * scale, "{at:?}: {derivative} {difference}");
                }
            }
        }
    }

    #[test]
    fn no_overflow_at_any_bias_a_probe_can_give() {
        let slope = Drops { bias: -1.0, bulk: 1.0, tip: 0.0, back: 0.0 };
        for x in [-800.0, 800.0] {
            let at = Drops { bias: x, bulk: 17.1 - x - 14.3 - 2.8, tip: 2.8, back: 14.3 };
            let (value, derivative) = flow(at, slope, 17.1, 0.0236);
            assert!(value.is_finite() && derivative.is_finite() && value * x > 0.0, "{value} {derivative}");
        }
    }
}
