//! Waves and arrays: Igor's first dimension is the fast one, and line 0 of an image is at its bottom.

use super::{ByteOrder, Dimension, NumberKind, Wave};
use crate::document::{Array, Axis};
use ndarray::{Array2, ArrayD, ArrayViewD, Axis as Along, IxDyn, Slice};

impl Wave {
    /// The wave as arrays: one per layer of an image, one per labelled column of curves.
    pub fn arrays(&self) -> Vec<Array> {
        arrays(self)
    }

    /// An image of several layers, each (H, W) from the top with its label. Width, height and the lower left corner are in metres.
    ///
    /// # Panics
    ///
    /// If the layers differ in shape.
    pub fn image(
        name: &str,
        layers: &[(String, Array2<f64>)],
        [width_m, height_m]: [f64; 2],
        corner_m: [f64; 2],
    ) -> Self {
        let (rows, cols) = layers.first().map_or((0, 0), |(_, l)| l.dim());
        assert!(layers.iter().all(|(_, l)| l.dim() == (rows, cols)), "layers of one shape");
        // An instrument counts from the first point to the last: n − 1 steps.
        let side = |length: usize, size: f64, start: f64| Dimension {
            length,
            start,
            step: size / (length.max(2) - 1) as f64,
            unit: "m".into(),
            labels: Vec::new(),
        };
        let labels = layers.iter().map(|(label, _)| label.clone()).collect();
        let channels = Dimension { length: layers.len(), start: 0.0, step: 1.0, unit: String::new(), labels };
        Self {
            name: name.to_owned(),
            kind: NumberKind::F32,
            complex: false,
            order: ByteOrder::Little,
            created_modified_s: [0; 2],
            dimensions: vec![side(cols, width_m, corner_m[0]), side(rows, height_m, corner_m[1]), channels],
            unit: String::new(),
            values: layers.iter().flat_map(|(_, l)| from_bottom(l)).collect(),
            note: String::new(),
        }
    }
}

fn arrays(wave: &Wave) -> Vec<Array> {
    let shape: Vec<usize> = wave.dimensions.iter().map(|d| d.length).collect();
    if shape.is_empty() {
        return Vec::new();
    }
    let parts: &[(&str, usize)] = if wave.complex { &[("", 0), (" (imaginary)", 1)] } else { &[("", 0)] };
    let pair = parts.len();
    let mut arrays = Vec::new();
    for &(suffix, part) in parts {
        let values: Vec<f64> = wave.values.iter().skip(part).step_by(pair).copied().collect();
        // Column-major data are row-major data of the reversed shape.
        let reversed: Vec<usize> = shape.iter().rev().copied().collect();
        let Ok(whole) = ArrayD::from_shape_vec(IxDyn(&reversed), values) else { return arrays };
        let last = wave.dimensions.last().map_or(&[][..], |d| &d.labels);
        let axes: Vec<Axis> =
            wave.dimensions.iter().rev().map(|d| Axis { start: d.start, step: d.step, unit: d.unit.clone() }).collect();
        if last.is_empty() {
            let unit = Some(wave.unit.clone()).filter(|u| !u.is_empty());
            arrays.push(upright(format!("{}{suffix}", wave.name), unit, axes, whole.view()));
        } else {
            for (label, layer) in last.iter().zip(whole.axis_iter(Along(0))) {
                arrays.push(upright(format!("{label}{suffix}"), unit_of(label), axes[1..].to_vec(), layer));
            }
        }
    }
    arrays
}

/// Turns an image (a step in metres along both axes) so that its top row comes first.
fn upright(name: String, unit: Option<String>, axes: Vec<Axis>, values: ArrayViewD<'_, f64>) -> Array {
    let image = axes.len() >= 2 && axes[axes.len() - 2].unit == "m" && axes[axes.len() - 1].unit == "m";
    let mut values = values;
    if image {
        values.slice_axis_inplace(Along(axes.len() - 2), Slice::new(0, None, -1));
    }
    Array { name, unit, axes, values: values.as_standard_layout().into_owned() }
}

/// Unit of a channel of an Asylum microscope. The wave's own unit is that of its first channel only.
fn unit_of(channel: &str) -> Option<String> {
    const UNITS: [(&str, &str); 12] = [
        ("Height", "m"),
        ("ZSensor", "m"),
        ("ZSnsr", "m"),
        ("Raw", "m"),
        ("Defl", "m"),
        ("Amplitude", "m"),
        ("Phase", "deg"),
        ("Frequency", "Hz"),
        ("Current", "A"),
        ("Potential", "V"),
        ("Bias", "V"),
        ("UserIn", "V"),
    ];
    UNITS.iter().find(|(start, _)| channel.starts_with(start)).map(|(_, unit)| (*unit).to_owned())
}

/// The rows of a layer as a wave wants them.
fn from_bottom(image: &Array2<f64>) -> impl Iterator<Item = f64> + '_ {
    image.rows().into_iter().rev().flat_map(|row| row.to_vec())
}
