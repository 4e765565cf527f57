//! How much memory a decision server needs when it is asked as fast as it answers, while strangers knock: `link_soak SECONDS`.
//!
//! Server and clients are in this process, so what is shown is the memory of both.

#![expect(clippy::print_stdout, reason = "what it is for")]

mod soak;

use std::time::Duration;

fn main() -> Result<(), String> {
    let seconds = std::env::args().nth(1).map_or(Ok(60), |s| s.parse::<u64>());
    let seconds = seconds.map_err(|e| format!("how many seconds? {e}; accepted: a whole number"))?;
    let soaked = soak::soak(Duration::from_secs(seconds));
    for (at_s, kib) in soaked.memory_kib.iter().step_by((seconds as usize / 20).max(1)) {
        println!("{at_s:>5} s  {kib} KiB");
    }
    let rate = soaked.requests as f64 / seconds as f64;
    println!(
        "{} requests ({rate:.0}/s), {} sessions, {} strangers",
        soaked.requests, soaked.sessions, soaked.strangers
    );
    println!(
        "memory from {} to {} KiB (medians of the second and the last tenth)",
        soaked.early_kib(),
        soaked.late_kib()
    );
    Ok(())
}
