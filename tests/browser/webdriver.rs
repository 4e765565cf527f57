//! As much of the W3C WebDriver protocol as looking at a page needs: JSON over HTTP to a chromedriver of our own.

use base64::Engine;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A headless Chromium, ended when dropped.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    pub(crate) fn start() -> Self {
        Self::start_with(&[], &json!({}))
    }

    /// With further arguments and preferences of Chromium.
    pub(crate) fn start_with(further: &[&str], preferences: &Value) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: on Debian, apt-get install chromium chromium-driver");
        let mut lines = BufReader::new(driver.stdout.take().expect("piped")).lines();
        // It first repeats the port it was asked for, then says the one it got.
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok())
            .expect("chromedriver says its port");
        std::thread::spawn(move || lines.for_each(drop));
        let mut arguments = vec![
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ];
        arguments.extend(further);
        let options = json!({"args": arguments, "prefs": preferences});
        let logs = json!({"browser": "ALL", "performance": "ALL"});
        let wanted =
            json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": logs}}});
        let mut browser = Self { driver, port, session: String::new() };
        let created = browser.send("POST", "/session", &wanted);
        browser.session = created["sessionId"].as_str().map(str::to_owned).expect("a session");
        browser
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let value = self.answer(method, path, body);
        assert!(value.get("error").is_none(), "{method} {path}: {value}");
        value
    }

    /// What the driver answers, an error among it.
    fn answer(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("chromedriver answers");
        stream.set_read_timeout(Some(Duration::from_mins(2))).expect("timeout");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("writes");
        // The driver keeps connections open, so an answer is as long as it says.
        let (mut answer, mut line, mut length) = (BufReader::new(stream), String::new(), 0);
        while line != "\r\n" {
            line.clear();
            assert!(answer.read_line(&mut line).expect("a head") > 0, "{method} {path}: no answer");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body).expect("the body");
        let mut json: Value = serde_json::from_slice(&body).expect("JSON");
        json["value"].take()
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        self.send("POST", &format!("/session/{}/{command}", self.session), body)
    }

    pub(crate) fn open(&self, url: &str) {
        self.post("url", &json!({"url": url}));
    }

    /// The value of a JavaScript expression.
    pub(crate) fn eval(&self, expression: &str) -> Value {
        self.post("execute/sync", &json!({"script": format!("return {expression};"), "args": []}))
    }

    /// Waits up to a minute until an expression is true.
    pub(crate) fn until(&self, expression: &str) {
        for _ in 0..600 {
            if self.eval(expression) == true {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("never came true: {expression}; the page says: {}", self.eval("document.body.innerText"));
    }

    pub(crate) fn devtools(&self, command: &str, parameters: &Value) {
        self.post("goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
    }

    /// What the page looks like, as PNG.
    pub(crate) fn screenshot(&self) -> Vec<u8> {
        decoded(&self.send("GET", &format!("/session/{}/screenshot", self.session), &Value::Null))
    }

    /// What the first element of a selector looks like, as PNG. A page that is drawn anew in between is looked at again.
    pub(crate) fn picture(&self, selector: &str) -> Vec<u8> {
        for _ in 0..20 {
            let found = self.post("element", &json!({"using": "css selector", "value": selector}));
            let id = found.as_object().and_then(|o| o.values().next()?.as_str()).expect("an element").to_owned();
            let path = format!("/session/{}/element/{id}/screenshot", self.session);
            let shot = self.answer("GET", &path, &Value::Null);
            if shot["error"] != "stale element reference" {
                assert!(shot.is_string(), "{path}: {shot}");
                return decoded(&shot);
            }
        }
        panic!("{selector} never stays long enough for a picture");
    }

    /// Entries of a log since it was last asked for: `browser` is the console, `performance` what DevTools saw.
    pub(crate) fn log(&self, kind: &str) -> Vec<Value> {
        self.post("se/log", &json!({"type": kind})).as_array().expect("a list").clone()
    }
}

fn decoded(value: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(value.as_str().expect("text")).expect("base64")
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser outlives a driver that is killed, so it is closed first, also after a failed test; errors would hide that failure.
        if let (false, Ok(mut stream)) = (self.session.is_empty(), TcpStream::connect(("127.0.0.1", self.port))) {
            let (port, session) = (self.port, &self.session);
            drop(write!(stream, "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
            drop(stream.set_read_timeout(Some(Duration::from_secs(10))));
            drop(stream.read(&mut [0; 64]));
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}
