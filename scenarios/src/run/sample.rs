//! The sample of a scenario: the instrument over it, and what is known about it that no strategy may see.

use super::RunError;
use crate::config::{InstrumentChoice, Scenario};
use ndarray::Array2;
use rayon::prelude::*;
use std::sync::Arc;
use tiptwin_core::descriptor;
use tiptwin_core::session::Target;
use tiptwin_drivers::replay::Recording;
use tiptwin_drivers::{Replay, Twin};
use tiptwin_instrument::{Amps, Instrument, MasterSeed, Meters, Pixel, ScanGrid};
use tiptwin_sim::Preset;
use tiptwin_sim::film::{FilmSpec, Region};

/// A film large enough for a scan. Up to the default film's size every scan of one seed lies on the same film.
pub fn film_spec(preset: Preset, scan: Meters) -> FilmSpec {
    let default = FilmSpec::default();
    FilmSpec { preset, film_size: Meters(default.film_size.0.max(scan.0)), ..default }
}

/// What the tip stands over.
#[derive(Clone, Debug)]
pub enum Sample {
    /// A simulated film.
    Film(Box<Twin>),
    /// Recorded data.
    Recording(Arc<Recording>),
}

impl Sample {
    /// Makes the film or reads the recording.
    pub fn open(scenario: &Scenario, seed: u64) -> Result<Self, RunError> {
        match &scenario.instrument {
            InstrumentChoice::Twin(choice) => {
                let scan = scenario.scan.map_or(Meters::ZERO, |scan| scan.size);
                let spec = FilmSpec { film_size: Meters(choice.film.film_size.0.max(scan.0)), ..choice.film };
                let (film_seed, noise) = (MasterSeed(choice.seed.unwrap_or(seed)), MasterSeed(seed));
                let twin = Twin::with_realism(&spec, &choice.realism, choice.constants, film_seed, noise)?;
                Ok(Self::Film(Box::new(twin)))
            }
            InstrumentChoice::Replay(layout) => Ok(Self::Recording(Arc::new(Recording::load(layout)?))),
        }
    }

    /// A fresh instrument over the sample: its own clock, the same noise at the same spot.
    pub fn instrument(&self) -> Box<dyn Instrument> {
        match self {
            Self::Film(twin) => twin.clone(),
            Self::Recording(recording) => Box::new(Replay::new(recording.as_ref().clone())),
        }
    }

    /// The grid that is scanned.
    pub fn grid(&self, scenario: &Scenario) -> Result<ScanGrid, RunError> {
        match (self, scenario.scan) {
            (Self::Film(_), Some(scan)) => Ok(ScanGrid::square(scan.size, scan.pixels)),
            (Self::Film(_), None) => Err(RunError::Input("a twin needs [scan] with size_um and pixels".into())),
            (Self::Recording(recording), None) => Ok(recording.structure.grid),
            (Self::Recording(recording), Some(scan)) => {
                let grid = recording.structure.grid;
                let same_size = (scan.size.0 / grid.width.0 - 1.0).abs() < 0.01;
                if grid.rows == scan.pixels && grid.cols == scan.pixels && same_size {
                    return Ok(grid);
                }
                let message = format!(
                    "[scan] asks for {0} × {0} pixels over {1}, but the recording has {2} × {3} pixels over {4} × {5}; accepted: leave [scan] out",
                    scan.pixels, scan.size, grid.cols, grid.rows, grid.width, grid.height
                );
                Err(scenario.problem("scan", message).into())
            }
        }
    }

    /// The target, its name and its unit.
    pub fn target(&self, scenario: &Scenario) -> Result<(Target, String, String), RunError> {
        if let (Self::Recording(recording), InstrumentChoice::Replay(layout)) = (self, &scenario.instrument)
            && let tiptwin_drivers::replay::Recorded::Map { unit, .. } = &recording.recorded
        {
            let name = scenario.measurement.target.clone().unwrap_or_else(|| layout.values.clone());
            return Ok((Target::Scalar, name, unit.clone()));
        }
        let name = scenario.measurement.target.clone().unwrap_or_else(|| "max_current".into());
        let descriptor = descriptor::by_name(&name).ok_or_else(|| RunError::Input(format!("unknown target {name}")))?;
        let unit = descriptor.unit().to_owned();
        Ok((Target::Descriptor(descriptor), name, unit))
    }

    /// The noise-free target at some pixels, where it is known; not a number where a curve has no such property. For a value map without a truth array the recorded map itself is
    /// what a full measurement would give, and scores are against that.
    ///
    /// `progress` is told how many pixels are done.
    pub fn truth(
        &self,
        scenario: &Scenario,
        grid: &ScanGrid,
        pixels: &[Pixel],
        progress: &dyn Fn(usize),
    ) -> Result<Option<Vec<f64>>, RunError> {
        match self {
            Self::Film(twin) => {
                let (Target::Descriptor(descriptor), ..) = self.target(scenario)? else { return Ok(None) };
                let m = &scenario.measurement;
                let value = |&pixel: &Pixel| {
                    let curve = twin.noiseless_curve(grid.position(pixel), m.light, &m.waveform)?;
                    // Not a number where the location has no such property; scores leave it out.
                    Ok(descriptor.evaluate(&curve, Amps::ZERO).map_or(f64::NAN, |v| v.value))
                };
                let mut truth = Vec::with_capacity(pixels.len());
                for chunk in pixels.chunks(4096) {
                    truth.extend(chunk.par_iter().map(value).collect::<Result<Vec<f64>, RunError>>()?);
                    progress(truth.len());
                }
                Ok(Some(truth))
            }
            Self::Recording(recording) => {
                use tiptwin_drivers::replay::Recorded;
                let map = match (&recording.truth, &recording.recorded) {
                    (Some(truth), _) => truth,
                    (None, Recorded::Map { values, .. }) => values,
                    (None, Recorded::Curves { .. }) => return Ok(None),
                };
                Ok(Some(pixels.iter().map(|p| map[[p.row, p.col]]).collect()))
            }
        }
    }

    /// Whether [`Self::truth`] holds measurement noise, because only recorded values are known.
    pub fn truth_is_recorded(&self) -> bool {
        matches!(self, Self::Recording(recording) if recording.truth.is_none())
    }

    /// 0 grain, 1 boundary, 2 junction for every pixel of the scan, where known.
    pub fn regions(&self, grid: &ScanGrid) -> Option<Array2<u8>> {
        match self {
            Self::Film(twin) => Some(twin.film().regions(grid).mapv(|region| match region {
                Region::Grain => 0,
                Region::Boundary => 1,
                Region::Junction => 2,
            })),
            Self::Recording(recording) => {
                if recording.boundary.is_none() && recording.junction.is_none() {
                    return None;
                }
                let inside = |mask: &Option<Array2<bool>>, at| mask.as_ref().is_some_and(|m| m[at]);
                Some(Array2::from_shape_fn((grid.rows, grid.cols), |(r, c)| {
                    if inside(&recording.junction, [r, c]) { 2 } else { u8::from(inside(&recording.boundary, [r, c])) }
                }))
            }
        }
    }

    /// The twin, where the sample is simulated.
    pub fn twin(&self) -> Option<&Twin> {
        match self {
            Self::Film(twin) => Some(twin),
            Self::Recording(_) => None,
        }
    }
}
