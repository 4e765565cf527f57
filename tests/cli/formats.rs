//! The files of other programs: looked into, explored, written.

use super::{path, stderr, stdout, tiptwin};
use ndarray::{Array2, Ix2, s};
use ndarray_npy::{NpzWriter, WriteNpyExt};
use std::fs;
use std::path::{Path, PathBuf};
use tiptwin_formats::gsf::SimpleField;
use tiptwin_formats::gxyzf::XyzField;
use tiptwin_formats::ibw::Wave;
use tiptwin_formats::{Document, Format, nsid};

/// Real files of `tests/data/scans`.
fn scan(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/scans").join(name)
}

fn run(arguments: &[&str]) -> String {
    let output = tiptwin(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

/// A short exploration of an image that a real microscope wrote.
fn explored(dir: &Path) -> PathBuf {
    fs::copy(scan("cypher_image.ibw"), dir.join("film.ibw")).expect("copied");
    let text = "[instrument]\ndriver = \"replay\"\n[instrument.replay]\nfile = \"film.ibw\"\nstructure = \"HeightRetrace\"\nvalues = \"AmplitudeRetrace\"\nchannels = [\"PhaseRetrace\"]\n[scan]\nchannels = [\"PhaseRetrace\"]\n[explore]\nwindow_px = 8\nsteps = 12\n";
    fs::write(dir.join("film.toml"), text).expect("scenario");
    let out = dir.join("run");
    run(&["explore", path(&dir.join("film.toml")), "--seed", "1", "--out", path(&out), "--quiet"]);
    out
}

#[test]
fn inspect_shows_channels_units_size_and_notes() {
    let text = run(&["inspect", path(&scan("cypher_image.ibw"))]);
    for part in [
        "Igor binary wave",
        "HeightRetrace            256 × 256",
        "2.008 µm × 2.008 µm",
        "649 notes",
        "ScanRate: 1.0016",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&run(&["inspect", path(&scan("asylum_force_curve.ibw")), "--json"])).expect("JSON");
    let names: Vec<&str> = json["arrays"].as_array().expect("list").iter().filter_map(|a| a["name"].as_str()).collect();
    assert_eq!(names, ["Raw", "Defl", "ZSnsr"]);
    assert_eq!(json["arrays"][1]["unit"], "m");
    let dir = tempfile::tempdir().expect("temp");
    run(&["inspect", path(&scan("cypher_image.ibw")), "--pictures", path(dir.path())]);
    assert!(fs::read(dir.path().join("PhaseRetrace.png")).expect("a picture").starts_with(b"\x89PNG"));
}

#[test]
fn what_cannot_be_read_is_said_with_the_reason() {
    let dir = tempfile::tempdir().expect("temp");
    let whole = fs::read(scan("asylum_force_curve.ibw")).expect("bytes");
    fs::write(dir.path().join("cut.ibw"), &whole[..9000]).expect("writes");
    for (file, reason) in
        [("cut.ibw", "ends at byte 9000"), ("none.ibw", "cannot read"), ("film.spm", "accepted: .ibw, .gsf")]
    {
        let output = tiptwin(&["inspect", path(&dir.path().join(file))]);
        assert_eq!(output.status.code(), Some(3));
        assert!(stderr(&output).contains(reason), "{}", stderr(&output));
    }
    let output = tiptwin(&["export", path(dir.path()), "--format", "npz"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("is not a run folder"), "{}", stderr(&output));
    assert!(!dir.path().join("export").exists(), "nothing is left behind");
}

#[test]
fn a_run_on_a_real_file_is_exported_to_every_format() {
    let dir = tempfile::tempdir().expect("temp");
    let out = explored(dir.path());
    assert!(fs::read_to_string(out.join("report.html")).expect("report").contains("HeightRetrace"));
    let all = "parquet,npz,gwyddion,ibw,nsid,events";
    let json: serde_json::Value =
        serde_json::from_str(&run(&["export", path(&out), "--format", all, "--json"])).expect("JSON");
    let written = json["files"].as_array().expect("list").len();
    let export = out.join("export");
    let bytes = |name: &str| fs::read(export.join(name)).expect("there");
    assert_eq!(written, fs::read_dir(&export).expect("folder").count(), "all files are named");

    let height = SimpleField::read(&bytes("HeightRetrace.gsf")).expect("reads");
    let wave = Wave::read(&bytes("run.ibw")).expect("reads");
    let layer = wave.arrays().into_iter().find(|a| a.name == "HeightRetrace").expect("a layer");
    assert_eq!(height.values.into_dyn(), layer.values);
    let nsid = Document::read(Format::H5, &bytes("run.h5"), "").expect("reads");
    let stored = Document::open(&out.join("structure.npy")).expect("reads");
    assert_eq!(nsid.array("HeightRetrace").expect("there").values, stored.arrays[0].values, "double precision");
    assert_eq!(nsid.array("picks_x").expect("there").values.len(), 12);
    assert!(nsid.notes.contains(&("seed".to_owned(), "1".to_owned())), "{:?}", nsid.notes);
    assert_eq!((height.unit.as_str(), height.notes[2].1.as_str()), ("m", "1"));
    let picks = XyzField::read(&bytes("picks.gxyzf")).expect("reads");
    assert_eq!((picks.points.len(), picks.channels[0].unit.as_str()), (12, "m"));
    // Where the window does not fit there is no prediction, and the mask says so.
    let mask = SimpleField::read(&bytes("mean-mask.gsf")).expect("reads").values;
    assert_eq!((mask[[0, 0]], mask[[100, 100]], mask.sum()), (0.0, 1.0, 249.0 * 249.0));
    let documents = String::from_utf8(bytes("events.jsonl")).expect("text");
    assert_eq!(documents.lines().count(), 12 + 3);
}

const EDGE: usize = 40;

/// Height and amplitude of a corner of a real scan, in metres; each side is 314 nm.
fn corner() -> [(&'static str, Array2<f64>); 2] {
    let wave = Wave::read(&fs::read(scan("cypher_image.ibw")).expect("bytes")).expect("reads");
    let arrays = wave.arrays();
    let of = |name: &str| {
        let array = arrays.iter().find(|a| a.name == name).expect("a channel");
        let image = array.values.view().into_dimensionality::<Ix2>().expect("an image");
        image.slice(s![..EDGE, ..EDGE]).to_owned()
    };
    [("height", of("HeightRetrace")), ("amplitude", of("AmplitudeRetrace"))]
}

const SIZE_M: f64 = 314e-9;

fn write_gsf(dir: &Path, name: &str, values: &Array2<f64>) {
    let field = SimpleField {
        title: name.into(),
        values: values.clone(),
        size: [SIZE_M; 2],
        origin: [0.0; 2],
        lateral_unit: "m".into(),
        unit: "m".into(),
        notes: Vec::new(),
    };
    fs::write(dir.join(format!("{name}.gsf")), field.write().expect("a field")).expect("writes");
}

fn write_h5(dir: &Path, images: &[(&str, Array2<f64>)]) {
    let axis = |name: &str| nsid::Axis {
        name: name.into(),
        quantity: "length".into(),
        unit: "m".into(),
        dimension_type: "SPATIAL".into(),
        values: (0..EDGE).map(|i| i as f64 * SIZE_M / EDGE as f64).collect(),
    };
    let main = |(name, values): &(&str, Array2<f64>)| nsid::Main {
        name: (*name).into(),
        kind: nsid::Kind::Image,
        unit: "m".into(),
        axes: vec![axis("y"), axis("x")],
        values: values.clone().into_dyn(),
    };
    let mains: Vec<nsid::Main> = images.iter().map(main).collect();
    fs::write(dir.join("scan.h5"), nsid::write(&mains, "test", &[]).expect("a file")).expect("writes");
}

fn write_png(dir: &Path, name: &str, values: &Array2<f64>) {
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let pixels: Vec<u8> = values.iter().map(|v| (255.0 * (v - low) / (high - low)).round() as u8).collect();
    let file = fs::File::create(dir.join(format!("{name}.png"))).expect("a file");
    let mut encoder = png::Encoder::new(file, EDGE as u32, EDGE as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().and_then(|mut w| w.write_image_data(&pixels)).expect("writes");
}

/// A `.gxyzf` is not among them: scattered points are no image that a learner could take windows from.
#[test]
fn every_format_of_images_is_explored_to_a_report() {
    let dir = tempfile::tempdir().expect("temp");
    let images = corner();
    let mut npz = NpzWriter::new(fs::File::create(dir.path().join("scan.npz")).expect("a file"));
    for (name, values) in &images {
        write_gsf(dir.path(), name, values);
        write_png(dir.path(), name, values);
        values.write_npy(fs::File::create(dir.path().join(format!("{name}_m.npy"))).expect("a file")).expect("writes");
        npz.add_array(format!("{name}_m"), values).expect("writes");
    }
    npz.finish().expect("ends");
    write_h5(dir.path(), &images);
    let size = "pixel_nm = 7.85\n";
    let units = "pixel_nm = 7.85\nstructure_unit = \"m\"\nvalues_unit = \"m\"\n";
    for (file, structure, values, further) in [
        ("height.gsf", "height", "amplitude.gsf", ""),
        ("scan.h5", "height", "amplitude", ""),
        ("scan.npz", "height_m", "amplitude_m", size),
        ("height_m.npy", "height_m", "amplitude_m.npy", size),
        ("height.png", "height", "amplitude.png", units),
    ] {
        let text = format!(
            "[instrument]\ndriver = \"replay\"\n[instrument.replay]\nfile = \"{file}\"\nstructure = \"{structure}\"\nvalues = \"{values}\"\n{further}[explore]\nwindow_px = 8\nsteps = 8\n"
        );
        let scenario = dir.path().join("film.toml");
        fs::write(&scenario, text).expect("scenario");
        let out = dir.path().join(file.replace('.', "-"));
        let json = run(&["explore", path(&scenario), "--seed", "1", "--out", path(&out), "--quiet", "--json"]);
        let summary: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!((&summary["measured"], &summary["target_unit"]), (&8.into(), &"m".into()), "{file}");
        let report = fs::read_to_string(out.join("report.html")).expect("report");
        assert!(report.ends_with("</html>\n") && report.contains("7.85 nm a pixel"), "{file}");
        // What was learnt from is what was in the file, to the precision of its format.
        let seen = Document::open(&out.join("structure.npy")).expect("reads");
        let seen = &seen.arrays[0].values;
        assert_eq!(seen.shape(), [EDGE, EDGE], "{file}");
        if !file.ends_with("png") {
            let worst = seen.iter().zip(&images[0].1).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-14, "{file}: {worst}");
        }
    }
}
