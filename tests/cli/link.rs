//! The link as a user meets it: a program beside the instrument, a run elsewhere, and both of them killed.

use super::{path, stderr, stdout, tiptwin};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const SMALL: &str = "[scan]\nsize_um = 1.0\npixels = 40\n[measurement]\nlight_suns = 0.1\n";

/// `tiptwin link serve-instrument`, killed when dropped.
struct Server {
    child: Child,
    address: String,
    messages: Receiver<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    fn start(scenario: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
            .args(["link", "serve-instrument", path(scenario)])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let (tell, messages) = channel();
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).all(|line| tell.send(line).is_ok()));
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let Some(line) = lines.find(|l| l.starts_with("address = ")) else {
            panic!("no address: {:?}", messages.iter().collect::<Vec<_>>())
        };
        let address = line.trim_start_matches("address = ").trim_matches('"').to_owned();
        Self { child, address, messages }
    }

    /// Waits for a message that holds these words.
    fn hears(&self, words: &str, within: Duration) -> String {
        let until = Instant::now() + within;
        let mut heard = Vec::new();
        loop {
            match self.messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => heard.push(line),
                Err(e) => panic!("{e}: \"{words}\" is not among {heard:?}"),
            }
        }
    }
}

/// A scenario over a served instrument.
fn remote(folder: &Path, address: &str, rest: &str) -> PathBuf {
    let file = folder.join("remote.toml");
    let text = format!(
        "[instrument]\ndriver = \"remote\"\n[instrument.remote]\naddress = \"{address}\"\nname = \"the learner\"\npatience_s = 10\n{rest}"
    );
    fs::write(&file, text).expect("scenario");
    file
}

fn twin(folder: &Path, rest: &str) -> PathBuf {
    let file = folder.join("twin.toml");
    fs::write(&file, format!("[instrument]\ndriver = \"twin\"\n{rest}")).expect("scenario");
    file
}

/// Scans, picks and readings of a journal; not the times that depend on the machine, nor scores against a truth that only a twin has.
fn done(run: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(run.join("journal.jsonl")).expect("journal");
    let event = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let mut event = line["event"].take();
        let kind = event["type"].as_str().unwrap_or_default().to_owned();
        let fields = event.as_object_mut().expect("object");
        fields.retain(|name, _| !name.starts_with("wall_time") && !name.starts_with("decide"));
        ["scan", "intent", "decision", "measurement", "rejected"].contains(&kind.as_str()).then_some(event)
    };
    text.lines().filter_map(event).collect()
}

fn decisions(run: &Path) -> usize {
    let text = fs::read_to_string(run.join("journal.jsonl")).unwrap_or_default();
    text.lines().filter(|l| l.contains("\"type\":\"decision\"")).count()
}

/// Records of a server's journal: an odd number of them says that an action is under way.
fn records(journal: &Path) -> usize {
    let bytes = fs::read(journal).unwrap_or_default();
    let (mut at, mut n) = (0, 0);
    while let Some(size) = bytes.get(at..at + 4) {
        at += 12 + u32::from_le_bytes(size.try_into().expect("four bytes")) as usize;
        n += 1;
    }
    n
}

fn wait_for(what: &str, within: Duration, mut there: impl FnMut() -> bool) {
    let until = Instant::now() + within;
    while !there() {
        assert!(Instant::now() < until, "{what} did not come within {within:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_run_over_the_link_is_the_run_beside_the_instrument_bit_for_bit() {
    let dir = tempfile::tempdir().expect("temp");
    let rest = format!("{SMALL}[explore]\nwindow_px = 8\nsteps = 200\nseed = 4\n");
    let here = twin(dir.path(), &rest);
    let server = Server::start(&here, &["--address", "127.0.0.1:0"]);
    let there = remote(dir.path(), &server.address, &rest);
    let (near, far) = (dir.path().join("near"), dir.path().join("far"));
    for (scenario, out) in [(&here, &near), (&there, &far)] {
        let output = tiptwin(&["explore", path(scenario), "--quiet", "--out", path(out)]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    server.hears("\"the learner\" has control", Duration::from_secs(1));
    server.hears("the instrument is safe", Duration::from_secs(1));
    assert_eq!(decisions(&far), 200);
    assert_eq!(done(&far), done(&near));
    let bytes = |run: &Path, file: &str| fs::read(run.join(file)).expect(file);
    assert!(bytes(&far, "curves.f64") == bytes(&near, "curves.f64"), "curves to the last bit");
}

#[cfg(unix)]
#[test]
fn a_killed_learner_leaves_a_safe_instrument_and_goes_on_later_to_the_same_end() {
    let dir = tempfile::tempdir().expect("temp");
    let rest = format!("{SMALL}[explore]\nwindow_px = 8\nsteps = 40\nseed = 4\n");
    let server = Server::start(&twin(dir.path(), &rest), &["--address", "127.0.0.1:0", "--lease-s", "1.5"]);
    let scenario = remote(dir.path(), &server.address, &rest);
    let (whole, run) = (dir.path().join("whole"), dir.path().join("run"));
    let output = tiptwin(&["explore", path(&scenario), "--quiet", "--out", path(&whole)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    server.hears("the instrument is safe", Duration::from_secs(2));
    while server.messages.try_recv().is_ok() {}

    let mut learner = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
        .args(["explore", path(&scenario), "--quiet", "--out", path(&run)])
        .spawn()
        .expect("starts");
    wait_for("the tenth decision", Duration::from_mins(1), || decisions(&run) >= 10);
    learner.kill().expect("SIGKILL");
    let killed = Instant::now();
    learner.wait().expect("ends");
    server.hears("no heartbeat of \"the learner\"", Duration::from_secs(10));
    server.hears("the instrument is safe: bias 0, light off, tip up", Duration::from_secs(1));
    let after_s = killed.elapsed().as_secs_f64();
    assert!(after_s < 1.5 + 0.5, "safe {after_s} s after the learner was killed; the lease is 1.5 s");

    let output = tiptwin(&["resume", path(&run), "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(done(&run), done(&whole));
}

#[test]
fn a_second_learner_and_a_missing_server_are_told_why_with_exit_code_6() {
    let dir = tempfile::tempdir().expect("temp");
    let rest = format!("{SMALL}[explore]\nwindow_px = 8\nsteps = 5\nseed = 4\n");
    let here = twin(dir.path(), &rest);
    let nobody = remote(dir.path(), "127.0.0.1:1", &rest);
    let output = tiptwin(&["explore", path(&nobody), "--out", path(&dir.path().join("run"))]);
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    assert!(stderr(&output).contains("127.0.0.1:1"), "{}", stderr(&output));
    assert!(!dir.path().join("run").exists());
    let output = tiptwin(&["link", "serve-instrument", path(&here), "--address", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    assert!(stderr(&output).contains("reaches beyond"), "{}", stderr(&output));
    let output = tiptwin(&["link", "serve-instrument", path(&nobody)]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stdout(&output).is_empty());
}

/// A real driver over an emulated controller that takes its time, so that a server can be killed with the tip on the sample.
#[cfg(unix)]
#[test]
fn a_server_killed_in_a_sweep_does_not_know_and_nothing_is_touched_again() {
    let dir = tempfile::tempdir().expect("temp");
    let mut emulator = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
        .args([
            "instrument",
            "emulate",
            "--time-scale",
            "0.02",
            "--seed",
            "3",
            "--folder",
            path(&dir.path().join("afm")),
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let lines = BufReader::new(emulator.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let table: String = lines.take_while(|l| !l.starts_with("# emulating")).map(|l| l + "\n").collect();
    let mut rest = "[scan]\nsize_um = 1.0\npixels = 24\n[measurement]\nlight_suns = 0.1\n".to_owned();
    rest += "waveform = { kind = \"triangle\", peak_v = 1.5, samples = 51, duration_s = 100.0 }\n";
    rest += "[explore]\nwindow_px = 8\nsteps = 5\nseed = 3\n";
    let waits = "settle_command_s = 0\nsettle_move_s = 0\nsettle_light_s = 0\nfile_stable_s = 0\npoll_s = 0.001\n";
    let here = dir.path().join("afm.toml");
    fs::write(&here, format!("{table}{waits}answer_timeout_s = 20\n{rest}")).expect("scenario");
    let limits = table.split("[instrument]").next().expect("limits");
    let arm = ["--arm", "EMULATED-1"];
    let server = Server::start(&here, &[&arm[..], &["--address", "127.0.0.1:0"]].concat());
    let scenario = remote(dir.path(), &server.address, &format!("{limits}{rest}"));
    let run = dir.path().join("run");
    let learner = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
        .args([&["explore", path(&scenario), "--quiet", "--out", path(&run)], &arm[..]].concat())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let touches = here.with_extension("touches");
    let under_way = || decisions(&run) == 2 && records(&touches) % 2 == 1;
    wait_for("the second sweep", Duration::from_mins(2), under_way);
    // It takes two seconds.
    std::thread::sleep(Duration::from_millis(300));
    assert!(under_way(), "the server is killed in the middle of it");
    let address = server.address.clone();
    drop(server);
    let server = Server::start(&here, &[&arm[..], &["--address", &address]].concat());
    let output = learner.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    let said: String = stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("unknown outcome"), "{said}");
    let output = tiptwin(&[&["resume", path(&run), "--json"], &arm[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let summary: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(summary["measured"].as_u64(), Some(4), "four of five are known: {summary}");
    assert_eq!(decisions(&run), 5);
    // One file an image or a sweep: the one that was cut off may have left one or not.
    let files = fs::read_dir(dir.path().join("afm/data")).expect("data").count();
    assert!((5..=6).contains(&files), "an image and five sweeps at most: {files} files");
    drop(server);
    drop(emulator.kill());
    drop(emulator.wait());
}

#[test]
fn a_new_scenario_over_the_link_is_valid_and_explores_what_is_served() {
    let folder = tempfile::tempdir().expect("temp");
    let file = folder.path().join("new.toml");
    let init = tiptwin(&["config", "init", path(&file), "--driver", "remote"]);
    assert_eq!(init.status.code(), Some(0), "{}", stderr(&init));
    let check = tiptwin(&["config", "check", path(&file)]);
    assert_eq!(check.status.code(), Some(0), "{}", stderr(&check));
    // It calls where `link serve-instrument` listens unless it is told otherwise.
    let help = tiptwin(&["link", "serve-instrument", "--help"]);
    let address = stdout(&help)
        .split_once("[default: 127.")
        .map(|(_, rest)| format!("\"127.{}\"", &rest[..rest.find(']').unwrap_or(0)]));
    let text = fs::read_to_string(&file).expect("the scenario");
    assert!(text.contains(&format!("address = {}", address.expect("a default"))), "{text}");
    let server = Server::start(&twin(folder.path(), SMALL), &["--address", "127.0.0.1:0"]);
    let address = format!("instrument.remote.address={}", server.address);
    let out = folder.path().join("run");
    let small = ["--set", "scan.size_um=1", "--set", "scan.pixels=40", "--set", "explore.steps=3"];
    let explore = ["explore", path(&file), "--out", path(&out), "--set", &address, "--quiet"];
    let explored = tiptwin(&[explore.as_slice(), &small].concat());
    assert_eq!(explored.status.code(), Some(0), "{}", stderr(&explored));
    assert_eq!(decisions(&out), 3);
}
