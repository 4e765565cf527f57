//! Bad input of every kind: the exit code, the message to the letter, and nothing left behind.

use super::{path, stderr, stdout, tiptwin, tiptwin_in};
use ndarray::Array2;
use ndarray_npy::NpzWriter;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tiptwin_tests::write_recording;

fn bad(name: &str) -> PathBuf {
    tiptwin_tests::root().join("tests/cli/bad").join(name)
}

/// Explores a bad scenario from its own folder and returns the message.
fn refused(scenario: &Path) -> String {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("run");
    let (folder, name) = (scenario.parent().expect("folder"), scenario.file_name().expect("name"));
    let arguments = ["explore", path(Path::new(name)), "--seed", "1", "--out", path(&out)];
    let output = tiptwin_in(folder, &arguments);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{message}");
    assert!(stdout(&output).is_empty(), "data only on success");
    assert!(!out.exists(), "nothing may be left behind");
    assert!(message.contains(".toml:") || message.contains("instrument is missing"), "the place: {message}");
    message
}

#[test]
fn every_bad_scenario_is_explained() {
    let mut names: Vec<_> = fs::read_dir(bad("")).expect("folder").map(|e| e.expect("entry").file_name()).collect();
    names.retain(|n| Path::new(n).extension().is_some_and(|e| e == "toml"));
    names.sort();
    assert!(names.len() >= 10);
    for name in names {
        let name = name.into_string().expect("UTF-8");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(bad("messages"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name.trim_end_matches(".toml"), refused(&bad(&name))));
    }
}

/// A replay scenario over a file in a folder of its own.
fn replay_scenario(folder: &Path, file: &str, more: &str) -> PathBuf {
    let scenario = folder.join("replay.toml");
    let text = format!(
        "[instrument]\ndriver = \"replay\"\n[instrument.replay]\nfile = \"{file}\"\nstructure = \"topography_m\"\nvalues = \"values\"\n{more}\n[explore]\nwindow_px = 8\nsteps = 5\n"
    );
    fs::write(&scenario, text).expect("scenario");
    scenario
}

/// A message without the line breaks that a terminal's width puts in.
fn flat(message: &str) -> String {
    message.split_whitespace().filter(|w| *w != "│").collect::<Vec<_>>().join(" ")
}

#[test]
fn a_truncated_recording_is_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let file = write_recording(dir.path());
    let bytes = fs::read(&file).expect("bytes");
    fs::write(dir.path().join("short.npz"), &bytes[..bytes.len() / 2]).expect("short");
    let message = flat(&refused(&replay_scenario(dir.path(), "short.npz", "")));
    assert!(message.contains("short.npz is not a complete .npz archive"), "{message}");
}

#[test]
fn a_hole_in_a_recording_is_refused_with_its_place() {
    let dir = tempfile::tempdir().expect("temp");
    let mut npz = NpzWriter::new(File::create(dir.path().join("holed.npz")).expect("file"));
    let mut image = Array2::<f64>::zeros((20, 20));
    npz.add_array("values", &image).expect("array");
    image[[7, 3]] = f64::NAN;
    npz.add_array("topography_m", &image).expect("array");
    npz.finish().expect("archive");
    let message = flat(&refused(&replay_scenario(dir.path(), "holed.npz", "pixel_nm = 4")));
    assert!(message.contains("\"topography_m\" of holed.npz is NaN at index [7, 3]"), "{message}");
}

#[test]
fn a_recording_that_does_not_fit_the_plan_is_refused() {
    let dir = tempfile::tempdir().expect("temp");
    write_recording(dir.path());
    let scenario = replay_scenario(dir.path(), "recording.npz", "");
    let text = fs::read_to_string(&scenario).expect("text");
    fs::write(&scenario, text.replace("window_px = 8", "window_px = 25")).expect("write");
    let message = flat(&refused(&scenario));
    assert!(message.contains("25") && message.contains("24 × 30") && message.contains("1 to 24"), "{message}");
    fs::write(&scenario, text.replace("steps = 5", "steps = 392")).expect("write");
    let message = flat(&refused(&scenario));
    assert!(message.contains("392") && message.contains("1 to 391"), "{message}");
    fs::write(&scenario, text.replace("\"values\"", "\"vlaues\"")).expect("write");
    let message = flat(&refused(&scenario));
    assert!(message.contains("no array \"vlaues\"") && message.contains("topography_m"), "{message}");
}

#[test]
fn an_output_folder_that_cannot_be_written_is_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let file = dir.path().join("a_file");
    fs::write(&file, "not a folder").expect("file");
    for out in [file.join("run"), file.clone()] {
        let output = tiptwin(&["demo", "--out", path(&out)]);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        let message = stderr(&output);
        assert!(message.contains("a_file") && message.contains("accepted: a folder that can be written"), "{message}");
    }
    assert_eq!(fs::read_to_string(&file).expect("still there"), "not a folder");
    let occupied = dir.path().join("thesis");
    fs::create_dir(&occupied).expect("dir");
    fs::write(occupied.join("chapter1.txt"), "precious").expect("file");
    let output = tiptwin(&["demo", "--out", path(&occupied)]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("holds no tiptwin run"), "{}", stderr(&output));
    assert_eq!(fs::read_dir(&occupied).expect("dir").count(), 1, "nothing was added");
}

#[test]
fn wrong_arguments_exit_with_2() {
    for arguments in [
        &["explore"][..],
        &["explroe", "x.toml"],
        &["demo", "--seed", "minus"],
        &["demo", "--threads", "0"],
        &["iv", "--at", "nowhere", "--out", "x.csv"],
        &["iv", "--at", "grain", "--out", "x.doc"],
        &["iv", "--at", "grain", "--samples", "250", "--out", "x.csv"],
        &["iv", "--at", "grain", "--preset", "sede", "--out", "x.csv"],
        &["iv", "--at", "grain", "--family", "colour", "--out", "x.csv"],
        &["iv", "--at", "grain", "--family", "light", "--light-suns", "0.1", "--out", "x.csv"],
        &["iv", "--at", "grain", "--waveform", "triangle", "--out", "x.csv"],
        &["iv", "--at", "grain", "--waveform", "{ kind = \"saw\" }", "--out", "x.csv"],
        &["iv", "--at", "grain", "--waveform", "{ kind = \"list\" }", "--out", "x.csv"],
        &["iv", "--at", "grain", "--waveform", "{ peak_v = 1 }", "--peak-v", "2", "--out", "x.csv"],
        &["iv", "--at", "grain", "--waveform", "{ peak_v = 1 }", "--family", "forc", "--out", "x.csv"],
        &["iv", "--at", "grain", "--light-suns", "nan", "--out", "x.csv"],
        &["iv", "--at", "grain", "--light-suns", "-0.1", "--out", "x.csv"],
        &["iv", "--at", "grain", "--light-suns", "5", "--out", "x.csv"],
        &["film", "--out", "x"],
        &["film", "--preset", "seed"],
        &["film", "--preset", "seed", "--preset", "hard", "--out", "x"],
        &["film", "--preset", "seed", "--films", "9", "--out", "x"],
        &["film", "--validate", "--out", "x"],
        &["film", "--validate", "--films", "6"],
        &["film", "--validate", "--films", "7", "--locations", "10"],
        &["film", "--validate", "--preset", "sede"],
        &["film", "x.toml", "--validate"],
        &["explore", "x.toml", "--device", "abacus"],
        &["explore", "x.toml", "--device", "libtorch"],
    ] {
        let output = tiptwin(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty(), "{arguments:?} must say why");
        assert!(!Path::new("x").exists() && !Path::new("x.csv").exists());
    }
}

#[test]
fn with_json_an_error_is_one_json_object() {
    let output = tiptwin(&["explore", path(&bad("unknown_key.toml")), "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("one JSON object");
    assert_eq!(json["error"]["exit_code"], 3);
    let problems = json["error"]["problems"].as_array().expect("list");
    assert_eq!(problems.len(), 2, "{json}");
    assert!(problems[0]["location"].as_str().expect("location").contains("unknown_key.toml:"), "{json}");
}
