//! The live page over plain TCP: who is answered and with what, and that a watched run is the same run.

use super::{path, stderr, tiptwin};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

fn scenario(folder: &Path) -> PathBuf {
    let file = folder.join("small.toml");
    let text =
        "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 1.0\npixels = 40\n[explore]\nwindow_px = 8\nsteps = 27\n";
    fs::write(&file, text).expect("scenario");
    file
}

/// A program with a live page, ended when dropped.
struct Page {
    child: Child,
    port: u16,
    token: String,
    _messages: BufReader<ChildStderr>,
}

impl Page {
    fn of(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut messages = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        if arguments[0] == "watch" {
            BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("text");
        } else {
            while !line.starts_with("live page: ") {
                line.clear();
                assert!(messages.read_line(&mut line).expect("text") > 0, "the address must be said");
            }
        }
        let address = line.split_once("http://127.0.0.1:").expect("an address of this machine alone").1.trim();
        let (port, token) = address.trim_end_matches('/').split_once('/').expect("port and token");
        let (port, token) = (port.parse().expect("port"), token.to_owned());
        assert!(token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit()));
        Self { child, port, token, _messages: messages }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("connects");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("timeout");
        stream
    }

    /// Sends a request as written and returns the whole answer.
    fn raw(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("writes");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("reads");
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> String {
        self.raw(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port))
    }

    fn view(&self, query: &str) -> serde_json::Value {
        let answer = self.get(&format!("/{}/view{query}", self.token));
        serde_json::from_str(answer.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
    }

    /// Starts to listen to news.
    fn listen(&self) -> BufReader<TcpStream> {
        let mut stream = self.connect();
        write!(stream, "GET /{}/events HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", self.token, self.port).expect("writes");
        BufReader::new(stream)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The next piece of news for which `wanted` holds.
fn news(stream: &mut BufReader<TcpStream>, wanted: impl Fn(&serde_json::Value) -> bool) -> Option<serde_json::Value> {
    let begun = Instant::now();
    let mut line = String::new();
    while begun.elapsed() < Duration::from_mins(1) {
        line.clear();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let news: serde_json::Value = serde_json::from_str(data).expect("JSON");
        if wanted(&news) {
            return Some(news);
        }
    }
    None
}

fn summary_without_timing(run: &Path) -> serde_json::Value {
    let text = fs::read_to_string(run.join("summary.json")).expect("summary");
    let mut json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    json.as_object_mut().expect("object").remove("timing_s").expect("timing");
    json
}

#[test]
fn a_watched_run_has_the_results_of_any_other_whatever_its_strategy() {
    let dir = tempfile::tempdir().expect("temp");
    let scenario = scenario(dir.path());
    for more in [&[][..], &["--set", "explore.acquisition=random"], &["--set", "explore.strategy=gp-filters"]] {
        let run = |name: &str, live: &[&str]| {
            let out = dir.path().join(name);
            let arguments = [&["explore", path(&scenario), "--seed", "3", "--out", path(&out)], more, live].concat();
            let output = tiptwin(&arguments);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            out
        };
        let (plain, watched) = (run("plain", &[]), run("watched", &["--live"]));
        assert_eq!(summary_without_timing(&plain), summary_without_timing(&watched), "{more:?}");
        assert_eq!(fs::read(plain.join("maps.npz")).expect("maps"), fs::read(watched.join("maps.npz")).expect("maps"));
        assert!(watched.join("live.frame").is_file() && watched.join("live.frames").is_file());
        assert!(!plain.join("live.frame").exists(), "frames are for who watches");
    }
}

#[test]
fn a_finished_run_is_shown_step_by_step() {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("run");
    let output = tiptwin(&["explore", path(&scenario(dir.path())), "--seed", "3", "--out", path(&out), "--live"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = Page::of(&["watch", path(&out)]);
    let last = page.view("");
    let picks =
        |view: &serde_json::Value| view["parts"]["structure"].as_str().expect("HTML").matches("class=\"pick\"").count();
    assert_eq!((last["step"].as_u64(), last["picks"].as_u64(), picks(&last)), (Some(27), Some(27), 27));
    let early = page.view("?step=5");
    assert_eq!((early["step"].as_u64(), picks(&early)), (Some(5), 5));
    let map = |view: &serde_json::Value| view["parts"]["prediction"].as_str().expect("HTML").to_owned();
    assert!(map(&last).contains("from 27 measurements") && map(&early).contains("data:image/png"), "{}", map(&early));
    assert_ne!(map(&last), map(&early));
    assert!(last["parts"]["learning"].as_str().expect("HTML").contains("random picks"));
    assert_eq!(page.view("?step=0")["picks"], 0);
    let now = news(&mut page.listen(), |_| true).expect("news");
    assert_eq!((&now["mood"], &now["step"], &now["leaving"]), (&"safe".into(), &27.into(), &false.into()), "{now}");
}

#[test]
fn strangers_are_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("run");
    let output = tiptwin(&["explore", path(&scenario(dir.path())), "--seed", "3", "--out", path(&out)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = Page::of(&["watch", path(&out)]);
    let (port, token) = (page.port, &page.token);
    let status = |answer: &str| answer.split(' ').nth(1).expect("status").parse::<u16>().expect("number");
    let good = page.get(&format!("/{token}/"));
    assert_eq!(status(&good), 200);
    for header in
        ["content-security-policy: default-src 'none'", "cache-control: no-store", "referrer-policy: no-referrer"]
    {
        assert!(good.contains(header), "{header} is missing: {good}");
    }
    let ask = |method: &str, path: &str, host: &str, more: &str| {
        status(&page.raw(&format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n")))
    };
    let (here, root) = (format!("127.0.0.1:{port}"), format!("/{token}/"));
    assert_eq!(ask("GET", &root, &here, &format!("Origin: http://{here}\r\n")), 200);
    assert_eq!(ask("GET", &root, &format!("rebound.example:{port}"), ""), 403);
    assert_eq!(ask("GET", &root, &here, "Origin: http://evil.example\r\n"), 403);
    assert_eq!(ask("GET", &root, &here, "Sec-Fetch-Site: cross-site\r\n"), 403);
    assert_eq!(ask("GET", &format!("/{}/view", "0".repeat(32)), &here, ""), 404);
    assert_eq!(ask("GET", "/", &here, ""), 404);
    assert_eq!(ask("GET", &format!("/{token}/../journal.jsonl"), &here, ""), 404);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(ask(method, &format!("/{token}/view"), &here, "Content-Length: 0\r\n"), 405, "{method}");
    }
    assert_eq!(status(&page.raw("nonsense\r\n\r\n")), 400);
}

#[test]
fn a_run_goes_on_under_slow_and_vanished_browsers_and_says_goodbye() {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("run");
    let scenario = scenario(dir.path());
    let page = Page::of(&["explore", path(&scenario), "--seed", "3", "--out", path(&out), "--quiet", "--live"]);
    // One that never reads, one that vanishes, one in the middle of a request, and more than may listen.
    let deaf = page.listen();
    drop(page.listen());
    let mut torn = page.connect();
    torn.write_all(b"GET /").expect("writes");
    let crowd: Vec<_> = (0..100).map(|_| page.listen()).collect();
    let descriptors = fs::read_dir(format!("/proc/{}/fd", page.child.id())).map_or(0, Iterator::count);
    assert!(descriptors < 100, "the run keeps its files: {descriptors}");
    drop(crowd);
    // Places of those who vanished are free as soon as the server has noticed.
    let mut stream = loop {
        let (mut stream, mut status) = (page.listen(), String::new());
        stream.read_line(&mut status).expect("a status");
        if status.contains(" 200 ") {
            break stream;
        }
        assert!(status.contains(" 503 "), "{status}");
    };
    let goodbye = news(&mut stream, |news| news["leaving"] == true).expect("a goodbye");
    assert_eq!((&goodbye["step"], &goodbye["mood"]), (&27.into(), &"safe".into()), "{goodbye}");
    assert_eq!(page.view("")["picks"], 27, "what is shown last can still be fetched");
    drop((deaf, stream));
    let mut page = page;
    assert_eq!(page.child.wait().expect("ends").code(), Some(0));
    assert!(out.join("summary.json").is_file());
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let output = tiptwin(&["watch", path(dir.path())]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("is not a run folder"), "{}", stderr(&output));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = taken.local_addr().expect("address").port();
    let out = dir.path().join("run");
    let live = format!("--live={port}");
    let output = tiptwin(&["explore", path(&scenario(dir.path())), "--seed", "1", "--out", path(&out), &live]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).contains(&format!("port {port}")) && stderr(&output).contains("accepted"),
        "{}",
        stderr(&output)
    );
    assert!(!out.exists(), "nothing is begun without the page that was asked for");
}
