//! The gate as a CI job meets it: exit codes, a summary, and refusals.

use super::{path, stderr, stdout, tiptwin};
use std::fs;
use std::path::Path;

const SCENARIO: &str = "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 2.0\npixels = 32\n[measurement]\nwaveform = { kind = \"triangle\", peak_v = 1.5, samples = 51, duration_s = 2.0 }\n[explore]\nwindow_px = 8\nsteps = 30\n";

#[test]
fn a_gate_passes_its_own_build_and_catches_a_planted_fault() {
    let dir = tempfile::tempdir().expect("temp");
    let at = |name: &str| dir.path().join(name);
    let (scenario, gate, work, summary) = (at("s.toml"), at("gate.toml"), at("work"), at("summary.md"));
    fs::write(&scenario, SCENARIO).expect("scenario");
    let run = |arguments: &[&str]| {
        let shop = ["--work", path(&work), "--quiet"];
        let output = tiptwin(&[&["gate"], arguments, &shop[..]].concat());
        (output.status.code(), stdout(&output), stderr(&output))
    };
    let calibrate =
        ["calibrate", path(&scenario), "--calibration-seeds", "500..509", "--most", "8", "--out", path(&gate)];
    let wide =
        ["--margin", "r2=0.2", "--margin", "uncertainty_rank=0.4", "--margin", "coverage_error=0.2", "--alarm", "0.3"];
    let (code, text, error) = run(&[&calibrate[..], &wide].concat());
    assert_eq!(code, Some(0), "{error}");
    assert!(text.contains("films a check, from 10 of the pilot"), "{text}");

    let (code, text, error) = run(&["check", path(&gate), path(&scenario), "--summary", path(&summary)]);
    assert_eq!((code, text.lines().next().map(|l| l.starts_with("pass:"))), (Some(0), Some(true)), "{text}{error}");
    let fault = ["--strategy", "tiptwin/max-variance+shuffled-patches", "--json"];
    let (code, text, error) =
        run(&[&["check", path(&gate), path(&scenario), "--summary", path(&summary)], &fault[..]].concat());
    assert_eq!(code, Some(4), "{text}{error}");
    let json: serde_json::Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!((json["verdict"].as_str(), json["json_schema"].as_u64()), (Some("fail"), Some(1)));
    let markdown = fs::read_to_string(&summary).expect("summary");
    assert!(markdown.contains("gate: pass") && markdown.contains("gate: fail"), "both steps add to it: {markdown}");

    let (code, text, _) = run(&["faults", path(&gate), path(&scenario), "--films", "12", "--checks", "50"]);
    assert_eq!(code, Some(0));
    assert!(text.contains("none (A/A)") && text.contains("of 50"), "{text}");

    let (code, _, error) = run(&["check", path(&gate), path(&scenario), "--set", "explore.steps=31"]);
    assert_eq!(code, Some(3));
    assert!(error.contains("made from another scenario"), "{error}");
    let (code, _, error) = run(&["faults", path(&gate), path(&scenario), "--films", "3"]);
    assert_eq!((code, error.contains("a check draws")), (Some(3), true), "{error}");
    let text = fs::read_to_string(&gate).expect("gate");
    fs::write(&gate, text.replacen(env!("CARGO_PKG_VERSION"), "0.0.9", 1)).expect("older");
    let (code, _, error) = run(&["check", path(&gate), path(&scenario)]);
    assert_eq!(code, Some(3));
    assert!(error.contains("was made by tiptwin 0.0.9"), "{error}");
}

#[test]
fn gates_that_would_say_nothing_are_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let scenario = dir.path().join("s.toml");
    fs::write(&scenario, SCENARIO).expect("scenario");
    let refused = |more: &[&str], code: i32, part: &str| {
        let out = dir.path().join("gate.toml");
        let output = tiptwin(&[&["gate", "calibrate", path(&scenario), "--out", path(&out)], more].concat());
        assert_eq!(output.status.code(), Some(code), "{more:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(part), "{more:?}: {}", stderr(&output));
        assert!(!out.exists());
    };
    refused(&["--calibration-seeds", "1..5"], 3, "a pilot of 5 seeds");
    refused(&["--strategy", "tiptwin+again"], 3, "not a plain strategy");
    refused(&["--strategy", "tiptwn"], 3, "accepted: tiptwin");
    refused(&["--margin", "r2=0"], 2, "no margin");
    refused(&["--set", "instrument.twin.seed=4"], 3, "explores the same sample");
    refused(&["--set", "compare.light_suns=[0.0, 0.1]"], 3, "a gate judges one case");
    assert!(!Path::new("out/gate").exists(), "nothing is left behind");
}

#[test]
fn the_speed_gate_says_what_it_lacks() {
    let speed = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tiptwin"));
        let output = command.args(["gate", "speed"]).args(arguments).env("PATH", "").output().expect("the binary runs");
        (output.status.code(), stdout(&output), stderr(&output))
    };
    let (code, _, error) = speed(&["record", "--quiet"]);
    assert_eq!(code, Some(3));
    assert!(error.contains("valgrind cannot be run") && error.contains("accepted: valgrind on the PATH"), "{error}");
    let (code, _, error) = speed(&["check", "no-such-file.toml"]);
    assert_eq!(code, Some(3));
    assert!(error.contains("no-such-file.toml: cannot be read"), "{error}");
    let (code, _, error) = speed(&["kernel", "coffee"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("accepted: film, topography"), "{error}");
    assert_eq!(speed(&["kernel", "journal"]).0, Some(0));
    assert!(!speed(&["features"]).1.trim().is_empty());
}
