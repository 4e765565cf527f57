//! The current amplifier: what is recorded of a current.
//!
//! In this order: the stray capacitance adds `C dV/dt`; the contact's [flicker] and a [trap](telegraph) scale the current;
//! a single pole of bandwidth B filters it; noise of variance σ₀² + 2 q |I| B passes the same pole, so samples that follow
//! each other faster than the pole are correlated by exp(−2π B Δt); hum and a drifting offset are added; the converter
//! rounds to its step, and the output clips at full scale.
//!
//! Source: shot noise, Schottky, Ann. Phys. 362, 541 (1918), `S_I` = 2q|I|. The electronic noise of 1 pA rms lumps thermal noise
//! of the feedback resistor (0.18 pA at 500 MΩ and 1 kHz) and the input stage. Full scale and gain (±20 nA, 2 nA/V) are those of a
//! usual cAFM amplifier; the other numbers are choices within what such amplifiers show. Every amplitude of 0 leaves the
//! current as it is.

pub mod flicker;
pub mod telegraph;

use crate::error::{SimError, within};
use crate::field::{self, Field, fields};
use crate::transport::constants::ELEMENTARY_CHARGE_C;
use flicker::Flicker;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use telegraph::{Telegraph, Trap};
use tiptwin_instrument::{Amps, Seconds};

/// A transimpedance amplifier with its converter. The default clips at ±20 nA and has 1 pA rms of electronic noise and shot noise,
/// nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amplifier {
    /// Electronic noise without current, rms.
    pub noise_rms: Amps,
    /// Whether the shot noise of the current is added.
    pub shot_noise: bool,
    /// Bandwidth of the single pole, Hz.
    pub bandwidth_hz: f64,
    /// Largest current in magnitude that can be recorded.
    pub full_scale: Amps,
    /// Step of the converter; `None` records every digit.
    pub adc_step: Option<Amps>,
    /// What else disturbs it.
    pub disturbances: Disturbances,
}

/// Disturbances beyond white noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disturbances {
    /// Stray capacitance, F.
    pub capacitance_f: f64,
    /// Strength α of the flicker noise.
    pub flicker: f64,
    /// Factor on α at a boundary.
    pub flicker_at_boundary: f64,
    /// Share of places with a trap that switches.
    pub trap_share: f64,
    /// Rms hum, A.
    pub hum_a: f64,
    /// Mains frequency, Hz.
    pub hum_hz: f64,
    /// Spread of the offset from one measurement to the next, A.
    pub offset_a: f64,
    /// Drift of the offset, A/s.
    pub offset_drift_a_per_s: f64,
}

impl Disturbances {
    /// None of them.
    pub const NONE: Self = Self {
        capacitance_f: 0.0,
        flicker: 0.0,
        flicker_at_boundary: 1.0,
        trap_share: 0.0,
        hum_a: 0.0,
        hum_hz: 50.0,
        offset_a: 0.0,
        offset_drift_a_per_s: 0.0,
    };
    /// What a good set-up shows.
    pub const TYPICAL: Self = Self {
        capacitance_f: 0.5e-12,
        flicker: 1e-5,
        flicker_at_boundary: 3.0,
        trap_share: 0.05,
        hum_a: 0.3e-12,
        hum_hz: 50.0,
        offset_a: 1e-12,
        offset_drift_a_per_s: 0.2e-12 / 60.0,
    };
    /// Long cables, no shielding, a nervous contact.
    pub const HARSH: Self = Self {
        capacitance_f: 5e-12,
        flicker: 1e-4,
        flicker_at_boundary: 3.0,
        trap_share: 0.10,
        hum_a: 1.5e-12,
        hum_hz: 50.0,
        offset_a: 3e-12,
        offset_drift_a_per_s: 1e-12 / 60.0,
    };
    /// Why its amounts have bounds.
    pub const WHY: &'static str = "amounts are magnitudes, and no amplifier is worse";
    /// What a scenario can set.
    pub const FIELDS: &'static [Field<Self>] = fields![Self:
        ("capacitance_pf", capacitance_f, 1e-12, (0.0, 100.0), "stray capacitance"),
        ("flicker", flicker, 1.0, (0.0, 0.1), "strength of 1/f noise, S = flicker I²/f"),
        ("flicker_at_boundary", flicker_at_boundary, 1.0, (0.0, 100.0), "factor on it at a boundary"),
        ("trap_share", trap_share, 1.0, (0.0, 1.0), "share of places with telegraph noise"),
        ("hum_pa", hum_a, 1e-12, (0.0, 1000.0), "rms hum"),
        ("hum_hz", hum_hz, 1.0, (1.0, 1000.0), "mains frequency"),
        ("offset_pa", offset_a, 1e-12, (0.0, 1000.0), "spread of the offset"),
        ("offset_drift_pa_per_min", offset_drift_a_per_s, 1e-12 / 60.0, (-1000.0, 1000.0), "drift of the offset"),
    ];
}

/// What the amplifier has to know of one measurement besides its current.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Time between samples.
    pub interval: Seconds,
    /// Time since the amplifier was zeroed.
    pub since_zero: Seconds,
    /// How near a boundary is: 1 on it, 0 far away.
    pub boundary: f64,
    /// The trap under this place.
    pub trap: Option<Trap>,
}

impl Default for Amplifier {
    fn default() -> Self {
        Self {
            noise_rms: Amps(1e-12),
            shot_noise: true,
            bandwidth_hz: 1e3,
            full_scale: Amps(20e-9),
            adc_step: None,
            disturbances: Disturbances::NONE,
        }
    }
}

/// Step of a 16-bit converter over ±10 V at 2 nA/V.
const SIXTEEN_BITS: Amps = Amps(20.0 / 65_536.0 * 2e-9);

impl Amplifier {
    /// A good set-up with everything that disturbs it, and a 16-bit converter.
    pub fn typical() -> Self {
        Self { adc_step: Some(SIXTEEN_BITS), disturbances: Disturbances::TYPICAL, ..Self::default() }
    }

    /// A bad set-up: three times the noise, and worse of everything.
    pub fn harsh() -> Self {
        Self { noise_rms: Amps(3e-12), disturbances: Disturbances::HARSH, ..Self::typical() }
    }

    /// Refuses settings that no amplifier has.
    pub fn check(&self) -> Result<(), SimError> {
        within("amplifier noise (A)", self.noise_rms.0, (0.0, 1.0), "it is an rms value", "0 to 1 A")?;
        within("amplifier bandwidth (Hz)", self.bandwidth_hz, (1e-3, 1e9), "it limits the noise", "1e-3 to 1e9 Hz")?;
        within("full scale (A)", self.full_scale.0, (1e-15, 1.0), "nothing could be recorded", "1e-15 to 1 A")?;
        let step = self.adc_step.map_or(self.full_scale.0, |s| s.0);
        within(
            "converter step (A)",
            step,
            (f64::MIN_POSITIVE, self.full_scale.0),
            "it divides the range",
            "above 0 and at most full scale",
        )?;
        field::check(&self.disturbances, Disturbances::FIELDS, Disturbances::WHY)
    }

    /// Records a current (A, one value per `interval`) of a contact without flicker, capacitance, hum and offset: what is
    /// stored, and whether any sample clipped.
    pub fn record(&self, current_a: &[f64], interval: Seconds, rng: &mut impl Rng) -> (Vec<f64>, bool) {
        let plain = Self { disturbances: Disturbances::NONE, ..*self };
        let moment = Moment { interval, since_zero: Seconds::ZERO, boundary: 0.0, trap: None };
        plain.record_at(current_a, &[], moment, rng)
    }

    /// Records a current under `bias_v` (one value per sample, or empty at a static bias).
    pub fn record_at(&self, current_a: &[f64], bias_v: &[f64], moment: Moment, rng: &mut impl Rng) -> (Vec<f64>, bool) {
        let d = &self.disturbances;
        let interval = moment.interval;
        let memory = (-std::f64::consts::TAU * self.bandwidth_hz * interval.0).exp();
        let fresh = (1.0 - memory * memory).sqrt();
        let shot = if self.shot_noise { 2.0 * ELEMENTARY_CHARGE_C * self.bandwidth_hz } else { 0.0 };
        let displaced = if d.capacitance_f > 0.0 && !bias_v.is_empty() {
            displacement_current_a(bias_v, interval, d.capacitance_f)
        } else {
            Vec::new()
        };
        let alpha = d.flicker * (1.0 + (d.flicker_at_boundary - 1.0) * moment.boundary);
        let mut flicker = (alpha > 0.0).then(|| Flicker::new(alpha, interval, rng));
        let mut telegraph = moment.trap.map(|trap| Telegraph::new(trap, interval, rng));
        let mut offset = 0.0;
        if d.offset_a > 0.0 {
            let z: f64 = StandardNormal.sample(rng);
            offset = d.offset_a * z;
        }
        offset += d.offset_drift_a_per_s * moment.since_zero.0;
        let hum_phase = if d.hum_a > 0.0 { rng.random::<f64>() } else { 0.0 };

        let mut filtered = f64::NAN;
        let mut unit_noise: f64 = StandardNormal.sample(rng);
        let mut saturated = false;
        let recorded = current_a
            .iter()
            .enumerate()
            .map(|(i, &current)| {
                let mut current = current;
                if let Some(flicker) = &mut flicker {
                    current *= 1.0 + flicker.step(rng);
                }
                if let Some(telegraph) = &mut telegraph {
                    current *= telegraph.step(rng);
                }
                current += displaced.get(i).copied().unwrap_or(0.0);
                if i > 0 {
                    let z: f64 = StandardNormal.sample(rng);
                    unit_noise = memory * unit_noise + fresh * z;
                } else {
                    filtered = current;
                }
                filtered = current + memory * (filtered - current);
                let rms = (self.noise_rms.0.powi(2) + shot * filtered.abs()).sqrt();
                let hum = if d.hum_a > 0.0 {
                    let turns = hum_phase + d.hum_hz * interval.0 * i as f64;
                    std::f64::consts::SQRT_2 * d.hum_a * (std::f64::consts::TAU * turns).sin()
                } else {
                    0.0
                };
                let drift = d.offset_drift_a_per_s * interval.0 * i as f64;
                let output = self.quantise(filtered + rms * unit_noise + hum + offset + drift);
                saturated |= output.abs() >= self.full_scale.0;
                output.clamp(-self.full_scale.0, self.full_scale.0)
            })
            .collect();
        (recorded, saturated)
    }

    /// Rms of what is recorded without current from sample to sample, A, including hum and the rounding of the converter
    /// (step/√12).
    pub fn noise_rms_a(&self) -> f64 {
        let rounding = self.adc_step.map_or(0.0, |s| s.0 / 12.0_f64.sqrt());
        self.noise_rms.0.hypot(rounding).hypot(self.disturbances.hum_a)
    }

    fn quantise(&self, current_a: f64) -> f64 {
        self.adc_step.map_or(current_a, |step| (current_a / step.0).round() * step.0)
    }
}

/// The current `C dV/dt` that a stray capacitance adds to a sweep, A, by one-sided differences; 0 at the first sample.
///
/// Around a closed triangle it is a rectangle: −2·C·rate·`V_peak` of signed loop area.
pub fn displacement_current_a(bias_v: &[f64], sample_interval: Seconds, capacitance_f: f64) -> Vec<f64> {
    let mut previous = bias_v.first().copied().unwrap_or(0.0);
    bias_v.iter().map(|&v| capacitance_f * (v - std::mem::replace(&mut previous, v)) / sample_interval.0).collect()
}
