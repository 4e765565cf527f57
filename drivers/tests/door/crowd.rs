//! Many at once: those who never finish a sentence, and a thousand.

use super::support::{Certificates, Served, ask, impatient};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};
use tiptwin_drivers::link::door::{Bounds, connect};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

fn call(port: u16, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    // The server may have had enough before all is said.
    drop(stream.write_all(bytes));
    stream
}

/// Whether the server closed a connection, waiting until `by`.
fn is_closed(stream: &mut TcpStream, by: Instant) -> bool {
    let left = by.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    stream.set_read_timeout(Some(left)).expect("sets");
    let mut sink = [0; 4096];
    loop {
        match stream.read(&mut sink) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(e) => return e.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_sentences_keep_nobody_out_and_end_in_time() {
    let good = Certificates::new(&["gpu-box"]);
    let bounds = impatient();
    // As many as fit at the door, and half as many again.
    let many = bounds.greetings * 3 / 2;
    let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    for (what, sentence) in [("nothing", [].as_slice()), ("half a TLS hello", &hello)] {
        let server = Served::locked(&good, bounds).await;
        let mut waiting: Vec<TcpStream> = (0..many).map(|_| call(server.port(), sentence)).collect();
        let answered = server.knock(Some(&good.of("gpu-box"))).await;
        assert_eq!(answered.as_deref(), Ok("gpu-box"), "while {many} callers say {what}");
        let by = Instant::now() + bounds.greeting + Duration::from_secs(3);
        let closed = waiting.iter_mut().filter_map(|s| is_closed(s, by).then_some(())).count();
        assert_eq!(closed, many, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_request_ends_in_time() {
    let bounds = impatient();
    let half_headers = [PREFACE, SETTINGS, &[0, 1, 0, 1, 4, 0, 0, 0, 1, 0x82]].concat();
    // Headers without their end, and then nothing: CONTINUATION never comes.
    let no_end = [PREFACE, SETTINGS, &[0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82]].concat();
    let sentences = [
        ("half a preface", &PREFACE[..10]),
        ("a preface", PREFACE),
        ("half of its headers", &half_headers),
        ("headers without end", &no_end),
    ];
    for (what, sentence) in sentences {
        let server = Served::plain(bounds).await;
        // All connections that the server has, and some more.
        let mut waiting: Vec<TcpStream> = (0..bounds.connections * 2).map(|_| call(server.port(), sentence)).collect();
        let by =
            Instant::now() + bounds.first_request + bounds.keep_alive.0 + bounds.keep_alive.1 + Duration::from_secs(3);
        let closed = waiting.iter_mut().filter_map(|s| is_closed(s, by).then_some(())).count();
        assert_eq!(closed, bounds.connections * 2, "{what}");
        assert_eq!(server.knock(None).await.as_deref(), Ok("nobody"), "after {what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_says_so_and_has_room_again() {
    let bounds = Bounds { connections: 3, ..Bounds::default() };
    let server = Served::plain(bounds).await;
    let mut inside = Vec::new();
    for _ in 0..bounds.connections {
        let channel = connect(&server.address, None, None, super::support::WAIT).await.expect("connects");
        assert_eq!(ask(channel.clone()).await.as_deref(), Ok("nobody"));
        inside.push(channel);
    }
    let error = server.knock(None).await.expect_err("is full");
    assert!(error.contains("all 3 connections of this server are in use"), "{error}");
    for channel in &inside {
        assert_eq!(ask(channel.clone()).await.as_deref(), Ok("nobody"), "those inside are not hurt");
    }
    inside.pop();
    let by = Instant::now() + Duration::from_secs(5);
    while server.knock(None).await.is_err() {
        assert!(Instant::now() < by, "a slot that was left is free again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Files that this process may have open, where the system says so.
fn open_files() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    limits.lines().find(|l| l.starts_with("Max open files"))?.split_whitespace().nth(3)?.parse().ok()
}

#[test]
fn a_thousand_connections_at_once_are_survived() {
    if open_files().is_none_or(|most| most >= 2500) {
        return a_thousand();
    }
    // Both ends are in this process, and that is more than it may have open: once more, with a higher limit.
    let again = "ulimit -n 2500 && exec \"$0\" --exact crowd::a_thousand_connections_at_once_are_survived";
    let status =
        Command::new("sh").args(["-c", again]).arg(std::env::current_exe().expect("a path")).status().expect("runs");
    assert!(status.success());
}

fn a_thousand() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runs");
    runtime.block_on(async {
        let bounds = impatient();
        let server = Served::plain(bounds).await;
        let sentence = [PREFACE, SETTINGS].concat();
        let mut crowd: Vec<TcpStream> = (0..1000).map(|_| call(server.port(), &sentence)).collect();
        let by = Instant::now() + Duration::from_secs(10);
        let closed = crowd.iter_mut().filter_map(|s| is_closed(s, by).then_some(())).count();
        assert_eq!(closed, 1000, "who asks for nothing is shown out");
        assert_eq!(server.knock(None).await.as_deref(), Ok("nobody"));
        assert!(!server.serving.is_finished());
    });
}
