//! `tiptwin forensics` on every kind of run folder, whole and damaged.

use super::{path, stderr, stdout, tiptwin};
use ndarray::Array2;
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Output;
use tiptwin_tests::write_recording;

/// A short run on the twin, with curves.
fn on_twin(dir: &Path) -> PathBuf {
    let text = "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 1.0\npixels = 40\n[measurement]\nlight_suns = 0.1\n[explore]\nwindow_px = 8\nsteps = 24\n";
    explored(dir, text)
}

/// A short run on a recorded map, without curves.
fn on_recording(dir: &Path) -> PathBuf {
    write_recording(dir);
    let text = "[instrument]\ndriver = \"replay\"\n[instrument.replay]\nfile = \"recording.npz\"\nstructure = \"topography_m\"\nvalues = \"values\"\nchannels = [\"phase_deg\"]\n[scan]\nchannels = [\"phase_deg\"]\n[explore]\nwindow_px = 8\nsteps = 12\nacquisition = \"expected-improvement\"\n";
    explored(dir, text)
}

fn explored(dir: &Path, text: &str) -> PathBuf {
    let (scenario, out) = (dir.join("scenario.toml"), dir.join("run"));
    fs::write(&scenario, text).expect("scenario");
    let output = tiptwin(&["explore", path(&scenario), "--seed", "2", "--out", path(&out), "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    out
}

fn forensics(run: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["forensics", path(run), "--epochs", "3", "--permutations", "19", "--json"];
    arguments.extend(more);
    tiptwin(&arguments)
}

fn told(output: &Output) -> serde_json::Value {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    serde_json::from_str(&stdout(output)).expect("JSON")
}

fn json(file: &Path) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(file).expect("a file")).expect("JSON")
}

#[test]
fn a_run_on_the_twin_is_told_whole_and_the_same_on_any_number_of_threads() {
    let dir = tempfile::tempdir().expect("temp");
    let run = on_twin(dir.path());
    let journal = fs::read(run.join("journal.jsonl")).expect("journal");
    let result = told(&forensics(&run, &["--threads", "1"]));
    assert_eq!(result["missing"].as_array().map(Vec::len), Some(0), "{result}");
    // The rule with what was known then comes to the choice that was made: nothing else was known.
    assert_eq!((result["reproduced"]["same"].as_u64(), result["reproduced"]["of"].as_u64()), (Some(23), Some(23)));
    let folder = run.join("forensics");
    let page = fs::read_to_string(folder.join("forensics.html")).expect("page");
    for part in [
        "Microstructures that were measured",
        "The way of the run",
        "Is that chance?",
        "Curves along z₂",
        "Regret",
        "Each measurement left out",
        "Thompson",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let lines = |name: &str| fs::read_to_string(folder.join(name)).expect("table").lines().count();
    // 33 × 33 windows; 24 picks; 23 decisions under 8 rules.
    assert_eq!((lines("patches.csv"), lines("picks.csv"), lines("alternatives.csv")), (1090, 25, 1 + 23 * 8));
    let numbers = json(&folder.join("forensics.json"));
    assert_eq!(numbers["autoencoder"]["reconstruction"].as_array().map(Vec::len), Some(3));
    let sum: f64 = numbers["density_chosen"]["shares"]
        .as_array()
        .expect("list")
        .iter()
        .filter_map(serde_json::Value::as_f64)
        .sum();
    assert!((sum - 1.0).abs() < 1e-9);
    let p = numbers["distance"]["p"].as_f64().expect("a number");
    assert!((0.05..=1.0).contains(&p) && numbers["distance"]["random"].as_array().map(Vec::len) == Some(19));
    let other = dir.path().join("other");
    told(&forensics(&run, &["--threads", "2", "--out", path(&other)]));
    for name in
        ["forensics.json", "forensics.html", "patches.csv", "picks.csv", "alternatives.csv", "autoencoder.safetensors"]
    {
        assert_eq!(fs::read(folder.join(name)).expect("one"), fs::read(other.join(name)).expect("two"), "{name}");
    }
    assert_eq!(fs::read(run.join("journal.jsonl")).expect("journal"), journal, "a run is only read");
}

#[test]
fn a_recorded_map_has_no_curves_and_its_decisions_come_out_the_same() {
    let dir = tempfile::tempdir().expect("temp");
    let run = on_recording(dir.path());
    let result = told(&forensics(&run, &[]));
    let missing = result["missing"].to_string();
    assert!(missing.contains("numbers and no curves"), "{missing}");
    assert_eq!((result["reproduced"]["same"].as_u64(), result["reproduced"]["of"].as_u64()), (Some(11), Some(11)));
    let page = fs::read_to_string(run.join("forensics/forensics.html")).expect("page");
    assert!(page.contains("numbers and no curves") && !page.contains("Curves along"));
    let none = told(&forensics(&run, &["--every", "0"]));
    assert!(none["reproduced"].is_null() && none["missing"].to_string().contains("--every 0"));
}

/// A short run on a film of 60 × 60 pixels with further settings of its exploration.
fn explored_with(dir: &Path, settings: &str) -> PathBuf {
    let film = "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 1.5\npixels = 60\n[explore]\nwindow_px = 8\n";
    explored(dir, &format!("{film}{settings}"))
}

#[test]
fn decisions_in_batches_come_out_the_same() {
    let dir = tempfile::tempdir().expect("temp");
    // Five batches of four and the beginning of another, by the deviation of a map and by draws from what is believable.
    for rule in ["max-variance", "thompson"] {
        let run = explored_with(dir.path(), &format!("steps = 23\nbatch = 4\nacquisition = \"{rule}\"\n"));
        let result = told(&forensics(&run, &[]));
        assert_eq!(result["missing"].as_array().map(Vec::len), Some(0), "{result}");
        let reproduced = (result["reproduced"]["same"].as_u64(), result["reproduced"]["of"].as_u64());
        assert_eq!(reproduced, (Some(22), Some(22)), "{rule}");
        let page = fs::read_to_string(run.join("forensics/forensics.html")).expect("page");
        assert!(page.contains("locations chosen at a time"));
        // Of every sixth decision the whole batch is made again, and that of the last one.
        let some = told(&forensics(&run, &["--every", "6"]));
        assert_eq!(some["reproduced"]["same"], some["reproduced"]["of"], "{rule}");
        assert_eq!(some["reproduced"]["of"], 4 + 4 + 4 + 2, "decisions 5 to 8, 9 to 12, 17 to 20, 21 and 22");
    }
}

#[test]
fn a_run_on_boundaries_is_compared_with_what_it_could_have_measured() {
    let dir = tempfile::tempdir().expect("temp");
    let run = explored_with(dir.path(), "steps = 20\n[explore.boundaries]\n");
    let result = told(&forensics(&run, &[]));
    assert_eq!((result["reproduced"]["same"].as_u64(), result["reproduced"]["of"].as_u64()), (Some(19), Some(19)));
    let open: ndarray::Array2<u8> = {
        let file = File::open(run.join("boundaries-explored.npz")).expect("what was found");
        ndarray_npy::NpzReader::new(file).expect("archive").by_name("open").expect("a mask")
    };
    let rows = fs::read_to_string(run.join("forensics/alternatives.csv")).expect("table");
    for row in rows.lines().skip(1) {
        let at: Vec<usize> = row.split(',').skip(2).take(2).filter_map(|n| n.parse().ok()).collect();
        assert_eq!(open[[at[0], at[1]]], 1, "no rule goes where the run could not: {row}");
    }
    let page = fs::read_to_string(run.join("forensics/forensics.html")).expect("page");
    assert!(page.contains("on boundaries; random patches are drawn from them"));
}

#[test]
fn decisions_of_the_published_learner_come_out_the_same() {
    let dir = tempfile::tempdir().expect("temp");
    let run = explored_with(dir.path(), "steps = 4\nstrategy = \"reference\"\n");
    let result = told(&forensics(&run, &[]));
    assert_eq!((result["reproduced"]["same"].as_u64(), result["reproduced"]["of"].as_u64()), (Some(3), Some(3)));
    assert!(result["missing"].to_string().contains("4 usable measurements have no density"), "{result}");
}

#[test]
fn a_run_that_lost_pieces_says_which() {
    let dir = tempfile::tempdir().expect("temp");
    let run = on_twin(dir.path());
    for late in ["curves.f64", "maps.npz", "summary.json", "report.html", "extras.json"] {
        fs::remove_file(run.join(late)).expect("removed");
    }
    let journal = fs::read_to_string(run.join("journal.jsonl")).expect("journal");
    fs::write(run.join("journal.jsonl"), &journal[..journal.len() / 2]).expect("cut");
    let result = told(&forensics(&run, &[]));
    let missing = result["missing"].to_string();
    assert!(missing.contains("curves.f64 is not there") && missing.contains("no truth is known"), "{missing}");
    fs::write(run.join("scenario.toml"), "[explore]\nsteps = \"many\"\n").expect("broken");
    let result = told(&forensics(&run, &[]));
    let missing = result["missing"].to_string();
    assert!(missing.contains("the scenario cannot be read") && result["reproduced"].is_null(), "{missing}");
}

#[test]
fn what_cannot_be_examined_is_said_and_nothing_is_left() {
    let dir = tempfile::tempdir().expect("temp");
    let refused = |run: &Path, words: &[&str]| {
        let output = forensics(run, &[]);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        let text = stderr(&output);
        assert!(words.iter().all(|w| text.contains(w)), "{words:?} in {text}");
        assert!(!run.join("forensics").exists(), "nothing half done");
    };
    refused(dir.path(), &["is not a run folder", "journal.jsonl"]);
    let run = on_recording(dir.path());
    let file = run.join("structure.npy");
    let whole = fs::read(&file).expect("image");
    let mut image = Array2::<f64>::read_npy(File::open(&file).expect("file")).expect("image");
    image[[5, 7]] = f64::NAN;
    image.write_npy(File::create(&file).expect("file")).expect("written");
    refused(&run, &["structure.npy", "NaN at row 5, column 7", "must be finite"]);
    let tiny = Array2::<f64>::from_shape_fn((4, 6), |(r, c)| (r * c) as f64);
    tiny.write_npy(File::create(&file).expect("file")).expect("written");
    refused(&run, &["structure.npy", "a window of 8 pixels does not fit into an image of 4 × 6"]);
    Array2::<f64>::from_elem((24, 30), 3e-9).write_npy(File::create(&file).expect("file")).expect("written");
    refused(&run, &["all patches are flat"]);
    fs::write(&file, &whole[..whole.len() / 2]).expect("cut");
    refused(&run, &["structure.npy"]);
    fs::remove_file(&file).expect("removed");
    refused(&run, &["structure.npy", "cannot read"]);
    let journal = fs::read_to_string(run.join("journal.jsonl")).expect("journal");
    fs::write(run.join("journal.jsonl"), journal.lines().next().expect("a start").to_owned() + "\n").expect("cut");
    refused(&run, &["ended before its structure image was scanned"]);
}

#[test]
fn a_device_that_is_none_is_refused_with_those_that_are() {
    let output = tiptwin(&["forensics", "run", "--device", "abacus"]);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("abacus") && told.contains("flex") && told.contains("libtorch-cuda"), "{told}");
}
