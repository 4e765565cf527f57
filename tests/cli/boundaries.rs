//! Detectors of grain boundaries: the shipped one, one trained here, and everything that can be wrong with file and image.

use super::{path, stderr, stdout, tiptwin};
use ndarray::{Array2, Array3};
use ndarray_npy::{NpzReader, NpzWriter};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

fn film(name: &str) -> PathBuf {
    tiptwin_tests::root().join("tests/data/films").join(name)
}

fn json(arguments: &[&str]) -> Value {
    let output = tiptwin(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).expect("one object")
}

/// Looks at an image with further arguments and returns the message with which that is refused.
fn refused(image: &Path, more: &[&str]) -> String {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("found");
    let output = tiptwin(&[&["boundaries", "detect", path(image), "--out", path(&out)], more].concat());
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stdout(&output).is_empty() && !out.exists(), "nothing may be left behind");
    stderr(&output)
}

fn saved(folder: &Path, image: &Array2<f64>) -> PathBuf {
    let file = folder.join("image.npz");
    let mut npz = NpzWriter::new(File::create(&file).expect("file"));
    npz.add_array("height_m", image).expect("array");
    npz.finish().expect("archive");
    file
}

#[test]
fn the_shipped_detector_finds_boundaries_in_a_film_that_the_twin_did_not_make() {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("found");
    let found =
        json(&["boundaries", "detect", path(&film("hidden.npz")), "--pixel-nm", "23.4", "--out", path(&out), "--json"]);
    let count = |key: &str| found[key].as_u64().expect("a count") as usize;
    assert!(count("edges") > 100 && count("junctions") > 60, "{found}");
    let mut npz = NpzReader::new(File::open(out.join("boundaries.npz")).expect("file")).expect("archive");
    let members: Array3<f32> = npz.by_name("members").expect("members");
    let probability: Array2<f32> = npz.by_name("probability").expect("probability");
    let ids: Array2<i32> = npz.by_name("edge_id").expect("ids");
    assert_eq!(members.dim().1, 128);
    let mean = members.mean_axis(ndarray::Axis(0)).expect("members");
    assert!(mean.iter().zip(&probability).all(|(a, b)| (a - b).abs() < 1e-6));
    assert_eq!(ids.iter().max().copied(), Some(count("edges") as i32 - 1));
    let lines = |name: &str| fs::read_to_string(out.join(name)).expect("table").lines().count() - 1;
    assert_eq!((lines("edges.csv"), lines("junctions.csv")), (count("edges"), count("junctions")));
    for name in ["overlay.png", "boundaries.html"] {
        assert!(fs::metadata(out.join(name)).expect("file").len() > 10_000, "{name}");
    }
}

/// What the issue of the detector asks for, on one film of each kind and on films of another generator. Their means over more films, and what they
/// are compared with, are in docs/boundaries.md.
#[test]
fn val_the_shipped_detector_beats_the_classical_one_where_images_are_bad() {
    let folder = film("");
    let table = json(&["boundaries", "score", "--films", "2", "--others", path(&folder), "--json", "--quiet"]);
    let rows = table["rows"].as_array().expect("rows");
    let f1 = |films: &str, detector: &str| {
        let row = rows.iter().find(|r| r["films"] == films).expect("a row");
        row[detector]["lines"]["f1"].as_f64().expect("a number")
    };
    for (films, least) in [("clean", 0.95), ("harsh", 0.87), ("fine", 0.95), ("hidden", 0.85)] {
        assert!(f1(films, "ensemble") > least, "{films}: {}", f1(films, "ensemble"));
    }
    assert!(f1("harsh", "ensemble") > f1("harsh", "classical") + 0.05);
    assert!(f1("hidden", "ensemble") > f1("hidden", "classical") + 0.05);
    let others: Vec<&Value> = rows.iter().filter(|r| r["ensemble"]["junction_recall"].is_null()).collect();
    assert_eq!(others.len(), 3, "films whose grains are not in the file");
    assert!(others.iter().all(|r| r["ensemble"]["lines"]["f1"].as_f64() > Some(0.70)), "{others:?}");
}

#[test]
fn a_training_gives_the_same_file_on_any_number_of_threads_and_its_file_is_used() {
    let dir = tempfile::tempdir().expect("temp");
    let train = |threads: &str| {
        let file = dir.path().join(format!("{threads}.safetensors"));
        let few = ["--films", "2", "--members", "2", "--steps", "3", "--filters", "2", "--seed", "4"];
        let result = json(
            &[&["boundaries", "train", "--out", path(&file), "--threads", threads, "--json", "--quiet"], &few[..]]
                .concat(),
        );
        assert_eq!(result["losses"].as_array().map(Vec::len), Some(2));
        file
    };
    let (one, three) = (train("1"), train("3"));
    assert_eq!(fs::read(&one).expect("file"), fs::read(&three).expect("file"));
    let out = dir.path().join("found");
    let found = json(&[
        "boundaries",
        "detect",
        path(&film("std.npz")),
        "--pixel-nm",
        "23.4",
        "--model",
        path(&one),
        "--out",
        path(&out),
        "--json",
    ]);
    assert_eq!(found["pixels"][0], 128);
    let page = fs::read_to_string(out.join("boundaries.html")).expect("page");
    assert!(page.contains("2 films of the twin") && page.contains("crop_px"), "recipe and films stand in the file");
}

#[test]
fn files_that_are_no_detectors_are_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let file = dir.path().join("broken.safetensors");
    let shipped = fs::read(tiptwin_tests::root().join("core/src/boundaries/shipped.safetensors")).expect("file");
    fs::write(&file, &shipped[..shipped.len() / 2]).expect("half");
    let message = refused(&film("std.npz"), &["--pixel-nm", "20", "--model", path(&file)]);
    assert!(
        message.contains("broken.safetensors") && message.contains("accepted: a whole safetensors file"),
        "{message}"
    );
    let message =
        refused(&film("std.npz"), &["--pixel-nm", "20", "--model", path(&dir.path().join("none.safetensors"))]);
    assert!(message.contains("cannot read"), "{message}");
}

#[test]
fn images_in_which_nothing_can_be_found_are_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let relief = |n: usize| Array2::from_shape_fn((n, n), |(r, c)| 1e-9 * ((r * 7 + c * c) as f64).sin());
    let message = refused(&saved(dir.path(), &relief(12)), &["--pixel-nm", "20"]);
    assert!(message.contains("12 × 12 pixels; accepted: at least 16 × 16"), "{message}");
    let mut hole = relief(40);
    hole[[5, 6]] = f64::NAN;
    let message = refused(&saved(dir.path(), &hole), &["--pixel-nm", "20"]);
    assert!(message.contains("NaN at row 5, column 6"), "{message}");
    let message = refused(&saved(dir.path(), &Array2::from_elem((40, 40), 3.0)), &["--pixel-nm", "20"]);
    assert!(message.contains("3 everywhere"), "{message}");
    let good = saved(dir.path(), &relief(40));
    assert!(refused(&good, &[]).contains("accepted: --pixel-nm N"));
    assert!(refused(&good, &["--pixel-nm", "-1"]).contains("accepted: --pixel-nm above 0"));
    assert!(
        refused(&good, &["--pixel-nm", "20", "--array", "phase"])
            .contains("has no image \"phase\"; accepted: height_m")
    );
}

#[test]
fn an_exploration_of_boundaries_measures_nowhere_else() {
    let dir = tempfile::tempdir().expect("temp");
    let run = dir.path().join("run");
    let scenario = tiptwin_tests::root().join("scenarios/library/boundaries-max-current-dark.toml");
    let few = ["--set", "explore.steps=15", "--set", "explore.compare_random=false", "--quiet"];
    let output = tiptwin(&[&["explore", path(&scenario), "--out", path(&run)], &few[..]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let found = json(&["boundaries", "detect", path(&run), "--out", path(&dir.path().join("found")), "--json"]);
    assert_eq!(found["picks"]["measured"], 15);
    assert_eq!(found["picks"]["on_boundaries"], 15, "{}", found["picks"]);
    let visits = found["picks"]["edges"].as_array().expect("boundaries").iter().filter_map(|e| e["picks"].as_u64());
    assert!((10..=15).contains(&visits.sum::<u64>()));

    // The run says so itself, and again when it lost its end: then the boundaries are found anew.
    let summary: Value =
        serde_json::from_str(&fs::read_to_string(run.join("summary.json")).expect("summary")).expect("JSON");
    let numbers = &summary["boundaries"];
    assert_eq!((numbers["measured"].as_u64(), numbers["on_boundaries"].as_u64()), (Some(15), Some(15)), "{summary}");
    let junctions = &numbers["junctions"];
    let rate = junctions["base_rate"].as_f64().expect("a share");
    let enrichment = junctions["picks"].as_f64().expect("a count") / 15.0 / rate;
    assert!((junctions["enrichment"].as_f64().expect("a ratio") - enrichment).abs() < 1e-9, "{junctions}");
    let shown = |number: &Value| format!("<span class=\"value\">{number} <small>of {}</small>", numbers["boundaries"]);
    let page = fs::read_to_string(run.join("report.html")).expect("page");
    let part = |page: &str| {
        let after = page.split_once("<h2>Grain boundaries</h2>").expect("the part about boundaries").1;
        after.split_once("</section>").expect("its end").0.to_owned()
    };
    assert!(part(&page).contains(&shown(&numbers["boundaries_visited"])), "{}", part(&page));
    for late in ["summary.json", "report.html", "extras.json", "maps.npz", "boundaries-explored.npz"] {
        fs::remove_file(run.join(late)).expect("removed");
    }
    let output = tiptwin(&["report", path(&run)]);
    assert!(output.status.success(), "{}", stderr(&output));
    let again = fs::read_to_string(run.join("report.html")).expect("page");
    assert_eq!(part(&again), part(&page));
    let journal = fs::read_to_string(run.join("journal.jsonl")).expect("journal");
    let cut = journal.match_indices('\n').nth(12).expect("lines").0;
    fs::write(run.join("journal.jsonl"), &journal[..cut]).expect("cut");
    assert!(tiptwin(&["report", path(&run)]).status.success());
    let short = part(&fs::read_to_string(run.join("report.html")).expect("page"));
    assert!(short.contains(&format!("<small>of {}</small>", numbers["boundaries"])) && short != part(&page));

    // Nothing reaches a probability of 0.99 by the vote of all: there is nowhere to go.
    let none = [
        "--set",
        "explore.boundaries.threshold=0.99",
        "--set",
        "explore.boundaries.votes=1.0",
        "--set",
        "explore.steps=5000",
    ];
    let output = tiptwin(&[&["explore", path(&scenario), "--out", path(&dir.path().join("none"))], &none[..]].concat());
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("locations lie on boundaries that the detector finds"), "{}", stderr(&output));
}
