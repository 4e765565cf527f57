//! Charge and potential drop of a thin Debye layer at a blocking contact.
//!
//! ```text
//! F(v) = sgn(v) √(2 (exp(v) − 1 − v))
//! ```
//!
//! is the charge per area, in units of q·N0·`L_D`, that belongs to a drop of v thermal voltages across a layer of one mobile species on a fixed, equal background. What the transport
//! needs is the inverse, v = F⁻¹(Q), and D(Q) = F⁻¹(Q) − F⁻¹(−Q): the drop across both layers when one holds the charge
//! that the other lacks.
//!
//! Source: Courtier et al., Eur. J. Appl. Math. 30, 427 (2019), arXiv:1708.09210 (surface polarisation model). Valid for
//! a Debye length that is thin against the film. Ignores steric saturation of vacancies, so the charge grows like
//! exp(v/2) at strong accumulation.

use std::sync::LazyLock;

const NODES_PER_UNIT: f64 = 64.0;
const TABLE_END: f64 = 32.0;

/// Drop and slope at equidistant charges. A cubic through both is good to 1e-11.
static TABLE: LazyLock<Vec<[f64; 2]>> = LazyLock::new(|| {
    let nodes = (2.0 * NODES_PER_UNIT * TABLE_END) as usize + 1;
    (0..nodes)
        .map(|i| {
            let drop = invert(i as f64 / NODES_PER_UNIT - TABLE_END);
            [drop, 1.0 / charge_slope(drop)]
        })
        .collect()
});

/// F(v): charge in units of q·N0·`L_D` for a drop of `v` thermal voltages.
pub fn charge(v: f64) -> f64 {
    let excess = if v.abs() < 1e-2 {
        v * v * (0.5 + v * (1.0 / 6.0 + v * (1.0 / 24.0 + v * (1.0 / 120.0 + v / 720.0))))
    } else {
        v.exp_m1() - v
    };
    (2.0 * excess).sqrt().copysign(v)
}

/// F′(v) = (eᵛ − 1)/F(v), with the limit 1 at v = 0.
fn charge_slope(v: f64) -> f64 {
    if v.abs() < 1e-5 { 1.0 + v / 3.0 } else { v.exp_m1() / charge(v) }
}

/// F⁻¹ by Newton's iteration, to rounding.
fn invert(charge_target: f64) -> f64 {
    // Asymptotes of F: −√(−2v − 2) on the depleted side, √2·exp(v/2) on the accumulated side.
    let mut v = if charge_target < -2.0 {
        -0.5 * charge_target * charge_target - 1.0
    } else if charge_target > 2.0 {
        (0.5 * charge_target * charge_target + 1.0).ln()
    } else {
        charge_target
    };
    for _ in 0..60 {
        let step = (charge(v) - charge_target) / charge_slope(v);
        v -= step;
        if step.abs() <= 4.0 * f64::EPSILON * v.abs() {
            break;
        }
    }
    v
}

/// F⁻¹(Q) and its slope: the drop, in thermal voltages, that belongs to a charge in units of q·N0·`L_D`.
pub fn drop_of_charge(q: f64) -> (f64, f64) {
    let place = (q + TABLE_END) * NODES_PER_UNIT;
    if !(0.0..2.0 * TABLE_END * NODES_PER_UNIT).contains(&place) {
        let v = invert(q);
        return (v, 1.0 / charge_slope(v));
    }
    let node = place as usize;
    let t = place - node as f64;
    let ([v0, m0], [v1, m1]) = (TABLE[node], TABLE[node + 1]);
    let (m0, m1) = (m0 / NODES_PER_UNIT, m1 / NODES_PER_UNIT);
    let rise = v1 - v0;
    let quadratic = 3.0 * rise - 2.0 * m0 - m1;
    let cubic = m0 + m1 - 2.0 * rise;
    let v = v0 + t * (m0 + t * (quadratic + t * cubic));
    (v, NODES_PER_UNIT * (m0 + t * (2.0 * quadratic + 3.0 * t * cubic)))
}

/// The charge at which both layers together take the whole drop `w` (in thermal voltages): the steady state.
pub fn steady_charge(w: f64) -> f64 {
    // D is odd, and convex above 0; starting above the root, Newton's iteration falls towards it.
    let mut q = (2.0 * w.abs()).sqrt();
    for _ in 0..100 {
        let ((v_t, s_t), (v_b, s_b)) = (drop_of_charge(q), drop_of_charge(-q));
        let step = (v_t - v_b - w.abs()) / (s_t + s_b);
        q -= step;
        if step.abs() <= 1e-14 * (1.0 + q) {
            break;
        }
    }
    q.copysign(w)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_inverse_at_the_published_charges() {
        // Half a unit in the last place given; -51 is exact to e⁻⁵¹.
        for (q, v, tolerance) in
            [(1.0, 0.857_677, 5e-7), (-1.0, -1.198_290, 5e-7), (10.0, 4.007_469, 5e-7), (-10.0, -51.0, 1e-9)]
        {
            let found = drop_of_charge(q).0;
            assert!((found - v).abs() < tolerance, "F⁻¹({q}) = {found}, expected {v}");
        }
    }

    #[test]
    fn table_agrees_with_newton_and_beyond_its_end() {
        for i in -20_000..20_000 {
            let q = f64::from(i) * 0.001_917 + 1e-4;
            let (v, slope) = drop_of_charge(q);
            // 1e-10 of the drop is 1e-10 of the current, far below any digit that is compared.
            assert!((v - invert(q)).abs() < 1e-10 * (1.0 + v.abs()), "q = {q}");
            assert!((charge(v) - q).abs() < 1e-9 * (1.0 + q.abs()), "q = {q}");
            assert!((slope * charge_slope(v) - 1.0).abs() < 1e-6, "q = {q}");
        }
    }

    #[test]
    fn steady_charge_takes_the_whole_drop_and_is_odd() {
        for w in [1e-9, 1e-3, 0.3, 5.0, 17.125, 60.0, 700.0] {
            let q = steady_charge(w);
            let across = drop_of_charge(q).0 - drop_of_charge(-q).0;
            assert!((across - w).abs() < 1e-11 * w.max(1.0), "w = {w}: {across}");
            assert_eq!(steady_charge(-w), -q);
        }
        assert_eq!(steady_charge(0.0), 0.0);
    }
}
