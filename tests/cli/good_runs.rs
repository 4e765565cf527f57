//! Runs that end well: what they print, what they leave, and that they repeat.

use super::{path, stderr, stdout, tiptwin};
use std::fs;
use std::path::{Path, PathBuf};
use tiptwin_tests::write_recording;

/// A short exploration of a small twin scan.
fn scenario(folder: &Path) -> PathBuf {
    let file = folder.join("small.toml");
    let text = "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 1.0\npixels = 40\n[measurement]\nlight_suns = 0.1\n[explore]\nwindow_px = 8\nsteps = 27\n";
    fs::write(&file, text).expect("scenario");
    file
}

fn summary_without_timing(run: &Path) -> serde_json::Value {
    let text = fs::read_to_string(run.join("summary.json")).expect("summary");
    let mut json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(json.as_object_mut().expect("object").remove("timing_s").is_some());
    json
}

#[test]
fn the_same_seed_gives_the_same_summary_on_any_number_of_threads() {
    let dir = tempfile::tempdir().expect("temp");
    let scenario = scenario(dir.path());
    let run = |name: &str, threads: &str, more: &[&str]| {
        let out = dir.path().join(name);
        let mut arguments = vec!["explore", path(&scenario), "--seed", "3", "--out", path(&out), "--threads", threads];
        arguments.extend(more);
        let output = tiptwin(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        summary_without_timing(&out)
    };
    let one = run("one", "1", &[]);
    assert_eq!(one, run("again", "1", &[]));
    assert_eq!(one, run("two", "2", &[]));
    assert_eq!(one, run("three", "3", &[]));
    let other = run("other", "1", &["--set", "explore.acquisition=expected-improvement"]);
    assert_ne!(one["scores"], other["scores"], "another rule must matter");
}

#[test]
fn a_run_folder_is_whole_and_its_report_can_be_made_again() {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("run");
    let output = tiptwin(&["explore", path(&scenario(dir.path())), "--seed", "1", "--out", path(&out), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("one JSON object");
    assert_eq!(
        (json["json_schema"].as_u64(), json["seed"].as_u64(), json["measured"].as_u64()),
        (Some(1), Some(1), Some(27))
    );
    let scored: Vec<u64> = json["scores"].as_array().expect("list").iter().filter_map(|s| s["n"].as_u64()).collect();
    assert!(scored.contains(&25) && scored.contains(&27), "{scored:?}");
    for key in ["decide_median", "decide_p99", "decide_total", "instrument_total", "wall_total"] {
        assert!(json["timing_s"][key].as_f64().is_some_and(|t| t >= 0.0), "{key}");
    }
    let report = fs::read_to_string(out.join("report.html")).expect("report");
    assert!(report.contains("<svg") && report.contains("pA"), "pictures and units");
    fs::remove_file(out.join("report.html")).expect("removed");
    let output = tiptwin(&["report", path(&out)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(out.join("report.html")).expect("report"), report, "from the folder alone");
}

#[test]
fn a_run_that_was_cut_off_says_so_and_a_hole_is_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("run");
    let output = tiptwin(&["explore", path(&scenario(dir.path())), "--seed", "1", "--out", path(&out), "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let journal = fs::read_to_string(out.join("journal.jsonl")).expect("journal");
    for late in ["maps.npz", "extras.json", "summary.json", "report.html"] {
        fs::remove_file(out.join(late)).expect("removed");
    }
    fs::write(out.join("journal.jsonl"), &journal[..journal.len() * 2 / 3]).expect("cut");
    let output = tiptwin(&["report", path(&out)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(fs::read_to_string(out.join("report.html")).expect("report").contains("cut off"));

    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    fs::write(out.join("journal.jsonl"), [&lines[..5], &lines[6..]].concat().concat()).expect("holed");
    let output = tiptwin(&["report", path(&out)]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("line 6"), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn a_signal_stops_the_run_in_order() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("run");
    let scenario = scenario(dir.path());
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
            .args(["explore", path(&scenario), "--seed", "1", "--out", path(&out), "--set", "explore.steps=1000"])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        // The first tenth is done: it is in the middle of exploring.
        let exploring = lines.by_ref().any(|l| l.expect("text").starts_with("exploring:"));
        assert!(exploring, "it must come to exploring");
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        let rest: Vec<String> = lines.map(|l| l.expect("text")).collect();
        assert_eq!(child.wait().expect("ends").code(), Some(code), "{rest:?}");
        assert!(rest.iter().any(|l| l.contains("made safe")), "{rest:?}");
        assert!(!out.join("summary.json").exists(), "a stopped run must not look complete");
        let journal = fs::read_to_string(out.join("journal.jsonl")).expect("journal");
        assert!(journal.lines().last().expect("stop").contains("\"interrupted\""));
    }
}

#[test]
fn a_recording_is_explored_in_its_own_units() {
    let dir = tempfile::tempdir().expect("temp");
    write_recording(dir.path());
    let scenario = dir.path().join("replay.toml");
    let text = "[instrument]\ndriver = \"replay\"\n[instrument.replay]\nfile = \"recording.npz\"\nstructure = \"topography_m\"\nvalues = \"values\"\nvalues_unit = \"nA\"\ntruth = \"truth\"\nboundary_mask = \"boundary\"\n[explore]\nwindow_px = 8\nsteps = 30\n";
    fs::write(&scenario, text).expect("scenario");
    let out = dir.path().join("run");
    let output = tiptwin(&["explore", path(&scenario), "--seed", "1", "--out", path(&out), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(json["target_unit"], "A");
    let r2 = json["scores"].as_array().expect("list").last().expect("scored")["r2"].as_f64().expect("number");
    assert!(r2 > 0.5, "the value follows the height: {r2}");
    assert!(json["enrichment"]["gb"].as_f64().is_some() && json["enrichment"]["junction"].is_null());
}

#[test]
fn chosen_points_are_measured_in_their_order_with_further_channels() {
    let dir = tempfile::tempdir().expect("temp");
    write_recording(dir.path());
    let scenario = dir.path().join("points.toml");
    fs::write(dir.path().join("points.csv"), "row,col\n12,9\n5,20\n15,4\n").expect("points");
    let text = "[instrument]\ndriver = \"replay\"\n[instrument.replay]\nfile = \"recording.npz\"\nstructure = \"topography_m\"\nvalues = \"values\"\nchannels = [\"phase_deg\"]\n[scan]\nchannels = [\"phase_deg\"]\n[explore]\nstrategy = \"points\"\npoints = \"points.csv\"\nwindow_px = 8\n";
    fs::write(&scenario, text).expect("scenario");
    let out = dir.path().join("run");
    let output = tiptwin(&["explore", path(&scenario), "--seed", "1", "--out", path(&out)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let journal = fs::read_to_string(out.join("journal.jsonl")).expect("journal");
    let picked: Vec<(u64, u64)> = journal
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["event"].clone())
        .filter(|event| event["type"] == "measurement")
        .map(|e| (e["pixel"]["row"].as_u64().expect("row"), e["pixel"]["col"].as_u64().expect("column")))
        .collect();
    assert_eq!(picked, [(12, 9), (5, 20), (15, 4)]);
    assert!(fs::metadata(out.join("image-phase_deg.npy")).expect("the channel is kept").len() > 1000);
    assert!(fs::read_to_string(out.join("report.html")).expect("report").contains("Phase as measured"));
    let outside = tiptwin(&["explore", path(&scenario), "--out", path(&out), "--set", "explore.window_px=20"]);
    assert_eq!(outside.status.code(), Some(3), "{}", stderr(&outside));
}

#[test]
fn a_twin_gives_every_image_it_is_asked_for_and_takes_the_sign_of_the_sample() {
    let dir = tempfile::tempdir().expect("temp");
    let file = dir.path().join("sample.toml");
    let text = "[instrument]\ndriver = \"twin\"\n[instrument.twin]\nbiased = \"sample\"\n[instrument.twin.material]\nlaser_suns = 0.01\nprotection_mohm = 10\n[scan]\nsize_um = 1.0\npixels = 24\nchannels = [\"height_retrace\", \"phase\", \"photoluminescence\", \"composition\"]\ncurrent_bias_v = -1.5\nlearn_from_current = true\n[measurement]\ntarget = \"forc_area_3\"\nwaveform = { kind = \"forc\", step_v = -0.5, loops = 3, samples_per_step = 20, pre_bias_v = -1.0, pre_bias_s = 1, wait_s = 2 }\n[explore]\nwindow_px = 8\nsteps = 12\n";
    fs::write(&file, text).expect("scenario");
    let out = dir.path().join("run");
    let output = tiptwin(&["explore", path(&file), "--seed", "1", "--out", path(&out), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!((json["target"].as_str(), json["measured"].as_u64()), (Some("forc_area_3"), Some(12)));
    for image in ["height_retrace", "phase", "photoluminescence", "composition", "current"] {
        assert!(fs::metadata(out.join(format!("image-{image}.npy"))).expect(image).len() > 24 * 24 * 4, "{image}");
    }
    // −1.5 V on the sample are 1.5 V on the tip, which inject holes; the other polarity passes next to nothing.
    let mean_current_a = || -> f64 {
        let image: ndarray::Array2<f64> = ndarray_npy::read_npy(out.join("image-current.npy")).expect("image");
        image.mean().expect("pixels")
    };
    assert!(mean_current_a() > 1e-11, "{}", mean_current_a());
    let other = ["explore", path(&file), "--seed", "1", "--out", path(&out), "--set", "instrument.twin.biased=tip"];
    assert_eq!(tiptwin(&other).status.code(), Some(0));
    assert!(mean_current_a() < 1e-12, "{}", mean_current_a());
}

#[test]
fn any_programme_can_be_swept_at_a_place() {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("curve.csv");
    for (table, samples) in [
        ("{ kind = \"bipolar\", peak_v = 1.0, samples = 401 }", 401),
        ("{ kind = \"list\", bias_v = [0.0, 0.5, 1.0, 0.2], interval_s = 0.1 }", 4),
        ("{ kind = \"forc\", loops = 2, samples_per_step = 10, rest_s = 1 }", 62),
        ("{ peak_v = 1.2, pre_bias_v = 1.0, pre_bias_s = 2 }", 251),
    ] {
        let output = tiptwin(&["iv", "--at", "grain", "--waveform", table, "--out", path(&out)]);
        assert_eq!(output.status.code(), Some(0), "{table}: {}", stderr(&output));
        assert_eq!(fs::read_to_string(&out).expect("curve").lines().count(), 2 + samples, "{table}");
    }
    let forc = ["iv", "--at", "grain", "--family", "forc", "--peak-v", "2", "--out", path(&out)];
    assert_eq!(tiptwin(&forc).status.code(), Some(0));
    let text = fs::read_to_string(&out).expect("curves");
    assert!(text.lines().nth(1).is_some_and(|l| l.starts_with("peak_v,")) && text.contains("\n0.25,"));
}

#[test]
fn a_new_scenario_is_valid_and_never_overwrites() {
    let dir = tempfile::tempdir().expect("temp");
    let file = dir.path().join("new.toml");
    let output = tiptwin(&["config", "init", path(&file)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = tiptwin(&["config", "check", path(&file)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("12769 locations"), "{}", stdout(&output));
    let output = tiptwin(&["config", "init", path(&file)]);
    assert_eq!(output.status.code(), Some(3), "it exists");
    let replay = dir.path().join("replay.toml");
    assert_eq!(tiptwin(&["config", "init", path(&replay), "--driver", "replay"]).status.code(), Some(0));
    write_recording(dir.path());
    let text = fs::read_to_string(&replay).expect("text").replace("\"amplitude_m\"", "\"values\"");
    fs::write(&replay, text).expect("write");
    let output = tiptwin(&["config", "check", path(&replay), "--set", "explore.window_px=8"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn every_scenario_of_the_library_is_valid() {
    let library = tiptwin_tests::root().join("scenarios/library");
    let mut checked = 0;
    for entry in fs::read_dir(library).expect("library") {
        let file = entry.expect("entry").path();
        if file.extension().is_some_and(|e| e == "toml") {
            let output = tiptwin(&["config", "check", path(&file)]);
            assert_eq!(output.status.code(), Some(0), "{}: {}", file.display(), stderr(&output));
            checked += 1;
        }
    }
    assert!(checked >= 7, "the demo and the six published explorations");
}

#[test]
fn a_film_and_a_curve_leave_their_files() {
    let dir = tempfile::tempdir().expect("temp");
    let film = dir.path().join("film");
    let output = tiptwin(&["film", "--preset", "seed", "--seed", "2", "--out", path(&film), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(json["junctions"].as_u64(), json["grains"].as_u64().map(|g| 2 * g), "Euler on a torus");
    for name in [
        "film.npz",
        "stats.json",
        "film.html",
        "film.svg",
        "recorded.svg",
        "topography.png",
        "max_current_dark.png",
        "hysteresis_area_light.png",
    ] {
        assert!(fs::metadata(film.join(name)).expect(name).len() > 500, "{name}");
    }
    let page = fs::read_to_string(film.join("film.html")).expect("page");
    for part in [
        "Hysteresis area, light",
        "log-normal target",
        "Aboav",
        "GB strong",
        "Hysteresis against scan rate",
        "Area of the reversal loops",
        "Trace minus retrace",
        "−1.5 V on the sample",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.len() < 3_000_000, "a page that can be mailed: {}", page.len());
    let mut npz = ndarray_npy::NpzReader::new(fs::File::open(film.join("film.npz")).expect("open")).expect("archive");
    for name in ["max_current_dark_a", "turn_on_voltage_light_v", "hysteresis_area_dark_a_v"] {
        let map: ndarray::Array2<f64> = npz.by_name(name).expect(name);
        assert_eq!(map.dim(), (128, 128), "{name}");
    }
    let curve = dir.path().join("curve.csv");
    let output = tiptwin(&["iv", "--seed", "2", "--at", "junction", "--light-suns", "0.1", "--out", path(&curve)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = fs::read_to_string(&curve).expect("curve");
    assert_eq!(text.lines().count(), 2 + 251);
    assert_eq!(text.lines().nth(1), Some("time_s,bias_v,current_a"));
    let picture = dir.path().join("curve.svg");
    assert_eq!(tiptwin(&["iv", "--at", "1200,450", "--out", path(&picture)]).status.code(), Some(0));
    assert!(fs::read_to_string(&picture).expect("picture").contains("<svg"));
}

#[test]
fn descriptors_are_read_as_a_single_sweep_reads_them() {
    let dir = tempfile::tempdir().expect("temp");
    let json = |arguments: &[&str]| -> serde_json::Value {
        let output = tiptwin(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        serde_json::from_str(&stdout(&output)).expect("one JSON object")
    };
    // With one repeat, "bias" is the first noisy value minus the noiseless one, and `iv` measures that same first curve.
    let table = json(&["descriptors", "--seed", "2", "--repeats", "1", "--json"]);
    assert_eq!(table["json_schema"].as_u64(), Some(1));
    let rows = table["rows"].as_array().expect("list");
    let out = dir.path().join("curve.csv");
    for (place, suns) in [("grain", "0"), ("gb", "0.1"), ("junction", "0.1")] {
        let single = json(&["iv", "--seed", "2", "--at", place, "--light-suns", suns, "--out", path(&out), "--json"]);
        let measured = single["descriptors"].as_object().expect("object");
        assert!(measured.len() > 10, "{measured:?}");
        let light: f64 = suns.parse().expect("number");
        for row in rows.iter().filter(|r| r["place"] == place && r["light_suns"].as_f64() == Some(light)) {
            let (Some(truth), Some(bias)) = (row["truth"].as_f64(), row["bias"].as_f64()) else { continue };
            let name = row["descriptor"].as_str().expect("name");
            let value = measured[name]["value"].as_f64().expect("number");
            // Rounding of a sum and its reversal.
            let scale = truth.abs() + bias.abs();
            assert!((truth + bias - value).abs() <= 1e-12 * scale, "{place} {suns} {name}: {truth} + {bias}, {value}");
        }
    }
    let output = tiptwin(&["descriptors", "--light-suns", "-1"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let text = stdout(&tiptwin(&["descriptors", "--repeats", "2", "--light-suns", "0"]));
    assert!(text.contains("turn_on_hinge") && text.contains("junction, dark") && !text.contains(" sun"), "{text}");
}

#[test]
fn a_family_of_curves_is_a_table_a_picture_or_a_page() {
    let dir = tempfile::tempdir().expect("temp");
    for (kind, column, curves) in [
        ("light", "light_suns", 7),
        ("rate", "rate_v_per_s", 7),
        ("peak", "peak_v", 8),
        ("temperature", "temperature_k", 5),
        ("repeats", "repeat", 4),
    ] {
        let file = dir.path().join(kind).with_extension("csv");
        let arguments =
            ["iv", "--at", "grain", "--family", kind, "--samples", "51", "--out", path(&file), "--json", "--no-noise"];
        let output = tiptwin(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = fs::read_to_string(&file).expect("curves");
        assert_eq!(text.lines().nth(1), Some(format!("{column},time_s,bias_v,current_a").as_str()));
        assert_eq!(text.lines().count(), 2 + 51 * curves, "{kind}");
        let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        assert_eq!(json["curves"].as_array().map(Vec::len), Some(curves));
        assert!(json["curves"][0]["descriptors"]["max_current"]["value"].as_f64().is_some_and(|i| i > 0.0));
    }
    let page = dir.path().join("family.html");
    assert_eq!(tiptwin(&["iv", "--at", "gb", "--family", "light", "--out", path(&page)]).status.code(), Some(0));
    let html = fs::read_to_string(&page).expect("page");
    assert!(
        html.contains("0.03 sun") && html.contains("turn-on voltage") && html.contains("class=\"line ramp7 thin\"")
    );
    let picture = dir.path().join("family.svg");
    assert_eq!(tiptwin(&["iv", "--at", "gb", "--family", "peak", "--out", path(&picture)]).status.code(), Some(0));
    assert!(fs::read_to_string(&picture).expect("picture").contains("1.5 V"));
}

#[test]
fn the_truth_has_no_noise_and_a_page_shows_one_curve_in_time() {
    let dir = tempfile::tempdir().expect("temp");
    let currents = |name: &str, more: &[&str]| -> Vec<f64> {
        let file = dir.path().join(name);
        let mut arguments = vec!["iv", "--at", "junction", "--out", path(&file)];
        arguments.extend(more);
        assert_eq!(tiptwin(&arguments).status.code(), Some(0));
        let text = fs::read_to_string(&file).expect("curve");
        text.lines().skip(2).map(|l| l.rsplit(',').next().expect("current").parse().expect("number")).collect()
    };
    let (truth, measured) = (currents("truth.csv", &["--no-noise"]), currents("measured.csv", &[]));
    assert_eq!(truth[0], 0.0, "no current without bias in the dark");
    let rms = (truth.iter().zip(&measured).map(|(t, m)| (m - t).powi(2)).sum::<f64>() / 251.0).sqrt();
    // 1 pA rms from 251 independent samples: its relative standard error is 1/√502 = 4.5 %.
    assert!((rms / 1e-12 - 1.0).abs() < 0.2, "{rms}");
    let page = dir.path().join("one.html");
    assert_eq!(tiptwin(&["iv", "--at", "gb", "--light-suns", "0.1", "--out", path(&page)]).status.code(), Some(0));
    assert!(fs::read_to_string(&page).expect("page").contains("The sweep in time"));
}

#[test]
fn published_statements_hold_for_seed_and_not_for_the_negative_control() {
    let arguments = ["film", "--validate", "--films", "12", "--locations", "1500", "--json"];
    let output = tiptwin(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("one JSON object");
    assert_eq!((json["json_schema"].as_u64(), json["passed"].as_bool()), (Some(1), Some(true)));
    let holds = |preset: usize| -> Vec<(String, bool)> {
        let of = json["presets"][preset]["statements"].as_array().expect("list").iter();
        of.map(|s| (s["statement"].as_str().expect("letter").into(), s["holds"].as_bool().expect("verdict"))).collect()
    };
    assert!(holds(0).iter().all(|(_, holds)| *holds), "{:?}", holds(0));
    let for_random: Vec<String> = holds(1).into_iter().filter(|(_, holds)| *holds).map(|(letter, _)| letter).collect();
    assert_eq!(for_random, ["a", "e1"], "what light and nearness do anywhere");
    let again = tiptwin(&[&arguments[..], &["--threads", "1"]].concat());
    assert_eq!(stdout(&output), stdout(&again), "on any number of threads");
}

#[test]
fn other_presets_owe_nothing_to_the_statements() {
    let output =
        tiptwin(&["film", "--validate", "--films", "7", "--locations", "300", "--preset", "conductive_gb", "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).is_empty() && stdout(&output).contains("conductive_gb"));
}

#[test]
fn every_strategy_and_every_acquisition_carries_out_a_run() {
    let dir = tempfile::tempdir().expect("temp");
    let file = dir.path().join("tiny.toml");
    let text = "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 0.5\npixels = 20\n[explore]\nwindow_px = 6\nsteps = 6\ncompare_random = false\n";
    fs::write(&file, text).expect("scenario");
    let run = |sets: &[&str]| {
        let out = dir.path().join("run");
        let mut arguments = vec!["explore", path(&file), "--seed", "1", "--json", "--out", path(&out)];
        for set in sets {
            arguments.extend(["--set", set]);
        }
        let output = tiptwin(&arguments);
        assert_eq!(output.status.code(), Some(0), "{sets:?}: {}", stderr(&output));
        let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("one JSON object");
        assert_eq!(json["measured"].as_u64(), Some(6), "{sets:?}");
        let mut picks: Vec<String> = fs::read_to_string(out.join("journal.jsonl"))
            .expect("journal")
            .lines()
            .filter(|line| line.contains("decision"))
            .filter_map(|line| line.split("\"pixel\":").nth(1)?.split('}').next().map(str::to_owned))
            .collect();
        picks.sort();
        picks.dedup();
        assert_eq!(picks.len(), 6, "{sets:?}: six different locations");
        json["acquisition"].as_str().expect("text").to_owned()
    };
    for strategy in tiptwin::config::STRATEGIES.into_iter().filter(|s| *s != "points") {
        run(&[&format!("explore.strategy={strategy}")]);
    }
    for acquisition in tiptwin::config::ACQUISITIONS {
        assert_eq!(run(&[&format!("explore.acquisition={acquisition}")]), acquisition);
    }
    let minimised =
        ["explore.acquisition=thompson", "explore.goal=minimise", "explore.travel_um=0.3", "explore.spacing_nm=20"];
    assert_eq!(run(&minimised), "thompson (minimise)");
    assert_eq!(run(&["explore.goal=maximise"]), "log-expected-improvement");
}

/// In the dark not every curve has an ideality factor: what cannot be used is skipped, and the journal says why.
#[test]
fn measurements_that_cannot_be_used_are_skipped_and_journalled() {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("run");
    let scenario = scenario(dir.path());
    let arguments = [
        "explore",
        path(&scenario),
        "--seed",
        "1",
        "--json",
        "--out",
        path(&out),
        "--set",
        "measurement.target=ideality_factor",
        "--set",
        "measurement.light_suns=0",
        "--set",
        "explore.steps=20",
        // Where one learner happens to look is not what is asked here.
        "--set",
        "explore.acquisition=random",
    ];
    let output = tiptwin(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("one JSON object");
    let measured = json["measured"].as_u64().expect("count") as usize;
    assert!(measured > 5 && measured < 20, "{measured}");
    let journal = fs::read_to_string(out.join("journal.jsonl")).expect("journal");
    let rejected: Vec<&str> = journal.lines().filter(|line| line.contains("\"rejected\"")).collect();
    assert_eq!(rejected.len(), 20 - measured);
    assert!(rejected.iter().all(|line| line.contains("this curve has no ideality_factor")), "{rejected:?}");
    assert!(!journal.contains("NaN"), "every decision and value is a number");
}
