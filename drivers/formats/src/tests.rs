use crate::gsf::SimpleField;
use crate::gxyzf::{XyzChannel, XyzField};
use crate::{Document, Format, FormatError, mask, nsid};
use ndarray::{Array2, array};
use proptest::prelude::*;

fn field(title: &str) -> SimpleField {
    SimpleField {
        title: title.into(),
        values: array![[1.0, 2.0, 3.0], [4.0, 5.0, -6.5]],
        size: [3e-6, 2e-6],
        origin: [1e-6, -1e-6],
        lateral_unit: "m".into(),
        unit: "A".into(),
        notes: vec![("seed".into(), "7".into())],
    }
}

fn points() -> XyzField {
    let channel = |title: &str| XyzChannel { title: title.into(), unit: "A".into(), values: vec![1.5, f64::NAN, 0.1] };
    XyzField {
        lateral_unit: "m".into(),
        points: vec![[0.0, 1e-9], [2e-9, 3e-9], [5e-9, 0.25]],
        channels: vec![channel("dark"), channel("light, µ")],
        notes: vec![("run".into(), "demo = 1".into())],
    }
}

#[test]
fn simple_fields_come_back_whatever_the_padding() {
    // Titles of every length modulo four: with an aligned header four zero bytes stand there.
    for title in ["", "a", "ab", "abc", "abcd", "µ = 1"] {
        let f = field(title);
        let bytes = f.write().expect("writes");
        assert_eq!(SimpleField::read(&bytes).expect("reads"), f);
        let header = bytes.len() - 24;
        assert!(header.is_multiple_of(4) && bytes[header - 1] == 0);
    }
}

#[test]
fn xyz_fields_come_back() {
    let f = points();
    let back = XyzField::read(&f.write().expect("writes")).expect("reads");
    assert_eq!(format!("{back:?}"), format!("{f:?}"));
}

#[test]
fn no_length_but_the_right_one_is_read() {
    let (simple, xyz) = (field("current").write().expect("writes"), points().write().expect("writes"));
    for length in 0..simple.len() {
        assert!(SimpleField::read(&simple[..length]).is_err(), "{length} bytes");
    }
    for length in 0..xyz.len() {
        assert!(XyzField::read(&xyz[..length]).is_err(), "{length} bytes");
    }
    assert!(SimpleField::read(&[&simple[..], &[0; 4]].concat()).is_err());
}

#[test]
fn headers_that_announce_too_much_are_refused() {
    let bytes = b"Gwyddion Simple Field 1.0\nXRes = 4294967295\nYRes = 18446744073709551615\n\0\0\0\0";
    assert!(SimpleField::read(bytes).is_err());
    let bytes = b"Gwyddion XYZ Field 1.0\nNChannels = 18446744073709551615\n\0\0\0\0\0\0\0\0";
    assert!(XyzField::read(bytes).is_err());
}

#[test]
fn a_field_with_a_gap_is_not_written() {
    let mut f = field("gap");
    f.values[[1, 0]] = f64::NAN;
    let error = f.write().expect_err("refused").to_string();
    assert!(error.contains("row 1, column 0 is NaN"), "{error}");
    assert!(matches!(f.write(), Err(FormatError::Unwritable { .. })));
}

fn png(colour: png::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 2, 2);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().and_then(|mut w| w.write_image_data(pixels)).expect("encodes");
    out
}

#[test]
fn masks_are_what_is_not_black() {
    let grey = png(png::ColorType::Grayscale, &[0, 255, 51, 0]);
    assert_eq!(mask::read(&grey).expect("reads"), array![[0.0, 1.0], [0.2, 0.0]]);
    let colour = png(png::ColorType::Rgba, &[0, 0, 0, 255, 255, 0, 0, 255, 0, 51, 0, 0, 0, 0, 0, 255]);
    assert_eq!(mask::read(&colour).expect("reads"), array![[0.0, 1.0], [0.2, 0.0]]);
    assert!(mask::read(&grey[..grey.len() - 20]).is_err());
}

#[test]
fn documents_name_units_and_axes() {
    let d = Document::read(Format::Gsf, &field("").write().expect("writes"), "current").expect("reads");
    let a = d.array("current").expect("named after the file");
    assert_eq!((a.unit.as_deref(), a.values.shape()), (Some("A"), &[2, 3][..]));
    assert_eq!((a.axes[1].step, a.axes[0].start, a.axes[0].unit.as_str()), (1e-6, -1e-6, "m"));
    let d = Document::read(Format::Gxyzf, &points().write().expect("writes"), "").expect("reads");
    assert_eq!(d.arrays.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["x", "y", "dark", "light, µ"]);
}

proptest! {
    #[test]
    fn prop_any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600), magic in 0..3_usize) {
        let start: &[u8] = [&b""[..], b"Gwyddion Simple Field 1.0\n", b"Gwyddion XYZ Field 1.0\n"][magic];
        let all = [start, &bytes].concat();
        for format in [Format::Ibw, Format::Gsf, Format::Gxyzf, Format::Png, Format::Npy, Format::Npz] {
            let _ = Document::read(format, &all, "x");
        }
    }

    #[test]
    fn prop_fields_keep_their_numbers(values in prop::collection::vec(-1e30_f32..1e30, 6), width in 1e-9_f64..1.0) {
        let mut f = field("x");
        f.values = Array2::from_shape_fn((3, 2), |(r, c)| f64::from(values[2 * r + c]));
        f.size[0] = width;
        prop_assert_eq!(SimpleField::read(&f.write().expect("writes")).expect("reads"), f);
    }
}

fn pynsid_file() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/scans/nsid_small.h5");
    std::fs::read(path).expect("part of the repository")
}

/// The numbers are those of `tests/data/scans/nsid_small.py`, written by pyNSID.
#[test]
fn val_what_pynsid_wrote_is_read() {
    let d = Document::read(Format::H5, &pynsid_file(), "").expect("reads");
    let mut names: Vec<&str> = d.arrays.iter().map(|a| a.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Current", "Height", "Phase", "bias"]);
    let height = d.array("Height").expect("there");
    assert_eq!((height.unit.as_deref(), height.values.shape()), (Some("m"), &[6, 5][..]));
    assert!((height.values[[4, 3]] - 43e-9).abs() < 1e-20);
    assert!((height.axes[0].step - 4e-9).abs() < 1e-20 && (height.axes[1].step - 5e-9).abs() < 1e-20);
    assert_eq!(height.axes[0].unit, "m");
    assert_eq!(d.array("Phase").expect("there").values[[2, 4]], 16.0);
    let current = d.array("Current").expect("there");
    assert!((current.values[[3, 2, 3]] - 1e-9 * 0.5 * 24.0).abs() < 1e-20);
    assert_eq!(d.array("bias").expect("there").values, array![-1.0, 0.0, 1.0, 0.5].into_dyn());
    assert!(d.notes.iter().any(|(k, v)| k == "ScanRate" && v == "1.5"), "{:?}", d.notes);
}

#[test]
fn cut_hdf5_files_are_refused_or_read_without_harm() {
    let whole = pynsid_file();
    for length in (0..whole.len()).step_by(97) {
        let _ = Document::read(Format::H5, &whole[..length], "");
    }
    assert!(Document::read(Format::H5, &whole[..whole.len() / 2], "").is_err());
    assert!(Document::read(Format::H5, b"\x89HDF\r\n\x1a\n", "").is_err());
}

/// Found by fuzzing: a header that announces more than half a gigabyte of itself, and one with a shape beyond the file.
#[test]
fn regress_npy_headers_are_held_against_the_file() {
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (128, 128), }";
    let long = [&b"\x93NUMPY\x03\x00\x76\x00\x7b\x27"[..], header.as_bytes()].concat();
    let wide = [&b"\x93NUMPY\x01\x00"[..], &(header.len() as u16).to_le_bytes(), header.as_bytes(), &[0; 64]].concat();
    for bytes in [long, wide] {
        let error = Document::read(Format::Npy, &bytes, "x").expect_err("refused");
        assert!(matches!(error, FormatError::Truncated { .. }), "{error}");
    }
}

/// An archive of one stored or packed entry.
fn npz(entry: &str, bytes: &[u8], method: zip::CompressionMethod) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    zip.start_file(entry, options).expect("an entry");
    zip.write_all(bytes).expect("writes");
    zip.finish().expect("ends").into_inner()
}

fn npy(shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
    [&b"\x93NUMPY\x01\x00"[..], &(header.len() as u16).to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn archives_are_read_packed_or_not() {
    let data: Vec<u8> = [1.5_f64, -2.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
        let bytes = npz("current_na.npy", &npy("(2,)", &data), method);
        let document = Document::read(Format::Npz, &bytes, "run.npz").expect("reads");
        assert_eq!(document.array("current_na").expect("there").values, array![1.5, -2.0].into_dyn());
    }
}

/// An entry whose header announces a terabyte, and one that announces two rows and holds one.
#[test]
fn regress_entries_of_an_archive_are_held_against_their_bytes() {
    for shape in ["(1048576, 131072)", "(2,)"] {
        for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
            let bytes = npz("a.npy", &npy(shape, &[0; 8]), method);
            let document = Document::read(Format::Npz, &bytes, "run.npz").expect("the archive itself is whole");
            let reason = &document.unreadable[0].1;
            assert!(document.arrays.is_empty() && reason.contains("array \"a\" of run.npz"), "{reason}");
            if shape.len() > 4 {
                assert!(reason.contains("the data reaches to byte"), "{reason}");
            }
        }
    }
}

/// A file of an image with a gap, curves and values, each with its axes.
fn nsid_file() -> Vec<nsid::Main> {
    let axis = |name: &str, unit: &str, kind: &str, values: Vec<f64>| nsid::Axis {
        name: name.into(),
        quantity: name.into(),
        unit: unit.into(),
        dimension_type: kind.into(),
        values,
    };
    let main = |name: &str, kind, unit: &str, axes, values| nsid::Main {
        name: name.into(),
        kind,
        unit: unit.into(),
        axes,
        values,
    };
    let (y, x) = (axis("y", "m", "SPATIAL", vec![0.0, 2e-8, 4e-8]), axis("x", "m", "SPATIAL", vec![0.0, 1e-8]));
    let image = array![[1e-9, 2e-9], [f64::NAN, 4e-9], [5e-9, 6e-9]].into_dyn();
    let curves = array![[0.0, 1e-12, 2e-12], [0.0, 3e-12, 1.0 / 3.0]].into_dyn();
    let location = axis("location", "", "UNKNOWN", vec![0.0, 1.0]);
    let bias = axis("bias", "V", "SPECTRAL", vec![-1.0, 0.0, 1.5]);
    vec![
        main("Height", nsid::Kind::Image, "m", vec![y, x], image),
        main("Current", nsid::Kind::Spectrum, "A", vec![location.clone(), bias], curves),
        main("target", nsid::Kind::LinePlot, "", vec![location], array![0.25, 1e300].into_dyn()),
    ]
}

/// `TIPTWIN_KEEP=DIR` leaves the file for other programs to read.
#[test]
fn nsid_files_come_back_with_their_texts() {
    let notes = [("seed".to_owned(), "7".to_owned()), ("film, µ".to_owned(), "Körner".to_owned())];
    let bytes = nsid::write(&nsid_file(), "tiptwin", &notes).expect("writes");
    if let Some(folder) = std::env::var_os("TIPTWIN_KEEP") {
        std::fs::write(std::path::Path::new(&folder).join("nsid.h5"), &bytes).expect("kept");
    }
    let document = Document::read(Format::H5, &bytes, "").expect("reads");
    assert_eq!(document.unreadable, []);
    for main in nsid_file() {
        let array = document.array(&main.name).expect("there");
        assert_eq!(format!("{:?}", array.values), format!("{:?}", main.values));
        assert_eq!(array.unit.as_deref().unwrap_or_default(), main.unit);
    }
    let height = document.array("Height").expect("there");
    assert_eq!((height.axes[0].unit.as_str(), height.axes[0].step), ("m", 2e-8));
    assert_eq!(document.array("bias").expect("there").values, array![-1.0, 0.0, 1.5].into_dyn());
    let mut found = document.notes.clone();
    found.sort();
    let mut expected = notes.to_vec();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn nsid_names_and_shapes_that_do_not_fit_are_refused() {
    let mut torn = nsid_file();
    torn[0].axes[1].values.push(3e-8);
    assert!(nsid::write(&torn, "tiptwin", &[]).expect_err("torn").to_string().contains("[3, 3]"));
    let mut named = nsid_file();
    named[0].name = "a/b".into();
    assert!(nsid::write(&named, "tiptwin", &[]).is_err());
}
