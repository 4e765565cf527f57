//! A strategy of your own, in one file: spread the measurements, predict with what was measured nearby.
//!
//! ```sh
//! cargo run --release --example own_strategy [RUN_FOLDER]
//! ```
//!
//! explores the demo's film with it and leaves the same journal, summary and report as any built-in strategy.

#![expect(clippy::print_stderr, reason = "an example that answers on the terminal")]

use std::error::Error;
use std::path::{Path, PathBuf};
use tiptwin::config::Scenario;
use tiptwin::progress::Progress;
use tiptwin::run::{Contender, Stopper, explore};
use tiptwin_core::model::{ModelError, Prediction, View};
use tiptwin_core::strategy::{Choice, Strategy};
use tiptwin_instrument::StreamRng;

/// Measures where the nearest measurement is farthest away, and predicts the value measured nearest.
struct FarthestPoint;

impl FarthestPoint {
    /// For every candidate: distance in pixels to the nearest measurement, and the value measured there.
    fn nearest(view: &View<'_>) -> Vec<(f64, f64)> {
        let place = |i: usize| {
            let pixel = view.candidates.pixel(i);
            (pixel.row as f64, pixel.col as f64)
        };
        (0..view.candidates.len())
            .map(|i| {
                let (row, col) = place(i);
                let to = |m: &tiptwin_core::Measured| {
                    let (r, c) = place(m.index);
                    ((row - r).hypot(col - c), m.value)
                };
                view.measured.iter().map(to).fold((f64::INFINITY, 0.0), |a, b| if b.0 < a.0 { b } else { a })
            })
            .collect()
    }
}

impl Strategy for FarthestPoint {
    fn name(&self) -> &str {
        "farthest-point"
    }

    fn choose(&mut self, view: &View<'_>, open: &[bool], rng: &mut StreamRng) -> Result<Choice, ModelError> {
        let distances = Self::nearest(view).into_iter().map(|(distance, _)| distance);
        let index = tiptwin_core::acquisition::argmax(distances, open, rng)
            .ok_or_else(|| ModelError::Diverged("no location is open".into()))?;
        Ok(Choice { index, mean: None, sigma: None })
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Option<Prediction>, ModelError> {
        let nearest = Self::nearest(view);
        let n = view.measured.len() as f64;
        let mean = view.measured.iter().map(|m| m.value).sum::<f64>() / n;
        let spread = (view.measured.iter().map(|m| (m.value - mean).powi(2)).sum::<f64>() / n).sqrt();
        // Trust in the nearest value fades within one window.
        let reach = view.candidates.window() as f64;
        Ok(Some(Prediction::normal(
            nearest.iter().map(|&(distance, value)| mean + (value - mean) * (-distance / reach).exp()).collect(),
            nearest.iter().map(|&(d, _)| spread * (1.0 - (-2.0 * d / reach).exp()).sqrt()).collect(),
        )))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args().nth(1).map_or_else(|| PathBuf::from("out/own_strategy"), PathBuf::from);
    let text = include_str!("../library/demo.toml");
    let scenario = Scenario::parse("own-strategy", "demo.toml", text, Path::new("."), &[])?;
    let contender = Contender {
        name: "farthest-point".into(),
        acquisition: "largest distance".into(),
        strategy: Box::new(FarthestPoint),
        random: None,
    };
    let summary = explore(&scenario, contender, 1, &out, Progress::detect(false), &Stopper::default())?;
    let last = summary.scores.last().ok_or("the film has a known truth, so there are scores")?;
    // R² 0 is what predicting the mean gives.
    eprintln!("map R² after {} measurements: {:.3}; report in {}", last.n, last.r2, out.display());
    Ok(())
}
