//! How good a detection is, where the truth is known.

use super::truth;
use super::{BoundaryGraph, Detection};
use ndarray::Array2;
use serde::Serialize;

/// One pixel along rows and columns, the diagonal neighbours included, as a squared distance.
pub const TOLERANCE_PX2: usize = 2;
/// One pixel strictly: neighbours along rows and columns only.
pub const STRICT_PX2: usize = 1;
/// Distance up to which a junction counts as found, pixels.
pub const JUNCTION_PX: f64 = 3.0;

/// Lines against lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LineScores {
    /// Share of the detected pixels with a true one within the tolerance.
    pub precision: f64,
    /// Share of the true pixels with a detected one within the tolerance.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

/// Scores of a detected line against the true one; `within` is a squared distance in pixels. Nothing detected has precision 0.
pub fn lines(detected: &Array2<bool>, line: &Array2<bool>, within: usize) -> LineScores {
    let share = |of: &Array2<bool>, near: &Array2<bool>| {
        let near = super::thin::dilated(near, within);
        let (mut all, mut hits) = (0, 0);
        of.iter().zip(&near).filter(|(of, _)| **of).for_each(|(_, near)| {
            all += 1;
            hits += usize::from(*near);
        });
        if all == 0 { 0.0 } else { f64::from(hits as u32) / f64::from(all) }
    };
    let (precision, recall) = (share(detected, line), share(line, detected));
    let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
    LineScores { precision, recall, f1 }
}

/// Share of the true junctions with a detected one within [`JUNCTION_PX`], and the other way round. Junctions closer to the edge of the image than
/// that are left out of what is to be found, but may be found.
pub fn junctions(graph: &BoundaryGraph, grains: &Array2<u32>) -> (f64, f64) {
    let found: Vec<(f64, f64)> = graph.junctions.iter().map(|j| j.at).collect();
    let there = truth::junctions(grains);
    let (rows, cols) = grains.dim();
    let inside = |&&(r, c): &&(f64, f64)| {
        let edge = r.min(c).min((rows - 1) as f64 - r).min((cols - 1) as f64 - c);
        edge >= JUNCTION_PX
    };
    let share = |of: &[(f64, f64)], among: &[(f64, f64)]| {
        let near = |&&(r, c): &&(f64, f64)| among.iter().any(|(y, x)| (y - r).hypot(x - c) <= JUNCTION_PX);
        let of: Vec<(f64, f64)> = of.iter().filter(inside).copied().collect();
        of.iter().filter(near).count() as f64 / of.len().max(1) as f64
    };
    (share(&there, &found), share(&found, &there))
}

/// Whether the [uncertainty](Detection::uncertainty) of an ensemble says where it errs.
///
/// A pixel is wrong that is called boundary and lies more than a pixel ([`TOLERANCE_PX2`]) outside of the true band, or that is on the true line and
/// not called boundary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Calibration {
    /// Share of wrong pixels.
    pub errors: f64,
    /// Share of wrong pixels among the tenth with the largest uncertainty.
    pub errors_uncertain: f64,
    /// Share of wrong pixels among the tenth with the largest spread alone.
    pub errors_spread: f64,
    /// Share of pixels whose probability is on the other side of the threshold than the band: errors without any tolerance. Half a pixel decides about many of them.
    pub band_errors: f64,
    /// The same among the tenth with the largest uncertainty.
    pub band_errors_uncertain: f64,
    /// Mean over ten bins of probability, weighted by their pixels, of the distance between mean probability and share of band (expected calibration
    /// error: Naeini et al., AAAI 2015).
    pub expected_error: f64,
}

/// Calibration over the pixels of several images: what the ensemble says of each, and its true line.
pub fn calibration(cases: &[(&Detection, &Array2<bool>)], threshold: f64) -> Calibration {
    /// Uncertainty, probability, whether in the band, whether wrong, spread.
    type Pixel = (f64, f64, bool, bool, f64);
    let mut pixels: Vec<Pixel> = Vec::new();
    for (detection, line) in cases {
        let unsure = detection.uncertainty();
        let band = truth::band(line);
        let tolerated = super::thin::dilated(&band, TOLERANCE_PX2);
        for (at, spread) in detection.spread.indexed_iter() {
            let p = detection.probability[at];
            let wrong = if p >= threshold { !tolerated[at] } else { line[at] };
            pixels.push((unsure[at], p, band[at], wrong, *spread));
        }
    }
    let share = |pixels: &[Pixel], wrong: &dyn Fn(&Pixel) -> bool| {
        pixels.iter().filter(|p| wrong(p)).count() as f64 / pixels.len().max(1) as f64
    };
    let mut bins = [(0.0, 0.0); 10];
    for (_, p, band, ..) in &pixels {
        let bin = &mut bins[((p * 10.0) as usize).min(9)];
        *bin = (bin.0 + p, bin.1 + f64::from(u8::from(*band)));
    }
    let expected_error = bins.iter().map(|(p, band)| (p - band).abs()).sum::<f64>() / pixels.len().max(1) as f64;
    let tenth = pixels.len().div_ceil(10);
    // Equal numbers keep the order of the pixels, so the tenth is the same on every machine.
    pixels.sort_by(|a, b| b.4.total_cmp(&a.4));
    let errors_spread = share(&pixels[..tenth], &|p| p.3);
    pixels.sort_by(|a, b| b.0.total_cmp(&a.0));
    let tenth = &pixels[..tenth];
    let of_band = |&(_, p, band, ..): &Pixel| (p >= threshold) != band;
    Calibration {
        errors: share(&pixels, &|p| p.3),
        errors_uncertain: share(tenth, &|p| p.3),
        errors_spread,
        band_errors: share(&pixels, &of_band),
        band_errors_uncertain: share(tenth, &of_band),
        expected_error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    fn column(at: usize) -> Array2<bool> {
        Array2::from_shape_fn((12, 12), |(_, c)| c == at)
    }

    #[test]
    fn a_line_beside_the_true_one_is_found_within_one_pixel_and_not_within_two() {
        let perfect = LineScores { precision: 1.0, recall: 1.0, f1: 1.0 };
        assert_eq!(lines(&column(5), &column(6), STRICT_PX2), perfect);
        assert_eq!(lines(&column(5), &column(7), TOLERANCE_PX2).f1, 0.0);
        let both = column(2).mapv(usize::from) + column(6).mapv(usize::from);
        let half = lines(&both.mapv(|n| n > 0), &column(6), TOLERANCE_PX2);
        assert_eq!((half.precision, half.recall), (0.5, 1.0));
        assert_eq!(lines(&Array2::from_elem((12, 12), false), &column(6), TOLERANCE_PX2), LineScores::default());
    }

    #[test]
    fn only_the_loose_tolerance_counts_the_diagonal() {
        let dot = |at: (usize, usize)| Array2::from_shape_fn((5, 5), |p| p == at);
        assert_eq!(lines(&dot((1, 1)), &dot((2, 2)), TOLERANCE_PX2).f1, 1.0);
        assert_eq!(lines(&dot((1, 1)), &dot((2, 2)), STRICT_PX2).f1, 0.0);
    }

    #[test]
    fn calibration_counts_errors_where_the_spread_is_large() {
        // The true line is the first row, of which nothing is found; what is found instead is the sixth. Spread is large on the first row.
        let line = Array2::from_shape_fn((10, 10), |(r, _)| r == 0);
        let probability = Array2::from_shape_fn((10, 10), |(r, _)| f64::from(u8::from(r == 5)));
        let spread = Array2::from_shape_fn((10, 10), |(r, c)| if r == 0 { 0.2 } else { 1e-3 * (10 * r + c) as f64 });
        let detection = Detection { members: Array3::zeros((1, 10, 10)), probability, spread };
        let result = calibration(&[(&detection, &line)], 0.5);
        assert_eq!((result.errors, result.errors_uncertain), (0.2, 1.0));
        // The band is the first two rows.
        assert_eq!((result.band_errors, result.band_errors_uncertain), (0.3, 1.0));
        assert!((result.expected_error - 0.3).abs() < 1e-12);
    }

    #[test]
    fn junctions_of_the_true_line_are_found() {
        let grains = Array2::from_shape_fn((40, 40), |(r, c)| ((r / 10) * 10 + (c + 5 * (r / 10)) / 12) as u32);
        let graph = BoundaryGraph::new(&super::super::thin::thinned(&truth::line(&grains)), 3);
        let (recall, precision) = junctions(&graph, &grains);
        assert_eq!((recall, precision), (1.0, 1.0));
    }
}
