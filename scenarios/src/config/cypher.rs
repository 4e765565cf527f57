//! The table `[instrument.cypher]`: folders, what sweeps, gains, outputs and waiting times.

use super::daq::read_daq;
use super::reader::Reader;
use std::path::Path;
use tiptwin_drivers::cypher::{Electrode, IvPath, Light, LightOutput, Settings, Waits};
use tiptwin_instrument::{Amps, Meters, Seconds, Suns, Volts};

const TIMEOUT_S: std::ops::RangeInclusive<f64> = 0.1..=3600.0;
const SETTLE_S: std::ops::RangeInclusive<f64> = 0.0..=3600.0;

pub(super) fn read_cypher(r: &Reader<'_>, folder: &Path) -> Option<Settings> {
    // Every key is read before a missing one ends this, so that all problems are reported together.
    let folder_of = |key: &str, what: &str| r.require(key, r.text(key), what).map(|name| folder.join(name));
    let buffer = folder_of("buffer_folder", "the folder of ToIgor.arcmd and its answers");
    let data = folder_of("data_folder", "the folder that the controller saves .ibw files in");
    let mut s = Settings::new("", "");
    s.program = r.text("igor_exe").map(|name| folder.join(name));
    s.serial = r.text("serial");
    if let Some(iv) = r.choice("iv", &["ardoiv", "daq"]) {
        s.iv = if iv == "daq" { IvPath::Daq } else { IvPath::ArDoIv };
    }
    if let Some(biased) = r.choice("biased", &["tip", "sample"]) {
        s.biased = if biased == "sample" { Electrode::Sample } else { Electrode::Tip };
    }
    let gain = r.number("amps_per_volt", 1e-13..=1e-3, "A/V");
    let gain = r.require("amps_per_volt", gain, "the gain of the current amplifier, such as 1e-9");
    let rail = r.number("rail_v", 0.1..=100.0, "V");
    s.rail = rail.map_or(s.rail, Volts);
    s.current_noise = r.number("noise_pa", 0.0..=1e6, "pA").map(|pa| Amps(pa * 1e-12));
    s.bias_max = r.number("bias_max_v", 0.0..=10.0, "V").map_or(s.bias_max, Volts);
    s.height_channel = r.text("height_channel").unwrap_or(s.height_channel);
    s.current_channel = r.text("current_channel").unwrap_or(s.current_channel);
    s.scan_rate_hz = r.number("scan_rate_hz", 0.01..=1000.0, "Hz").unwrap_or(s.scan_rate_hz);
    s.contact_setpoint = r.number("contact_setpoint_v", -5.0..=10.0, "V").map_or(s.contact_setpoint, Volts);
    s.withdrawn_setpoint = r.number("withdrawn_setpoint_v", -10.0..=-5.0, "V").map_or(s.withdrawn_setpoint, Volts);
    let tolerance = r.number("position_tolerance_nm", 0.01..=1000.0, "nm");
    s.position_tolerance = tolerance.map_or(s.position_tolerance, |nm| Meters(nm * 1e-9));
    let daq = r.table("daq", |r| (r.has("light_output"), read_daq(r, folder, gain)));
    if s.iv == IvPath::Daq && daq.is_none() {
        let accepted =
            "the table [instrument.cypher.daq] with the address and the channels of the converters".to_owned();
        r.complain("iv", "needs converters", accepted);
    }
    let (shines, daq) = daq.unwrap_or((false, None));
    s.daq = daq;
    s.light = read_light(r, shines);
    s.waits = read_waits(r);
    (s.buffer, s.data, s.gain_a_per_v) = (buffer?, data?, gain?);
    Some(s)
}

fn read_light(r: &Reader<'_>, by_daq: bool) -> Option<Light> {
    let channel = r.text("light_output");
    if by_daq && channel.is_some() {
        let message = "cannot stand beside daq.light_output: one output drives the lamp";
        r.complain("light_output", message, "one of the two".to_owned());
    }
    let output = if by_daq { Some(LightOutput::Daq) } else { channel.map(LightOutput::Controller) };
    let (volts, max) =
        (r.number("light_volts_per_sun", -100.0..=100.0, "V"), r.number("light_max_suns", 0.0..=2.0, "suns"));
    let (channel, seen) = (r.text("light_monitor"), r.number("light_monitor_volts_per_sun", -100.0..=100.0, "V"));
    let Some(output) = output else {
        for key in ["light_volts_per_sun", "light_max_suns", "light_monitor"].into_iter().filter(|key| r.has(key)) {
            r.complain(key, "means nothing without light_output", "light_output = \"…\", here or in daq".to_owned());
        }
        return None;
    };
    let volts = r.require("light_volts_per_sun", volts.filter(|v| *v != 0.0), "volts of the output for one sun, not 0");
    if by_daq && volts.is_some_and(|v| v < 0.0) {
        r.complain(
            "light_volts_per_sun",
            "is below 0, which the DAQ's output for light never is",
            "above 0 V".to_owned(),
        );
    }
    let monitor = match channel {
        Some(channel) => {
            let accepted = "volts of the photodiode for one sun, not 0";
            let seen = r.require("light_monitor_volts_per_sun", seen.filter(|v| *v != 0.0), accepted);
            seen.map(|seen| (channel, seen))
        }
        None => None,
    };
    Some(Light { output, volts_per_sun: volts?, max: max.map_or(Suns(1.0), Suns), monitor })
}

fn read_waits(r: &Reader<'_>) -> Waits {
    let w = Waits::default();
    let settle = |key, default: Seconds| r.number(key, SETTLE_S, "s").map_or(default, Seconds);
    let timeout = |key, default: Seconds| r.number(key, TIMEOUT_S, "s").map_or(default, Seconds);
    Waits {
        settle_command: settle("settle_command_s", w.settle_command),
        settle_move: settle("settle_move_s", w.settle_move),
        settle_light: settle("settle_light_s", w.settle_light),
        answer: timeout("answer_timeout_s", w.answer),
        file: timeout("file_timeout_s", w.file),
        file_stable: settle("file_stable_s", w.file_stable),
        poll: r.number("poll_s", 0.001..=60.0, "s").map_or(w.poll, Seconds),
        program: timeout("program_timeout_s", w.program),
    }
}
