//! A target of your own, in one file: learn the power that a sweep dissipates at its peak.
//!
//! ```sh
//! cargo run --release --example own_descriptor
//! ```
//!
//! Any function of a curve will do. The session asks what to measure, the twin measures it, and the session is told; no
//! file is written.

#![expect(clippy::print_stdout, reason = "an example that answers on the terminal")]

use std::error::Error;
use tiptwin_core::descriptor::{Custom, Value};
use tiptwin_core::model::Reference;
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::session::{First, Target, Told};
use tiptwin_core::strategy::{ModelStrategy, Rule};
use tiptwin_core::{Plan, Session, Step};
use tiptwin_drivers::Twin;
use tiptwin_instrument::units::engineering;
use tiptwin_instrument::{Instrument, MasterSeed, Meters, ScanGrid, Stream, Suns, Waveform};
use tiptwin_sim::FilmSpec;

fn main() -> Result<(), Box<dyn Error>> {
    let power = Custom::new("peak_power", "power at the peak", "W", |curve, _noise| {
        let peak = curve.peak_index();
        Ok(Value { value: curve.bias_v[peak] * curve.current_a[peak], censored: curve.saturated })
    });
    let seed = MasterSeed(1);
    let mut twin = Twin::new(&FilmSpec::default(), seed, seed)?;
    let plan = Plan {
        grid: ScanGrid::square(Meters(1e-6), 48),
        corrections: Vec::new(),
        further: Vec::new(),
        window_px: 8,
        within: None,
        steps: 30,
        target: Target::Descriptor(Box::new(power)),
        light: Suns(0.1),
        waveform: Waveform::default(),
        first: First::Random,
        seed,
        stream: Stream::Strategy,
    };
    let model = Reference::new(seed.rng(Stream::NetworkInit, 0), ComputeDevice::default());
    let strategy = ModelStrategy::new("reference", Box::new(model), Rule::MaxVariance);
    let mut session = Session::new(plan, Box::new(strategy), &twin.describe())?;
    loop {
        match session.next()? {
            Step::Finished => break,
            Step::Prepare(action) => {
                session.tell(&twin.execute(&action)?)?;
            }
            Step::Measure(planned) => {
                if let Told::Measured { value, .. } = session.tell(&twin.execute(&planned.action)?)? {
                    let at = planned.pixel;
                    println!(
                        "{:3}  row {:2}, column {:2}  {}",
                        planned.number,
                        at.row,
                        at.col,
                        engineering(value, "W")
                    );
                }
            }
        }
    }
    Ok(())
}
