//! What a live page costs a run: the demo with and without one, in pairs.
//!
//! `cargo run --release --example live_cost -- [PAIRS] [PROGRAM ARGUMENT…]`
//!
//! In each pair the same seed runs once without a page and once with one that somebody looks at, in turns which goes first. Who looks is a
//! client of our own that fetches every step it hears of, or a program that is given the address as its last argument, such as
//! `chromium --headless=new --no-sandbox --remote-debugging-port=0`, which then also draws on this machine.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write, stdout};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tiptwin::config::Scenario;
use tiptwin::live::{Server, Token};
use tiptwin::progress::Progress;
use tiptwin::run::{self, Contender, Stopper};
use tiptwin_core::net::ComputeDevice;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let pairs: u64 = arguments.next().map_or(Ok(5), |n| n.parse())?;
    let program: Vec<String> = arguments.collect();
    let text = include_str!("../library/demo.toml");
    let scenario = Scenario::parse("demo", "demo.toml", text, Path::new("."), &[])?;
    let mut ratios = Vec::new();
    for seed in 1..=pairs {
        let (mut alone, mut watched) = ((0.0, 0), (0.0, 0));
        for turn in 0..2 {
            if (turn + seed) % 2 == 0 {
                watched = timed(&scenario, seed, Some(&program))?;
            } else {
                alone = timed(&scenario, seed, None)?;
            }
        }
        let ratio = watched.0 / alone.0;
        writeln!(
            stdout(),
            "seed {seed}: {:.2} s alone, {:.2} s watched ({} steps seen), ratio {ratio:.3}",
            alone.0,
            watched.0,
            watched.1
        )?;
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    let median = 0.5 * (ratios[ratios.len() / 2] + ratios[(ratios.len() - 1) / 2]);
    writeln!(
        stdout(),
        "median ratio of {pairs} pairs: {median:.3} ({:.3} to {:.3})",
        ratios[0],
        ratios[ratios.len() - 1]
    )?;
    Ok(())
}

/// Seconds that a run takes, and steps that were looked at.
fn timed(scenario: &Scenario, seed: u64, program: Option<&[String]>) -> Result<(f64, usize), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let out = dir.path().join("run");
    let contender = Contender::named(&scenario.explore, seed, ComputeDevice::default())?;
    let (quiet, stop) = (Progress::Quiet, Stopper::default());
    let Some(program) = program else {
        let begun = Instant::now();
        run::explore(scenario, contender, seed, &out, quiet, &stop)?;
        return Ok((begun.elapsed().as_secs_f64(), 0));
    };
    let folder = Arc::new(OnceLock::new());
    let server = Server::start(0, folder.clone(), Token::draw())?;
    let url = server.url().to_owned();
    let mut browser = None;
    if let Some((name, arguments)) = program.split_first() {
        let mut command = Command::new(name);
        browser = Some(command.args(arguments).arg(&url).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        // A browser takes a while to start, which is not the page's cost.
        std::thread::sleep(Duration::from_secs(6));
    } else {
        // It ends with the server.
        std::thread::spawn(move || drop(look(&url)));
    }
    let (begun, before) = (Instant::now(), server.shown());
    run::explore_watched(scenario, contender, seed, (&out, &folder), quiet, &stop)?;
    let (seconds, seen) = (begun.elapsed().as_secs_f64(), server.shown() - before);
    server.leave(Duration::from_secs(3));
    if let Some(mut browser) = browser {
        browser.kill()?;
        browser.wait()?;
    }
    Ok((seconds, seen))
}

/// Fetches every step it hears of until the server leaves.
fn look(url: &str) -> Result<(), Box<dyn Error>> {
    let (host, token) = url.strip_prefix("http://").and_then(|u| u.split_once('/')).ok_or("no address")?;
    let ask = |path: &str| -> Result<TcpStream, Box<dyn Error>> {
        let mut stream = TcpStream::connect(host)?;
        write!(stream, "GET /{token}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        Ok(stream)
    };
    let mut version = String::new();
    for line in BufReader::new(ask("events")?).lines() {
        let line = line?;
        let Some(news) = line.strip_prefix("data: ") else { continue };
        let news: serde_json::Value = serde_json::from_str(news)?;
        let now = news["version"].as_str().unwrap_or_default().to_owned();
        if now != version {
            let mut picture = Vec::new();
            ask("view")?.read_to_end(&mut picture)?;
            version = now;
        }
        if news["leaving"] == true {
            break;
        }
    }
    Ok(())
}
