//! Reports as files: opened without any network, their figures saved, their colours changed.

use super::{Browser, json, keep, scenario, size};
use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const FIGURE: &str =
    "[...document.querySelectorAll('figure')].find(f => f.querySelector('title')?.textContent.includes";

fn tiptwin(arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_tiptwin")).args(arguments).arg("--quiet").output().expect("starts");
    assert!(status.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&status.stderr));
}

/// A browser that can reach nothing, and saves into a folder.
fn offline(downloads: &Path) -> Browser {
    let preferences = json!({
        "download.default_directory": downloads,
        "download.prompt_for_download": false,
        "profile.default_content_setting_values.automatic_downloads": 1,
    });
    let browser = Browser::start_with(&["--host-resolver-rules=MAP * ~NOTFOUND"], &preferences);
    size(&browser, 1280, 1400);
    browser
}

fn url(page: &Path) -> String {
    format!("file://{}", page.display())
}

/// Nothing on the console, and nothing asked for but the files that were opened.
fn is_alone(browser: &Browser) {
    assert_eq!(browser.log("browser"), Vec::<Value>::new(), "the console");
    for entry in browser.log("performance") {
        let message: Value = serde_json::from_str(entry["message"].as_str().expect("text")).expect("JSON");
        if message["message"]["method"] == "Network.requestWillBeSent" {
            let to = message["message"]["params"]["request"]["url"].as_str().expect("url").to_owned();
            let inside = ["file:///", "data:", "blob:"].iter().any(|scheme| to.starts_with(scheme));
            assert!(inside, "a request to {to}");
        }
    }
}

/// Both widths, without anything to scroll sideways but tables and texts that say so.
fn fits(browser: &Browser, name: &str) {
    for width in [1280, 400] {
        size(browser, width, 1000);
        let inner = browser.eval("[innerWidth, document.documentElement.scrollWidth]");
        assert!(inner[0] == width && inner[1].as_u64() <= inner[0].as_u64(), "{name}: {inner}");
        let cut = "[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll, pre, svg *') && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))";
        assert_eq!(browser.eval(cut), json!([]), "{name} at {width}");
        keep(browser, &format!("{name}-{width}"));
    }
    size(browser, 1280, 1400);
}

/// The file that a button of a figure saves.
fn saved(browser: &Browser, downloads: &Path, figure: &str, kind: &str) -> Vec<u8> {
    let files = || -> Vec<PathBuf> {
        let entries = fs::read_dir(downloads).expect("folder").map(|e| e.expect("entry").path());
        entries.filter(|p| p.extension().is_some_and(|e| e.eq_ignore_ascii_case(kind))).collect()
    };
    for old in files() {
        fs::remove_file(old).expect("removed");
    }
    let button =
        format!("[...{FIGURE}('{figure}')).querySelectorAll('.save button')].find(b => b.textContent === '{kind}')");
    browser.eval(&format!("({button}).click()"));
    for _ in 0..200 {
        if let [file] = files().as_slice() {
            return fs::read(file).expect("a file");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{figure} was not saved as {kind}");
}

/// Rows of a CSV file without quotes in it, the head first.
fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    text.lines().map(|l| l.split(',').map(str::to_owned).collect()).collect()
}

fn is_near(text: &str, value: f64) {
    let read: f64 = text.parse().expect("a number");
    assert!((read - value).abs() <= 1e-7 * value.abs(), "{read} for {value}");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_report_gives_its_figures_away_without_a_network() {
    let dir = tempfile::tempdir().expect("temp");
    let (run, downloads) = (dir.path().join("run"), dir.path().join("saved"));
    fs::create_dir(&downloads).expect("folder");
    let (scenario, out) = (scenario(dir.path(), 48, 20), run.to_str().expect("UTF-8").to_owned());
    tiptwin(&["explore", scenario.to_str().expect("UTF-8"), "--seed", "3", "--out", &out]);
    let browser = offline(&downloads);
    browser.open(&url(&run.join("report.html")));

    let buttons =
        browser.eval("[...document.querySelectorAll('figure')].map(f => f.querySelectorAll('.save button').length)");
    let buttons: Vec<u64> = buttons.as_array().expect("list").iter().filter_map(Value::as_u64).collect();
    assert!(buttons.len() >= 9 && buttons.iter().all(|n| *n == 3), "{buttons:?}");

    let mut npz = NpzReader::new(fs::File::open(run.join("maps.npz")).expect("maps")).expect("an archive");
    let mean: Array2<f64> = npz.by_name("mean").expect("mean");
    let offset: Array1<u32> = npz.by_name("offset").expect("offset");
    let table = rows(&saved(&browser, &downloads, "Prediction", "CSV"));
    assert_eq!(table[0], ["row", "column", "x_m", "y_m", "predicted_maximum_current_a"]);
    assert_eq!(table.len(), 1 + 48 * 48);
    for (k, row) in table[1..].iter().enumerate() {
        let (r, c) = (k / 48, k % 48);
        assert_eq!((row[0].as_str(), row[1].as_str()), (r.to_string().as_str(), c.to_string().as_str()));
        is_near(&row[2], (c as f64 + 0.5) * 2e-6 / 48.0);
        match mean.get((r.wrapping_sub(offset[0] as usize), c.wrapping_sub(offset[1] as usize))) {
            Some(value) => is_near(&row[4], *value),
            None => assert_eq!(row[4], "", "no window, no prediction"),
        }
    }
    let summary: Value = serde_json::from_slice(&fs::read(run.join("summary.json")).expect("summary")).expect("JSON");
    let learning = rows(&saved(&browser, &downloads, "Learning curve", "CSV"));
    assert_eq!(learning[0], ["series", "measurements", "r2_of_the_predicted_map"]);
    let ours: Vec<_> = learning.iter().filter(|row| row[0] == "tiptwin").collect();
    let scores = summary["scores"].as_array().expect("scores");
    assert_eq!(ours.len(), scores.len());
    for (row, score) in ours.iter().zip(scores) {
        is_near(&row[1], score["n"].as_f64().expect("n"));
        is_near(&row[2], score["r2"].as_f64().expect("R²"));
    }
    let picks = rows(&saved(&browser, &downloads, "Height with picks", "CSV"));
    assert_eq!(picks.iter().filter(|row| row.last().is_some_and(|m| m.parse::<u32>().is_ok())).count(), 20);

    // A dark page gives away light figures.
    browser.devtools(
        "Emulation.setEmulatedMedia",
        &json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]}),
    );
    let svg = String::from_utf8(saved(&browser, &downloads, "Learning curve", "SVG")).expect("UTF-8");
    assert!(svg.starts_with("<svg xmlns=") && !svg.contains("var(") && svg.contains("#0072b2"));
    let png = saved(&browser, &downloads, "Prediction", "PNG");
    assert!(png.starts_with(b"\x89PNG") && png.len() > 10_000);
    let width = u32::from_be_bytes(png[16..20].try_into().expect("four"));
    assert_eq!(width, 3 * (380 + 24));
    is_alone(&browser);
    let file = dir.path().join("alone.svg");
    fs::write(&file, svg).expect("writes");
    browser.open(&url(&file));
    assert_eq!(browser.eval("document.documentElement.tagName"), "svg");
    assert_eq!(browser.eval("getComputedStyle(document.querySelector('.line.blue')).stroke"), "rgb(0, 114, 178)");
    assert_eq!(
        browser
            .eval("document.querySelectorAll('text').length > 10 && document.querySelectorAll('parsererror').length"),
        0
    );
    is_alone(&browser);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn pages_change_their_colours_and_fit_small_screens() {
    let dir = tempfile::tempdir().expect("temp");
    let scenario = scenario(dir.path(), 48, 12);
    let runs = ["dark", "light"].map(|name| dir.path().join(name).to_str().expect("UTF-8").to_owned());
    for (run, suns) in runs.iter().zip(["0.0", "0.1"]) {
        let set = format!("measurement.light_suns={suns}");
        tiptwin(&["explore", scenario.to_str().expect("UTF-8"), "--seed", "3", "--out", run, "--set", &set]);
    }
    let gwyddion = dir.path().join("gwyddion.html");
    tiptwin(&["report", &runs[0], "--topography-map", "gwyddion", "--out", gwyddion.to_str().expect("UTF-8")]);
    tiptwin(&["report", &runs[1], &runs[0]]);

    let browser = offline(dir.path());
    let heights = "[...document.querySelectorAll('image.heights')].map(i => i.getAttribute('href'))";
    browser.open(&url(&gwyddion));
    let wanted = browser.eval(heights);
    let report = Path::new(&runs[0]).join("report.html");
    browser.open(&url(&report));
    let gold = browser.eval(heights);
    let choose = |name: &str| {
        browser.eval(&format!(
            "(s => {{ s.value = '{name}'; s.onchange(); return 1; }})(document.getElementById('heights'))"
        ))
    };
    choose("Gwyddion");
    let changed = browser.eval(heights);
    assert!(changed != gold && colours(&browser, &changed) == colours(&browser, &wanted), "as if it had been made so");
    choose("Gold");
    assert_eq!(colours(&browser, &browser.eval(heights)), colours(&browser, &gold));

    let back = "getComputedStyle(document.body).backgroundColor";
    assert_eq!(browser.eval(back), "rgb(255, 255, 255)");
    let line = "getComputedStyle(document.querySelector('.line.blue')).stroke";
    let blue = browser.eval(line);
    browser.eval("document.getElementById('theme').click()");
    assert_eq!(browser.eval(back), "rgb(20, 23, 27)");
    assert_ne!(browser.eval(line), blue, "figures go with the page");
    browser.open(&url(&report));
    assert_eq!(browser.eval(back), "rgb(20, 23, 27)", "the choice is remembered");
    browser.eval("document.getElementById('theme').click()");
    fits(&browser, "report");

    browser.open(&url(&dir.path().join("side-by-side.html")));
    assert_eq!(browser.eval("document.querySelectorAll('.sheet svg.picture').length"), 6);
    fits(&browser, "side-by-side");
    size(&browser, 400, 900);
    let width = browser.eval("document.querySelector('.sheet svg').getBoundingClientRect().width");
    assert!(width.as_f64() > Some(250.0), "a map can be read on a small screen: {width}");
    size(&browser, 1280, 1400);
    let table = rows(&saved(&browser, dir.path(), "Maximum current, dark", "CSV"));
    assert_eq!(table[0], ["panel", "quantity", "row", "column", "x_m", "y_m", "value"]);
    assert_eq!(table.len(), 1 + 6 * 48 * 48);
    is_alone(&browser);
}

/// The pixels of embedded pictures as a browser draws them: equal pictures need not have equal bytes.
fn colours(browser: &Browser, uris: &Value) -> Vec<Value> {
    let draw = "(async uris => { const out = []; for (const uri of uris) { const i = new Image(); i.src = uri; await i.decode(); \
                const c = document.createElement('canvas'); c.width = i.width; c.height = i.height; const x = c.getContext('2d'); \
                x.drawImage(i, 0, 0); out.push(x.getImageData(0, 0, i.width, i.height).data.join()); } return out; })";
    browser.eval(&format!("{draw}({uris})")).as_array().expect("list").clone()
}
