use super::{ByteOrder, Dimension, NumberKind, Wave, layout, notes};
use crate::error::FormatError;
use crate::{Document, Format};
use proptest::prelude::*;
use std::path::PathBuf;

fn scan(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/scans").join(name);
    std::fs::read(path).expect("the file is part of the repository")
}

fn dimension(length: usize, unit: &str, labels: &[&str]) -> Dimension {
    let labels = labels.iter().map(|&l| l.to_owned()).collect();
    Dimension { length, start: -0.5, step: 0.25, unit: unit.into(), labels }
}

fn wave(kind: NumberKind, order: ByteOrder, complex: bool) -> Wave {
    let values = (0..if complex { 24 } else { 12 }).map(f64::from).collect();
    Wave {
        name: "P0001".into(),
        kind,
        complex,
        order,
        created_modified_s: [3_373_459_566, 3_689_176_159],
        dimensions: vec![dimension(3, "m", &[]), dimension(2, "m", &[]), dimension(2, "", &["Height", "Current"])],
        unit: "m".into(),
        values,
        note: "ScanSize: 2e-06\rTemperature: 21 °C\r".into(),
    }
}

#[test]
fn every_number_type_and_both_byte_orders_come_back() {
    for kind in NumberKind::ALL {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            for complex in [false, true] {
                let w = wave(kind, order, complex);
                assert_eq!(Wave::read(&w.write().expect("writes")).expect("reads"), w);
            }
        }
    }
}

proptest! {
    #[test]
    fn prop_numbers_keep_their_bits(values in prop::collection::vec(any::<f64>(), 12), unit in "[a-z/]{0,9}", note in "\\PC{0,80}") {
        let mut w = wave(NumberKind::F64, ByteOrder::Big, false);
        (w.values, w.unit, w.note) = (values, unit.clone(), note);
        w.dimensions[0].unit = unit;
        let back = Wave::read(&w.write().expect("writes")).expect("reads");
        let bits = |w: &Wave| w.values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&back), bits(&w));
        prop_assert_eq!((back.unit, back.note, &back.dimensions), (w.unit, w.note, &w.dimensions));
    }

    /// Whatever is changed in the headers: an error or a wave that fits the file.
    #[test]
    fn prop_damaged_headers_do_no_harm(at in 0..layout::DATA, value in any::<u8>(), cut in 0..800_usize) {
        let mut bytes = wave(NumberKind::F32, ByteOrder::Little, false).write().expect("writes");
        bytes[at] = value;
        repair_checksum(&mut bytes);
        bytes.truncate(cut.max(layout::DATA));
        if let Ok(w) = Wave::read(&bytes) {
            prop_assert!(w.values.len() <= bytes.len());
        }
    }
}

fn repair_checksum(bytes: &mut [u8]) {
    bytes[2..4].fill(0);
    let sum = bytes[..layout::DATA].chunks(2).fold(0_u16, |s, w| s.wrapping_add(u16::from_le_bytes([w[0], w[1]])));
    bytes[2..4].copy_from_slice(&0_u16.wrapping_sub(sum).to_le_bytes());
}

/// The truth is what igor2 reads (`tests/data/scans/read_waves.py`).
#[test]
fn val_real_files_read_as_igor2_reads_them() {
    let all: serde_json::Value = serde_json::from_slice(&scan("igor2.json")).expect("JSON");
    for (file, truth) in all.as_object().expect("an object") {
        let bytes = scan(file);
        let w = Wave::read(&bytes).expect("a real file");
        assert_eq!(serde_json::json!(w.name), truth["name"]);
        assert_eq!(serde_json::json!(w.unit), truth["unit"]);
        assert_eq!(serde_json::json!(w.created_modified_s), truth["created_modified_s"]);
        let of = |f: fn(&Dimension) -> serde_json::Value| w.dimensions.iter().map(f).collect::<serde_json::Value>();
        assert_eq!(of(|d| d.length.into()), truth["shape"]);
        assert_eq!(of(|d| d.step.into()), truth["steps"]);
        assert_eq!(of(|d| d.unit.clone().into()), truth["dimension_units"]);
        assert_eq!(serde_json::json!(notes(&w.note)), truth["notes"]);

        let document = Document::read(Format::Ibw, &bytes, "").expect("a real file");
        let channels = truth["channels"].as_object().expect("an object");
        assert_eq!(document.arrays.len(), channels.len());
        for (name, c) in channels {
            let values = &document.array(name).expect("every channel is there").values;
            let number = |key: &str| c[key].as_f64().expect("a number");
            // The file holds f32; a decimal of 17 digits may be read one bit of f64 away.
            let same = |x: f64, key: &str| assert_eq!(x as f32, number(key) as f32, "{name}: {key}");
            assert!((values.sum() - number("sum")).abs() <= 1e-9 * number("sum").abs(), "{name}");
            same(values.fold(f64::INFINITY, |m, x| m.min(*x)), "least");
            same(values.fold(f64::NEG_INFINITY, |m, x| m.max(*x)), "largest");
            let index: Vec<usize> =
                c["index"].as_array().expect("a list").iter().map(|i| i.as_u64().expect("an index") as usize).collect();
            // igor2 gives [x, y] with y from the bottom; a document gives [row, column] from the top.
            let there = match index[..] {
                [x, y] => values[[values.shape()[0] - 1 - y, x]],
                [i] => values[[i]],
                _ => panic!("one or two dimensions"),
            };
            same(there, "value_there");
        }
    }
}

#[test]
fn every_truncation_is_an_error_until_the_footer_begins() {
    let whole = scan("asylum_force_curve.ibw");
    let end = 384 + 1261 * 3 * 4 + 12_454 + 128;
    for length in 0..whole.len() {
        assert_eq!(Wave::read(&whole[..length]).is_ok(), length >= end, "{length} bytes");
    }
}

#[test]
fn a_changed_header_is_noticed() {
    let mut bytes = scan("asylum_force_curve.ibw");
    bytes[100] ^= 1;
    assert!(matches!(Wave::read(&bytes), Err(FormatError::Checksum { .. })));
}

#[test]
fn stale_bytes_behind_labels_are_cut() {
    let mut bytes = wave(NumberKind::F32, ByteOrder::Little, false).write().expect("writes");
    let label = bytes.len() - 64;
    assert_eq!(&bytes[label..label + 7], b"Height\0");
    bytes[label + 7..label + 9].copy_from_slice(b"ce");
    assert_eq!(Wave::read(&bytes).expect("reads").dimensions[2].labels, ["Height", "Current"]);
}

#[test]
fn what_cannot_be_written_is_refused() {
    let mut long = wave(NumberKind::F32, ByteOrder::Little, false);
    long.name = "x".repeat(32);
    let mut short = wave(NumberKind::F32, ByteOrder::Little, false);
    short.values.pop();
    let mut labels = wave(NumberKind::F32, ByteOrder::Little, false);
    labels.dimensions[2].labels.pop();
    for w in [long, short, labels] {
        assert!(matches!(w.write(), Err(FormatError::Unwritable { .. })));
    }
}

#[test]
fn images_come_back_upright() {
    let layer = |k: f64| ndarray::Array2::from_shape_fn((3, 2), |(r, c)| k + (10 * r + c) as f64);
    let layers = [("HeightRetrace".to_owned(), layer(0.0)), ("CurrentRetrace".to_owned(), layer(0.5))];
    let w = Wave::image("film", &layers, [2e-6, 3e-6], [1e-6, 0.0]);
    let document = Document::read(Format::Ibw, &w.write().expect("writes"), "").expect("reads");
    for (name, values) in &layers {
        let array = document.array(name).expect("there");
        assert_eq!(array.values, values.clone().into_dyn());
        assert_eq!((array.axes[0].step, array.axes[1].step, array.axes[1].start), (1.5e-6, 2e-6, 1e-6));
    }
    assert_eq!(document.arrays[1].unit.as_deref(), Some("A"));
    // The first number of the file is the left end of the bottom row.
    assert_eq!(w.values[..3], [20.0, 21.0, 10.0]);
}
