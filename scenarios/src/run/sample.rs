//! The sample of a scenario: the instrument over it, and what is known about it that no strategy may see.

use super::RunError;
use super::microscope::Microscope;
use super::running::Held;
use crate::config::{CURVE_PCA, InstrumentChoice, Measurement, Scenario, rule_and_light};
use ndarray::Array2;
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tiptwin_core::Descriptor;
use tiptwin_core::descriptor::{self, CurveComponents, CurveSet, SetCurve, Undefined, Value};
use tiptwin_core::session::{Property, Target, Vector};
use tiptwin_drivers::limits::{Probes, SafeHandle, Watchdog, WatchdogTimes};
use tiptwin_drivers::replay::{Recorded, Recording};
use tiptwin_drivers::{Limited, Replay, Twin};
use tiptwin_instrument::log::FurtherTarget;
use tiptwin_instrument::{Amps, Instrument, MasterSeed, Meters, Pixel, ScanGrid, Suns};
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
    /// A real sample under a real microscope: nothing is known of it but what is measured.
    Microscope(Box<Microscope>),
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
            InstrumentChoice::Cypher(settings) => Ok(Self::Microscope(Box::new(Microscope::cypher(settings)?))),
            InstrumentChoice::Remote(settings) => Ok(Self::Microscope(Box::new(Microscope::remote(settings)?))),
        }
    }

    /// [`Self::open`]; what does not fit is shown in the scenario.
    pub(crate) fn open_for(scenario: &Scenario, seed: u64) -> Result<Self, RunError> {
        Self::open(scenario, seed).map_err(|error| match error {
            RunError::Recording(e) => scenario.problem("instrument.replay.file", e.to_string()).into(),
            other => other,
        })
    }

    /// What decides [`Self::open`] besides the seed: scenarios with the same words share a sample.
    pub(crate) fn made_of(scenario: &Scenario) -> String {
        match &scenario.instrument {
            InstrumentChoice::Twin(choice) => {
                let size = scenario.scan.map(|scan| scan.size);
                format!("{:?}", (choice.film, &choice.realism, choice.constants, choice.seed, size))
            }
            InstrumentChoice::Replay(layout) => format!("{layout:?}"),
            InstrumentChoice::Cypher(settings) => format!("{settings:?}"),
            InstrumentChoice::Remote(settings) => format!("{settings:?}"),
        }
    }

    /// A fresh instrument over the sample: its own clock, the same noise at the same spot. Of a real microscope there is one.
    pub fn instrument(&self) -> Box<dyn Instrument> {
        match self {
            Self::Film(twin) => twin.clone(),
            Self::Recording(recording) => Box::new(Replay::new(recording.as_ref().clone())),
            Self::Microscope(microscope) => microscope.clone(),
        }
    }

    /// An instrument as a run holds it: under the limits of the scenario, with the disk under `out` in view. From the handle a real one can be made
    /// safe while somebody else waits for it.
    pub(super) fn limited(
        instrument: Box<dyn Instrument>,
        scenario: &Scenario,
        out: &Path,
    ) -> Result<(Held, Option<SafeHandle>), RunError> {
        let simulated = instrument.describe().capabilities.simulated;
        let existing = out.ancestors().find(|p| p.is_dir()).unwrap_or(Path::new(".")).to_owned();
        let free_bytes = Box::new(move || fs4::available_space(&existing).map_or(f64::NAN, |bytes| bytes as f64));
        let began = Instant::now();
        let clock_s: Box<dyn FnMut() -> f64 + Send> =
            if simulated { Box::new(|| 0.0) } else { Box::new(move || began.elapsed().as_secs_f64()) };
        let (held, handle): (Box<dyn Instrument>, _) = if simulated {
            (instrument, None)
        } else {
            let dog = Watchdog::new(instrument, WatchdogTimes::default());
            let handle = dog.handle();
            (Box::new(dog), Some(handle))
        };
        let limited = Limited::new(held, scenario.limits, Probes { clock_s, free_bytes })
            .map_err(|e| scenario.problem("instrument.limits", e.to_string()))?;
        Ok((limited, handle))
    }

    /// The grid that is scanned.
    pub fn grid(&self, scenario: &Scenario) -> Result<ScanGrid, RunError> {
        match (self, scenario.scan) {
            (Self::Film(_) | Self::Microscope(_), Some(scan)) => Ok(ScanGrid::square(scan.size, scan.pixels)),
            (Self::Film(_) | Self::Microscope(_), None) => {
                Err(RunError::Input("an instrument needs [scan] with size_um and pixels".into()))
            }
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

    /// What is learnt, and for each target its name, title and unit; the first steers.
    pub fn targets(&self, scenario: &Scenario) -> Result<(Target, Vec<FurtherTarget>), RunError> {
        let m = &scenario.measurement;
        if let (Self::Recording(recording), InstrumentChoice::Replay(layout)) = (self, &scenario.instrument)
            && let Recorded::Map { unit, .. } = &recording.recorded
        {
            let name = m.target.clone().unwrap_or_else(|| layout.values.clone());
            let title = crate::report::words(&name);
            return Ok((Target::Scalar, vec![FurtherTarget { target: name, title, unit: unit.clone() }]));
        }
        read_from_curves(m)
    }

    /// The noise-free value of each target at some pixels, where it is known; not a number where a location has no such property. For a
    /// value map without a truth array the recorded map itself is what a full measurement would give, and scores are against that. Scores on
    /// the components of curves are in `component_truth`, since components change.
    ///
    /// `progress` is told how many pixels are done.
    pub fn truths(
        &self,
        scenario: &Scenario,
        grid: &ScanGrid,
        pixels: &[Pixel],
        progress: &dyn Fn(usize),
    ) -> Result<Vec<Option<Vec<f64>>>, RunError> {
        let (target, names) = self.targets(scenario)?;
        let mut truths = vec![None; names.len()];
        let sweeps = target.sweeps(scenario.measurement.light);
        match self {
            Self::Film(_) => {
                let single;
                let properties: &[Property] = match target {
                    Target::Scalar => &[],
                    Target::Descriptor(d) => {
                        single = [Property::Descriptor(d)];
                        &single
                    }
                    Target::Vector(ref v) => &v.properties,
                };
                // Not a number where the location has no such property; scores leave it out.
                let value = |read: Result<Value, Undefined>| read.map_or(f64::NAN, |v| v.value);
                let read = |set: &CurveSet| -> Vec<f64> {
                    properties.iter().filter_map(|p| p.read(set, Amps::ZERO).map(value)).collect()
                };
                let columns = self.noiseless(scenario, &sweeps, grid, pixels, progress, &read)?;
                let rules = (0..properties.len()).filter(|i| properties[*i].rule().is_some());
                for (i, column) in rules.zip(columns) {
                    truths[i] = Some(column);
                }
            }
            Self::Recording(recording) => {
                let map = match (&recording.truth, &recording.recorded) {
                    (Some(truth), _) => Some(truth),
                    (None, Recorded::Map { values, .. }) => Some(values),
                    (None, Recorded::Curves { .. }) => None,
                };
                truths[0] = map.map(|map| pixels.iter().map(|p| map[[p.row, p.col]]).collect());
            }
            Self::Microscope(_) => {}
        }
        Ok(truths)
    }

    /// [`Self::truths`] of the target that steers.
    pub fn truth(
        &self,
        scenario: &Scenario,
        grid: &ScanGrid,
        pixels: &[Pixel],
        progress: &dyn Fn(usize),
    ) -> Result<Option<Vec<f64>>, RunError> {
        Ok(self.truths(scenario, grid, pixels, progress)?.swap_remove(0))
    }

    /// Scores of the noise-free curves of some pixels on components, one list for each; `None` where those curves are not known.
    pub(super) fn component_truth(
        &self,
        scenario: &Scenario,
        grid: &ScanGrid,
        pixels: &[Pixel],
        components: &CurveComponents,
    ) -> Result<Option<Vec<Vec<f64>>>, RunError> {
        if !matches!(self, Self::Film(_)) {
            return Ok(None);
        }
        let read = |set: &CurveSet| {
            let currents: Vec<f64> = set.curves.iter().flat_map(|c| c.curve.current_a.iter().copied()).collect();
            components.scores(&currents)
        };
        let sweeps = self.targets(scenario)?.0.sweeps(scenario.measurement.light);
        self.noiseless(scenario, &sweeps, grid, pixels, &|_| {}, &read).map(Some)
    }

    /// What `read` makes of the noise-free curves of each pixel, as columns.
    fn noiseless(
        &self,
        scenario: &Scenario,
        sweeps: &[(Suns, u32)],
        grid: &ScanGrid,
        pixels: &[Pixel],
        progress: &dyn Fn(usize),
        read: &(dyn Fn(&CurveSet) -> Vec<f64> + Sync),
    ) -> Result<Vec<Vec<f64>>, RunError> {
        let Self::Film(twin) = self else { return Ok(Vec::new()) };
        let row = |&pixel: &Pixel| -> Result<Vec<f64>, RunError> {
            let mut set = CurveSet::default();
            for &(light, repeat) in sweeps {
                // Without noise a repeat is what came before it.
                let curve = match set.curves.last() {
                    Some(last) if last.light == light => last.curve.clone(),
                    _ => twin.noiseless_curve(grid.position(pixel), light, &scenario.measurement.waveform)?,
                };
                set.curves.push(SetCurve { light, repeat, curve });
            }
            Ok(read(&set))
        };
        let mut columns: Vec<Vec<f64>> = Vec::new();
        let mut done = 0;
        for chunk in pixels.chunks(4096) {
            let rows = chunk.par_iter().map(row).collect::<Result<Vec<_>, RunError>>()?;
            columns.resize(rows.first().map_or(0, Vec::len), Vec::with_capacity(pixels.len()));
            for row in rows {
                columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
            }
            done += chunk.len();
            progress(done);
        }
        Ok(columns)
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
            Self::Microscope(_) => None,
        }
    }

    /// The twin, where the sample is simulated.
    pub fn twin(&self) -> Option<&Twin> {
        match self {
            Self::Film(twin) => Some(twin),
            Self::Recording(_) | Self::Microscope(_) => None,
        }
    }
}

/// What is read from the curves of a location, and for each target its name, title and unit; the first steers.
pub(crate) fn read_from_curves(m: &Measurement) -> Result<(Target, Vec<FurtherTarget>), RunError> {
    let steers = m.target.clone().unwrap_or_else(|| "max_current".into());
    let mut properties = Vec::new();
    for name in std::iter::once(&steers).chain(&m.further_targets) {
        if name == CURVE_PCA {
            properties.extend((0..m.components).map(Property::Component));
            continue;
        }
        let (rule, light) = rule_and_light(name);
        let own = m.own.iter().find(|d| d.name() == rule).map(|d| Box::new(d.clone()) as Box<dyn Descriptor>);
        let known = own.or_else(|| descriptor::by_name(rule));
        let descriptor = known.ok_or_else(|| RunError::Input(format!("unknown target {name}")))?;
        properties.push(match light {
            Some(light) => Property::InLight(descriptor, light),
            None => Property::Descriptor(descriptor),
        });
    }
    let of = |p: &Property| FurtherTarget { target: p.name(), title: p.title(), unit: p.unit().to_owned() };
    let names = properties.iter().map(of).collect();
    let lights = if m.lights.len() > 1 { m.lights.clone() } else { Vec::new() };
    let plain = lights.is_empty() && m.repeats == 1 && properties.len() == 1;
    let target = match properties.pop() {
        Some(Property::Descriptor(descriptor)) if plain => Target::Descriptor(descriptor),
        last => {
            properties.extend(last);
            Target::Vector(Vector { properties, lights, repeats: m.repeats })
        }
    };
    Ok((target, names))
}
