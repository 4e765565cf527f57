//! Any faults in any order.

use crate::faults::{CALLS, judge};
use crate::suite;
use proptest::prelude::*;
use std::time::Instant;
use tiptwin_drivers::nidaq::server::{Fault, Setup, Trouble};
use tiptwin_drivers::nidaq::{DaqConfig, Output, open};
use tiptwin_instrument::{Seconds, Volts, Waveform};

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        Just(Trouble::Hang),
        Just(Trouble::Disconnect),
        (0.0..1.0).prop_map(|at| Trouble::Crash { at }),
        prop_oneof![Just(-50_103), Just(-200_088), Just(-200_284), Just(-88_709)].prop_map(Trouble::Status),
        Just(Trouble::Warning(200_010)),
        Just(Trouble::Short),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    // And those of the way back when it fails.
    let calls = [&CALLS[..], &["ResetDevice", "GetErrorString"]].concat();
    let call = prop_oneof![1 => Just(None), 4 => prop::sample::select(calls).prop_map(|c| Some(c.to_owned()))];
    (call, 0_usize..12, 1_usize..4, any::<bool>(), trouble())
        .prop_map(|(call, skip, times, carried_out, trouble)| Fault { call, skip, times, carried_out, trouble })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever goes wrong while a bias is swept, held and taken away: 0 V or an error that says it is not, and once the faults are
    /// over, 0 V.
    #[test]
    fn prop_faults_end_at_zero_or_say_that_they_do_not(
        faults in prop::collection::vec(fault(), 1..5),
        steps in prop::collection::vec(prop_oneof![4 => Just(0), 4 => Just(1), 1 => Just(2), 3 => Just(3)], 1..5),
    ) {
        let (server, config) = suite::server(Setup::default());
        let config = DaqConfig { call_timeout: Seconds(0.1), ..config };
        let mut daq = open(&config).expect("no faults yet");
        for fault in faults {
            server.inject(fault);
        }
        for step in steps {
            let begun = Instant::now();
            match step {
                0 => {
                    let waveform = Waveform::Bipolar { peak: Volts(-2.0), samples: 41, duration: Seconds(0.04) };
                    judge(&server, &daq.sweep(&waveform), begun);
                }
                1 => judge(&server, &daq.make_safe(), begun),
                2 => server.set_stuck(0, true),
                _ => {
                    let set = daq.set_output(Output::Bias, Volts(1.0));
                    if set.is_ok() {
                        prop_assert!((server.output_v(0) - 1.0).abs() <= 0.05);
                    } else {
                        judge(&server, &set, begun);
                    }
                }
            }
        }
        server.repair();
        let safe = daq.make_safe();
        prop_assert!(safe.is_ok(), "{:?}", safe);
        prop_assert_eq!((server.output_v(0), server.output_v(1)), (0.0, 0.0));
        drop(daq);
        prop_assert_eq!(server.output_v(0), 0.0);
    }
}
