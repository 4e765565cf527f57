//! Runs that are killed, stopped, and refused by the system, as a user meets them; and how they go on.

use super::{path, stderr, stdout, tiptwin};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn scenario(folder: &Path, instrument: &str, more: &str) -> PathBuf {
    let file = folder.join("small.toml");
    let text = format!(
        "[instrument]\ndriver = \"twin\"\n{instrument}[scan]\nsize_um = 1.0\npixels = 32\n[measurement]\nlight_suns = 0.1\n[explore]\nwindow_px = 8\nsteps = 30\n{more}"
    );
    fs::write(&file, text).expect("scenario");
    file
}

/// What a run leaves apart from times: its summary, curves and maps.
fn left(run: &Path) -> (serde_json::Value, Vec<u8>, Vec<u8>) {
    let text = fs::read_to_string(run.join("summary.json")).expect("summary");
    let mut summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    summary.as_object_mut().expect("object").remove("timing_s");
    let file = |name: &str| fs::read(run.join(name)).expect(name);
    (summary, file("curves.f64"), file("maps.npz"))
}

fn lines(run: &Path) -> usize {
    fs::read(run.join("journal.jsonl")).map_or(0, |bytes| bytes.split(|b| *b == b'\n').count() - 1)
}

#[cfg(unix)]
#[test]
fn killed_at_any_moment_a_run_goes_on_to_the_same_end() {
    let dir = tempfile::tempdir().expect("temp");
    let scenario = scenario(dir.path(), "", "");
    let whole = dir.path().join("whole");
    let explore =
        |out: &Path| ["explore", path(&scenario), "--seed", "4", "--quiet", "--out", path(out)].map(str::to_owned);
    let done = Command::new(env!("CARGO_BIN_EXE_tiptwin")).args(explore(&whole)).output().expect("runs");
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let run = dir.path().join("run");
    // The lines after which it is killed; then killed again while it goes on.
    for moments in [vec![1], vec![3], vec![4, 9], vec![20, 27, 50], vec![64]] {
        drop(fs::remove_dir_all(&run));
        for (k, moment) in moments.iter().enumerate() {
            let arguments = if k == 0 {
                explore(&run).to_vec()
            } else {
                ["resume", path(&run), "--quiet"].map(str::to_owned).to_vec()
            };
            let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin")).args(arguments).spawn().expect("starts");
            while lines(&run) < *moment && child.try_wait().expect("child").is_none() {
                std::thread::sleep(std::time::Duration::from_micros(200));
            }
            // SIGKILL; it may have ended by itself on a fast machine.
            drop(child.kill());
            child.wait().expect("ends");
        }
        if run.join("summary.json").exists() {
            continue;
        }
        let output = tiptwin(&["resume", path(&run), "--json"]);
        assert_eq!(output.status.code(), Some(0), "{moments:?}: {}", stderr(&output));
        let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        assert_eq!((json["command"].as_str(), json["steps"].as_u64()), (Some("resume"), Some(30)));
        assert!(left(&run) == left(&whole), "{moments:?}");
        let again = tiptwin(&["resume", path(&run)]);
        assert_eq!(again.status.code(), Some(7), "a complete run");
        assert!(stderr(&again).contains("is complete"), "{}", stderr(&again));
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_at_once_and_the_run_can_go_on() {
    use std::io::{BufRead, BufReader};
    let dir = tempfile::tempdir().expect("temp");
    // Every decision of the published learner takes a second or more: nobody waits for it twice.
    let scenario = scenario(dir.path(), "", "strategy = \"reference\"\n");
    let out = dir.path().join("run");
    let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
        .args(["explore", path(&scenario), "--seed", "1", "--out", path(&out)])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("starts");
    let mut shown = BufReader::new(child.stderr.take().expect("piped")).lines();
    assert!(shown.by_ref().any(|l| l.expect("text").starts_with("exploring:")), "it must come to exploring");
    for _ in 0..2 {
        let sent = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    drop(shown);
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    let journal = fs::read_to_string(out.join("journal.jsonl")).expect("journal");
    let last = journal.lines().last().expect("stop");
    assert!(last.contains("\"interrupted\"") && last.contains("\"made_safe\":true"), "{last}");
    let output = tiptwin(&["report", path(&out)]);
    assert_eq!(output.status.code(), Some(0), "the journal is whole: {}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn a_file_that_the_system_refuses_to_lengthen_ends_the_run_in_order() {
    let dir = tempfile::tempdir().expect("temp");
    let scenario = scenario(dir.path(), "", "");
    let (run, whole) = (dir.path().join("run"), dir.path().join("whole"));
    let program = env!("CARGO_BIN_EXE_tiptwin");
    let done = tiptwin(&["explore", path(&scenario), "--seed", "4", "--quiet", "--out", path(&whole)]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    // The shell's limit on file sizes is a disk that is full, for everybody: 20 blocks of 512 or 1024 bytes.
    let script = "trap '' XFSZ; ulimit -f 20; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args(["-c", script, program, "explore", path(&scenario), "--seed", "4", "--quiet", "--out", path(&run)])
        .output()
        .expect("sh");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("cannot write") && stderr(&output).contains("run/"), "{}", stderr(&output));
    assert!(!run.join("summary.json").exists());
    let output = tiptwin(&["resume", path(&run), "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(left(&run) == left(&whole));
}

#[test]
fn a_folder_that_cannot_be_written_is_said_before_anything_happens() {
    let dir = tempfile::tempdir().expect("temp");
    let scenario = scenario(dir.path(), "", "");
    // A file where a folder should be refuses everybody, the administrator too.
    fs::write(dir.path().join("file"), "").expect("file");
    let output = tiptwin(&["explore", path(&scenario), "--seed", "1", "--out", path(&dir.path().join("file/run"))]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("file/run"), "{}", stderr(&output));
    let none = tiptwin(&["resume", path(dir.path())]);
    assert_eq!(none.status.code(), Some(7));
    assert!(stderr(&none).contains("is not a run folder"), "{}", stderr(&none));
}

#[test]
fn limits_are_read_tightened_and_kept() {
    let dir = tempfile::tempdir().expect("temp");
    fs::write(dir.path().join("limits.toml"), "bias_max_v = 1.6\ncurrent_max_na = 500\n").expect("limits");
    let out = dir.path().join("run");
    let explore = |more: &str, set: &[&str]| {
        let scenario = scenario(dir.path(), "limits = \"limits.toml\"\n", more);
        let mut arguments = vec!["explore", path(&scenario), "--seed", "1", "--out", path(&out), "--quiet"];
        for s in set {
            arguments.extend(["--set", s]);
        }
        let output = tiptwin(&arguments);
        (output.status.code(), stderr(&output).split_whitespace().filter(|w| *w != "│").collect::<Vec<_>>().join(" "))
    };
    let (code, text) = explore("", &["measurement.waveform.peak_v=1.7", "explore.steps=3"]);
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains("a bias of 1.7 V is above the limit bias_max_v = 1.6 V"), "{text}");
    let (code, text) = explore("[limits]\nbias_max_v = 1.7\n", &[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(
        text.contains("bias_max_v = 1.7 would loosen the limit of 1.6 V") && text.contains("accepted is 1.6 or less"),
        "{text}"
    );
    assert!(text.contains("small.toml:"), "the place: {text}");
    let (code, text) = explore("[limits]\ntouches_per_spot_max = 1\nspacing_min_nm = 20\n", &["explore.steps=3"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = explore("[limits]\nspacing_mn_nm = 20\n", &[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("did you mean \"spacing_min_nm\"?"), "{text}");
    fs::write(dir.path().join("limits.toml"), "bias_max_v = -1\n").expect("limits");
    let (code, text) = explore("", &[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("limits.toml:1:14"), "{text}");
    let (code, text) = explore("", &["instrument.limits=nowhere.toml"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("nowhere.toml"), "{text}");
}

#[test]
fn a_dry_run_says_what_would_be_done_to_the_sample() {
    let dir = tempfile::tempdir().expect("temp");
    fs::write(dir.path().join("limits.toml"), "current_max_na = 10\nrun_max_s = 100\n").expect("limits");
    let file = scenario(dir.path(), "", "");
    let output = tiptwin(&["explore", path(&file), "--seed", "1", "--dry-run", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let plan = &json["plan"];
    assert_eq!(
        (plan["touches"].as_u64(), plan["bias_max_v"].as_f64(), plan["arm"].as_str()),
        (Some(30), Some(1.5), None)
    );
    // 32 lines, and 30 times 0.26 s of way, 0.3 s of contact and 2 s of sweep, all of it in 0.1 sun.
    let (time, dose) = (plan["time_s"].as_f64().expect("time"), plan["light_dose_suns_s"].as_f64().expect("dose"));
    assert!((time - 32.0 - 30.0 * 2.5607).abs() < 0.1 && (dose - 0.1 * 30.0 * 2.5607).abs() < 0.01, "{time} {dose}");
    let limited = scenario(dir.path(), "limits = \"limits.toml\"\n", "");
    let output = tiptwin(&["explore", path(&limited), "--seed", "1", "--dry-run"]);
    assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
    assert!(stderr(&output).contains("above the limit run_max_s = 100"), "{}", stderr(&output));
    let set = ["explore", path(&limited), "--seed", "1", "--dry-run", "--set", "explore.steps=20"];
    let output = tiptwin(&set);
    assert!(
        stdout(&output).contains("20 touches, at most 1.5 V") && stdout(&output).contains("at most: 20 nC"),
        "{}",
        stdout(&output)
    );
}
