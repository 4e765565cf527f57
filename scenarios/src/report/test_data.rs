//! A made-up run for the tests of the pages: cells around scattered points, borders between them.

use crate::boundaries::explored::Explored;
use crate::boundaries::picks::Measured;
use crate::picture::ColourMap;
use crate::report::input::{BoundaryReport, IvExample, Outcome, Pick, Prediction, Region, ReportInput, TruthKind};
use crate::run::{Enrichment, Timing};
use ndarray::{Array2, s};
use tiptwin_instrument::log::{SCHEMA, Scores, Start};
use tiptwin_instrument::{
    Amps, Capabilities, Description, Image, Limits, Meters, Pixel, Position, ScanGrid, Seconds, Suns, Volts,
};

/// Distances to the nearest and the second and third nearest of a few scattered points, in pixels.
fn distances(row: usize, col: usize) -> [f64; 3] {
    let mut d: Vec<f64> = (0..60_u32)
        .map(|i| {
            let (x, y) = (f64::from(i * 37 % 61) * 2.1, f64::from(i * i * 17 % 59) * 2.2);
            (x - col as f64).hypot(y - row as f64)
        })
        .collect();
    d.sort_by(f64::total_cmp);
    [d[0], d[1], d[2]]
}

fn description() -> Description {
    Description {
        driver: "twin".into(),
        identity: "made-up film".into(),
        serial: None,
        capabilities: Capabilities {
            structure_channel: "height".into(),
            structure_unit: "m".into(),
            further_channels: Vec::new(),
            sweep_iv: true,
            scalar_unit: None,
            current_noise: Some(Amps(1e-12)),
            scalar_noise: None,
            scan_current: true,
            light: true,
            any_grid: true,
            simulated: true,
        },
        limits: Limits {
            reach: ScanGrid::square(Meters(3e-6), 128),
            bias_max: Volts(10.0),
            light_max: Suns(1.0),
            sweep_max: Seconds(100.0),
        },
    }
}

fn score(n: usize, r2: f64) -> Scores {
    Scores {
        n,
        r2,
        nrmse: (1.0 - r2).sqrt(),
        spearman: r2.sqrt(),
        nlpd: 1.4 - r2,
        coverage_1sigma: 0.66,
        coverage_2sigma: 0.94,
    }
}

/// Curves of the three regions with the currents of the default film.
pub(super) fn curves() -> Vec<IvExample> {
    let bias_v: Vec<f64> = (0..251_i32).map(|i| 1.5 * f64::from(125 - (i - 125).abs()) / 125.0).collect();
    let current = |scale: f64, onset: f64| -> Vec<f64> {
        let noise = |i: usize| 1e-12 * (i as f64 * 2.399).sin();
        let branch = |i: usize| if i > 125 { 1.15 } else { 1.0 };
        let rise = |v: f64| ((v - onset).max(0.0) / (1.5 - onset)).powi(2);
        bias_v.iter().enumerate().map(|(i, v)| scale * rise(*v) * branch(i) + noise(i)).collect()
    };
    [("grain", 1.08e-9, 0.35, 3.3e-9), ("grain boundary", 1.0e-10, 0.6, 2.1e-9), ("junction", 0.0, 1.0, 5.2e-10)]
        .into_iter()
        .map(|(label, dark, onset, light)| IvExample {
            label: label.into(),
            pixel: Some(Pixel { row: 9, col: 8 }),
            dark: Some(current(dark, onset)),
            light: Some(current(light, 0.3)),
            bias_v: bias_v.clone(),
        })
        .collect()
}

/// A run with everything known, on an image of at least 8 × 8 pixels.
pub(super) fn full(rows: usize, cols: usize) -> ReportInput {
    let pixel_m = 3e-6 / 128.0;
    let border = |r, c| {
        let [a, b, _] = distances(r, c);
        1.0 - (-(b - a) / 3.0).exp()
    };
    let height = Array2::from_shape_fn((rows, cols), |(r, c)| 3e-8 * border(r, c));
    let regions = Array2::from_shape_fn((rows, cols), |(r, c)| {
        let [a, b, third] = distances(r, c);
        if third - a < 2.5 { 2 } else { u8::from(b - a < 2.0) }
    });
    let truth = height.mapv(|h| 0.04 * h);
    let margin = 3;
    let inner = s![margin..rows - margin, margin..cols - margin];
    let mean = truth.slice(inner).mapv(|t| 0.9 * t + 5e-11);
    let sigma = Array2::from_shape_fn(mean.dim(), |(r, c)| 1e-10 * (1.2 + (0.3 * (r + c) as f64).sin()));
    let picks: Vec<Pick> = (0..60)
        .map(|index| {
            let pixel = Pixel {
                row: margin + index * 7 % (rows - 2 * margin),
                col: margin + index * index * 3 % (cols - 2 * margin),
            };
            let at = [pixel.row, pixel.col];
            Pick {
                index,
                pixel,
                value: truth[at] + 2e-12,
                censored: index == 4,
                region: Some(Region::from_code(regions[at])),
            }
        })
        .collect();
    let grid = ScanGrid {
        origin: Position::new(0.0, 0.0),
        width: Meters(cols as f64 * pixel_m),
        height: Meters(rows as f64 * pixel_m),
        rows,
        cols,
    };
    ReportInput {
        title: "Made-up film, maximum current".into(),
        start: Start {
            schema: SCHEMA,
            version: "0.1.0".into(),
            run: "made-up".into(),
            seed: 7,
            strategy: "tiptwin".into(),
            acquisition: "max-variance".into(),
            target: "max_current".into(),
            target_unit: "A".into(),
            target_title: "maximum current".into(),
            further_targets: Vec::new(),
            corrections: Vec::new(),
            curve_light_suns: Vec::new(),
            steps: 60,
            window_px: 7,
            light_suns: 0.1,
            instrument: description(),
        },
        further: Vec::new(),
        structure: Image { channel: "height".into(), unit: "m".into(), grid, values: height },
        picks,
        prediction: Some(Prediction { row: margin, col: margin, mean, sigma, score: None }),
        truth: Some(truth),
        further_targets: Vec::new(),
        curve_variation: None,
        regions: Some(regions),
        boundaries: None,
        iv_examples: curves(),
        scores: [(10, 0.2), (25, 0.5), (50, 0.68), (60, 0.72)].map(|(n, r)| score(n, r)).to_vec(),
        random_scores: [(10, 0.25), (25, 0.4), (50, 0.52), (60, 0.55)].map(|(n, r)| score(n, r)).to_vec(),
        enrichment: Some(Enrichment {
            gb: Some(1.4),
            junction: Some(2.3),
            gb_area: 0.26,
            junction_area: 0.1,
            gb_picks: 22,
            junction_picks: 14,
            picks: 60,
        }),
        timing: Timing {
            decide_median: 0.21,
            decide_p99: 0.34,
            decide_total: 12.9,
            instrument_total: 0.7,
            wall_total: 14.1,
            peak_mb: Some(210.0),
        },
        settings: None,
        heights: ColourMap::Gold,
        scenario: "[instrument]\ndriver = \"twin\"\n".into(),
        parameters: vec![("learning rate".into(), "0.01".into()), ("kernel".into(), "RBF <ARD>".into())],
        truth_kind: TruthKind::NoiseFree,
        target_title: "maximum current".into(),
        outcome: Outcome::Complete,
    }
}

/// The run of [`full`] with its picks on boundaries eight pixels apart, of which the upper half has the smaller values.
pub(super) fn on_boundaries(rows: usize, cols: usize) -> ReportInput {
    let mut input = full(rows, cols);
    let on = |r: usize, c: usize| r % 8 == 4 || c % 8 == 4;
    let line = Array2::from_shape_fn((rows, cols), |(r, c)| on(r, c));
    let probability = line.mapv(|l| if l { 0.9 } else { 0.1 });
    let spread = Array2::from_shape_fn((rows, cols), |(r, _)| 0.01 * (r % 5) as f32);
    for (i, pick) in input.picks.iter_mut().enumerate() {
        pick.pixel.row = 4 + 16 * (i % (rows / 16));
        pick.pixel.col = 4 + (7 * i) % (cols - 8);
        pick.value = if pick.pixel.row < rows / 2 { 1e-10 } else { 2e-9 } * (1.0 + 0.01 * (i % 7) as f64);
    }
    let measured = Measured {
        at: input.picks.iter().map(|p| (p.pixel, p.value)).collect(),
        target: input.target_title.clone(),
        unit: input.start.target_unit.clone(),
        window_px: input.start.window_px,
    };
    let explored = Explored { probability, spread, open: line.clone(), line, members: 3 };
    input.boundaries = Some(Ok(BoundaryReport::new(explored, &measured, 1)));
    input
}
