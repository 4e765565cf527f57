//! How near every candidate lies to grain boundaries and their junctions, as the shipped networks see them.
//!
//! Filters answer to curvature, and curvature is not a boundary: what a property owes to a boundary it owes at shallow grooves, too, and not at scan lines or
//! on rough grains. The [detector](crate::boundaries) was trained to tell these apart, on other films, without any property.

use super::filters::{Bank, PER_SCALE, Workspace};
use crate::Candidates;
use crate::boundaries::graph::MIDDLE_PX;
use crate::boundaries::{BURR_PX, BoundaryError, BoundaryGraph, Ensemble, THRESHOLD};
use crate::net::ComputeDevice;
use ndarray::{Array2, s};
use rayon::prelude::*;

/// Standard deviations of the Gaussian windows in which the probability of a boundary is averaged, in pixels: on it, beside it, and how
/// many are around.
pub const NEARNESS_PX: [f64; 3] = [1.0, 2.0, 4.0];

/// Length over which nearness to a junction falls by e, in pixels.
pub const JUNCTION_PX: f64 = 3.0;
/// Numbers per candidate.
pub const BOUNDARY_FEATURES: usize = NEARNESS_PX.len() + 1;

/// Probability of a boundary around every candidate, averaged in windows of [`NEARNESS_PX`], and `exp(−d/ℓ)` of its distance d from the nearest junction of boundaries with
/// ℓ = [`JUNCTION_PX`]: candidates × 4, zero mean and unit variance over the candidates. Where detectors accept no image (too small, or flat), and where nothing varies, 0.
///
/// Of several images the structure image is looked at.
///
/// # Errors
///
/// When networks cannot be computed on the device.
pub fn boundary_features(candidates: &Candidates, device: ComputeDevice) -> Result<Array2<f64>, BoundaryError> {
    let mut features = Array2::zeros((candidates.len(), BOUNDARY_FEATURES));
    let ensemble = Ensemble::shipped(device)?;
    let image = candidates.images().next().expect("the structure image comes first");
    let Ok(found) = ensemble.detect(image) else { return Ok(features) };
    let probability = found.centred();
    let junctions = junction_nearness(&BoundaryGraph::new(&found.lines(THRESHOLD), BURR_PX));
    let (bank, first) = (Bank::new(&NEARNESS_PX), candidates.pixel(0));
    let columns = first.col..first.col + candidates.cols();
    let new = || (Workspace::default(), vec![Vec::new(); bank.len()]);
    let all = features.as_slice_mut().expect("a fresh array is contiguous");
    let rows = all.par_chunks_mut(candidates.cols() * BOUNDARY_FEATURES).enumerate();
    rows.for_each_init(new, |(room, responses), (row, to)| {
        let row = first.row + row;
        bank.row(&probability, row, room, responses);
        for (c, to) in columns.clone().zip(to.chunks_exact_mut(BOUNDARY_FEATURES)) {
            let windows = responses.iter().step_by(PER_SCALE).map(|smooth| smooth[c]);
            to.iter_mut().zip(windows.chain([junctions[[row, c]]])).for_each(|(to, v)| *to = v);
        }
    });
    (0..BOUNDARY_FEATURES).for_each(|k| standardise(&mut features, k));
    Ok(features)
}

/// `exp(−d/ℓ)` of the distance of every pixel from the nearest junction. Beyond four ℓ all are as far: only pixels around junctions are looked at.
fn junction_nearness(graph: &BoundaryGraph) -> Array2<f64> {
    let reach = 4.0 * JUNCTION_PX;
    let (rows, cols) = graph.line.dim();
    let mut squared = Array2::from_elem((rows, cols), reach * reach);
    let around = |at: f64, n: usize| (at - reach).max(0.0).ceil() as usize..((at + reach).floor() as usize + 1).min(n);
    for junction in &graph.junctions {
        let (y, x) = (junction.at.0 + MIDDLE_PX, junction.at.1 + MIDDLE_PX);
        for r in around(y, rows) {
            for c in around(x, cols) {
                let d2 = (r as f64 - y).powi(2) + (c as f64 - x).powi(2);
                squared[[r, c]] = d2.min(squared[[r, c]]);
            }
        }
    }
    squared.mapv(|d2| (-d2.sqrt() / JUNCTION_PX).exp())
}

fn standardise(features: &mut Array2<f64>, column: usize) {
    let mut values = features.slice_mut(s![.., column]);
    let (mean, deviation) = (values.mean().unwrap_or_default(), values.std(0.0));
    values.mapv_inplace(|v| if deviation > 1e-6 { (v - mean) / deviation } else { 0.0 });
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::Meters;

    const SIDE: usize = 64;

    fn features(image: Array2<f64>) -> (Candidates, Array2<f64>) {
        let candidates = Candidates::new(image, 8, Meters(25e-9), Meters(25e-9)).expect("fits");
        let features = boundary_features(&candidates, ComputeDevice::Flex).expect("computes");
        (candidates, features)
    }

    /// Distance to the nearest groove of a honeycomb-like film: rows of domes, every other one shifted by half a grain.
    fn groove_px(row: usize, col: usize) -> f64 {
        let band = row / 12;
        let shifted = (col + 6 * (band % 2)) % 12;
        let edge = |x: usize| (x as f64).min(12.0 - x as f64);
        edge(row % 12).min(edge(shifted))
    }

    #[test]
    fn boundaries_are_near_in_grooves_and_far_on_domes() {
        let film = Array2::from_shape_fn((SIDE, SIDE), |(r, c)| 30e-9 * (1.0 - (-groove_px(r, c) / 2.0).exp()));
        let (candidates, features) = features(film);
        let mean = |keep: &dyn Fn(f64) -> bool| {
            let at = |i: &usize| {
                let pixel = candidates.pixel(*i);
                keep(groove_px(pixel.row, pixel.col))
            };
            let rows: Vec<usize> = (0..candidates.len()).filter(at).collect();
            rows.iter().map(|i| features[[*i, 0]]).sum::<f64>() / rows.len() as f64
        };
        let (groove, dome) = (mean(&|d| d == 0.0), mean(&|d| d >= 5.0));
        assert!(groove > 0.5 && dome < -0.5, "{groove} in grooves, {dome} on domes");
        let (windows, junctions) = features.view().split_at(ndarray::Axis(1), NEARNESS_PX.len());
        assert!(junctions.iter().all(|v| *v == 0.0), "no line is sure enough to have a junction: nothing varies");
        for column in windows.columns() {
            assert!(column.mean().unwrap_or(1.0).abs() < 1e-9 && (column.std(0.0) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn junctions_are_near_around_the_corner_where_lines_meet() {
        // One line across, one from it downwards: they stand for boundaries that meet half a pixel farther down and to the right.
        let lines = Array2::from_shape_fn((41, 41), |(r, c)| r == 20 || (c == 20 && r > 20));
        let near = junction_nearness(&BoundaryGraph::new(&lines, BURR_PX));
        let at = |distance_px: f64| (-distance_px / JUNCTION_PX).exp();
        assert!([[20, 20], [20, 21], [21, 20], [21, 21]].iter().all(|p| (near[*p] - at(0.5f64.sqrt())).abs() < 1e-12));
        assert!((near[[20, 25]] - at(4.5f64.hypot(0.5))).abs() < 1e-12 && near[[20, 0]] == at(4.0 * JUNCTION_PX));
        let none = junction_nearness(&BoundaryGraph::new(&Array2::from_elem((9, 9), false), BURR_PX));
        assert!(none.iter().all(|v| *v == none[[0, 0]]));
    }

    #[test]
    fn images_that_no_detector_accepts_have_none() {
        let small = Array2::from_shape_fn((12, 40), |(r, c)| (r * c) as f64 * 1e-9);
        for image in [small, Array2::from_elem((20, 20), 3e-8)] {
            assert!(features(image).1.iter().all(|v| *v == 0.0));
        }
    }
}
