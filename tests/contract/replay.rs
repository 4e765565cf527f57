//! What only a replay promises, and what it refuses to read.

use ndarray::{Array2, s};
use ndarray_npy::NpzWriter;
use std::fs::{self, File};
use tiptwin_drivers::replay::{Layout, Recorded, Recording};
use tiptwin_instrument::{Instrument, Pixel};
use tiptwin_tests::{map_layout, map_replay, write_recording};

#[test]
fn every_pixel_returns_its_own_value() {
    let dir = tempfile::tempdir().expect("temp");
    let mut replay = map_replay(&write_recording(dir.path()));
    let grid = replay.describe().limits.reach;
    let Recorded::Map { values, unit } = replay.recording().recorded.clone() else { panic!("a map") };
    assert_eq!(unit, "", "a name without a unit means arbitrary units");
    for row in 0..grid.rows {
        for col in 0..grid.cols {
            let value = replay.read_scalar(grid.position(Pixel { row, col })).expect("reads");
            assert_eq!(value, values[[row, col]]);
        }
    }
    assert_eq!(replay.describe().capabilities.structure_unit, "m");
    assert!((grid.pixel_width().0 - 4e-9).abs() < 1e-20, "pixel_size_m of the file");
}

#[test]
fn units_become_si() {
    let dir = tempfile::tempdir().expect("temp");
    let file = write_recording(dir.path());
    let layout = Layout { values_unit: Some("nA".into()), ..map_layout(&file) };
    let plain = Recording::load(&map_layout(&file)).expect("reads");
    let scaled = Recording::load(&layout).expect("reads");
    let at = |r: &Recording| match &r.recorded {
        Recorded::Map { values, .. } => values[[3, 5]],
        Recorded::Curves { .. } => panic!("a map"),
    };
    assert!((at(&scaled) / at(&plain) - 1e-9).abs() < 1e-21);
    let truth = |r: &Recording| r.truth.as_ref().expect("truth")[[3, 5]];
    assert!((truth(&scaled) / truth(&plain) - 1e-9).abs() < 1e-21);
    assert!((scaled.noise_sigma.expect("noise") - 0.04e-9).abs() < 1e-20);
}

/// Loads with a changed layout or file and returns what the error says.
fn refusal(change: impl FnOnce(&mut Layout, &std::path::Path)) -> String {
    let dir = tempfile::tempdir().expect("temp");
    let mut layout = map_layout(&write_recording(dir.path()));
    change(&mut layout, dir.path());
    Recording::load(&layout).expect_err("must be refused").to_string()
}

#[test]
fn unreadable_files_are_named_with_the_reason() {
    let missing = refusal(|l, dir| l.file = dir.join("nowhere.npz"));
    assert!(missing.contains("nowhere.npz") && missing.contains("cannot open"), "{missing}");

    for keep in [10, 200, 3000] {
        let truncated = refusal(|l, dir| {
            let bytes = fs::read(&l.file).expect("bytes");
            assert!(bytes.len() > keep);
            l.file = dir.join("short.npz");
            fs::write(&l.file, &bytes[..keep]).expect("write");
        });
        assert!(truncated.contains("short.npz") && truncated.contains("truncated"), "{truncated}");
    }
    let name = refusal(|l, _| l.values = "valuse".into());
    assert!(name.contains("valuse") && name.contains("curves_a"), "{name}");
}

#[test]
fn holes_are_named_with_their_place() {
    let holed = refusal(|l, dir| {
        l.file = dir.join("holed.npz");
        let mut npz = NpzWriter::new(File::create(&l.file).expect("file"));
        let mut values = Array2::<f64>::ones((5, 6));
        npz.add_array("topography_m", &values).expect("array");
        values[[3, 4]] = f64::NAN;
        npz.add_array("values", &values).expect("array");
        npz.add_array("truth", &values.slice(s![.., ..]).mapv(|_| 0.0)).expect("array");
        npz.add_array("boundary", &Array2::<u8>::zeros((5, 6))).expect("array");
        npz.add_array("pixel_size_m", &ndarray::arr0(1e-9)).expect("array");
        npz.finish().expect("archive");
    });
    assert!(holed.contains("\"values\"") && holed.contains("NaN") && holed.contains("[3, 4]"), "{holed}");
}

#[test]
fn arrays_that_do_not_fit_are_named_with_both_shapes() {
    let shape = refusal(|l, dir| {
        l.file = dir.join("odd.npz");
        let mut npz = NpzWriter::new(File::create(&l.file).expect("file"));
        npz.add_array("topography_m", &Array2::<f64>::zeros((5, 6))).expect("array");
        npz.add_array("values", &Array2::<f64>::zeros((6, 5))).expect("array");
        npz.add_array("pixel_size_m", &ndarray::arr0(1e-9)).expect("array");
        npz.finish().expect("archive");
        (l.truth, l.boundary_mask) = (None, None);
    });
    assert!(shape.contains("[6, 5]") && shape.contains("[5, 6]"), "{shape}");
    let dimensions = refusal(|l, _| l.values = "curves_a".into());
    assert!(dimensions.contains("curves_a"), "{dimensions}");
}

#[test]
fn column_major_arrays_are_read_as_they_look() {
    let dir = tempfile::tempdir().expect("temp");
    let file = dir.path().join("fortran.npz");
    let turned = Array2::from_shape_fn((6, 5), |(c, r)| (10 * r + c) as f32);
    let column_major = turned.reversed_axes();
    assert!(!column_major.is_standard_layout() && column_major.dim() == (5, 6));
    let mut npz = NpzWriter::new(File::create(&file).expect("file"));
    npz.add_array("topography_m", &column_major).expect("array");
    npz.add_array("values", &column_major).expect("array");
    npz.add_array("pixel_size_m", &ndarray::arr0(1e-9)).expect("array");
    npz.finish().expect("archive");
    let layout = Layout { truth: None, boundary_mask: None, ..map_layout(&file) };
    let image = Recording::load(&layout).expect("reads").structure.values;
    assert!(image.is_standard_layout());
    assert_eq!((image[[3, 4]], image[[0, 5]], image[[4, 0]]), (34.0, 5.0, 40.0));
}
