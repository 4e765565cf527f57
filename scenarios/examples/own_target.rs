//! A target of your own from *all* curves of a location, in one file: how much light switches the current on.
//!
//! ```sh
//! cargo run --release --example own_target
//! ```
//!
//! At each location a pair is swept in the dark and one under light. The function below turns them into the number that is learnt;
//! everything else is as for any target: maps with uncertainty, scores, a run folder, a report. The photocurrent is learnt beside it.

#![expect(clippy::print_stderr, reason = "an example that answers on the terminal")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tiptwin::config::Scenario;
use tiptwin::progress::Progress;
use tiptwin::run::{Contender, Stopper, Summary, explore};
use tiptwin_core::descriptor::{CurveSet, CustomSet, Undefined, Value};
use tiptwin_core::net::ComputeDevice;
use tiptwin_instrument::{Amps, IvCurve};

/// Decades between the mean current at the peak in light and in the dark. Where the dark holds nothing but noise, it is a bound.
fn on_off_decades(set: &CurveSet, noise: Amps) -> Result<Value, Undefined> {
    let lit = mean_peak_a(set.lit()).ok_or(Undefined("it was not swept in light"))?;
    let dark = mean_peak_a(set.dark()).ok_or(Undefined("it was not swept in the dark"))?;
    let least = 3.0 * noise.0;
    if lit <= least {
        return Err(Undefined("there is no current in light either"));
    }
    Ok(Value { value: (lit / dark.max(least)).log10(), censored: dark < least })
}

fn mean_peak_a<'a>(curves: impl Iterator<Item = &'a IvCurve>) -> Option<f64> {
    let peaks: Vec<f64> = curves.map(|c| c.current_a[c.peak_index()].abs()).collect();
    (!peaks.is_empty()).then(|| peaks.iter().sum::<f64>() / peaks.len() as f64)
}

const SCENARIO: &str = r#"
[instrument]
driver = "twin"
[scan]
size_um = 2.0
pixels = 64
[measurement]
light_suns = [0.0, 0.1]         # every location is swept in both
repeats = 2                     # twice each
target = "photocurrent"
[explore]
steps = 60
"#;

/// Explores and leaves a run folder.
pub(crate) fn run(out: &Path) -> Result<Summary, Box<dyn Error>> {
    let mut scenario = Scenario::parse("own-target", "own_target.rs", SCENARIO, Path::new("."), &[])?;
    scenario.learn(Arc::new(CustomSet::new(
        "on_off_decades",
        "decades of light over dark current",
        "",
        on_off_decades,
    )));
    let seed = 1;
    let contender = Contender::named(&scenario.explore, seed, ComputeDevice::default())?;
    Ok(explore(&scenario, contender, seed, out, Progress::detect(false), &Stopper::default())?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args().nth(1).map_or_else(|| PathBuf::from("out/own_target"), PathBuf::from);
    let summary = run(&out)?;
    eprintln!("learnt {} from {} locations; report in {}", summary.target, summary.measured, out.display());
    Ok(())
}
