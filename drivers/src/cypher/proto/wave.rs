//! Images and curves in `.ibw` waves: whether a wave is the one that was asked for, and what is in it.

use super::iv::Programme;
use ndarray::Array2;
use std::collections::HashMap;
use tiptwin_formats::ibw::{Wave, notes};
use tiptwin_instrument::ScanGrid;

/// Relative difference up to which a number in a header is the one that was set: headers keep five digits.
const SAME: f64 = 1e-3;

/// Why a file is not the one that is awaited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

/// The note of a wave. Of keys that occur twice the last one counts: software writes them twice with different meanings.
#[derive(Clone, Debug)]
pub struct Notes(HashMap<String, String>);

impl Notes {
    /// The note of a wave.
    pub fn of(wave: &Wave) -> Self {
        Self(notes(&wave.note).into_iter().collect())
    }

    /// A number, if the key is there and is one.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.0.get(key)?.parse().ok()
    }

    fn must_be(&self, key: &str, asked: f64, slack: f64) -> Result<(), Unfit> {
        match self.number(key) {
            Some(found) if (found - asked).abs() <= SAME * asked.abs() + slack => Ok(()),
            Some(found) => Err(Unfit(format!("{key} is {found:e} where {asked:e} was asked for"))),
            None => Err(Unfit(format!("its note has no number {key} ({asked:e} was asked for)"))),
        }
    }
}

/// A wave from bytes.
pub fn read(bytes: &[u8]) -> Result<Wave, Unfit> {
    if bytes.is_empty() {
        return Err(Unfit("it is empty".into()));
    }
    Wave::read(bytes).map_err(|e| Unfit(e.to_string()))
}

/// The layer `channel` of an image of `grid` whose centre is at `offset_m` from that of the scanner: line 0 first, as a grid counts.
pub fn image(wave: &Wave, grid: &ScanGrid, offset_m: [f64; 2], channel: &str) -> Result<Array2<f64>, Unfit> {
    let [x, y, layers] = &wave.dimensions[..] else {
        return Err(Unfit(format!("it has {} dimensions where an image has 3", wave.dimensions.len())));
    };
    if (y.length, x.length) != (grid.rows, grid.cols) {
        let (rows, cols) = (grid.rows, grid.cols);
        return Err(Unfit(format!("it has {} × {} pixels where {cols} × {rows} were asked for", x.length, y.length)));
    }
    for (axis, step, pixel) in [("x", x.step, grid.pixel_width().0), ("y", y.step, grid.pixel_height().0)] {
        if (step - pixel).abs() > SAME * pixel {
            return Err(Unfit(format!("its pixels are {step:e} m along {axis} where {pixel:e} m were asked for")));
        }
    }
    let notes = Notes::of(wave);
    for (key, asked) in [("XOffset", offset_m[0]), ("YOffset", offset_m[1])] {
        notes.must_be(key, asked, 1e-9)?;
    }
    notes.must_be("ScanAngle", 0.0, 1e-3)?;
    let at = layers.labels.iter().position(|l| l == channel).ok_or_else(|| no_channel(channel, &layers.labels))?;
    let size = grid.rows * grid.cols;
    let layer = wave.values.get(at * size..(at + 1) * size).map(<[f64]>::to_vec);
    layer
        .and_then(|values| Array2::from_shape_vec((grid.rows, grid.cols), values).ok())
        .ok_or_else(|| Unfit(format!("its layer {channel} is not whole")))
}

fn no_channel(channel: &str, labels: &[String]) -> Unfit {
    Unfit(format!("it has no channel {channel}; it has {}", labels.join(", ")))
}

/// The columns of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Bias as recorded, V, of the electrode that is biased.
    pub bias_v: Vec<f64>,
    /// Current as recorded, A.
    pub current_a: Vec<f64>,
    /// Gain of the amplifier in the note, A/V, where it says one.
    pub gain_a_per_v: Option<f64>,
}

/// The sweep in a curve: the part after the trigger that the programme takes.
pub fn sweep(wave: &Wave, asked: &Programme) -> Result<Sweep, Unfit> {
    let [points, columns] = &wave.dimensions[..] else {
        return Err(Unfit(format!("it has {} dimensions where a curve has 2", wave.dimensions.len())));
    };
    let notes = Notes::of(wave);
    notes.must_be("ARDoIVCurve", 1.0, 0.0)?;
    notes.must_be("ARDoIVAmp", asked.amplitude_v, 1e-6)?;
    notes.must_be("ARDoIVFrequency", asked.frequency_hz, 0.0)?;
    notes.must_be("ARDoIVCycles", asked.cycles, 0.0)?;
    notes.must_be("NumPtsPerSec", asked.points_per_s, 0.0)?;
    let trigger_s = notes.number("TriggerTime").ok_or_else(|| Unfit("its note has no number TriggerTime".into()))?;
    let start = (trigger_s * asked.points_per_s).round();
    let end = start + asked.samples as f64;
    if !(start >= 0.0 && end <= points.length as f64) {
        return Err(Unfit(format!(
            "it has {} points where the sweep takes those from {start} to {end}",
            points.length
        )));
    }
    let column = |name: &str| -> Result<Vec<f64>, Unfit> {
        let at = columns.labels.iter().position(|l| l == name).ok_or_else(|| no_channel(name, &columns.labels))?;
        let first = at * points.length + start as usize;
        let values = wave.values.get(first..first + asked.samples);
        values.map(<[f64]>::to_vec).ok_or_else(|| Unfit(format!("its column {name} is not whole")))
    };
    Ok(Sweep { bias_v: column("Bias")?, current_a: column("Current")?, gain_a_per_v: notes.number("OrcaGain") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::{Meters, Position};

    fn real(name: &str) -> Wave {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/scans").join(name);
        read(&std::fs::read(path).expect("part of the repository")).expect("a real file")
    }

    #[test]
    fn a_real_image_is_the_one_that_its_header_says() {
        let wave = real("cypher_image.ibw");
        let (points, step) = (wave.dimensions[0].length, wave.dimensions[0].step);
        let edge = step * points as f64;
        let grid = ScanGrid {
            origin: Position::new(0.0, 0.0),
            width: Meters(edge),
            height: Meters(edge),
            rows: points,
            cols: points,
        };
        let height = image(&wave, &grid, [0.0, 0.0], "HeightRetrace").expect("fits");
        assert_eq!((height[[0, 0]], height[[0, 1]]), (wave.values[0], wave.values[1]), "line 0 first");
        let other =
            |grid: &ScanGrid, offset, channel: &str| image(&wave, grid, offset, channel).expect_err("another").0;
        let error = other(&ScanGrid { rows: 128, ..grid }, [0.0; 2], "HeightRetrace");
        assert!(error.contains("128"), "{error}");
        let error = other(&ScanGrid { width: Meters(1.1 * edge), ..grid }, [0.0; 2], "HeightRetrace");
        assert!(error.contains("along x"), "{error}");
        let error = other(&grid, [1e-6, 0.0], "HeightRetrace");
        assert!(error.contains("XOffset"), "{error}");
        let error = other(&grid, [0.0; 2], "CurrentTrace");
        assert!(error.contains("no channel CurrentTrace"), "{error}");
    }

    #[test]
    fn a_real_force_curve_is_not_a_sweep() {
        let waveform = tiptwin_instrument::Waveform::default();
        let asked = Programme::of(&waveform).expect("a triangle");
        let error = sweep(&real("asylum_force_curve.ibw"), &asked).expect_err("no sweep");
        assert!(error.0.contains("ARDoIV"), "{error}");
    }
}
