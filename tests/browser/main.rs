//! The live page and the reports in a real browser: headless Chromium, driven through chromedriver.
//!
//! `cargo test --release --test browser -- --ignored`; with `TIPTWIN_SCREENSHOTS=DIR` it leaves pictures of what it saw.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

mod report;
mod webdriver;
use webdriver::Browser;

/// A tiptwin with a live page, killed when dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let watch = arguments[0] == "watch";
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let mut lines: Box<dyn Iterator<Item = std::io::Result<String>> + Send> =
            if watch { Box::new(BufReader::new(out).lines()) } else { Box::new(BufReader::new(err).lines()) };
        let address = |line: String| line.find("http://127.0.0.1:").map(|at| line[at..].trim().to_owned());
        let url = lines.by_ref().map_while(Result::ok).find_map(address).expect("the address is said");
        // Progress goes on; nobody reads it, and a full pipe would stop the run.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }

    /// Ends it without a chance to say so, as `kill -9` does.
    fn kill(&mut self) {
        self.child.kill().expect("kills");
        self.child.wait().expect("ended");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn scenario(folder: &Path, pixels: u32, steps: u32) -> PathBuf {
    let file = folder.join("film.toml");
    let text = format!(
        "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 2.0\npixels = {pixels}\n[measurement]\nlight_suns = 0.1\n[explore]\nwindow_px = 12\nsteps = {steps}\n"
    );
    fs::write(&file, text).expect("scenario");
    file
}

fn measurements(run: &Path) -> u64 {
    let journal = fs::read_to_string(run.join("journal.jsonl")).expect("journal");
    journal.lines().filter(|l| l.contains("\"type\":\"measurement\"")).count() as u64
}

const PICKS: &str = "document.querySelectorAll('#structure .pick').length";

/// The part of the page that is in view; on the first one everything is.
fn size(browser: &Browser, width: u64, height: u64) {
    let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    browser.devtools("Emulation.setDeviceMetricsOverride", &size);
}

/// A browser that waits for its first page: a cold start takes longer than a short run.
fn browser() -> Browser {
    let browser = Browser::start();
    size(&browser, 1280, 1400);
    browser
}

fn open(url: &str) -> Browser {
    let browser = browser();
    browser.open(url);
    browser
}

/// Every width the page must fit, without anything to scroll sideways.
fn fits(browser: &Browser, name: &str) {
    for (width, height) in [(1280, 1000), (400, 900)] {
        size(browser, width, height);
        let inner = browser.eval("[innerWidth, document.documentElement.scrollWidth]");
        assert_eq!(inner[0], width);
        assert!(inner[1].as_u64() <= Some(width), "{name}: {inner}");
        let cut = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))";
        assert_eq!(browser.eval(cut), json!([]), "{name} at {width}");
        keep(browser, &format!("{name}-{width}"));
    }
    size(browser, 1280, 1400);
}

/// Leaves a picture of the whole page for people, where they asked for it.
fn keep(browser: &Browser, name: &str) {
    let Some(folder) = std::env::var_os("TIPTWIN_SCREENSHOTS") else { return };
    let sizes = browser.eval("[innerWidth, document.body.scrollHeight, innerHeight]");
    let [width, whole, height] = [0, 1, 2].map(|i| sizes[i].as_u64().expect("pixels"));
    size(browser, width, whole);
    for scheme in ["light", "dark"] {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.devtools("Emulation.setEmulatedMedia", &features);
        let path = Path::new(&folder).join(format!("{name}-{scheme}.png"));
        fs::write(path, browser.screenshot()).expect("writes");
    }
    browser.devtools("Emulation.setEmulatedMedia", &json!({"features": []}));
    size(browser, width, height);
}

/// Nothing went wrong on the console, and nothing was fetched from anywhere else.
fn is_clean(browser: &Browser, url: &str) {
    assert_eq!(browser.log("browser"), Vec::<Value>::new(), "the console");
    let mut asked = 0;
    for entry in browser.log("performance") {
        let message: Value = serde_json::from_str(entry["message"].as_str().expect("text")).expect("JSON");
        if message["message"]["method"] != "Network.requestWillBeSent" {
            continue;
        }
        let to = message["message"]["params"]["request"]["url"].as_str().expect("url").to_owned();
        assert!(to.starts_with(url) || to.starts_with("data:"), "a request to {to}");
        asked += 1;
    }
    assert!(asked > 3, "page, style, script and events were seen: {asked}");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_run_is_seen_as_it_happens_and_its_end_is_noticed() {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("run");
    let (scenario, out_text) = (scenario(dir.path(), 96, 3000), out.to_str().expect("UTF-8").to_owned());
    let scenario = scenario.to_str().expect("UTF-8");
    let mut run = Served::start(&["explore", scenario, "--seed", "3", "--out", &out_text, "--threads", "1", "--live"]);
    let browser = open(&run.url);
    browser.until(&format!("{PICKS} >= 5 && document.querySelector('#prediction image') !== null"));
    let first = browser.eval(PICKS).as_u64().expect("number");
    let before = ["#structure svg", "#prediction svg", "#linear svg"].map(|part| browser.picture(part));
    browser.until(&format!("{PICKS} >= {}", first + 20));
    let after = ["#structure svg", "#prediction svg", "#linear svg"].map(|part| browser.picture(part));
    assert!(before.iter().zip(&after).all(|(b, a)| b != a), "every picture goes with the run");
    assert_eq!(browser.eval(&format!("String({PICKS}) === document.body.dataset.picks")), true);
    assert!(browser.eval(PICKS).as_u64() <= Some(measurements(&out)), "nothing is shown that was not measured");
    assert_eq!(browser.eval("document.getElementById('banner').hidden"), true);
    fits(&browser, "during");
    is_clean(&browser, &run.url);

    run.kill();
    browser.until("!document.getElementById('banner').hidden && document.getElementById('banner').innerText.includes('does not answer')");
    keep(&browser, "killed");
    drop(browser);

    // What is left of the run can be watched, and shows every pick of its journal.
    let rest = Served::start(&["watch", &out_text]);
    let browser = open(&rest.url);
    browser.until(&format!("{PICKS} === {}", measurements(&out)));
    is_clean(&browser, &rest.url);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_finished_run_is_gone_through_step_by_step() {
    let dir = tempfile::tempdir().expect("temp");
    let out = dir.path().join("run");
    let (scenario, out_text) = (scenario(dir.path(), 64, 60), out.to_str().expect("UTF-8").to_owned());
    let scenario = scenario.to_str().expect("UTF-8");
    let browser = browser();
    let mut run = Served::start(&["explore", scenario, "--seed", "3", "--out", &out_text, "--live"]);
    browser.open(&run.url);
    browser.until("document.getElementById('banner').innerText.includes('tiptwin watch')");
    assert_eq!(browser.eval(PICKS), 60, "the page keeps the end of the run");
    assert_eq!(browser.eval("document.getElementById('state').innerText"), "Safe");
    assert_eq!(run.child.wait().expect("ends").code(), Some(0));
    is_clean(&browser, &run.url);

    let watched = Served::start(&["watch", &out_text]);
    browser.open(&watched.url);
    browser.until(&format!("{PICKS} === 60"));
    let last = browser.picture("#prediction svg");
    let drag = |step: u32| {
        let event = "new Event('input')";
        browser.eval(&format!(
            "(s => {{ s.value = {step}; s.dispatchEvent({event}); return 1; }})(document.getElementById('step'))"
        ));
        browser.until(&format!("document.body.dataset.step === '{step}'"));
    };
    for step in [5, 59, 0, 23] {
        drag(step);
        assert_eq!(browser.eval(PICKS), step);
        assert_eq!(browser.eval("document.querySelectorAll('#structure .halo').length"), u32::from(step > 0));
    }
    assert!(browser.picture("#prediction svg") != last, "maps go back, too");
    browser.eval("document.getElementById('follow').click()");
    browser.until(&format!("{PICKS} === 60"));
    fits(&browser, "finished");
    is_clean(&browser, &watched.url);
}
