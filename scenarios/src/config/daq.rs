//! The table `[instrument.cypher.daq]`: converters that sweep, and may switch the light, in place of the controller.

use super::reader::Reader;
use std::path::Path;
use tiptwin_drivers::nidaq::{DaqConfig, Terminal, Transport};
use tiptwin_instrument::{Seconds, Volts};

const TERMINALS: [&str; 4] = ["differential", "rse", "nrse", "pseudo_differential"];

/// Reads the table; the gain is the amplifier's where none is said here.
pub(super) fn read_daq(r: &Reader<'_>, folder: &Path, amps_per_volt: Option<f64>) -> Option<DaqConfig> {
    let d = DaqConfig::default();
    let transport = read_transport(r, folder);
    let text = |key: &str, default: String| r.text(key).unwrap_or(default);
    let number = |key: &str, range, unit: &str, default: f64| r.number(key, range, unit).unwrap_or(default);
    let terminal = r.choice("terminal", &TERMINALS).map_or(d.terminal, |word| match word.as_str() {
        "rse" => Terminal::ReferencedSingleEnded,
        "nrse" => Terminal::NonReferencedSingleEnded,
        "pseudo_differential" => Terminal::PseudoDifferential,
        _ => Terminal::Differential,
    });
    let gain = r.number("gain_a_per_v", -1e-3..=1e-3, "A/V").or(amps_per_volt);
    let config = DaqConfig {
        transport,
        device: text("device", d.device),
        bias_output: text("bias_output", d.bias_output),
        light_output: r.text("light_output"),
        current_input: text("current_input", d.current_input),
        bias_monitor: r.text("bias_monitor"),
        light_monitor: r.text("light_monitor"),
        terminal,
        gain_a_per_v: gain?,
        bias_max: Volts(number("bias_max_v", 0.001..=10.0, "V", d.bias_max.0)),
        light_max: Volts(number("light_max_v", 0.001..=10.0, "V", d.light_max.0)),
        input_range: Volts(number("input_range_v", 0.01..=10.0, "V", d.input_range.0)),
        rate_min_hz: number("rate_min_hz", 1e-3..=4e6, "Hz", d.rate_min_hz),
        rate_max_hz: number("rate_max_hz", 1e-3..=4e6, "Hz", d.rate_max_hz),
        samples_per_point: r.count("samples_per_point", 2..=10_000).map_or(d.samples_per_point, |n| n as usize),
        averaged: r.count("averaged", 1..=9_999).map_or(d.averaged, |n| n as usize),
        slew_v_per_s: number("slew_v_per_s", 1.0..=1e6, "V/s", d.slew_v_per_s),
        zero_tolerance: Volts(number("zero_tolerance_v", 1e-6..=0.2, "V", d.zero_tolerance.0)),
        bias_tolerance: Volts(number("bias_tolerance_v", 1e-6..=1.0, "V", d.bias_tolerance.0)),
        refuse_constant: r.boolean("refuse_constant").unwrap_or(d.refuse_constant),
        call_timeout: Seconds(number("call_timeout_s", 0.01..=600.0, "s", d.call_timeout.0)),
    };
    // What no single key says: numbers and channels that do not go together.
    match config.check() {
        Ok(()) => Some(config),
        Err(e) => {
            let text = e.to_string();
            let text = text.trim_start_matches("invalid request: ");
            let (message, accepted) =
                text.split_once("; accepted: ").unwrap_or((text, "numbers and channels that go together"));
            r.complain_of_all(message, accepted);
            None
        }
    }
}

fn read_transport(r: &Reader<'_>, folder: &Path) -> Transport {
    let library = r.choice("transport", &["grpc", "library"]).is_some_and(|word| word == "library");
    let (address, path) = (r.text("address"), r.text("library").map(|name| folder.join(name)));
    let beyond = r.boolean("plain_text_beyond_this_machine").unwrap_or(false);
    let foreign = if library { "address" } else { "library" };
    if r.has(foreign) {
        let accepted = if library { "library = \"…\"" } else { "address = \"…\", or transport = \"library\"" };
        r.complain(foreign, "belongs to the other transport", accepted.to_owned());
    }
    if library {
        return Transport::Library { path };
    }
    let address = address.unwrap_or_else(|| "[::1]:31763".into());
    Transport::Grpc { address, plain_text_beyond_this_machine: beyond }
}
