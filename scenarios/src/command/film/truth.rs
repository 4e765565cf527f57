//! Noise-free maps of a scan.

use super::Wanted;
use crate::command::error::CommandError;
use crate::report::film::DescriptorMaps;
use ndarray::Array2;
use rayon::prelude::*;
use tiptwin_core::descriptor::{self, Descriptor};
use tiptwin_drivers::Twin;
use tiptwin_instrument::units::engineering;
use tiptwin_instrument::{Amps, Pixel, Suns};
use tiptwin_sim::Region;

/// The descriptors that are mapped, in the order of the page: those of the published experiment.
const MAPPED: [&str; 3] = ["turn_on_voltage", "max_current", "hysteresis_area"];

/// Noise-free maps of the scan.
pub(super) struct Truth {
    /// One entry for each of [`MAPPED`].
    pub(super) descriptors: Vec<DescriptorMaps>,
    /// 0 grain, 1 boundary, 2 junction.
    pub(super) regions: Array2<u8>,
}

impl Truth {
    pub(super) fn compute(twin: &Twin, wanted: &Wanted) -> Result<Self, CommandError> {
        let grid = &wanted.grid;
        let descriptors: Vec<Box<dyn Descriptor>> =
            MAPPED.iter().filter_map(|name| descriptor::by_name(name)).collect();
        let pixels: Vec<Pixel> = (0..grid.len()).map(|i| Pixel { row: i / grid.cols, col: i % grid.cols }).collect();
        let values: Vec<Vec<[f64; 2]>> = pixels
            .par_iter()
            .map(|&pixel| {
                let at = grid.position(pixel);
                let dark = twin.noiseless_curve(at, Suns::ZERO, &wanted.waveform)?;
                let light = twin.noiseless_curve(at, wanted.light, &wanted.waveform)?;
                // A curve that never turns on has no turn-on voltage: the maps say so instead of showing the end of the sweep.
                let value = |d: &dyn Descriptor, curve| match d.evaluate(curve, Amps::ZERO) {
                    Ok(v) if !v.censored => v.value,
                    _ => f64::NAN,
                };
                Ok(descriptors.iter().map(|d| [value(d.as_ref(), &dark), value(d.as_ref(), &light)]).collect())
            })
            .collect::<Result<_, tiptwin_sim::SimError>>()?;
        let map = |k: usize, light: usize| {
            let mut column = values.iter().map(|v| v[k][light]);
            Array2::from_shape_simple_fn((grid.rows, grid.cols), || column.next().unwrap_or(f64::NAN))
        };
        let maps = descriptors.iter().enumerate().map(|(k, d)| DescriptorMaps {
            title: d.title().into(),
            unit: d.unit().into(),
            dark: map(k, 0),
            light: map(k, 1),
            // Currents and what is made of them span decades; voltages do not.
            log: d.unit().starts_with('A'),
            missing: "never turns on within the sweep".into(),
        });
        Ok(Self {
            descriptors: maps.collect(),
            regions: twin.film().regions(grid).mapv(|region| match region {
                Region::Grain => 0,
                Region::Boundary => 1,
                Region::Junction => 2,
            }),
        })
    }

    /// Name of each mapped descriptor with its maps.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, &DescriptorMaps)> {
        MAPPED.into_iter().zip(&self.descriptors)
    }

    /// The largest current in the dark and in light.
    pub(super) fn max_current_a(&self) -> [&Array2<f64>; 2] {
        let maps = &self.descriptors[1];
        [&maps.dark, &maps.light]
    }
}

/// What the light does, in numbers.
pub(super) struct Lit {
    /// Share of the locations whose maximum current is larger in light than in the dark.
    pub(super) brighter_share: f64,
    /// Median maximum current "dark / lit" of grain, boundary and junction.
    pub(super) medians: [String; 3],
}

impl Lit {
    pub(super) fn of(truth: &Truth) -> Self {
        let [dark, light] = truth.max_current_a();
        let brighter = dark.iter().zip(light).filter(|(d, l)| l > d).count();
        let median = |map: &Array2<f64>, kind: u8| {
            let mut values: Vec<f64> =
                map.iter().zip(&truth.regions).filter(|(_, r)| **r == kind).map(|(v, _)| *v).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).map_or("–".into(), |v| engineering(*v, "A"))
        };
        let both = |kind| format!("{} / {}", median(dark, kind), median(light, kind));
        Self { brighter_share: brighter as f64 / dark.len() as f64, medians: [both(0), both(1), both(2)] }
    }
}
