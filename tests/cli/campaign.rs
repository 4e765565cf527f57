//! Campaigns on one machine: one table however it was computed, and nothing lost or counted twice whatever happens in between.

use super::{path, stderr, stdout, tiptwin};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn scenario(folder: &Path) -> PathBuf {
    let file = folder.join("small.toml");
    let text = "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 1.5\npixels = 24\n[explore]\nwindow_px = 8\nsteps = 12\n[compare]\nstrategies = [\"random\", \"tiptwin\", \"knn@3\"]\nseeds = \"0..5\"\ntargets = [\"max_current\", \"hysteresis_area\"]\n[campaign]\ncheckpoint_s = 0.1\n";
    fs::write(&file, text).expect("scenario");
    file
}

/// Runs a command of a campaign that must succeed; returns what it says as JSON.
fn campaign(arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["campaign"];
    all.extend(arguments);
    all.extend(["--quiet", "--json"]);
    let output = tiptwin(&all);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    serde_json::from_str(&stdout(&output)).expect("JSON")
}

fn refused(arguments: &[&str], code: i32) -> String {
    let mut all = vec!["campaign"];
    all.extend(arguments);
    let output = tiptwin(&all);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
    stderr(&output)
}

fn run(scenario: &Path, out: &Path, more: &[&str]) -> serde_json::Value {
    let mut all = vec!["run", path(scenario), "--out", path(out)];
    all.extend(more);
    campaign(&all)
}

fn collected(out: &Path) -> serde_json::Value {
    campaign(&["collect", path(out)])["collected"].take()
}

/// Files of a kind in a folder, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).map_or_else(|_| Vec::new(), |d| d.map(|e| e.expect("entry").path()).collect());
    found.retain(|p| p.extension().is_some_and(|e| e == ending));
    found.sort();
    found
}

#[test]
fn threads_do_not_change_the_table_and_compare_says_the_same() {
    let dir = tempfile::tempdir().expect("temp");
    let scenario = scenario(dir.path());
    let (one, two, compared) = (dir.path().join("one"), dir.path().join("two"), dir.path().join("compared"));
    assert_eq!(run(&scenario, &one, &["--threads", "1"])["played"], 30);
    let planned = campaign(&["plan", path(&scenario), "--out", path(&two)]);
    assert_eq!((&planned["tasks"], &planned["finished"]), (&30.into(), &0.into()));
    assert_eq!(campaign(&["run", path(&two), "--threads", "2"])["played"], 30);
    let whole = collected(&one);
    assert_eq!(whole["table_sha256"], collected(&two)["table_sha256"]);
    assert_eq!((&whole["missing"], &whole["duplicates"]), (&0.into(), &0.into()));
    assert_eq!(campaign(&["run", path(&one)])["played"], 0, "nothing is computed twice");

    let output = tiptwin(&["compare", path(&scenario), "--out", path(&compared), "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = |folder: &Path| {
        let text = fs::read_to_string(folder.join("comparison.json")).expect("comparison");
        let mut json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert!(json.as_object_mut().expect("object").remove("timing_s").is_some());
        json
    };
    assert_eq!(table(&one), table(&compared), "the same numbers from both");
    let folder = one.join("table/case=hysteresis%20area/strategy=knn");
    assert_eq!(files(&folder, "parquet").len(), 1, "{folder:?}");
}

#[test]
fn more_seeds_later_keep_what_is_finished_and_other_text_changes_nothing() {
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, out) = (scenario(dir.path()), dir.path().join("out"));
    run(&scenario, &out, &[]);
    let text = fs::read_to_string(&scenario).expect("scenario");
    fs::write(&scenario, format!("# A remark.\n{text}[campaign.slurm]\npartition = \"long\"\n")).expect("scenario");
    assert_eq!(campaign(&["plan", path(&scenario), "--out", path(&out)])["finished"], 30);
    assert_eq!(run(&scenario, &out, &["--seeds", "0..6"])["played"], 4, "two strategies, two targets, one seed more");
    // The first plan again: what it does not ask for is left out.
    campaign(&["plan", path(&scenario), "--out", path(&out)]);
    let less = collected(&out);
    assert_eq!((&less["tasks"], &less["missing"], &less["unasked"]), (&30.into(), &0.into(), &4.into()));
}

#[test]
fn two_labels_of_one_strategy_are_played_once() {
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, out) = (scenario(dir.path()), dir.path().join("out"));
    let played = run(&scenario, &out, &["--strategies", "tiptwin,tiptwin/max-variance"]);
    assert_eq!((&played["tasks"], &played["played"]), (&24.into(), &12.into()));
    assert_eq!(collected(&out)["missing"], 0);
}

#[cfg(unix)]
#[test]
fn killed_and_stopped_workers_lose_nothing_that_was_written() {
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, whole, out) = (scenario(dir.path()), dir.path().join("whole"), dir.path().join("out"));
    let seeds = ["--seeds", "0..39"];
    run(&scenario, &whole, &seeds);
    for (signal, code) in [("KILL", None), ("TERM", Some(143))] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
            .args(["campaign", "run", path(&scenario), "--out", path(&out), "--threads", "1", "--seeds", "0..39"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let before = files(&out.join("done"), "json").len();
        while files(&out.join("done"), "json").len() < before + 2 {
            assert!(child.try_wait().expect("runs").is_none(), "it must be at work");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        let output: Output = child.wait_with_output().expect("ends");
        assert_eq!(output.status.code(), code);
        if code.is_some() {
            let said = stderr(&output);
            assert!(said.contains("of 166 explorations are kept; the same command continues"), "{said}");
        }
    }
    let kept = campaign(&["status", path(&out)])["finished"].as_u64().expect("a number");
    assert!(kept > 0 && kept < 166, "{kept}");
    // Which one is the first depends on when the signals came.
    let said = refused(&["collect", path(&out)], 3);
    assert!(said.contains("explorations are missing (max current, ") && said.contains(", seed "), "{said}");
    assert_eq!(run(&scenario, &out, &seeds)["played"], 166 - kept);
    let (a, b) = (collected(&whole), collected(&out));
    assert_eq!(a["table_sha256"], b["table_sha256"]);
    assert_eq!((&b["duplicates"], &b["missing"]), (&0.into(), &0.into()));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_stops_the_work_and_leaves_nothing_half() {
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, out) = (scenario(dir.path()), dir.path().join("out"));
    // One part at the end, of some tens of kilobytes.
    campaign(&["plan", path(&scenario), "--out", path(&out), "--set", "campaign.checkpoint_s=1000"]);
    // Files may not grow beyond 8 kB: to the program that is a disk that is full.
    let script =
        format!("trap '' XFSZ; ulimit -f 8; exec '{}' campaign run '{}'", env!("CARGO_BIN_EXE_tiptwin"), path(&out));
    let output = Command::new("bash").args(["-c", &script]).output().expect("bash");
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("cannot write") && said.contains("accepted: a folder that can be written"), "{said}");
    campaign(&["run", path(&out)]);
    let found = collected(&out);
    assert_eq!(
        (&found["missing"], &found["duplicates"], &found["damaged"]),
        (&0.into(), &0.into(), &serde_json::json!([]))
    );
}

/// Writes a part once more under another name, with its text changed by `change`, and a marker that agrees.
fn again(out: &Path, marker: &Path, name: &str, change: impl Fn(&str) -> String) {
    let mut json: serde_json::Value = serde_json::from_str(&fs::read_to_string(marker).expect("marker")).expect("JSON");
    let lines = out.join(json["outcomes"]["file"].as_str().expect("file"));
    let text = change(&fs::read_to_string(lines).expect("lines"));
    fs::write(out.join("outcomes").join(format!("{name}.jsonl")), &text).expect("lines");
    let sum =
        Command::new("sha256sum").arg(out.join("outcomes").join(format!("{name}.jsonl"))).output().expect("sha256sum");
    json["outcomes"] = serde_json::json!({
        "file": format!("outcomes/{name}.jsonl"), "bytes": text.len(), "sha256": &stdout(&sum)[..64],
    });
    fs::write(out.join("done").join(format!("{name}.json")), json.to_string()).expect("marker");
}

#[cfg(unix)]
#[test]
fn twice_damaged_and_foreign_parts_are_named_and_never_counted() {
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, out) = (scenario(dir.path()), dir.path().join("out"));
    run(&scenario, &out, &["--threads", "1"]);
    let clean = collected(&out);
    let markers = files(&out.join("done"), "json");

    // The same results once more, as a requeued worker may leave them; times differ, which does not matter.
    again(&out, &markers[0], "9-later-1-0000", |text| text.replacen("\"decide_s\":", "\"decide_s\":1", 1));
    let twice = collected(&out);
    assert_eq!(twice["table_sha256"], clean["table_sha256"]);
    assert!(twice["duplicates"].as_u64() > Some(0), "{twice}");
    assert_eq!(twice["disagreeing"], serde_json::json!([]));

    // Another result for the same task: said, and the first one kept.
    again(&out, &markers[0], "9-other-1-0000", |text| text.replacen("\"touches\":12", "\"touches\":13", 1));
    let other = collected(&out);
    assert_eq!(other["table_sha256"], clean["table_sha256"]);
    assert_eq!(other["disagreeing"].as_array().map(Vec::len), Some(1), "{other}");
    for name in ["9-later-1-0000", "9-other-1-0000"] {
        fs::remove_file(out.join("done").join(format!("{name}.json"))).expect("removed");
    }

    // Files without a marker are nobody's result, and neither are temporary ones.
    fs::write(out.join("outcomes/9-nobody.jsonl"), "{}").expect("file");
    fs::write(out.join("done/.tmpAbC"), "{").expect("file");
    assert_eq!(collected(&out)["table_sha256"], clean["table_sha256"]);

    // A part of another version, and one that lost its end.
    let text = fs::read_to_string(&markers[0]).expect("marker");
    fs::write(&markers[0], text.replacen("\"version\":\"", "\"version\":\"9.", 1)).expect("marker");
    let said = refused(&["collect", path(&out)], 3);
    assert!(said.contains("parts are of another program") && said.contains("made by tiptwin 9."), "{said}");
    fs::write(&markers[0], &text).expect("marker");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let lines = out.join(json["outcomes"]["file"].as_str().expect("file"));
    let whole = fs::read_to_string(&lines).expect("lines");
    for broken in [whole[..whole.len() - 40].to_owned(), whole.replacen("\"seed\":0", "\"seed\":1", 1)] {
        fs::write(&lines, broken).expect("lines");
        let said = refused(&["collect", path(&out)], 3);
        assert!(said.contains("parts are damaged and left out") && said.contains("SHA-256 is another one"), "{said}");
    }
    let played = campaign(&["run", path(&out)])["played"].as_u64();
    let sizes_agree = whole.len() == fs::read_to_string(&lines).expect("lines").len();
    assert!(sizes_agree && played == Some(0), "only hashing finds it, which collect does");
    fs::remove_file(&markers[0]).expect("removed");
    assert!(campaign(&["run", path(&out)])["played"].as_u64() > Some(0));
    assert_eq!(collected(&out)["table_sha256"], clean["table_sha256"], "played again");
}

#[test]
fn other_programs_other_tasks_and_two_at_once_are_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, out) = (scenario(dir.path()), dir.path().join("out"));
    assert!(refused(&["run", path(dir.path())], 3).contains("holds no campaign"));
    run(&scenario, &out, &[]);
    assert!(refused(&["run", path(&out), "--seeds", "0..3"], 2).contains("cannot be changed"));

    let manifest = out.join("campaign.json");
    let text = fs::read_to_string(&manifest).expect("manifest");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let (version, build) = (json["version"].as_str().expect("version"), json["build"].as_str().expect("build"));
    for (changed, part) in [
        (text.replacen(version, "0.0.9", 1), "another version of tiptwin (0.0.9"),
        (text.replacen(build, "0123456789ab", 1), "another build of tiptwin"),
        (text.replacen("\"schema\": 1", "\"schema\": 7", 1), "schema 7 of tiptwin"),
        (text.replace("pixels = 24", "pixels = 25"), "its tasks are others than planned"),
        (text[..text.len() / 2].to_owned(), "campaign.json: EOF"),
    ] {
        fs::write(&manifest, changed).expect("manifest");
        for command in ["run", "status", "collect", "submit", "retry"] {
            let said = refused(&[command, path(&out)], 3);
            assert!(said.contains(part), "{command}: {said}");
        }
    }
    fs::write(&manifest, &text).expect("manifest");

    let lock = fs::File::create(out.join("collect.lock")).expect("lock");
    lock.lock().expect("locked");
    assert!(refused(&["collect", path(&out)], 3).contains("another \"campaign collect\" is at work"));
    drop(lock);
    // Two at once: one may be refused, and the table is right.
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiptwin"));
        command.args(["campaign", "collect", path(&out), "--quiet"]).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("starts")
    };
    let codes: Vec<_> = [start(), start()].map(|mut c| c.wait().expect("ends").code()).into();
    assert!(codes.contains(&Some(0)) && codes.iter().all(|c| matches!(c, Some(0 | 3))), "{codes:?}");
    assert!(fs::read_dir(&out).expect("folder").all(|e| {
        let name = e.expect("entry").file_name();
        !name.to_string_lossy().starts_with(".table")
    }));
    assert_eq!(collected(&out)["missing"], 0);
}

#[test]
fn a_pilot_says_what_a_million_need() {
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, out) = (scenario(dir.path()), dir.path().join("out"));
    let planned = campaign(&["plan", path(&scenario), "--out", path(&out), "--cost", "--scale", "1000000"]);
    assert_eq!(planned["finished"], 18, "three seeds, three strategies, two targets: results like any other");
    let (small, large) = (&planned["estimate"], &planned["scaled"]);
    let number = |json: &serde_json::Value, key: &str| json[key].as_f64().expect("a number");
    assert_eq!((&small["tasks"], &large["tasks"]), (&30.into(), &1_000_000.into()));
    let ratio = number(large, "core_h") / number(small, "core_h");
    assert!((ratio * 30.0 / 1e6 - 1.0).abs() < 1e-9, "{ratio}");
    let by_hand: f64 =
        small["strategies"].as_array().expect("list").iter().map(|s| number(s, "tasks") * number(s, "mean_s")).sum();
    let by_hand = (by_hand + number(small, "films") * number(small, "film_s")) / 3600.0;
    assert!((number(small, "core_h") / by_hand - 1.0).abs() < 1e-9, "the arithmetic that is shown");
    assert_eq!(
        large["shards"].as_u64(),
        Some(1_000_000u64.div_ceil(large["tasks_per_shard"].as_u64().expect("a number")))
    );
}

#[test]
fn without_a_cluster_handing_over_is_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let (scenario, out) = (scenario(dir.path()), dir.path().join("out"));
    campaign(&["plan", path(&scenario), "--out", path(&out), "--set", "campaign.tasks_per_shard=4"]);
    let output = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
        .args(["campaign", "submit", path(&out)])
        .env("PATH", dir.path())
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("scontrol is not here"), "{}", stderr(&output));
}
