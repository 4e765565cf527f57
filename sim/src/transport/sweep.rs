//! A whole current–voltage curve of one location.

use super::column::Column;
use super::constants::Constants;
use super::persistence::LightMemory;
use super::site::Site;
use crate::error::SimError;
use tiptwin_instrument::{Seconds, Suns, Volts, Waveform};

/// The noiseless answer to a bias programme.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Current at each sample of the waveform, A; positive flows from the tip into the film.
    pub current_a: Vec<f64>,
    /// Ion charge after the last sample, in units of q·N0·`L_D`: where a sweep without rest goes on.
    pub charge_end: f64,
}

/// Light over the time of a sweep: a lamp, and what the film still feels of the light before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lighting {
    /// The lamp, the same all the time.
    pub lamp: Suns,
    /// What the film feels at the start.
    pub effective: Suns,
    /// How it follows the lamp.
    pub memory: LightMemory,
}

/// By how much the effective light may move, as a share of itself, before the column is prepared anew. Currents are at most about
/// proportional to light, so they are within this share.
const LIGHT_TOLERANCE: f64 = 2e-3;
/// Below this light, in suns, nothing changes any more: a hundredth of what halves the most sensitive quantity.
const LIGHT_FLOOR_SUNS: f64 = 2e-4;

/// Sweeps a location whose ions are at rest at 0 V. `light` is the effective intensity in suns.
pub fn sweep(site: &Site, light: Suns, waveform: &Waveform, constants: &Constants) -> Result<Sweep, SimError> {
    let column = Column::new(site, light, constants)?;
    sweep_from(&column, waveform, column.rested_charge())
}

/// Sweeps a column whose ions hold `charge`, in units of q·N0·`L_D`, at the first sample or at the start of what is held before it.
pub fn sweep_from(column: &Column, waveform: &Waveform, charge: f64) -> Result<Sweep, SimError> {
    walk(*column, waveform, charge, |_, _| Ok(None))
}

/// Sweeps a location while the effective light follows the lamp; `charge` as in [`sweep_from`], rested if `None`. Returns the
/// curve and the effective light at its end.
pub fn sweep_under(
    site: &Site,
    lighting: Lighting,
    waveform: &Waveform,
    constants: &Constants,
    charge: Option<f64>,
) -> Result<(Sweep, Suns), SimError> {
    let column = Column::new(site, lighting.effective, constants)?;
    let mut prepared = lighting.effective;
    let mut effective = lighting.effective;
    let charge = charge.unwrap_or(column.rested_charge());
    let swept = walk(column, waveform, charge, |_, step| {
        effective = lighting.memory.after(effective, lighting.lamp, step);
        let moved = (effective.0 - prepared.0).abs();
        if moved <= LIGHT_TOLERANCE * effective.0 + 0.1 * LIGHT_FLOOR_SUNS {
            return Ok(None);
        }
        prepared = effective;
        Column::new(site, effective, constants).map(Some)
    })?;
    Ok((swept, effective))
}

/// Walks the samples. `relit` is told each time step and may hand in a newly prepared column.
fn walk(
    mut column: Column,
    waveform: &Waveform,
    charge: f64,
    mut relit: impl FnMut(&Column, Seconds) -> Result<Option<Column>, SimError>,
) -> Result<Sweep, SimError> {
    waveform.check()?;
    let interval = waveform.sample_interval();
    let bias_v = waveform.bias_v();
    let mut current_a = Vec::with_capacity(bias_v.len());
    let mut charge_end = charge;
    for segment in waveform.segments() {
        for (bias, time) in segment.before {
            charge_end = rest(&column, bias, time, charge_end)?;
            if let Some(new) = relit(&column, time)? {
                column = new;
            }
        }
        let mut bulk = [0.0; 3];
        for (i, &bias) in bias_v[segment.samples].iter().enumerate() {
            // The first sample is the start: no time has passed.
            let step = if i == 0 { Seconds::ZERO } else { interval };
            if let Some(new) = relit(&column, step)? {
                column = new;
            }
            let guess = if i < 4 { bulk[0] } else { 3.0 * (bulk[0] - bulk[1]) + bulk[2] };
            let state = column.advance(Volts(bias), step, charge_end, guess)?;
            current_a.push(state.current_a);
            charge_end = state.charge;
            bulk = [state.bulk, bulk[0], bulk[1]];
        }
    }
    Ok(Sweep { current_a, charge_end })
}

/// The ion charge after a column was left at `bias` for a time.
///
/// Implicit steps that grow by a tenth from a ten-thousandth of the time or of the ions' fastest response: their error stays
/// below 2 % of what has still to relax, and vanishes with it.
pub fn rest(column: &Column, bias: Volts, time: Seconds, charge: f64) -> Result<f64, SimError> {
    const GROWTH: f64 = 1.1;
    let rate = column.ion_rate_per_s();
    let mut step = (1e-4 * time.0).min(if rate > 0.0 { 0.01 / rate } else { time.0 }).max(1e-6 * time.0);
    let (mut left, mut charge, mut bulk) = (time.0, charge, 0.0);
    while left > 0.0 {
        let taken = step.min(left);
        let state = column.advance(bias, Seconds(taken), charge, bulk)?;
        (charge, bulk) = (state.charge, state.bulk);
        left -= taken;
        step *= GROWTH;
    }
    Ok(charge)
}
