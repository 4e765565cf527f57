//! Comparisons: the same table however they were made, and refusals with a reason.

use super::{path, stderr, stdout, tiptwin};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

fn scenario(folder: &Path) -> PathBuf {
    let file = folder.join("small.toml");
    let text = "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 1.5\npixels = 32\n[explore]\nwindow_px = 8\nsteps = 26\n[compare]\nstrategies = [\"random\", \"tiptwin\", \"tiptwin/expected-improvement@2\"]\nseeds = \"0..2\"\n";
    fs::write(&file, text).expect("scenario");
    file
}

fn compare(scenario: &Path, out: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["compare", path(scenario), "--out", path(out), "--quiet"];
    arguments.extend(more);
    tiptwin(&arguments)
}

/// Everything that a comparison leaves, timing aside.
fn left(out: &Path) -> (serde_json::Value, Vec<u8>) {
    let text = fs::read_to_string(out.join("comparison.json")).expect("comparison");
    let mut json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(json.as_object_mut().expect("object").remove("timing_s").is_some());
    (json, fs::read(out.join("explorations.parquet")).expect("parquet"))
}

#[test]
fn threads_and_interruptions_do_not_change_the_table() {
    let dir = tempfile::tempdir().expect("temp");
    let scenario = scenario(dir.path());
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let output = compare(&scenario, &one, &["--threads", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(compare(&scenario, &two, &["--threads", "2"]).status.code(), Some(0));
    let whole = left(&one);
    assert_eq!(whole, left(&two), "on any number of threads");
    let page = fs::read_to_string(one.join("compare.html")).expect("page");
    assert!(page.contains("Performance profile") && page.contains("played on the first 2 seeds"));
    assert_eq!(whole.0["rows"].as_array().map(Vec::len), Some(2 * 3), "three strategies at 25 and 26");

    // As if it had been cut off: some explorations are missing and one is torn.
    let mut files: Vec<PathBuf> =
        fs::read_dir(one.join("explorations")).expect("folder").map(|e| e.expect("entry").path()).collect();
    files.sort();
    assert_eq!(files.len(), 8);
    for file in &files[..4] {
        fs::remove_file(file).expect("removed");
    }
    let text = fs::read_to_string(&files[4]).expect("text");
    fs::write(&files[4], &text[..text.len() / 2]).expect("torn");
    let kept = fs::metadata(&files[6]).expect("kept").modified().expect("time");
    assert_eq!(compare(&scenario, &one, &[]).status.code(), Some(0));
    assert_eq!(left(&one), whole, "continued");
    assert_eq!(fs::metadata(&files[6]).expect("kept").modified().expect("time"), kept, "not played again");
}

#[cfg(unix)]
#[test]
fn a_signal_keeps_what_is_finished() {
    use std::process::{Command, Stdio};
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, out) = (scenario(dir.path()), dir.path().join("out"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
        .args(["compare", path(&scenario), "--out", path(&out), "--seeds", "0..999", "--threads", "1"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    let finished = || fs::read_dir(out.join("explorations")).map_or(0, Iterator::count);
    while finished() < 3 {
        assert!(child.try_wait().expect("runs").is_none(), "it must come to exploring");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let sent = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(stderr(&output).contains("the same command continues"), "{}", stderr(&output));
    assert!(finished() >= 3 && !out.join("comparison.json").exists(), "a stopped comparison must not look complete");
}

#[test]
fn mistakes_are_refused_with_their_reason() {
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, out) = (scenario(dir.path()), dir.path().join("out"));
    for (more, part) in [
        (vec!["--seeds", "4"], "one seed only ([4])"),
        (vec!["--seeds", "5..1"], "is no list of seeds"),
        (vec!["--strategies", "tiptwin,tiptwn"], "\"tiptwn\" of \"tiptwn\" is not known"),
        (vec!["--strategies", "random,random"], "given twice"),
        (vec!["--strategies", "random,points"], "cannot be compared over seeds"),
        (vec!["--strategies", "random,grid+sign-flipped"], "has no acquisition"),
    ] {
        let output = compare(&scenario, &out, &more);
        assert_eq!(output.status.code(), Some(3), "{more:?}");
        assert!(stderr(&output).contains(part), "{more:?}: {}", stderr(&output));
    }
    assert!(!out.exists(), "nothing is left behind");
}

#[test]
fn results_of_another_tiptwin_are_not_mixed_in() {
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, out) = (scenario(dir.path()), dir.path().join("out"));
    assert_eq!(compare(&scenario, &out, &["--strategies", "random,grid"]).status.code(), Some(0));
    let maker = out.join("made-by.json");
    let text = fs::read_to_string(&maker).expect("maker");
    fs::write(&maker, text.replacen(env!("CARGO_PKG_VERSION"), "0.0.9", 1)).expect("older");
    let output = compare(&scenario, &out, &["--strategies", "random,grid"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("another version of tiptwin (0.0.9"), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    fs::write(&maker, text.replacen(json["build"].as_str().expect("a build"), "0123456789ab", 1)).expect("other");
    assert!(stderr(&compare(&scenario, &out, &["--strategies", "random,grid"])).contains("another build of tiptwin"));
    assert!(stdout(&tiptwin(&["compare", "--help"])).contains("--out"));
}
