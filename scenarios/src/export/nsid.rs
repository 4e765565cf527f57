//! NSID, for pycroscopy: `run.h5` with every image and map (y, x), the curves of all locations (curve, bias), and the measured values with the positions of their locations. The head of the run is in `original_metadata` of each.

use super::Files;
use super::content::{Content, Picture};
use crate::run::names;
use ndarray::{Array1, Array2};
use tiptwin_formats::nsid::{Axis, Kind, Main, write};

pub(super) fn files(content: &Content) -> Result<Files, String> {
    let mut mains: Vec<Main> = content.images.iter().map(|image| picture(content, image)).collect();
    if !content.picks.is_empty() {
        mains.extend(picks(content));
    }
    mains.extend(curves(content));
    let source = format!("tiptwin {}", content.start.version);
    let bytes = write(&mains, &source, &content.head()).map_err(|e| e.to_string())?;
    Ok(vec![("run.h5".to_owned(), bytes)])
}

fn axis(name: &str, unit: &str, dimension_type: &str, values: Vec<f64>) -> Axis {
    Axis { name: name.into(), quantity: name.into(), unit: unit.into(), dimension_type: dimension_type.into(), values }
}

/// A name without what NSID keeps for itself.
fn plain(name: &str) -> String {
    names::plain(name).replace('-', "_")
}

fn picture(content: &Content, image: &Picture) -> Main {
    let grid = &content.grid;
    let along = |start: f64, step: f64, n: usize| (0..n).map(|i| start + i as f64 * step).collect();
    let axes = vec![
        axis("y", "m", "SPATIAL", along(grid.origin.y.0, grid.pixel_height().0, grid.rows)),
        axis("x", "m", "SPATIAL", along(grid.origin.x.0, grid.pixel_width().0, grid.cols)),
    ];
    let values = image.values.clone().into_dyn();
    Main { name: plain(&image.name), kind: Kind::Image, unit: image.unit.clone(), axes, values }
}

/// Values, and where they were measured, each against the number of the measurement.
fn picks(content: &Content) -> Vec<Main> {
    let number: Vec<f64> = content.picks.iter().map(|(_, m)| m.index as f64).collect();
    let of = |name: &str, unit: &str, values: Vec<f64>| Main {
        name: name.into(),
        kind: Kind::LinePlot,
        unit: unit.into(),
        axes: vec![axis("measurement", "", "UNKNOWN", number.clone())],
        values: Array1::from(values).into_dyn(),
    };
    let along =
        |what: fn(&tiptwin_instrument::Position) -> f64| content.picks.iter().map(|(_, m)| what(&m.position)).collect();
    let target = format!("picks_{}", plain(&content.start.target));
    vec![
        of(&target, &content.start.target_unit, content.picks.iter().map(|(_, m)| m.value).collect()),
        of("picks_x", "m", along(|p| p.x.0)),
        of("picks_y", "m", along(|p| p.y.0)),
    ]
}

/// All stored curves over their bias, in the order of its programme.
fn curves(content: &Content) -> Option<Main> {
    let (bias_v, currents) = content.curves.as_ref()?;
    let flat: Vec<f64> = currents.iter().flatten().copied().collect();
    let values = Array2::from_shape_vec((currents.len(), bias_v.len()), flat).ok().filter(|v| !v.is_empty())?;
    let number = (0..currents.len()).map(|i| i as f64).collect();
    let axes = vec![axis("curve", "", "UNKNOWN", number), axis("bias", "V", "SPECTRAL", bias_v.clone())];
    Some(Main { name: "current".into(), kind: Kind::Spectrum, unit: "A".into(), axes, values: values.into_dyn() })
}
