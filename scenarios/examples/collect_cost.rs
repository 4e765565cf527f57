//! What collecting costs, by number of explorations: seconds and memory, on parts that are copies of real explorations under other seeds.
//!
//!     cargo run --release --example collect_cost -- 1000 10000 100000

use std::error::Error;
use std::fs;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::Instant;
use tiptwin::campaign::{Attempt, Campaign, Record, collect, pilot, write_part};
use tiptwin::compare::{Outcome, Wanted};
use tiptwin::progress::Progress;
use tiptwin::run::Stopper;
use tiptwin_core::net::ComputeDevice;

fn main() -> Result<(), Box<dyn Error>> {
    let counts: Vec<usize> = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<_, _>>()?;
    for &count in if counts.is_empty() { &[1000, 10_000][..] } else { &counts } {
        let folder = tempfile::tempdir()?;
        let wanted = Wanted {
            scenarios: vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("library/campaign-small.toml")],
            seeds: Some(format!("0..{}", count / 2 - 1)),
            ..Wanted::default()
        };
        let begun = Instant::now();
        let campaign = Campaign::plan(&wanted, ComputeDevice::default(), folder.path())?;
        let plan_s = begun.elapsed().as_secs_f64();
        pilot(&campaign, Progress::Quiet, &Stopper::default())?;
        let begun = Instant::now();
        fill(&campaign)?;
        let write_s = begun.elapsed().as_secs_f64();
        let bytes = size(folder.path())?;
        let before_mb = peak_mb();
        let begun = Instant::now();
        let (collected, _) = collect(&campaign, false, Progress::Quiet)?;
        writeln!(
            stdout(),
            "{count} explorations: plan {plan_s:.2} s, writing parts {write_s:.1} s ({:.1} kB each), collect {:.1} s, peak memory {:.0} MB (before collecting {before_mb:.0} MB), table {:.1} kB each, {} missing",
            bytes as f64 / count as f64 / 1e3,
            begun.elapsed().as_secs_f64(),
            peak_mb(),
            size(&folder.path().join("table"))? as f64 / count as f64 / 1e3,
            collected.missing
        )?;
    }
    Ok(())
}

/// Parts for every task: explorations of the pilot, with every score a little different from seed to seed.
fn fill(campaign: &Campaign) -> Result<(), Box<dyn Error>> {
    let mut models: Vec<Outcome> = Vec::new();
    for entry in fs::read_dir(campaign.folder.join("outcomes"))? {
        for line in fs::read_to_string(entry?.path())?.lines() {
            models.push(serde_json::from_str::<Record>(line)?.outcome);
        }
    }
    let attempt = Attempt::new("synthetic");
    for (number, tasks) in campaign.tasks.chunks(2000).enumerate() {
        let copy = |task: &tiptwin::campaign::Task| {
            let label = &campaign.strategy(task).label;
            let model = models.iter().filter(|m| m.strategy == *label).nth(task.seed as usize % 3)?;
            let mut outcome = Outcome { seed: task.seed, ..model.clone() };
            let change = (task.seed as f64 * 0.618).fract() * 0.1;
            for score in &mut outcome.played.scores {
                (score.r2, score.nrmse) = (score.r2 - change, score.nrmse + change);
            }
            Some(Record { task: task.id.to_string(), play_s: 0.1, prepare_s: 0.0, outcome })
        };
        write_part(campaign, &attempt, number, tasks.iter().filter_map(copy).collect(), Vec::new())?;
    }
    Ok(())
}

fn size(folder: &Path) -> Result<u64, Box<dyn Error>> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        bytes += if path.is_dir() { size(&path)? } else { fs::metadata(&path)?.len() };
    }
    Ok(bytes)
}

/// Peak resident memory of this process so far, in megabytes.
fn peak_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|k| k.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}
