//! The mean of the places that look most alike.
//!
//! Prediction: the mean of the k nearest measured places in the space of whitened filter components, weighted by the inverse of
//! their distance (Cover & Hart, IEEE Trans. Inf. Theory 13, 21 (1967); weights after Dudani, IEEE Trans. SMC 6, 325 (1976)).
//! Its deviation is the root of the mean squared leave-one-out error of those neighbours, drawn towards that of all
//! measurements by as many pseudo-neighbours. It knows nothing of how far away the neighbours are, and so never grows far from data.

use crate::Candidates;
use crate::features;
use crate::model::{Model, ModelError, Prediction, View};
use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;

/// Neighbours, or all measurements if they are fewer.
const NEIGHBOURS: usize = 5;
/// Keeps the weight of an exact double finite, in deviations of a component.
const SMALLEST_DISTANCE: f64 = 1e-3;

/// k-nearest neighbours on filter components.
#[derive(Debug, Default)]
pub struct NearestNeighbours {
    image: Option<(Candidates, Array2<f64>)>,
}

/// Measured components and values.
struct Data<'a> {
    at: Vec<ArrayView1<'a, f64>>,
    values: Vec<f64>,
}

impl Data<'_> {
    /// Numbers and weights of the measurements nearest to a place; `without` is left out.
    fn nearest(&self, place: ArrayView1<'_, f64>, without: Option<usize>) -> Vec<(usize, f64)> {
        let mut all: Vec<(usize, f64)> = (0..self.at.len())
            .filter(|k| Some(*k) != without)
            .map(|k| (k, self.at[k].iter().zip(place).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()))
            .collect();
        // Equal distances keep the order of measurement.
        all.sort_by(|a, b| a.1.total_cmp(&b.1));
        all.truncate(NEIGHBOURS);
        all.iter().map(|(k, d)| (*k, 1.0 / d.max(SMALLEST_DISTANCE))).collect()
    }

    fn mean(&self, near: &[(usize, f64)]) -> Option<f64> {
        let weight: f64 = near.iter().map(|n| n.1).sum();
        (weight > 0.0).then(|| near.iter().map(|(k, w)| w * self.values[*k]).sum::<f64>() / weight)
    }
}

impl Model for NearestNeighbours {
    fn name(&self) -> &'static str {
        "knn"
    }

    fn sibling(&self) -> Option<Box<dyn Model>> {
        Some(Box::new(Self::default()))
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Prediction, ModelError> {
        if view.measured.is_empty() {
            return Err(ModelError::NoData);
        }
        if self.image.as_ref().is_none_or(|(candidates, _)| candidates != view.candidates) {
            self.image = Some((view.candidates.clone(), features::structure_features(view.candidates)));
        }
        let (_, features) = self.image.as_ref().expect("was set above");
        let data = Data {
            at: view.measured.iter().map(|m| features.row(m.index)).collect(),
            values: view.measured.iter().map(|m| m.value).collect(),
        };
        let size = data.values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        // A single measurement has no neighbour: its size is the only scale there is.
        let error = |k: usize| {
            data.mean(&data.nearest(data.at[k], Some(k))).map_or(size * size, |m| (data.values[k] - m).powi(2))
        };
        let squared: Vec<f64> = (0..data.at.len()).map(error).collect();
        let overall = squared.iter().sum::<f64>() / squared.len() as f64;
        let own = view.noise_sigma.map_or(0.0, |s| s * s);
        let floor = 1e-12 * if size > 0.0 { size * size } else { 1.0 };
        let place = |i: usize| {
            let near = data.nearest(features.row(i), None);
            let local: f64 = near.iter().map(|n| squared[n.0]).sum();
            let variance = (local + NEIGHBOURS as f64 * overall) / (near.len() + NEIGHBOURS) as f64;
            // Known noise is in the errors and not in the property, of which at least a tenth of the error is kept.
            let variance = (variance - own).max(0.1 * variance).max(floor);
            (data.mean(&near).unwrap_or_default(), variance.sqrt())
        };
        let (mean, sigma) = (0..view.candidates.len()).into_par_iter().map(place).unzip();
        Ok(Prediction::normal(mean, sigma))
    }
}
