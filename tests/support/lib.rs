//! What several suites share: small samples of every kind, and the promises every driver keeps.

mod emulated;
mod served;

pub use emulated::{Emulated, InSinglePrecision, ThroughConverters, cypher_settings, emulated, emulated_with_daq};
pub use served::{Served, delay, served, served_far_away};

use ndarray::{Array1, Array2, Array3};
use ndarray_npy::NpzWriter;
use std::fs::File;
use std::path::{Path, PathBuf};
use tiptwin_drivers::replay::{Layout, Recording};
use tiptwin_drivers::{Replay, Twin};
use tiptwin_instrument::{MasterSeed, Meters};
use tiptwin_sim::FilmSpec;

/// A twin on the default film.
pub fn twin(film_seed: u64, noise_seed: u64) -> Twin {
    Twin::new(&FilmSpec::default(), MasterSeed(film_seed), MasterSeed(noise_seed)).expect("default film")
}

/// Height of a smooth synthetic surface in metres.
fn height(row: usize, col: usize) -> f64 {
    1e-8 * ((row as f64 / 5.0).sin() + (col as f64 / 7.0).cos())
}

/// Writes a small recording: 24 × 30 pixels with a value map, its truth, a mask, and a stack of curves.
pub fn write_recording(folder: &Path) -> PathBuf {
    let path = folder.join("recording.npz");
    let mut npz = NpzWriter::new_compressed(File::create(&path).expect("file"));
    let shape = (24, 30);
    let topography = Array2::from_shape_fn(shape, |(r, c)| height(r, c) as f32);
    let truth = Array2::from_shape_fn(shape, |(r, c)| 2.0 + 1e8 * height(r, c) * height(r, c) * 1e8);
    let values = Array2::from_shape_fn(shape, |(r, c)| truth[[r, c]] + 0.02 * ((r * 31 + c * 17) % 7) as f64);
    let mask = Array2::from_shape_fn(shape, |(r, _)| u8::from(r % 6 == 0));
    let bias = Array1::from_iter((0..11).map(|i| f64::from(if i <= 5 { i } else { 10 - i }) * 0.3));
    let curves = Array3::from_shape_fn((24, 30, 11), |(r, c, k)| 1e-9 * truth[[r, c]] * bias[k]);
    npz.add_array("topography_m", &topography).expect("array");
    npz.add_array("truth", &truth).expect("array");
    npz.add_array("values", &values).expect("array");
    npz.add_array("boundary", &mask).expect("array");
    npz.add_array("phase_deg", &topography.mapv(|h| 90.0 - 1e8 * h)).expect("array");
    npz.add_array("bias_v", &bias).expect("array");
    npz.add_array("curves_a", &curves).expect("array");
    npz.add_array("pixel_size_m", &ndarray::arr0(4e-9)).expect("array");
    npz.finish().expect("archive");
    path
}

/// The layout of [`write_recording`] with its value map.
pub fn map_layout(file: &Path) -> Layout {
    Layout {
        file: file.to_owned(),
        structure: "topography_m".into(),
        structure_unit: None,
        further: Vec::new(),
        pixel: None,
        values: "values".into(),
        bias: None,
        values_unit: None,
        truth: Some("truth".into()),
        noise_sigma: Some(0.04),
        boundary_mask: Some("boundary".into()),
        junction_mask: None,
    }
}

/// A replay of the value map of [`write_recording`].
pub fn map_replay(file: &Path) -> Replay {
    Replay::new(Recording::load(&map_layout(file)).expect("a sound recording"))
}

/// A replay of the curves of [`write_recording`].
pub fn curve_replay(file: &Path) -> Replay {
    let layout = Layout {
        values: "curves_a".into(),
        bias: Some("bias_v".into()),
        pixel: Some(Meters(5e-9)),
        noise_sigma: None,
        ..map_layout(file)
    };
    Replay::new(Recording::load(&layout).expect("a sound recording"))
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("workspace root").to_owned()
}
