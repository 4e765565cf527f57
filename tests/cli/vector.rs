//! Several targets at once, from the scenario to the folder and the page.

use super::{path, stderr, stdout, tiptwin};
use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[path = "../../scenarios/examples/own_target.rs"]
#[expect(dead_code, reason = "an example also has a main")]
mod own_target;

fn scenario(folder: &Path, measurement: &str) -> PathBuf {
    let file = folder.join("vector.toml");
    let text = format!(
        "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 1.0\npixels = 32\n[measurement]\n{measurement}\n[explore]\nwindow_px = 8\nsteps = 25\n"
    );
    fs::write(&file, text).expect("scenario");
    file
}

fn explored(folder: &Path, measurement: &str) -> (PathBuf, serde_json::Value) {
    explored_by(folder, measurement, "max-variance")
}

fn explored_by(folder: &Path, measurement: &str, acquisition: &str) -> (PathBuf, serde_json::Value) {
    let out = folder.join("run");
    let file = scenario(folder, measurement);
    let rule = format!("explore.acquisition={acquisition}");
    let where_to = ["explore", path(&file), "--seed", "1", "--out", path(&out), "--json", "--threads", "1"];
    let output = tiptwin(&[&where_to[..], &["--set", &rule]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    (out, serde_json::from_str(&stdout(&output)).expect("one JSON object"))
}

fn journal(run: &Path, kind: &str) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(run.join("journal.jsonl")).expect("journal");
    let events = text.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).expect("JSON")["event"].clone());
    events.filter(|e| e["type"] == kind).collect()
}

#[test]
fn every_target_has_its_maps_scores_and_pictures() {
    let dir = tempfile::tempdir().expect("temp");
    let targets = "target = [\"max_current\", \"turn_on_voltage\", \"curve_pca\"]\npca_components = 3";
    // Random picks: of 25 that follow one target's variance a map of another may bear nothing out.
    let (out, json) = explored_by(dir.path(), targets, "random");
    assert_eq!(json["target"], "max_current");
    let names = ["turn_on_voltage", "curve_pca_1", "curve_pca_2", "curve_pca_3"];
    let further = json["further_targets"].as_array().expect("list");
    assert_eq!(further.iter().map(|t| t["target"].as_str().expect("name")).collect::<Vec<_>>(), names);
    for target in further {
        let last = target["scores"].as_array().expect("list").last().expect("scored");
        assert_eq!((target["measured"].as_u64(), last["n"].as_u64()), (Some(25), Some(25)));
        assert!(last["r2"].as_f64().is_some_and(|r| r < 1.0 && r > -5.0), "{target}");
    }
    let mut maps = NpzReader::new(File::open(out.join("maps.npz")).expect("open")).expect("archive");
    for name in names {
        let [mean, sigma, truth] = ["mean", "sigma", "truth"]
            .map(|what| -> Array2<f64> { maps.by_name(&format!("{what}_{name}")).expect(name) });
        assert_eq!((mean.dim(), sigma.dim(), truth.dim()), ((25, 25), (25, 25), (25, 25)));
        assert!(sigma.iter().all(|s| *s > 0.0) && mean.iter().any(|m| *m != mean[[0, 0]]), "{name}");
    }
    let mut found = NpzReader::new(File::open(out.join("components.npz")).expect("open")).expect("archive");
    let explained: Array1<f64> = found.by_name("explained").expect("shares");
    let scores: Array2<f64> = found.by_name("scores").expect("scores");
    assert_eq!(scores.dim(), (25, 3));
    assert!(explained[0] >= explained[1] && explained[1] >= explained[2] && explained.sum() <= 1.0 + 1e-12);

    let report = fs::read_to_string(out.join("report.html")).expect("report");
    for part in ["Turn-on voltage as predicted", "Score on curve component 3", "What whole curves vary in"] {
        assert!(report.contains(part), "{part}");
    }
    assert!(!report.contains("It is even"), "every map has contrast");
    fs::remove_file(out.join("report.html")).expect("removed");
    assert_eq!(tiptwin(&["report", path(&out)]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(out.join("report.html")).expect("report"), report, "from the folder alone");

    let readings = journal(&out, "measurement");
    assert!(readings.iter().all(|m| m["further"].as_array().is_some_and(|f| f.len() == 4)));
    assert_eq!(journal(&out, "further_scores").iter().filter(|s| s["target"] == "curve_pca_1").count(), 1);
}

#[test]
fn who_sees_a_map_without_contrast_is_told_why() {
    let dir = tempfile::tempdir().expect("temp");
    let targets = "target = [\"max_current\", \"turn_on_voltage\", \"curve_pca\"]\npca_components = 3";
    let (out, _) = explored(dir.path(), targets);
    let mut maps = NpzReader::new(File::open(out.join("maps.npz")).expect("open")).expect("archive");
    let mut even = |name: &str| {
        let mean: Array2<f64> = maps.by_name(name).expect(name);
        mean.iter().all(|m| *m == mean[[0, 0]])
    };
    let names = ["mean", "mean_turn_on_voltage", "mean_curve_pca_1", "mean_curve_pca_2", "mean_curve_pca_3"];
    let even_maps = names.into_iter().filter(|n| even(n)).count();
    assert!(even_maps > 0, "these picks follow the current, and bear out little of something else");
    let report = fs::read_to_string(out.join("report.html")).expect("report");
    assert_eq!(report.matches("It is even").count(), even_maps);
}

#[test]
fn one_target_leaves_the_folder_that_it_always_left() {
    let dir = tempfile::tempdir().expect("temp");
    let (out, json) = explored(dir.path(), "target = [\"max_current\"]");
    assert!(json.get("further_targets").is_none());
    assert!(!out.join("components.npz").exists());
    assert!(journal(&out, "measurement").iter().all(|m| m.get("further").is_none()));
    let report = fs::read_to_string(out.join("report.html")).expect("report");
    assert!(!report.contains("Other properties"));
}

#[test]
fn what_steers_may_be_missing_and_the_rest_is_kept() {
    // The sweep ends before most locations turn on in the sense of this rule.
    let dir = tempfile::tempdir().expect("temp");
    let measurement = "target = [\"ideality_factor\", \"max_current\"]\nlight_suns = 0";
    let (out, json) = explored(dir.path(), measurement);
    let (steered, rejected) = (json["measured"].as_u64().expect("count"), journal(&out, "rejected"));
    assert!(steered < 25 && rejected.len() as u64 == 25 - steered, "some must lack it: {steered}");
    assert_eq!(json["further_targets"][0]["measured"], 25);
    assert!(rejected.iter().all(|r| r["further"][0]["value"].is_number() && r["curve"].is_u64()));
}

#[test]
fn pairs_of_curves_are_kept_in_their_order() {
    let dir = tempfile::tempdir().expect("temp");
    let measurement = "target = [\"photocurrent\", \"curve_pca\", \"max_current@0.1\"]\npca_components = 1\nlight_suns = [0.0, 0.1]\nrepeats = 2";
    let (out, json) = explored(dir.path(), measurement);
    let further = json["further_targets"].as_array().expect("list");
    assert_eq!((further.len(), further[1]["target"].as_str()), (2, Some("max_current@0.1")));
    assert!(json["timing_s"]["decide_total"].as_f64().is_some_and(|s| s > 1e-3), "decisions are timed");
    let measurements = journal(&out, "measurement");
    for m in &measurements {
        let lit = m["further"][1]["value"].as_f64().expect("value");
        let dark = m["descriptors"]["max_current"].as_f64().expect("value");
        assert!((lit - dark - m["value"].as_f64().expect("value")).abs() < 1e-20, "{m}");
    }
    let rows: Vec<u64> = measurements.iter().map(|m| m["curve"].as_u64().expect("row")).collect();
    assert!(rows.windows(2).all(|w| w[1] == w[0] + 4), "{rows:?}");
    let bytes = fs::read(out.join("curves.f64")).expect("curves").len();
    assert_eq!(bytes, 8 * 251 * (1 + 4 * 25));
    let report = fs::read_to_string(out.join("report.html")).expect("report");
    assert!(report.contains("in the dark and under 0.1 suns, 2 times") && report.contains("All 4 curves"));
}

#[test]
fn the_example_of_an_own_target_runs() {
    let dir = tempfile::tempdir().expect("temp");
    let summary = own_target::run(&dir.path().join("own")).expect("runs");
    assert_eq!(
        (summary.target.as_str(), summary.further_targets[0].target.as_str()),
        ("on_off_decades", "photocurrent")
    );
    assert_eq!(summary.further_targets[0].measured, 60);
    let last = summary.scores.last().expect("the truth is known");
    assert!(last.r2.is_finite() && summary.measured > 30);
    assert!(
        fs::read_to_string(dir.path().join("own/report.html"))
            .expect("report")
            .contains("Decades of light over dark current")
    );
}
