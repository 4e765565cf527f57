//! Data files as the controller writes them, sound or spoilt.

use super::faults::{FaultKind, Faults};
use crate::cypher::proto::iv::Programme;
use ndarray::Array2;
use std::collections::HashMap;
use std::fmt::Write as _;
use tiptwin_formats::ibw::{ByteOrder, Dimension, NumberKind, Wave};
use tiptwin_instrument::{IvCurve, ScanGrid};

/// Points of a curve before and after its sweep: the tip comes down and goes up.
const RAMP: usize = 20;
/// Variables of the master panel that stand in every note.
const IN_NOTES: [&str; 14] = [
    "ScanRate",
    "XOffset",
    "YOffset",
    "ScanAngle",
    "FastScanSize",
    "SlowScanSize",
    "ScanPoints",
    "ScanLines",
    "OrcaGain",
    "XLVDTSens",
    "YLVDTSens",
    "XLVDTOffset",
    "YLVDTOffset",
    "MaxScanSize",
];

fn dimension(length: usize, start: f64, step: f64, unit: &str) -> Dimension {
    Dimension { length, start, step, unit: unit.into(), labels: Vec::new() }
}

fn labelled(labels: &[String]) -> Dimension {
    Dimension { labels: labels.to_vec(), ..dimension(labels.len(), 0.0, 1.0, "") }
}

fn wave(name: &str, dimensions: Vec<Dimension>, values: Vec<f64>, note: String) -> Wave {
    Wave {
        name: name.into(),
        kind: NumberKind::F32,
        complex: false,
        order: ByteOrder::Little,
        created_modified_s: [0; 2],
        dimensions,
        unit: String::new(),
        values,
        note,
    }
}

fn note(variables: &HashMap<String, f64>, further: &[(&str, f64)]) -> String {
    let mut text = String::new();
    for key in IN_NOTES {
        if let Some(value) = variables.get(key) {
            let _ = write!(text, "{key}: {value}\r");
        }
    }
    for (key, value) in further {
        let _ = write!(text, "{key}: {value}\r");
    }
    text + "MicroscopeModel:Cypher\rImagingMode: 0\r"
}

/// An image: line 0 first, layers with their labels.
pub(super) fn image(
    name: &str,
    grid: &ScanGrid,
    corner_m: [f64; 2],
    layers: &[(String, Array2<f64>)],
    variables: &HashMap<String, f64>,
) -> Wave {
    let labels: Vec<String> = layers.iter().map(|(l, _)| l.clone()).collect();
    let dimensions = vec![
        dimension(grid.cols, corner_m[0], grid.pixel_width().0, "m"),
        dimension(grid.rows, corner_m[1], grid.pixel_height().0, "m"),
        labelled(&labels),
    ];
    let values = layers.iter().flat_map(|(_, layer)| layer.iter().copied()).collect();
    let further =
        [("PointsLines", grid.rows as f64), ("ScanSize", variables.get("FastScanSize").copied().unwrap_or(0.0))];
    wave(name, dimensions, values, note(variables, &further))
}

/// A curve: the tip comes down, the bias is swept, the tip goes up.
pub(super) fn curve(name: &str, swept: &IvCurve, programme: &Programme, variables: &HashMap<String, f64>) -> Wave {
    let (n, points) = (swept.bias_v.len(), swept.bias_v.len() + 2 * RAMP);
    let ramped = |values: &[f64]| {
        let rest = std::iter::repeat_n(0.0, RAMP);
        rest.clone().chain(values.iter().copied()).chain(rest).collect::<Vec<f64>>()
    };
    // Down by 100 nm, pressed on, and up again; the deflection jumps where the tip touches.
    let height = |k: usize| {
        let left = if k < RAMP { RAMP - k } else { (k + 1).saturating_sub(RAMP + n) };
        1e-7 * left as f64 / RAMP as f64
    };
    let deflection = |k: usize| if (RAMP..RAMP + n).contains(&k) { 5e-9 } else { 0.0 };
    let columns: [(&str, Vec<f64>); 5] = [
        ("Raw", (0..points).map(height).collect()),
        ("Defl", (0..points).map(deflection).collect()),
        ("ZSnsr", (0..points).map(height).collect()),
        ("Current", ramped(&swept.current_a)),
        ("Bias", ramped(&swept.bias_v)),
    ];
    let labels: Vec<String> = columns.iter().map(|(l, _)| (*l).to_owned()).collect();
    let dimensions = vec![dimension(points, 0.0, 1.0 / programme.points_per_s, "s"), labelled(&labels)];
    let further = [
        ("ARDoIVCurve", 1.0),
        ("ARDoIVAmp", programme.amplitude_v),
        ("ARDoIVFrequency", programme.frequency_hz),
        ("ARDoIVCycles", programme.cycles),
        ("NumPtsPerSec", programme.points_per_s),
        ("TriggerTime", RAMP as f64 / programme.points_per_s),
    ];
    let mut text = note(variables, &further);
    let _ = write!(text, "Indexes: 0,{},{},{},\rDirection: Nan,1,-1,0,\r", RAMP - 1, RAMP + n - 1, points - 1);
    wave(name, dimensions, columns.into_iter().flat_map(|(_, c)| c).collect(), text)
}

/// The bytes of a wave after the faults that are on for it.
pub(super) fn bytes(mut wave: Wave, faults: &Faults, rail_a: f64) -> Vec<u8> {
    spoil_current(&mut wave, faults, rail_a);
    if faults.on(FaultKind::IbwWrongChannel)
        && let Some(last) = wave.dimensions.last_mut()
    {
        for label in &mut last.labels {
            *label = label.replace("Height", "Amplitude").replace("Current", "Phase");
        }
    }
    if faults.on(FaultKind::IbwWrongSize) {
        halve(&mut wave);
    }
    if faults.on(FaultKind::IbwEmpty) {
        return Vec::new();
    }
    let mut bytes = wave.write().unwrap_or_default();
    if faults.on(FaultKind::IbwTruncated) {
        bytes.truncate(bytes.len() / 2);
    }
    bytes
}

/// Half as many points along the second dimension from the end.
fn halve(wave: &mut Wave) {
    let k = wave.dimensions.len().saturating_sub(2);
    let inner: usize = wave.dimensions[..k].iter().map(|d| d.length).product();
    let (old, new) = (wave.dimensions[k].length, wave.dimensions[k].length.div_ceil(2));
    let kept = wave.values.chunks(inner * old).flat_map(|c| c[..inner * new].iter().copied()).collect();
    wave.dimensions[k].length = new;
    wave.values = kept;
}

fn spoil_current(wave: &mut Wave, faults: &Faults, rail_a: f64) {
    let Some(last) = wave.dimensions.last() else { return };
    let Some(at) = last.labels.iter().position(|l| l.starts_with("Current")) else { return };
    let size = wave.values.len() / last.length;
    let current = &mut wave.values[at * size..(at + 1) * size];
    if faults.on(FaultKind::CurrentNan) {
        current[size / 2] = f64::NAN;
    }
    if faults.on(FaultKind::CurrentConstant) {
        current.fill(1.25e-12);
    }
    if faults.on(FaultKind::CurrentSaturated) {
        current.fill(rail_a);
    }
    if faults.on(FaultKind::CurrentFlipped) {
        for i in current {
            *i = -*i;
        }
    }
}
