//! Clients that ask as fast as they are answered, and strangers.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tiptwin_drivers::link::door::{Address, connect};
use tiptwin_drivers::link::wire::decision as wire;
use tokio::task;
use tonic::Code;
use tonic::transport::Channel;
use wire::decisions_client::DecisionsClient;
use wire::measurement::{Outcome, Place};

/// Clients at once.
const CLIENTS: u64 = 4;

#[derive(Default)]
pub(super) struct Counters {
    pub(super) requests: AtomicU64,
    pub(super) sessions: AtomicU64,
    pub(super) strangers: AtomicU64,
    pub(super) over: AtomicBool,
}

/// What a server is put to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Locations that each session asks for and tells; without it there are no clients.
    steps: Option<u32>,
    /// The pause between strangers.
    strangers: Option<Duration>,
}

impl Load {
    /// Sessions of a hundred steps, and 200 strangers a second.
    pub(crate) const ALL: Self = Self { steps: Some(100), strangers: Some(Duration::from_millis(5)) };

    /// The load of this name.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        match name {
            "all" => Ok(Self::ALL),
            "sessions" => Ok(Self { steps: Some(0), strangers: None }),
            "steps" => Ok(Self { steps: Some(3000), strangers: None }),
            "strangers" => Ok(Self { steps: None, strangers: Some(Duration::from_micros(500)) }),
            other => Err(format!("what load? {other}; accepted: all, sessions, steps, strangers")),
        }
    }

    pub(super) async fn clients(self, address: &Address, counters: &Arc<Counters>) -> Vec<task::JoinHandle<()>> {
        let mut clients = Vec::new();
        if let Some(steps) = self.steps {
            for seed in 0..CLIENTS {
                // Connected before strangers come, who would take all places.
                let channel = connect(address, None, None, Duration::from_secs(10)).await.expect("connects");
                clients.push(task::spawn(client(channel, seed, steps, Arc::clone(counters))));
            }
        }
        clients
    }

    pub(super) fn strangers(self, address: &Address, counters: &Arc<Counters>) -> Option<JoinHandle<()>> {
        let (pause, counters) = (self.strangers?, Arc::clone(counters));
        let Address::Tcp { port, .. } = address else { return None };
        let port = *port;
        Some(std::thread::spawn(move || knock(port, pause, &counters)))
    }
}

/// Explores one little image after the other.
async fn client(channel: Channel, seed: u64, steps: u32, counters: Arc<Counters>) {
    let mut client = DecisionsClient::new(channel);
    while !counters.over.load(Ordering::Relaxed) {
        session(&mut client, seed, steps, &counters).await;
        counters.sessions.fetch_add(1, Ordering::Relaxed);
    }
}

async fn session(client: &mut DecisionsClient<Channel>, seed: u64, steps: u32, counters: &Counters) {
    let side = 64_u32;
    let values = (0..side * side).map(|i| f64::from(i % side).sin() * f64::from(i / side).cos()).collect();
    let open = wire::OpenRequest {
        grid: Some(wire::Grid { width_m: 1e-6, height_m: 1e-6, rows: side, cols: side, ..Default::default() }),
        images: vec![wire::Image { channel: "height".into(), unit: "m".into(), values }],
        kind: wire::Kind::Curve.into(),
        scenario: format!("[explore]\nstrategy = \"random\"\nwindow_px = 8\nsteps = {}\n", steps.max(1)),
        seed,
        ..Default::default()
    };
    let session = client.open(open).await.expect("opens").into_inner().session;
    let bias_v: Vec<f64> = (0..251).map(|i| 1.5 - (f64::from(i - 125) * 0.012).abs()).collect();
    for number in 0..u64::from(steps) {
        if counters.over.load(Ordering::Relaxed) {
            break;
        }
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
fn knock(port: u16, pause: Duration, counters: &Counters) {
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
        std::thread::sleep(pause);
    }
}
