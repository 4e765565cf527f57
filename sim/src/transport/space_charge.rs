//! How much current a film can carry before the carriers' own charge stops it.
//!
//! ```text
//! planar           J = (9/8) ε μ V²/L³                      Mott & Gurney
//! small contact    I = (3π/4) ε μ V²/L                      hemispherical, a ≪ L
//! traps filled     V_TFL = q N_t L²/(2ε) planar,  q N_t L²/(6ε) hemispherical
//! ```
//!
//! with the permittivity ε (F/m), the mobility μ (m²/Vs), the thickness L (m) and the trap density N_t (m⁻³). The hemispherical
//! law follows from E² r⁴ = I (r³ − a³)/(3π μ ε) between the radii a and L. With traps only a share θ of the injected charge
//! moves, and [`limited`] joins the injected current with this ceiling: `I = I₀/(1 + |I₀|/I_S)`.
//!
//! Source: N. F. Mott & R. W. Gurney, Electronic Processes in Ionic Crystals (1940), for the planar law; the hemispherical one is derived
//! in tests/properties. Valid for ions that do not screen the charge, which in this material is rarely sure (Duijnstee
//! et al., ACS Energy Lett. 5, 376 (2020)); off by default (θ = ∞), since cAFM currents are limited by injection or traps. Joining
//! the two limits by their reciprocals is a choice.

use super::constants::VACUUM_PERMITTIVITY_F_PER_M;
use std::f64::consts::PI;

/// Planar current density without traps, A/m².
pub fn mott_gurney_a_per_m2(permittivity: f64, mobility_m2_per_vs: f64, bias_v: f64, thickness_m: f64) -> f64 {
    9.0 / 8.0 * permittivity * VACUUM_PERMITTIVITY_F_PER_M * mobility_m2_per_vs * bias_v * bias_v.abs()
        / thickness_m.powi(3)
}

/// Ceiling of a small contact per volt squared, A/V², for a share θ of mobile charge.
pub fn hemispherical_a_per_v2(permittivity: f64, mobility_m2_per_vs: f64, thickness_m: f64, share: f64) -> f64 {
    0.75 * PI * share * permittivity * VACUUM_PERMITTIVITY_F_PER_M * mobility_m2_per_vs / thickness_m
}

/// Bias at which all traps of a planar film are filled, V.
pub fn trap_filled_limit_v(permittivity: f64, traps_per_m3: f64, thickness_m: f64) -> f64 {
    super::constants::ELEMENTARY_CHARGE_C * traps_per_m3 * thickness_m.powi(2)
        / (2.0 * permittivity * VACUUM_PERMITTIVITY_F_PER_M)
}

/// The same for half shells around a small contact, V.
pub fn trap_filled_limit_hemispherical_v(permittivity: f64, traps_per_m3: f64, thickness_m: f64) -> f64 {
    trap_filled_limit_v(permittivity, traps_per_m3, thickness_m) / 3.0
}

/// The injected current (value, derivative) below a ceiling of the same kind.
pub fn limited((injected, d_injected): (f64, f64), (ceiling, d_ceiling): (f64, f64)) -> (f64, f64) {
    let (size, d_size) = (injected.abs(), d_injected * injected.signum());
    let sum = size + ceiling;
    if sum <= 0.0 {
        return (0.0, 0.0);
    }
    let value = size * ceiling / sum;
    let slope = (ceiling * ceiling * d_size + size * size * d_ceiling) / (sum * sum);
    (value * injected.signum(), slope * injected.signum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_of_two_currents_wins_and_the_slope_is_its_derivative() {
        assert!((limited((1e-9, 0.0), (1e-3, 0.0)).0 / 1e-9 - 1.0).abs() < 1e-5);
        assert!((limited((-1e-3, 0.0), (1e-9, 0.0)).0 / -1e-9 - 1.0).abs() < 1e-5);
        assert_eq!(limited((0.0, 1.0), (0.0, 0.0)), (0.0, 0.0));
        let at = |x: f64| limited((2.0 * x.sinh(), 2.0 * x.cosh()), (3.0 * x * x, 6.0 * x));
        for x in [-1.3, -0.2, 0.4, 2.0] {
            let h = 1e-6;
            let difference = (at(x + h).0 - at(x - h).0) / (2.0 * h);
            assert!((at(x).1 - difference).abs() < 1e-8 * (1.0 + difference.abs()), "{x}");
        }
    }
}
