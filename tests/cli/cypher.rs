//! A microscope behind a folder, as a user meets it: two processes, the emulated controller and the real driver.

use super::{path, stderr, stdout, tiptwin};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// `tiptwin instrument emulate`, killed when dropped.
struct Emulator {
    child: Child,
    scenario: PathBuf,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts it and writes the scenario that it prints, with a small exploration.
fn emulator(folder: &Path, more: &[&str]) -> Emulator {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
        .args(["instrument", "emulate", "--time-scale", "0", "--folder", path(&folder.join("afm"))])
        .args(more)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut text = String::new();
    for line in BufReader::new(child.stdout.as_mut().expect("piped")).lines() {
        let line = line.expect("text");
        if line.starts_with("# emulating") {
            break;
        }
        text += &line;
        text += "\n";
    }
    text += "answer_timeout_s = 5\nfile_timeout_s = 1\n";
    text += "[scan]\nsize_um = 1.0\npixels = 24\n[measurement]\nlight_suns = 0.1\n";
    text += "waveform = { kind = \"triangle\", peak_v = 1.5, samples = 51, duration_s = 0.1 }\n";
    text += "[explore]\nwindow_px = 8\nsteps = 6\nseed = 3\n";
    let scenario = folder.join("afm.toml");
    fs::write(&scenario, text).expect("scenario");
    Emulator { child, scenario }
}

#[test]
fn a_run_goes_through_a_folder_to_its_report() {
    let dir = tempfile::tempdir().expect("temp");
    let afm = emulator(dir.path(), &["--seed", "3"]);
    let out = dir.path().join("run");
    let output = tiptwin(&["explore", path(&afm.scenario), "--arm", "EMULATED-1", "--out", path(&out), "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let summary: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!((summary["driver"].as_str(), summary["measured"].as_u64()), (Some("cypher"), Some(6)));
    // Of a real sample no truth and no boundaries are known.
    let scores = summary["scores"].as_array().map_or(0, Vec::len);
    assert!(scores == 0 && summary["enrichment"].is_null(), "{summary}");
    let report = fs::read_to_string(out.join("report.html")).expect("a report");
    assert!(report.contains("EMULATED-1"), "the report says which microscope");
}

#[test]
fn forensics_of_a_run_of_a_real_driver_says_what_nobody_knows_there() {
    let dir = tempfile::tempdir().expect("temp");
    let afm = emulator(dir.path(), &["--seed", "3"]);
    let out = dir.path().join("run");
    let twelve = ["--set", "explore.steps=12", "--arm", "EMULATED-1", "--out", path(&out), "--quiet"];
    let output = tiptwin(&[&["explore", path(&afm.scenario)], &twelve[..]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    // Neither the instrument nor its folders are needed for it.
    drop(afm);
    fs::remove_dir_all(dir.path().join("afm")).expect("removed");
    let output = tiptwin(&["forensics", path(&out), "--epochs", "3", "--permutations", "19", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let told: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let missing = told["missing"].as_array().expect("a list");
    assert_eq!(missing.len(), 1, "{told}");
    assert!(missing[0].as_str().is_some_and(|m| m.contains("no truth is known")), "{told}");
    assert_eq!((told["reproduced"]["same"].as_u64(), told["reproduced"]["of"].as_u64()), (Some(11), Some(11)));
    let page = fs::read_to_string(out.join("forensics/forensics.html")).expect("page");
    assert!(page.contains("Curves along z₂") && !page.contains("Regret"), "curves there are, and no regret");
}

#[test]
fn converters_sweep_beside_the_controller() {
    let dir = tempfile::tempdir().expect("temp");
    let afm = emulator(dir.path(), &["--seed", "3", "--daq"]);
    // Loops, which the controller's generator cannot play.
    let text = fs::read_to_string(&afm.scenario).expect("scenario");
    let forc = r#"kind = "forc", step_v = 0.5, loops = 3, samples_per_step = 9, rate_v_per_s = 20.0 }"#;
    let (before, after) = text.split_once("kind = \"triangle\"").expect("a triangle");
    let (_, after) = after.split_once('}').expect("its end");
    fs::write(&afm.scenario, format!("{before}{forc}{after}")).expect("scenario");
    let out = dir.path().join("run");
    let output = tiptwin(&["explore", path(&afm.scenario), "--arm", "EMULATED-1", "--out", path(&out), "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let summary: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(summary["measured"].as_u64(), Some(6));
    let report = fs::read_to_string(out.join("report.html")).expect("a report");
    assert!(report.contains("bias on ao0"), "the report says what swept");
    // Nobody at the address: an error in time, and nothing was touched.
    let away = ["--set", "instrument.cypher.daq.address=127.0.0.1:1"];
    let output = tiptwin(&[&["instrument", "describe", path(&afm.scenario)], &away[..]].concat());
    assert_eq!(output.status.code(), Some(5));
    assert!(stderr(&output).contains("127.0.0.1:1"), "{}", stderr(&output));
}

#[test]
fn it_is_described_and_checked() {
    let dir = tempfile::tempdir().expect("temp");
    let afm = emulator(dir.path(), &["--serial", "CY-12"]);
    let output = tiptwin(&["instrument", "describe", path(&afm.scenario)]);
    assert!(stdout(&output).contains("CY-12") && output.status.success(), "{}", stderr(&output));
    let unarmed = tiptwin(&["instrument", "check", path(&afm.scenario), "--move"]);
    assert_eq!(unarmed.status.code(), Some(2));
    assert!(stderr(&unarmed).contains("--arm CY-12"), "{}", stderr(&unarmed));
    let all = ["instrument", "check", path(&afm.scenario), "--move", "--light", "--arm", "CY-12"];
    let output = tiptwin(&all);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert_eq!(text.lines().filter(|l| l.starts_with("ok")).count(), 5, "{text}");
    // A film is no resistor.
    let resistor = ["--resistor-ohm", "1e8", "--arm", "CY-12"];
    let output = tiptwin(&[&["instrument", "check", path(&afm.scenario)], &resistor[..]].concat());
    assert_eq!(output.status.code(), Some(5));
    assert!(stdout(&output).contains("FAILED measures a resistor"), "{}", stdout(&output));
}

#[test]
fn what_goes_wrong_is_said_and_leaves_a_folder_of_what_was_measured() {
    let dir = tempfile::tempdir().expect("temp");
    let afm = emulator(dir.path(), &["--fault", "ibw-truncated@4"]);
    let out = dir.path().join("run");
    let output = tiptwin(&["explore", path(&afm.scenario), "--arm", "EMULATED-1", "--out", path(&out)]);
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    assert!(stderr(&output).contains("cut off") && stderr(&output).contains("made safe"), "{}", stderr(&output));
    let journal = fs::read_to_string(out.join("journal.jsonl")).expect("a journal");
    assert!(journal.contains("cut off"));
}

#[test]
fn nobody_there_is_said_in_time() {
    let dir = tempfile::tempdir().expect("temp");
    let afm = emulator(dir.path(), &["--fault", "igor-absent"]);
    let output =
        tiptwin(&["instrument", "describe", path(&afm.scenario), "--set", "instrument.cypher.answer_timeout_s=0.5"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(stderr(&output).contains("is Igor running"), "{}", stderr(&output));
    let other = dir.path().join("other");
    let output = tiptwin(&["instrument", "emulate", "--folder", path(&other), "--fault", "help"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("ibw-late") && stdout(&output).is_empty(), "{}", stderr(&output));
    let compare = tiptwin(&["compare", path(&afm.scenario), "--seeds", "0..1", "--out", path(&dir.path().join("c"))]);
    assert_eq!(compare.status.code(), Some(3));
    assert!(stderr(&compare).contains("real microscope"), "{}", stderr(&compare));
}

#[test]
fn a_template_is_valid_and_the_doctor_answers() {
    let dir = tempfile::tempdir().expect("temp");
    let file = dir.path().join("afm.toml");
    let init = tiptwin(&["config", "init", path(&file), "--driver", "cypher"]);
    assert!(init.status.success(), "{}", stderr(&init));
    let check = tiptwin(&["config", "check", path(&file)]);
    assert!(check.status.success(), "{}", stderr(&check));
    let doctor = tiptwin(&["doctor", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&stdout(&doctor)).expect("JSON");
    let says = found["findings"].as_array().expect("findings");
    assert!(
        says.iter().any(|f| f["what"] == "driver cypher") && says.iter().any(|f| f["what"] == "compute device flex")
    );
}
