//! The invariants of ARCHITECTURE.md that can be read off manifests and sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod generated;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("workspace root").to_owned()
}

/// Our own packages that a package depends on, outside of its tests.
fn own_dependencies(folder: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("manifest");
    let manifest: toml::Table = text.parse().expect("TOML");
    let tables = ["dependencies", "build-dependencies"];
    tables
        .iter()
        .filter_map(|t| manifest.get(*t)?.as_table())
        .flat_map(|t| t.keys())
        .filter(|name| name.starts_with("tiptwin"))
        .cloned()
        .collect()
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("source");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// Fails with file and line where a source names one of the words outside of comments.
fn must_not_name(folder: &str, words: &[&str], why: &str) {
    for (path, text) in sources(folder) {
        for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            for word in words {
                assert!(!line.contains(word), "{}:{}: \"{word}\": {why}", path.display(), i + 1);
            }
        }
    }
}

#[test]
fn dependencies_point_one_way() {
    let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(own_dependencies("drivers/instrument"), set(&[]));
    assert_eq!(own_dependencies("drivers/formats"), set(&[]), "files know nothing of runs");
    assert_eq!(own_dependencies("sim"), set(&["tiptwin-instrument"]));
    assert_eq!(own_dependencies("core"), set(&["tiptwin-instrument"]), "the learner never sees the truth");
    assert_eq!(own_dependencies("drivers"), set(&["tiptwin-formats", "tiptwin-instrument", "tiptwin-sim"]));
    assert_eq!(
        own_dependencies("scenarios"),
        set(&["tiptwin-core", "tiptwin-drivers", "tiptwin-formats", "tiptwin-instrument", "tiptwin-sim"])
    );
}

#[test]
fn core_and_sim_read_no_clock_and_do_no_io() {
    let words = ["std::time", "SystemTime", "Instant::", "std::fs", "std::net", "std::io", "std::env", "std::process"];
    for folder in ["core/src", "sim/src", "drivers/instrument/src"] {
        must_not_name(folder, &words, "time, files and the environment are arguments here");
    }
}

#[test]
fn the_cyphers_words_and_conversations_read_no_clock_and_do_no_io() {
    let words = ["std::time", "SystemTime", "Instant::", "std::fs", "std::net", "std::io", "std::env", "std::process"];
    for (path, text) in sources("drivers/src/cypher") {
        let is_io = path.components().any(|c| c.as_os_str() == "transport");
        // Tests read real files.
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        if is_io || path.ends_with("tests.rs") {
            continue;
        }
        for word in words.iter().chain(&["emulator::"]) {
            let code = product.lines().filter(|l| !l.trim_start().starts_with("//"));
            assert!(!code.into_iter().any(|l| l.contains(word)), "{}: \"{word}\" belongs elsewhere", path.display());
        }
    }
}

#[test]
fn burn_stays_behind_one_module() {
    let others = sources("core/src").into_iter().filter(|(p, _)| !p.components().any(|c| c.as_os_str() == "net"));
    for (path, text) in others {
        assert!(!text.contains("burn::"), "{}: only core/src/net names burn", path.display());
    }
    for folder in ["sim/src", "drivers/src", "drivers/instrument/src", "scenarios/src"] {
        must_not_name(folder, &["burn::"], "only core/src/net names burn");
    }
}

#[test]
fn randomness_comes_from_named_streams() {
    // The one drawn seed of the command line is shown and recorded; the token of the live page must not be known to anybody.
    for (path, text) in sources("scenarios/src") {
        let draws = text.matches("rand::rng()").count();
        let allowed = usize::from(path.ends_with("command/explore.rs") || path.ends_with("live/guard.rs"));
        assert!(draws <= allowed, "{}: {draws} unnamed generators", path.display());
    }
    for folder in ["core/src", "sim/src", "drivers/src"] {
        must_not_name(folder, &["rand::rng()", "thread_rng", "from_os_rng", "from_entropy"], "seeds are arguments");
    }
}

#[test]
fn only_printers_print() {
    let words = ["println!", "eprintln!", "print!(", "eprint!("];
    for folder in ["core/src", "sim/src", "drivers/src", "drivers/instrument/src", "scenarios/src"] {
        must_not_name(folder, &words, "write through command/printer.rs or progress.rs");
    }
}
