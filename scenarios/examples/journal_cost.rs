//! What safety costs: limits and journal for one measurement.
//!
//! `cargo run --release --example journal_cost [FOLDER]` makes sweeps of 251 samples on an instrument that answers at once, with limits of every kind
//! and without, and journals each as a run does: decision and result synced, the curve synced between them. The disk is that of FOLDER (a temporary
//! folder if none is given); what a sync takes is the disk's.

#![expect(clippy::print_stderr, reason = "an example that answers on the terminal")]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;
use tiptwin::run::RunFolder;
use tiptwin_drivers::Twin;
use tiptwin_drivers::limits::{Limited, Probes, Rule, SafetyLimits};
use tiptwin_instrument::log::{Decision, Event, Measurement};
use tiptwin_instrument::{
    Action, Description, Instrument, InstrumentError, IvCurve, MasterSeed, Observation, Outcome, Pixel, Position,
    Seconds, Waveform,
};
use tiptwin_sim::FilmSpec;

const SWEEPS: usize = 1000;

/// Answers every sweep with the same curve.
struct AtOnce {
    description: Description,
    curve: IvCurve,
    now_s: f64,
}

impl Instrument for AtOnce {
    fn describe(&self) -> Description {
        self.description.clone()
    }
    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        self.now_s += 2.0;
        let (instrument_time, wall_time) = (Seconds(self.now_s), Seconds(0.0));
        let outcome = Outcome::Curve(self.curve.clone());
        Ok(Observation { action: action.clone(), read_back: None, instrument_time, wall_time, outcome })
    }
    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1);
    let temporary = tempfile::tempdir()?;
    let run = folder.map_or_else(|| temporary.path().join("run"), |f| std::path::PathBuf::from(f).join("journal_cost"));
    let mut twin = Twin::new(&FilmSpec::default(), MasterSeed(1), MasterSeed(1))?;
    let curve = twin.sweep_iv(Position::new(1e-6, 1e-6), &Waveform::default())?;
    let fresh = || AtOnce { description: twin.describe(), curve: curve.clone(), now_s: 0.0 };
    let sweeps: Vec<Action> = (0..SWEEPS).map(sweep).collect();

    let plain = timed(&sweeps, &mut fresh());
    let (folder_to_ask, mut limits) = (temporary.path().to_owned(), SafetyLimits::default());
    for rule in Rule::ALL {
        limits.set(rule, if rule.is_floor() { 0.0 } else { 1e9 })?;
    }
    // The charge that a compliance of an ampere lets through.
    limits.set(Rule::Charge, 1e12)?;
    let free_bytes = Box::new(move || fs4::available_space(&folder_to_ask).map_or(f64::NAN, |b| b as f64));
    let limited = timed(&sweeps, &mut Limited::new(fresh(), limits, Probes { free_bytes, ..Probes::default() })?);

    let (mut journal, _) = RunFolder::create(&run, "")?;
    let mut journalled = Vec::with_capacity(SWEEPS);
    for (index, action) in sweeps.iter().enumerate() {
        let begun = Instant::now();
        journalize(&mut journal, index, action, &curve)?;
        journalled.push(begun.elapsed().as_secs_f64());
    }
    for (what, times) in [("answering", &plain), ("with limits", &limited), ("journalling", &journalled)] {
        eprintln!(
            "{what:12} median {:8.1} µs, 99 % below {:8.1} µs",
            1e6 * quantile(times, 0.5),
            1e6 * quantile(times, 0.99)
        );
    }
    let cost = |q| 1e3 * (quantile(&limited, q) - quantile(&plain, q) + quantile(&journalled, q));
    eprintln!("limits and journal for one measurement: median {:.3} ms, 99 % below {:.3} ms", cost(0.5), cost(0.99));
    Ok(())
}

fn sweep(k: usize) -> Action {
    let at = Position::new(1e-7 * (k % 30) as f64, 1e-7 * (k / 30 % 30) as f64);
    Action::SweepIv { at, waveform: Waveform::default(), repeat: 0 }
}

fn timed(sweeps: &[Action], instrument: &mut dyn Instrument) -> Vec<f64> {
    let time = |action| {
        let begun = Instant::now();
        let answer = std::hint::black_box(instrument.execute(action));
        assert!(answer.is_ok(), "nothing is refused: {answer:?}");
        begun.elapsed().as_secs_f64()
    };
    sweeps.iter().map(time).collect()
}

fn journalize(journal: &mut RunFolder, index: usize, action: &Action, curve: &IvCurve) -> Result<(), Box<dyn Error>> {
    let Action::SweepIv { at, .. } = action else { return Ok(()) };
    let pixel = Pixel { row: index / 100, col: index % 100 };
    let (mean, sigma, decide) = (Some(1.2345e-10), Some(2.3456e-11), Seconds(0.0123));
    journal.append(&Event::Decision(Decision { index, pixel, position: *at, mean, sigma, decide }))?;
    let row = journal.append_curve(&curve.bias_v, &curve.current_a)?;
    let names = ["max_current", "turn_on_voltage", "hysteresis_area", "photocurrent", "ideality", "rectification"];
    let descriptors: BTreeMap<String, f64> = names.iter().map(|n| ((*n).to_owned(), 1.234_567_8e-10)).collect();
    journal.append(&Event::Measurement(Measurement {
        index,
        pixel,
        position: *at,
        value: 1.234_567_8e-10,
        censored: false,
        descriptors,
        further: Vec::new(),
        curve: Some(row),
        instrument_time: Seconds(2.0 * index as f64),
        wall_time: Seconds(0.001),
    }))?;
    Ok(())
}

fn quantile(times: &[f64], q: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * q) as usize]
}
