//! Recordings in the files of other programs.

use super::contract;
use ndarray::Array2;
use std::fs;
use std::path::{Path, PathBuf};
use tiptwin_drivers::Replay;
use tiptwin_drivers::replay::{Layout, Recorded, Recording};
use tiptwin_formats::gsf::SimpleField;
use tiptwin_formats::ibw::{ByteOrder, Dimension, NumberKind, Wave};

const ROWS: usize = 24;
const COLS: usize = 32;

fn layer(k: f64) -> Array2<f64> {
    Array2::from_shape_fn((ROWS, COLS), |(r, c)| 1e-9 * (k + (0.3 * r as f64).sin() * (0.2 * c as f64).cos()))
}

fn layout(file: PathBuf, structure: &str, values: &str) -> Layout {
    Layout {
        file,
        structure: structure.into(),
        structure_unit: None,
        further: Vec::new(),
        pixel: None,
        values: values.into(),
        bias: None,
        values_unit: None,
        truth: None,
        noise_sigma: None,
        boundary_mask: None,
        junction_mask: None,
    }
}

fn igor(dir: &Path) -> Layout {
    let layers = [("HeightRetrace".to_owned(), layer(0.0)), ("CurrentRetrace".to_owned(), layer(1.0))];
    let wave = Wave::image("film", &layers, [31.0 * 4e-9, 23.0 * 4e-9], [0.0, 0.0]);
    let file = dir.join("film0001.ibw");
    fs::write(&file, wave.write().expect("fits")).expect("writes");
    layout(file, "HeightRetrace", "CurrentRetrace")
}

/// Two fields of one channel each, and a mask.
fn gwyddion(dir: &Path) -> Layout {
    let field = |title: &str, unit: &str, values| SimpleField {
        title: title.into(),
        values,
        size: [COLS as f64 * 4e-9, ROWS as f64 * 5e-9],
        origin: [0.0; 2],
        lateral_unit: "m".into(),
        unit: unit.into(),
        notes: Vec::new(),
    };
    fs::write(dir.join("height.gsf"), field("Height", "m", layer(0.0)).write().expect("fits")).expect("writes");
    fs::write(dir.join("current.gsf"), field("Current", "A", layer(1.0)).write().expect("fits")).expect("writes");
    let mask = Array2::from_shape_fn((ROWS, COLS), |(r, _)| f64::from(u8::from(r == 3)));
    fs::write(dir.join("mask.gsf"), field("boundary", "", mask).write().expect("fits")).expect("writes");
    Layout { boundary_mask: Some("mask.gsf".into()), ..layout(dir.join("height.gsf"), "Height", "current.gsf") }
}

#[test]
fn contract_replay_of_a_binary_wave() {
    let dir = tempfile::tempdir().expect("temp");
    let layout = igor(dir.path());
    contract(&|| Box::new(Replay::new(Recording::load(&layout).expect("reads"))));
}

#[test]
fn contract_replay_of_simple_fields() {
    let dir = tempfile::tempdir().expect("temp");
    let layout = gwyddion(dir.path());
    contract(&|| Box::new(Replay::new(Recording::load(&layout).expect("reads"))));
}

#[test]
fn files_say_units_and_pixel_size() {
    let dir = tempfile::tempdir().expect("temp");
    for (layout, height_nm) in [(igor(dir.path()), 4.0), (gwyddion(dir.path()), 5.0)] {
        let r = Recording::load(&layout).expect("reads");
        assert_eq!(r.structure.unit, "m");
        assert!((r.structure.grid.pixel_width().0 - 4e-9).abs() < 1e-18);
        assert!((r.structure.grid.pixel_height().0 - height_nm * 1e-9).abs() < 1e-18);
        let Recorded::Map { values, unit } = &r.recorded else { panic!("a map") };
        assert_eq!(unit, "A");
        // Single precision is what both formats keep.
        assert!(values.iter().zip(&layer(1.0)).all(|(a, b)| (a - b).abs() <= 1e-7 * b.abs().max(1e-12)));
    }
    let r = Recording::load(&gwyddion(dir.path())).expect("reads");
    assert_eq!(r.boundary.expect("a mask").iter().filter(|b| **b).count(), COLS);
}

/// A wave of spectra has the spectral axis last, that is first in rows and columns: (N, H, W).
#[test]
fn a_stack_of_images_is_a_curve_at_every_pixel() {
    let dir = tempfile::tempdir().expect("temp");
    let side = |length, unit: &str| Dimension { length, start: 0.0, step: 4e-9, unit: unit.into(), labels: Vec::new() };
    let wave = |name: &str, dimensions: Vec<Dimension>, values| Wave {
        name: name.into(),
        kind: NumberKind::F64,
        complex: false,
        order: ByteOrder::Big,
        created_modified_s: [0; 2],
        dimensions,
        unit: String::new(),
        values,
        note: String::new(),
    };
    let bias = [-1.0, 0.0, 1.0, 0.5];
    let at = |n: usize, line: usize, c: usize| 1e-9 * bias[n] * (1 + line * COLS + c) as f64;
    let stack = (0..4).flat_map(|n| (0..ROWS).flat_map(move |r| (0..COLS).map(move |c| at(n, r, c)))).collect();
    let dimensions = vec![side(COLS, "m"), side(ROWS, "m"), side(4, "V")];
    let write =
        |w: &Wave| fs::write(dir.path().join(format!("{}.ibw", w.name)), w.write().expect("fits")).expect("writes");
    write(&wave("current_a", dimensions, stack));
    write(&wave("bias", vec![side(4, "V")], bias.to_vec()));
    let layers = [("Height".to_owned(), layer(0.0)), ("Phase".to_owned(), layer(1.0))];
    write(&Wave::image("film", &layers, [31.0 * 4e-9, 23.0 * 4e-9], [0.0, 0.0]));
    let layout =
        Layout { bias: Some("bias.ibw".into()), ..layout(dir.path().join("film.ibw"), "Height", "current_a.ibw") };
    let r = Recording::load(&layout).expect("reads");
    let Recorded::Curves { current_a, bias_v } = &r.recorded else { panic!("curves") };
    assert_eq!(bias_v.to_vec(), bias);
    // The bottom line of the wave is the last row.
    assert_eq!(current_a[[ROWS - 1, 2, 0]], at(0, 0, 2));
    assert_eq!(current_a[[0, 5, 3]], at(3, ROWS - 1, 5));
}

#[test]
fn what_is_missing_is_named_with_what_is_there() {
    let dir = tempfile::tempdir().expect("temp");
    let refusal = |layout: &Layout| Recording::load(layout).expect_err("refused").to_string();
    let mut wrong = igor(dir.path());
    wrong.values = "Current".into();
    let text = refusal(&wrong);
    assert!(text.contains("no array \"Current\"") && text.contains("HeightRetrace, CurrentRetrace"), "{text}");
    let mut cut = igor(dir.path());
    let bytes = fs::read(&cut.file).expect("bytes");
    fs::write(&cut.file, &bytes[..2000]).expect("writes");
    assert!(refusal(&cut).contains("ends at byte 2000"), "{}", refusal(&cut));
    cut.file = dir.path().join("film.docx");
    assert!(refusal(&cut).contains("accepted: .ibw, .gsf"), "{}", refusal(&cut));
}
