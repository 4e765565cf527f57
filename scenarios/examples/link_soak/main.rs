//! How much memory a decision server needs when it is asked as fast as it answers, while strangers knock:
//! `link_soak SECONDS [all|sessions|steps|strangers]`.
//!
//! The server is `tiptwin link serve-decisions` in a process of its own: this program is all of `tiptwin` with an allocator that counts, and
//! starts itself. For both ends it shows what the system gave (resident) and what is in use (live): where the second stands and the first
//! rises, the allocator keeps pieces between what is in use; where both rise, something is kept.

#![expect(clippy::print_stdout, reason = "what it is for")]

mod soak;

use soak::{Heap, Load, Sample};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::io::Write;
use std::process::{Command, ExitCode};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("link") {
        std::thread::spawn(tell_heap);
        return tiptwin::command::main();
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("{why}");
            ExitCode::from(2)
        }
    }
}

/// What this process has allocated and not given back.
fn heap() -> Heap {
    let stats = ALLOCATOR.stats();
    // Read one after the other while others allocate: a difference may be a little off, and is never below zero.
    let bytes = stats.bytes_allocated.saturating_sub(stats.bytes_deallocated);
    Heap { bytes, blocks: stats.allocations.saturating_sub(stats.deallocations) }
}

fn tell_heap() {
    loop {
        let Heap { bytes, blocks } = heap();
        if writeln!(std::io::stderr(), "heap {bytes} {blocks}").is_err() {
            break;
        }
        std::thread::sleep(soak::EVERY);
    }
}

fn run() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(Ok(60), |s| s.parse::<u64>());
    let seconds = seconds.map_err(|e| format!("how many seconds? {e}; accepted: a whole number"))?;
    let load = arguments.next().map_or(Ok(Load::ALL), |name| Load::named(&name))?;
    let server = Command::new(std::env::current_exe().map_err(|e| format!("cannot start itself: {e}"))?);
    let soaked = soak::soak(server, load, Duration::from_secs(seconds), heap);
    println!("medians    server                                         clients");
    println!("           resident    live KiB      blocks  threads      resident    live KiB      blocks");
    let span_s = (seconds / 10).clamp(1, 60) as f64;
    for span in soaked.samples.chunk_by(|a, b| (a.at_s / span_s).floor() == (b.at_s / span_s).floor()) {
        let of = |value: fn(&Sample) -> f64| soak::median(span, value);
        println!(
            "{:>5.0} s {:>8.0} KiB {:>11.0} {:>11.0} {:>8.0} {:>9.0} KiB {:>11.0} {:>11.0}",
            span.last().map_or(0.0, |s| s.at_s),
            of(|s| s.server.resident_kib),
            of(|s| s.server.heap.bytes as f64 / 1024.0),
            of(|s| s.server.heap.blocks as f64),
            of(|s| s.server.threads),
            of(|s| s.client.resident_kib),
            of(|s| s.client.heap.bytes as f64 / 1024.0),
            of(|s| s.client.heap.blocks as f64),
        );
    }
    let rate = soaked.requests as f64 / seconds as f64;
    println!(
        "{} requests ({rate:.0}/s), {} sessions, {} strangers",
        soaked.requests, soaked.sessions, soaked.strangers
    );
    Ok(())
}
