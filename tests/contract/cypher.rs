//! The real Cypher driver against its emulated other side: the contract, and whole explorations beside the twin driver.

use super::contract;
use ndarray::Array2;
use tiptwin_core::descriptor;
use tiptwin_core::model::Tiptwin;
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::session::{First, Plan, Session, Step, Target};
use tiptwin_core::strategy::{ModelStrategy, Rule};
use tiptwin_drivers::Twin;
use tiptwin_instrument::{Instrument, IvCurve, MasterSeed, Meters, Outcome, ScanGrid, Stream, Suns, Waveform};
use tiptwin_sim::FilmSpec;
use tiptwin_sim::realism::{Level, Realism};
use tiptwin_sim::transport::Constants;
use tiptwin_tests::{InSinglePrecision, ThroughConverters, emulated, emulated_with_daq, twin};

#[test]
fn contract_emulated_cypher() {
    contract(&|| Box::new(emulated(twin(3, 4))));
}

#[test]
fn contract_emulated_cypher_with_converters() {
    contract(&|| Box::new(emulated_with_daq(twin(3, 4))));
}

/// What an exploration saw and did.
pub(super) struct Explored {
    pub(super) image: Array2<f64>,
    pub(super) picks: Vec<usize>,
    pub(super) curves: Vec<IvCurve>,
}

pub(super) fn explore(instrument: &mut dyn Instrument, pixels: usize, steps: usize, light: Suns) -> Explored {
    let plan = Plan {
        grid: ScanGrid::square(Meters(3e-6), pixels),
        corrections: Vec::new(),
        further: Vec::new(),
        window_px: 16,
        within: None,
        steps,
        target: Target::Descriptor(descriptor::by_name("max_current").expect("known")),
        light,
        waveform: Waveform::default(),
        first: First::Random,
        seed: MasterSeed(5),
        stream: Stream::Strategy,
    };
    let model = Tiptwin::new(MasterSeed(5).rng(Stream::NetworkInit, 0), ComputeDevice::default());
    let strategy = ModelStrategy::new("tiptwin", Box::new(model), Rule::MaxVariance);
    let mut session = Session::new(plan, Box::new(strategy), &instrument.describe()).expect("starts");
    let mut seen = Explored { image: Array2::zeros((0, 0)), picks: Vec::new(), curves: Vec::new() };
    loop {
        let action = match session.next().expect("goes on") {
            Step::Finished => break,
            Step::Prepare(action) => action,
            Step::Measure(planned) => {
                seen.picks.push(planned.choice.index);
                planned.action
            }
        };
        let observation = instrument.execute(&action).expect("executes");
        match &observation.outcome {
            Outcome::Image(image) => seen.image.clone_from(&image.values),
            Outcome::Curve(curve) => seen.curves.push(curve.clone()),
            _ => {}
        }
        session.tell(&observation).expect("takes");
    }
    instrument.make_safe().expect("safe");
    seen
}

/// Largest difference of two values, relative to the larger of the second and `scale`.
fn worst<'a>(pairs: impl Iterator<Item = (&'a f64, &'a f64)>, scale: f64) -> f64 {
    pairs.fold(0.0, |m, (a, b)| m.max((a - b).abs() / b.abs().max(scale)))
}

/// Positions go through volts and back: that moves a value by a few parts in 10¹⁶ at most, which single precision hides except where
/// a value lies on the edge between two of its numbers.
const LAST_BIT: f64 = 1.3e-7;

/// The twin driver must see its data in single precision, since a learner that is told other numbers may pick otherwise.
#[test]
fn contract_two_hundred_steps_are_those_of_the_twin() {
    let film = twin(7, 5);
    let mut cypher = emulated(film.clone());
    let by_cypher = explore(&mut cypher, 128, 200, Suns(0.1));
    let by_twin = explore(&mut InSinglePrecision(film), 128, 200, Suns(0.1));
    assert_eq!(by_cypher.picks.len(), 200);
    assert_eq!(by_cypher.picks, by_twin.picks);
    assert!(worst(by_cypher.image.iter().zip(&by_twin.image), 1e-12) <= LAST_BIT);
    let mut equal = 0;
    for (a, b) in by_cypher.curves.iter().zip(&by_twin.curves) {
        assert_eq!((&a.bias_v, a.saturated, a.sample_interval), (&b.bias_v, b.saturated, b.sample_interval));
        assert!(worst(a.current_a.iter().zip(&b.current_a), 1e-15) <= LAST_BIT);
        equal += usize::from(a.current_a == b.current_a);
    }
    assert!(equal >= 198, "{equal} of 200 curves are equal to the last bit");
    let bench = cypher.running().bench();
    assert!(bench.is_safe(), "bias 0, light off, tip up");
    assert_eq!(bench.touches(), 201, "one image, 200 sweeps");
}

/// Bias and light are the nearest that 16 bits can put out, and the current the nearest that they can read: told that, the twin gives the same
/// curves, up to one step where a value lies on the edge between two, and the learner goes the same way.
#[test]
fn contract_fifty_steps_through_converters_are_those_of_the_twin() {
    let film = twin(7, 5);
    let mut cypher = emulated_with_daq(film.clone());
    // Of 48 pixels the centres are whole picometres, which noise is keyed by: of 64 they are not, and the way through volts would round some of
    // them to another one.
    let by_cypher = explore(&mut cypher, 48, 50, Suns(0.1));
    let mut through = ThroughConverters(InSinglePrecision(film));
    let step_a = through.step_a();
    let by_twin = explore(&mut through, 48, 50, Suns(0.1));
    assert_eq!((by_cypher.picks.len(), &by_cypher.picks), (50, &by_twin.picks));
    let mut off = 0;
    for (a, b) in by_cypher.curves.iter().zip(&by_twin.curves) {
        assert_eq!((&a.bias_v, a.saturated), (&b.bias_v, b.saturated));
        assert!((a.sample_interval.0 / b.sample_interval.0 - 1.0).abs() < 1e-12);
        for (x, y) in a.current_a.iter().zip(&b.current_a) {
            assert!((x - y).abs() <= 1.001 * step_a, "{x:e} A and {y:e} A");
            off += usize::from((x - y).abs() > 0.5 * step_a);
        }
    }
    assert!(off <= 5, "{off} of 12550 samples are a step of the converter off");
    let bench = cypher.running().bench();
    assert!(bench.is_safe(), "bias 0, light off, tip up");
    assert_eq!(bench.touches(), 51, "one image, 50 sweeps");
}

/// Drift, wear, damage and memory make answers depend on the past and on the clock: they agree only if the emulated microscope was
/// made to do exactly the same things in the same order.
#[test]
fn contract_a_harsh_microscope_is_the_same_through_files() {
    let harsh = Realism::level(Level::Harsh);
    let spec = FilmSpec::default();
    let film = Twin::with_realism(&spec, &harsh, Constants::default(), MasterSeed(2), MasterSeed(3)).expect("a film");
    let mut cypher = emulated(film.clone());
    let by_cypher = explore(&mut cypher, 48, 30, Suns(0.1));
    let by_twin = explore(&mut InSinglePrecision(film), 48, 30, Suns(0.1));
    assert_eq!(by_cypher.picks, by_twin.picks);
    for (a, b) in by_cypher.curves.iter().zip(&by_twin.curves) {
        // The converter's step is larger than any rounding: where a value lies on the edge of a step it may fall to the other side.
        let step_a = harsh.amplifier.adc_step.map_or(0.0, |s| s.0);
        assert!(a.current_a.iter().zip(&b.current_a).all(|(x, y)| (x - y).abs() <= 1.001 * step_a));
    }
}
