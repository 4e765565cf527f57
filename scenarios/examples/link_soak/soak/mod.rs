//! A decision server in a process of its own, what asks it for a while, and what both hold meanwhile.

mod load;
mod server;

pub(crate) use load::Load;

use load::Counters;
use server::Server;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often somebody looks.
pub(crate) const EVERY: Duration = Duration::from_millis(200);

/// What was allocated and not given back; zero where nobody counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heap {
    pub(crate) bytes: usize,
    pub(crate) blocks: usize,
}

/// What a process holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// What the system gave it.
    pub(crate) resident_kib: f64,
    pub(crate) threads: f64,
    pub(crate) heap: Heap,
}

/// What both ends hold at one time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) at_s: f64,
    pub(crate) server: Memory,
    pub(crate) client: Memory,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Soaked {
    pub(crate) requests: u64,
    pub(crate) sessions: u64,
    pub(crate) strangers: u64,
    pub(crate) samples: Vec<Sample>,
}

/// Soaks what this program serves for a while. `heap` counts in this process; what the server's says of its own stands on its standard error.
pub(crate) fn soak(program: Command, load: Load, duration: Duration, heap: fn() -> Heap) -> Soaked {
    let server = Server::start(program);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let counters = Arc::new(Counters::default());
    let clients = runtime.block_on(load.clients(server.address(), &counters));
    let strangers = load.strangers(server.address(), &counters);
    // Made and written to before, so that what is looked at does not grow because somebody looks.
    let nothing = Memory { resident_kib: f64::NAN, threads: f64::NAN, heap: Heap::default() };
    let most = (duration.as_secs_f64() / EVERY.as_secs_f64()) as usize + 1;
    let mut samples = vec![Sample { at_s: f64::NAN, server: nothing, client: nothing }; most];
    samples.clear();
    let begun = Instant::now();
    while begun.elapsed() < duration {
        std::thread::sleep(EVERY);
        let client = Memory::of(std::process::id(), heap());
        samples.push(Sample { at_s: begun.elapsed().as_secs_f64(), server: server.memory(), client });
    }
    counters.over.store(true, Ordering::Relaxed);
    if let Some(strangers) = strangers {
        strangers.join().expect("strangers");
    }
    runtime.block_on(async {
        for client in clients {
            client.await.expect("a client");
        }
    });
    server.still_serves();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Soaked {
        requests: count(&counters.requests),
        sessions: count(&counters.sessions),
        strangers: count(&counters.strangers),
        samples,
    }
}

/// The median over some time.
pub(crate) fn median(samples: &[Sample], value: fn(&Sample) -> f64) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

impl Memory {
    /// What the system says of a process, 0 where it says nothing.
    fn of(process: u32, heap: Heap) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let number = |name: &str| {
            let line = status.lines().find_map(|l| l.strip_prefix(name));
            line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        Self { resident_kib: number("VmRSS:"), threads: number("Threads:"), heap }
    }
}
