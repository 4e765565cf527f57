//! Example curves of a grain, a boundary and a junction, in the dark and in light, as this instrument records them.

use super::RunError;
use super::sample::Sample;
use crate::config::Scenario;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use tiptwin_core::Candidates;
use tiptwin_core::session::Target;
use tiptwin_instrument::{Pixel, Suns};

/// Light of the lit example when the run itself was dark (0.1 sun, as in the published experiment).
const LIT_SUNS: f64 = 0.1;

/// One location with its two curves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Example {
    pub(super) label: String,
    pub(super) pixel: Pixel,
    pub(super) bias_v: Vec<f64>,
    pub(super) dark_a: Vec<f64>,
    pub(super) light_a: Vec<f64>,
    pub(super) light_suns: f64,
}

/// One typical location of each region, measured on an instrument of its own after the run. Only where measuring is simulated and the
/// light can be switched: on a microscope it would be a touch that nobody asked for.
pub(super) fn choose(
    scenario: &Scenario,
    sample: &Sample,
    candidates: &Candidates,
    regions: &Array2<u8>,
) -> Result<Vec<Example>, RunError> {
    let mut instrument = sample.instrument();
    let able = instrument.describe().capabilities;
    if !(able.simulated && able.sweep_iv && able.light) || matches!(sample.targets(scenario)?.0, Target::Scalar) {
        return Ok(Vec::new());
    }
    let grid = sample.grid(scenario)?;
    let light = if scenario.measurement.light.0 > 0.0 { scenario.measurement.light } else { Suns(LIT_SUNS) };
    let mut examples = Vec::new();
    for (kind, label) in [(0, "grain"), (1, "grain boundary"), (2, "junction")] {
        let Some(pixel) = most_inside(candidates, regions, kind) else { continue };
        let at = grid.position(pixel);
        let mut sweep = |light| -> Result<_, RunError> {
            let failed = |source| RunError::Instrument { source };
            instrument.set_light(light).map_err(failed)?;
            instrument.sweep_iv(at, &scenario.measurement.waveform).map_err(failed)
        };
        let (dark, lit) = (sweep(Suns::ZERO)?, sweep(light)?);
        examples.push(Example {
            label: label.into(),
            pixel,
            bias_v: dark.bias_v,
            dark_a: dark.current_a,
            light_a: lit.current_a,
            light_suns: light.0,
        });
    }
    Ok(examples)
}

/// The candidate of a region that is farthest from every other region, by the taxicab distance; the first of equals.
fn most_inside(candidates: &Candidates, regions: &Array2<u8>, kind: u8) -> Option<Pixel> {
    let (rows, cols) = regions.dim();
    let far = rows + cols;
    let mut depth = regions.mapv(|r| if r == kind { far } else { 0 });
    // Two passes of the city-block distance transform (Rosenfeld & Pfaltz, J. ACM 13, 471 (1966)).
    for r in 0..rows {
        for c in 0..cols {
            let above = if r > 0 { depth[[r - 1, c]] } else { far };
            let left = if c > 0 { depth[[r, c - 1]] } else { far };
            depth[[r, c]] = depth[[r, c]].min(above.min(left) + 1);
        }
    }
    for r in (0..rows).rev() {
        for c in (0..cols).rev() {
            let below = if r + 1 < rows { depth[[r + 1, c]] } else { far };
            let right = if c + 1 < cols { depth[[r, c + 1]] } else { far };
            depth[[r, c]] = depth[[r, c]].min(below.min(right) + 1);
        }
    }
    let at = |i: usize| candidates.pixel(i);
    (0..candidates.len())
        .filter(|&i| regions[[at(i).row, at(i).col]] == kind)
        .max_by_key(|&i| (depth[[at(i).row, at(i).col]], std::cmp::Reverse(i)))
        .map(at)
}
