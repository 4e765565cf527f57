//! One column of film between tip and back contact: ions, injection, light and series resistance solved together.
//!
//! ```text
//! Q = Q₀ + k Δt U,   k = D_i/(L L_D)             implicit Euler step of the ions
//! (Vbi − V_j)/VT = U + F⁻¹(Q) − F⁻¹(−Q)          potential balance
//! V = V_j + R I(V_j, Q, U)                       Kirchhoff's voltage law
//! ```
//!
//! hold at every sample, with the ion diffusivity `D_i` (m²/s), the thickness L and the Debye length `L_D` (m). Read from the
//! bulk drop U they become explicit, one after the other, and a single monotone equation in U is left. So nothing is
//! nested and nothing is staggered (a staggered coupling gives spurious loops at slow rates).
//!
//! Source: Courtier et al., Eur. J. Appl. Math. 30, 427 (2019), reduced to one carrier and one layer. The step is
//! unconditionally stable and first order in Δt. The current spreads from a disc of radius a: its area is 4 a L, which is
//! Maxwell's spreading conductance 4σa written for a film of thickness L. Ignores lateral ion motion and the displacement
//! current of the ions (1e-14 A).

use super::constants::{Constants, ELEMENTARY_CHARGE_C};
use super::debye_layer::{drop_of_charge, steady_charge};
use super::illumination::illuminate;
use super::injection::{Drops, flow};
use super::photocurrent::collected_share;
use super::site::Site;
use super::space_charge::{hemispherical_a_per_v2, limited};
use crate::error::{SimError, within};
use tiptwin_instrument::{Seconds, Suns, Volts};

const MAX_ITERATIONS: usize = 200;

/// A location under a given light, ready to be biased.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    thermal_v: f64,
    built_in: f64,
    debye: f64,
    ion_rate_per_s: f64,
    injection_a: f64,
    photo_a: f64,
    leak_siemens: f64,
    series_ohm: f64,
    /// Space-charge ceiling per squared thermal voltage, A; infinite without one.
    ceiling_a: f64,
    /// Shift of the tip barrier in thermal voltages per unit of ion charge.
    shift_per_charge: f64,
    rested: f64,
}

/// What a column does at one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// Current from the tip into the film, A.
    pub current_a: f64,
    /// Bias across the film without the series resistance, V.
    pub junction_v: f64,
    /// Charge of the tip's Debye layer, in units of q·N0·`L_D`.
    pub charge: f64,
    /// Bulk drop in thermal voltages; 0 in steady state. Start value for the next sample.
    pub bulk: f64,
}

struct Trial {
    junction_v: f64,
    current_a: f64,
    d_junction_v: f64,
    d_current_a: f64,
}

impl Column {
    /// Prepares a location. `light` is the effective intensity, with whatever memory the caller gives it; the detection laser comes on
    /// top.
    pub fn new(site: &Site, light: Suns, constants: &Constants) -> Result<Self, SimError> {
        site.check()?;
        constants.check()?;
        within(
            "light (suns)",
            light.0,
            (0.0, 100.0),
            "it is an intensity, and films bleach far below",
            "0 to 100 suns",
        )?;
        let suns = light.0 + constants.laser_suns;
        let lit = illuminate(site, suns, constants);
        let thermal_v = constants.thermal_voltage_v();
        let debye_m = constants.debye_length_m();
        let ion_m2_per_s = constants.ion_diffusivity_m2_per_s * (-lit.activation_ev / thermal_v).exp();
        let tip_holes_per_m3 = constants.valence_states_per_m3 * (-site.tip_barrier_ev / thermal_v).exp();
        let built_in = (site.back_barrier_ev - site.tip_barrier_ev) / thermal_v;
        let rested = steady_charge(built_in);
        let per_v2 = hemispherical_a_per_v2(
            constants.permittivity,
            constants.hole_mobility_m2_per_vs * site.mobility_factor,
            constants.thickness_m,
            constants.free_charge_share,
        );
        Ok(Self {
            thermal_v,
            built_in,
            ceiling_a: per_v2 * thermal_v * thermal_v,
            shift_per_charge: if rested == 0.0 { 0.0 } else { site.ion_barrier_shift_ev / thermal_v / rested.abs() },
            rested,
            debye: std::f64::consts::SQRT_2 * debye_m / constants.thickness_m,
            ion_rate_per_s: ion_m2_per_s / (constants.thickness_m * debye_m),
            // 4aL·(q μ VT p_T / L): the thickness cancels.
            injection_a: 4.0
                * constants.contact_radius_m
                * ELEMENTARY_CHARGE_C
                * constants.hole_mobility_m2_per_vs
                * site.mobility_factor
                * thermal_v
                * tip_holes_per_m3
                * lit.carrier_gain
                * lit.transmission,
            photo_a: ELEMENTARY_CHARGE_C
                * constants.generation_per_m3_s
                * suns
                * constants.thickness_m
                * constants.collection_area_m2
                * constants.collection_efficiency
                * site.photo_yield,
            leak_siemens: 1.0 / site.leak_ohm,
            series_ohm: lit.spreading_ohm + constants.line_ohm,
        })
    }

    /// The charge that a rested column holds at 0 V.
    pub fn rested_charge(&self) -> f64 {
        self.rested
    }

    /// The charge that the column reaches when the film itself is held at `junction` for ever.
    pub fn steady_charge(&self, junction: Volts) -> f64 {
        steady_charge(self.built_in - junction.0 / self.thermal_v)
    }

    /// Rate k of the ions' relaxation, 1/s: dQ/dt = k U.
    pub fn ion_rate_per_s(&self) -> f64 {
        self.ion_rate_per_s
    }

    /// Resistance in series with the film, Ω.
    pub fn series_ohm(&self) -> f64 {
        self.series_ohm
    }

    /// The state at `bias` a time `step` after the charge was `charge`, by one implicit step. `bulk_guess` only
    /// shortens the search. A step of 0 freezes the ions; a very long one gives the steady state.
    pub fn advance(&self, bias: Volts, step: Seconds, charge: f64, bulk_guess: f64) -> Result<State, SimError> {
        let mobility = self.ion_rate_per_s * step.0;
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut bulk = bulk_guess;
        let mut reach = 4.0;
        let mut residual_v = f64::NAN;
        for _ in 0..MAX_ITERATIONS {
            let trial = self.trial(bulk, charge, mobility);
            residual_v = trial.junction_v + self.series_ohm * trial.current_a - bias.0;
            let slope_v = trial.d_junction_v + self.series_ohm * trial.d_current_a;
            let newton = -residual_v / slope_v;
            // The potentials still move by 3e-6 thermal voltages at most. The linear step below takes them there and
            // leaves the square of that, 1e-11 of the current. The bound on the residual guards the kinks of the
            // current, where a steep slope would pass for convergence.
            if residual_v.abs() < 1e-6 && (newton * trial.d_junction_v).abs() < 3e-6 * self.thermal_v {
                return Ok(State {
                    current_a: trial.current_a + trial.d_current_a * newton,
                    junction_v: trial.junction_v + trial.d_junction_v * newton,
                    charge: charge + mobility * (bulk + newton),
                    bulk: bulk + newton,
                });
            }
            // The residual falls with the bulk drop.
            if residual_v > 0.0 {
                low = bulk;
            } else {
                high = bulk;
            }
            let limited = newton.clamp(-reach, reach);
            let next = bulk + limited;
            bulk = if next > low && next < high {
                next
            } else if low.is_finite() && high.is_finite() {
                0.5 * (low + high)
            } else {
                bulk + reach.copysign(residual_v)
            };
            if !(low.is_finite() && high.is_finite()) {
                reach *= 2.0;
            }
        }
        Err(SimError::NotConverged { bias_v: bias.0, residual_v, iterations: MAX_ITERATIONS })
    }

    /// The current when the film itself, without series resistance, is at `junction` and the ions hold `charge`.
    pub fn current_a(&self, junction: Volts, charge: f64) -> f64 {
        let (tip, _) = drop_of_charge(charge);
        let (back, _) = drop_of_charge(-charge);
        let bias = junction.0 / self.thermal_v;
        let at = Drops { bias, bulk: self.built_in - bias - tip + back, tip, back: -back };
        let still = Drops { bias: 0.0, bulk: 0.0, tip: 0.0, back: 0.0 };
        self.terminal_current(at, still, (charge, 0.0)).0
    }

    fn trial(&self, bulk: f64, charge: f64, mobility: f64) -> Trial {
        let q = charge + mobility * bulk;
        let (tip, tip_slope) = drop_of_charge(q);
        let (back, back_slope) = drop_of_charge(-q);
        let d_tip = tip_slope * mobility;
        let d_back = back_slope * mobility;
        let total = bulk + tip - back;
        let d_total = 1.0 + d_tip + d_back;
        let at = Drops { bias: self.built_in - total, bulk, tip, back: -back };
        let slope = Drops { bias: -d_total, bulk: 1.0, tip: d_tip, back: d_back };
        let (current_a, d_current_a) = self.terminal_current(at, slope, (q, mobility));
        Trial {
            junction_v: at.bias * self.thermal_v,
            current_a,
            d_junction_v: slope.bias * self.thermal_v,
            d_current_a,
        }
    }

    /// Current and its derivative along `slope`; `charge` and its derivative matter only for a barrier that follows the ions.
    fn terminal_current(&self, at: Drops, slope: Drops, (charge, d_charge): (f64, f64)) -> (f64, f64) {
        let (core, d_core) = flow(at, slope, self.built_in, self.debye);
        let (mut core, mut d_core) = (self.injection_a * core, self.injection_a * d_core);
        if self.shift_per_charge != 0.0 {
            let gain = (self.shift_per_charge * (charge - self.rested)).exp();
            d_core = gain * (d_core + core * self.shift_per_charge * d_charge);
            core *= gain;
        }
        if self.ceiling_a.is_finite() {
            let ceiling = (self.ceiling_a * at.bias * at.bias, 2.0 * self.ceiling_a * at.bias * slope.bias);
            (core, d_core) = limited((core, d_core), ceiling);
        }
        let leak = self.leak_siemens * self.thermal_v;
        let mut current = core + leak * at.bias;
        let mut d_current = d_core + leak * slope.bias;
        if self.photo_a > 0.0 {
            let (share, d_share) = collected_share(0.5 * (self.built_in - at.bias + at.bulk));
            current -= self.photo_a * share;
            d_current -= self.photo_a * d_share * 0.5 * (slope.bulk - slope.bias);
        }
        (current, d_current)
    }
}
