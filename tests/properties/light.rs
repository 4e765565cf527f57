//! Numbers 26 and 27: photocurrent and photoconduction.

use crate::loops::{classes, curve, max_a};
use proptest::prelude::*;
use tiptwin_instrument::{Seconds, Suns, Volts, Waveform};
use tiptwin_sim::transport::constants::ELEMENTARY_CHARGE_C;
use tiptwin_sim::transport::{Column, Constants, Site, sweep};

fn short_circuit_a(suns: f64) -> f64 {
    let column = Column::new(&Site::default(), Suns(suns), &Constants::default()).expect("column");
    column.advance(Volts(0.0), Seconds::ZERO, column.rested_charge(), 0.0).expect("advances").current_a
}

#[test]
fn prop_26_photocurrent_is_negative_linear_and_bounded() {
    assert!(short_circuit_a(0.0).abs() < 1e-18);
    let c = Constants::default();
    for suns in [1e-3, 1e-2, 0.1, 1.0] {
        let current = short_circuit_a(suns);
        let limit = ELEMENTARY_CHARGE_C * c.generation_per_m3_s * suns * c.thickness_m * c.collection_area_m2;
        assert!(current < 0.0 && -current <= limit, "{current} at {suns} suns");
    }
    // For little light the photovoltage across the spreading resistance, I·R/VT = 3e-4 at 1e-4 suns, bends the line.
    let ratio = short_circuit_a(2e-4) / short_circuit_a(1e-4);
    assert!((ratio - 2.0).abs() < 1e-3, "{ratio}");
}

#[test]
fn prop_26_with_the_detection_laser_dark_is_not_dark() {
    let constants = Constants { laser_suns: 0.02, ..Constants::default() };
    let waveform = Waveform::default();
    let spilt = sweep(&Site::default(), Suns(0.0), &waveform, &constants).expect("sweeps").current_a;
    assert_eq!(spilt, curve(&Site::default(), 0.02, &waveform).1, "as a lamp of the same strength");
    assert!(spilt[0] < -1e-12, "photocurrent without a lamp: {}", spilt[0]);
    let both = sweep(&Site::default(), Suns(0.1), &waveform, &constants).expect("sweeps").current_a;
    assert!(both.iter().zip(&curve(&Site::default(), 0.12, &waveform).1).all(|(a, b)| (a - b).abs() < 1e-9 * b.abs()));
    assert!(Constants { laser_suns: -0.01, ..constants }.check().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn prop_27_more_light_more_peak_current(suns in 0.0..1.0_f64, more in 1e-3..1.0_f64, tip in 0.18..0.30_f64, barrier in 0.0..0.3_f64) {
        let site = Site { tip_barrier_ev: tip, boundary_barrier_ev: barrier, ..Site::default() };
        let peak = |suns| max_a(&curve(&site, suns, &Waveform::default()).1);
        // Where the injected current is smaller than the photocurrent at the peak, no current flows forward at all.
        let (low, high) = (peak(suns), peak(suns + more));
        prop_assert!(high >= low || high < 1e-12, "{} at {}, {} at {}", low, suns, high, suns + more);
    }
}

#[test]
fn prop_27_every_class_gains_from_the_standard_light() {
    for (name, site) in classes() {
        let peak = |suns| max_a(&curve(&site, suns, &Waveform::default()).1);
        let ladder: Vec<f64> = [0.0, 0.01, 0.03, 0.1, 0.3, 1.0].map(peak).to_vec();
        assert!(ladder.windows(2).all(|w| w[1] >= w[0]), "{name}: {ladder:?}");
    }
}
