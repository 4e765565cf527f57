//! The files of other programs: looked into, explored, written.

use super::{path, stderr, stdout, tiptwin};
use std::fs;
use std::path::{Path, PathBuf};
use tiptwin_formats::gsf::SimpleField;
use tiptwin_formats::gxyzf::XyzField;
use tiptwin_formats::ibw::Wave;

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
    assert_eq!((height.unit.as_str(), height.notes[2].1.as_str()), ("m", "1"));
    let picks = XyzField::read(&bytes("picks.gxyzf")).expect("reads");
    assert_eq!((picks.points.len(), picks.channels[0].unit.as_str()), (12, "m"));
    // Where the window does not fit there is no prediction, and the mask says so.
    let mask = SimpleField::read(&bytes("mean-mask.gsf")).expect("reads").values;
    assert_eq!((mask[[0, 0]], mask[[100, 100]], mask.sum()), (0.0, 1.0, 249.0 * 249.0));
    let documents = String::from_utf8(bytes("events.jsonl")).expect("text");
    assert_eq!(documents.lines().count(), 12 + 3);
}
