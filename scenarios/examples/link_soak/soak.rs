//! Clients that ask as fast as they are answered, and strangers, for a while.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tiptwin::link::decisions::{Settings, routes};
use tiptwin_core::net::ComputeDevice;
use tiptwin_drivers::link::door::{Address, Bounds, Door, connect, serve};
use tiptwin_drivers::link::wire::decision as wire;
use tonic::Code;
use tonic::transport::Channel;
use wire::decisions_client::DecisionsClient;
use wire::measurement::{Outcome, Place};

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Soaked {
    pub(crate) requests: u64,
    pub(crate) sessions: u64,
    pub(crate) strangers: u64,
    /// Seconds since the start, and resident memory of the process.
    pub(crate) memory_kib: Vec<(u64, u64)>,
}

impl Soaked {
    /// Memory once everything has been used once.
    pub(crate) fn early_kib(&self) -> u64 {
        let tenth = self.memory_kib.len() / 10;
        median(&self.memory_kib[tenth..(2 * tenth).max(tenth + 1)])
    }

    /// Memory at the end.
    pub(crate) fn late_kib(&self) -> u64 {
        let n = self.memory_kib.len();
        median(&self.memory_kib[n - (n / 10).max(1)..])
    }
}

fn median(samples: &[(u64, u64)]) -> u64 {
    let mut kib: Vec<u64> = samples.iter().map(|(_, kib)| *kib).collect();
    kib.sort_unstable();
    kib[kib.len() / 2]
}

#[derive(Default)]
struct Counters {
    requests: AtomicU64,
    sessions: AtomicU64,
    strangers: AtomicU64,
    over: AtomicBool,
}

/// Clients at once.
const CLIENTS: usize = 4;

/// Soaks a server for a while.
pub(crate) fn soak(duration: Duration) -> Soaked {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let counters = Arc::new(Counters::default());
    let (address, serving) = runtime.block_on(async {
        let bounds = Bounds { greeting: Duration::from_secs(1), ..Bounds::default() };
        let door = Door::open(&"127.0.0.1:0".parse().expect("an address"), None, bounds).await.expect("opens");
        let address = door.address().clone();
        let routes = routes(Settings::default(), ComputeDevice::default(), &bounds);
        (address, tokio::spawn(serve(door, routes, std::future::pending())))
    });
    let clients: Vec<_> =
        (0..CLIENTS).map(|seed| runtime.spawn(client(address.clone(), seed as u64, Arc::clone(&counters)))).collect();
    let knocking = {
        let (counters, port) = (Arc::clone(&counters), port(&address));
        std::thread::spawn(move || strangers(port, &counters))
    };
    let begun = Instant::now();
    let mut memory_kib = Vec::new();
    while begun.elapsed() < duration {
        std::thread::sleep(Duration::from_millis(200));
        memory_kib.push((begun.elapsed().as_secs(), resident_kib()));
    }
    counters.over.store(true, Ordering::Relaxed);
    knocking.join().expect("strangers");
    runtime.block_on(async {
        for client in clients {
            client.await.expect("a client");
        }
    });
    assert!(!serving.is_finished(), "the server still serves");
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Soaked {
        requests: count(&counters.requests),
        sessions: count(&counters.sessions),
        strangers: count(&counters.strangers),
        memory_kib,
    }
}

fn port(address: &Address) -> u16 {
    if let Address::Tcp { port, .. } = address { *port } else { 0 }
}

/// Explores one little image after the other.
async fn client(address: Address, seed: u64, counters: Arc<Counters>) {
    let channel = connect(&address, None, None, Duration::from_secs(10)).await.expect("connects");
    let mut client = DecisionsClient::new(channel);
    while !counters.over.load(Ordering::Relaxed) {
        session(&mut client, seed, &counters).await;
        counters.sessions.fetch_add(1, Ordering::Relaxed);
    }
}

async fn session(client: &mut DecisionsClient<Channel>, seed: u64, counters: &Counters) {
    let side = 64_u32;
    let values = (0..side * side).map(|i| f64::from(i % side).sin() * f64::from(i / side).cos()).collect();
    let open = wire::OpenRequest {
        grid: Some(wire::Grid { width_m: 1e-6, height_m: 1e-6, rows: side, cols: side, ..Default::default() }),
        images: vec![wire::Image { channel: "height".into(), unit: "m".into(), values }],
        kind: wire::Kind::Curve.into(),
        scenario: "[explore]\nstrategy = \"random\"\nwindow_px = 8\nsteps = 100\n".into(),
        seed,
        ..Default::default()
    };
    let session = client.open(open).await.expect("opens").into_inner().session;
    let bias_v: Vec<f64> = (0..251).map(|i| 1.5 - (f64::from(i - 125) * 0.012).abs()).collect();
    for number in 0_u64.. {
        let ask = wire::AskRequest { session: session.clone(), count: 1 };
        // A client that is too fast is told so, and asks again.
        let asked = loop {
            counters.requests.fetch_add(1, Ordering::Relaxed);
            match client.ask(ask.clone()).await {
                Ok(asked) => break asked.into_inner(),
                Err(status) => assert_eq!(status.code(), Code::ResourceExhausted, "{status}"),
            }
        };
        let Some(point) = asked.points.first() else { break };
        let current_a = bias_v.iter().map(|v| 1e-9 * v * v).collect();
        let curve = wire::Curve { bias_v: bias_v.clone(), current_a, sample_interval_s: 0.008 };
        let measurement =
            wire::Measurement { number, place: point.pixel.map(Place::Pixel), outcome: Some(Outcome::Curve(curve)) };
        let tell = wire::TellRequest { session: session.clone(), measurements: vec![measurement] };
        loop {
            counters.requests.fetch_add(1, Ordering::Relaxed);
            match client.tell(tell.clone()).await {
                Ok(_) => break,
                Err(status) => assert_eq!(status.code(), Code::ResourceExhausted, "{status}"),
            }
        }
    }
    counters.requests.fetch_add(2, Ordering::Relaxed);
    while client.close(wire::CloseRequest { session: session.clone() }).await.is_err() {}
}

/// Knocks with nothing, nonsense, half a preface and half of a request, and stays for a while or leaves at once.
fn strangers(port: u16, counters: &Counters) {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice();
    let half = [preface, &[0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 1, 0, 1, 4, 0, 0, 0, 1]].concat();
    let words: [&[u8]; 5] = [b"", b"GET / HTTP/1.1\r\n\r\n", &preface[..12], &half, &[0x16, 3, 1, 0]];
    let mut waiting = std::collections::VecDeque::new();
    for word in words.iter().cycle() {
        if counters.over.load(Ordering::Relaxed) {
            break;
        }
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            drop(stream.write_all(word));
            waiting.push_back(stream);
            counters.strangers.fetch_add(1, Ordering::Relaxed);
        }
        if waiting.len() > 60 {
            waiting.pop_front();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Resident memory of this process; 0 where the system does not say.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
