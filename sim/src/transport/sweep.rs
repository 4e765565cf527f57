//! A whole current–voltage curve of one location.

use super::column::Column;
use super::constants::Constants;
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

/// Sweeps a location whose ions are at rest at 0 V. `light` is the effective intensity in suns.
pub fn sweep(site: &Site, light: Suns, waveform: &Waveform, constants: &Constants) -> Result<Sweep, SimError> {
    let column = Column::new(site, light, constants)?;
    sweep_from(&column, waveform, column.rested_charge())
}

/// Sweeps a column whose ions hold `charge`, in units of q·N0·`L_D`, at the first sample.
pub fn sweep_from(column: &Column, waveform: &Waveform, charge: f64) -> Result<Sweep, SimError> {
    waveform.check()?;
    let step = waveform.sample_interval();
    let mut current_a = Vec::with_capacity(waveform.samples());
    let mut charge_end = charge;
    let mut bulk = [0.0; 3];
    for (i, bias_v) in waveform.bias_v().into_iter().enumerate() {
        // The first sample is the start: no time has passed.
        let step = if i == 0 { Seconds::ZERO } else { step };
        let guess = if i < 4 { bulk[0] } else { 3.0 * (bulk[0] - bulk[1]) + bulk[2] };
        let state = column.advance(Volts(bias_v), step, charge_end, guess)?;
        current_a.push(state.current_a);
        charge_end = state.charge;
        bulk = [state.bulk, bulk[0], bulk[1]];
    }
    Ok(Sweep { current_a, charge_end })
}
