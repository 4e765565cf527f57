//! What the link costs a measurement: a twin beside the program, served on this machine, and served at the end of a long line.
//!
//! `cargo run --release --example link_cost -- [MEASUREMENTS] [ROUND_TRIP_MS]`

use std::error::Error;
use std::io::{Write, stdout};
use std::time::{Duration, Instant};
use tiptwin_instrument::{Action, Instrument, InstrumentError, Position, Waveform};
use tiptwin_tests::{served, served_far_away, twin};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let n: u32 = arguments.next().map_or(Ok(200), |n| n.parse())?;
    let round_trip_ms: f64 = arguments.next().map_or(Ok(50.0), |ms| ms.parse())?;
    let film = twin(1, 1);
    let here = timed(&mut film.clone(), n)?;
    let near = timed(&mut served(film.clone()), n)?;
    let far = timed(&mut served_far_away(film, Duration::from_secs_f64(round_trip_ms / 2e3)), n)?;
    let mut out = stdout();
    writeln!(out, "{n} sweeps of 251 samples; median and 99 % of one, in ms")?;
    for (where_, ms) in [("beside the program", &here), ("served on this machine", &near), ("served far away", &far)] {
        writeln!(out, "  {where_:<24} {:8.3} {:8.3}", quantile(ms, 0.5), quantile(ms, 0.99))?;
    }
    let added_ms = |ms: &[f64]| quantile(ms, 0.5) - quantile(&here, 0.5);
    writeln!(out, "added on this machine: {:.3} ms", added_ms(&near))?;
    let trips = added_ms(&far) / round_trip_ms;
    writeln!(out, "added at {round_trip_ms} ms round trip: {:.3} ms, {trips:.2} round trips", added_ms(&far))?;
    Ok(())
}

/// Milliseconds of each measurement, sorted.
fn timed(instrument: &mut dyn Instrument, n: u32) -> Result<Vec<f64>, InstrumentError> {
    let mut ms = Vec::new();
    for k in 0..n {
        let at = Position::new(1e-6 + 1e-9 * f64::from(k % 4000), 1e-6);
        let begun = Instant::now();
        instrument.execute(&Action::SweepIv { at, waveform: Waveform::default(), repeat: 0 })?;
        ms.push(1e3 * begun.elapsed().as_secs_f64());
    }
    instrument.make_safe()?;
    ms.sort_by(f64::total_cmp);
    Ok(ms)
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * q) as usize]
}
