//! How light changes a location: more carriers, lower barriers, less spreading resistance, faster ions.
//!
//! ```text
//! g = 1 + Φ/Φ_p                        gain of injected carriers
//! m = exp(−φ/VT),  φ = φ_GB0/(1 + Φ/Φ_s)   share that passes the boundary barrier
//! R = R_sp0/(m (1 + Φ/Φ_R))            spreading resistance
//! E = E_a − ΔE Φ/(Φ + Φ_E)             activation energy of ion motion
//! ```
//!
//! with the light Φ and the constants in suns (see [`Constants`]).
//!
//! Source: barrier lowering by trap filling after Seto, J. Appl. Phys. 46, 5247 (1975), doi:10.1063/1.321593, reduced
//! to one constant; photo-enhanced ion motion after Zhao et al., Light Sci. Appl. 6, e16243 (2017). The saturating
//! forms are choices. Instantaneous: memory of past light enters through the effective Φ that the caller passes.

use super::constants::Constants;
use super::site::Site;

/// No place is a better insulator: 1.5 V drive 1e-16 A through it, a thousandth of what any amplifier sees.
const INSULATOR_OHM: f64 = 1e16;

/// A location under a given light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lit {
    /// Factor on the injected carriers g.
    pub carrier_gain: f64,
    /// Share m of carriers that pass the boundary barrier; above 1 for a boundary that helps.
    pub transmission: f64,
    /// Spreading resistance, Ω.
    pub spreading_ohm: f64,
    /// Activation energy of ion motion, eV.
    pub activation_ev: f64,
}

/// Applies light of `suns` to a location.
pub fn illuminate(site: &Site, suns: f64, constants: &Constants) -> Lit {
    let barrier_ev = site.boundary_barrier_ev / (1.0 + suns / (constants.barrier_suns * site.barrier_light_scale));
    let transmission = (-barrier_ev / constants.thermal_voltage_v()).exp();
    let reduction = constants.activation_drop_ev * suns / (suns + constants.activation_suns);
    Lit {
        carrier_gain: 1.0 + suns / (constants.photodoping_suns * site.carrier_light_scale),
        transmission,
        spreading_ohm: (site.spreading_ohm
            / (transmission * (1.0 + suns / (constants.spreading_suns * site.carrier_light_scale))))
            .min(INSULATOR_OHM),
        activation_ev: (site.activation_ev - reduction).max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dark_is_the_site_itself() {
        let site = Site { boundary_barrier_ev: 0.06, ..Site::default() };
        let constants = Constants::default();
        let dark = illuminate(&site, 0.0, &constants);
        let m = (-0.06 / constants.thermal_voltage_v()).exp();
        assert_eq!((dark.carrier_gain, dark.activation_ev, dark.transmission), (1.0, 0.435, m));
        assert_eq!(dark.spreading_ohm, 8e8 / m);
    }

    #[test]
    fn every_effect_is_monotone_in_the_light() {
        let site = Site { boundary_barrier_ev: 0.26, ..Site::default() };
        let mut last = illuminate(&site, 0.0, &Constants::default());
        for i in 1..100 {
            let lit = illuminate(&site, f64::from(i) * 0.03, &Constants::default());
            assert!(lit.carrier_gain > last.carrier_gain && lit.transmission > last.transmission);
            assert!(lit.spreading_ohm < last.spreading_ohm && lit.activation_ev < last.activation_ev);
            last = lit;
        }
    }
}
