//! `tiptwin instrument emulate`: the other side of a Cypher.

use super::error::CommandError;
use super::explore::catch_signals;
use super::instrument_args::EmulateArgs;
use super::printer::Printer;
use crate::config::{InstrumentChoice, Scenario};
use crate::run::{RunError, Sample, io_error};
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use tiptwin_drivers::Twin;
use tiptwin_drivers::cypher::Electrode;
use tiptwin_drivers::emulator::{self, DAQ_SAMPLES_PER_POINT, Habits, Place};
use tiptwin_instrument::{ErrorKind, MasterSeed};
use tiptwin_sim::FilmSpec;

/// Output at which the emulated amplifier clips, V.
const RAIL_V: f64 = 10.0;

pub(super) fn emulate(arguments: &EmulateArgs, printer: &Printer) -> Result<(), CommandError> {
    if !(arguments.time_scale.is_finite() && (0.0..=100.0).contains(&arguments.time_scale)) {
        return Err(CommandError::usage(format!("--time-scale {}; accepted: 0 to 100", arguments.time_scale)));
    }
    let mut faults = arguments.fault.clone();
    if let Some(path) = &arguments.faults {
        let text = fs::read_to_string(path).map_err(io_error("read", path))?;
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        faults.extend(lines.map(str::to_owned));
    }
    let twin = twin(arguments)?;
    let biased = if arguments.biased == "sample" { Electrode::Sample } else { Electrode::Tip };
    let habits =
        Habits { serial: arguments.serial.clone(), time_scale: arguments.time_scale, biased, ..Habits::default() };
    fs::create_dir_all(&arguments.folder).map_err(io_error("create", &arguments.folder))?;
    let folder = std::path::absolute(&arguments.folder).map_err(io_error("find", &arguments.folder))?;
    let (buffer, data) = (folder.join("buffer"), folder.join("data"));
    let place = Place { buffer: &buffer, data: &data, daq: arguments.daq };
    let table = table(&twin, &habits, arguments, &place);
    let stopper = catch_signals()?;
    let mut ready = |daq: Option<SocketAddr>| {
        let table = table.clone() + &daq.map(daq_table).unwrap_or_default();
        let result = serde_json::json!({
            "buffer_folder": buffer, "data_folder": data, "daq_address": daq, "instrument_cypher": table
        });
        printer.result("instrument emulate", &result, &format!("{table}\n# emulating until Ctrl-C"));
    };
    let ended = emulator::emulate(twin, &place, habits, &faults, &mut ready, stopper.flag());
    ended.map_err(|source| match source.kind() {
        ErrorKind::InvalidRequest => CommandError::usage(source.to_string()),
        _ => RunError::NotOpened { source }.into(),
    })
}

fn twin(arguments: &EmulateArgs) -> Result<Twin, CommandError> {
    let Some(path) = &arguments.scenario else {
        let seed = MasterSeed(arguments.seed);
        return Ok(Twin::new(&FilmSpec::default(), seed, seed)?);
    };
    let scenario = Scenario::load(path, &arguments.set)?;
    if !matches!(scenario.instrument, InstrumentChoice::Twin(_)) {
        return Err(scenario.problem("instrument.driver", "has no film to emulate; accepted: twin").into());
    }
    match Sample::open(&scenario, arguments.seed)? {
        Sample::Film(twin) => Ok(*twin),
        _ => Err(RunError::Input("only the twin has a film".into()).into()),
    }
}

/// The table of a scenario that drives it.
fn table(twin: &Twin, habits: &Habits, arguments: &EmulateArgs, place: &Place<'_>) -> String {
    let amplifier = &twin.realism().amplifier;
    let mut text = limits(twin);
    text.push_str("[instrument]\ndriver = \"cypher\"\n[instrument.cypher]\n");
    // TOML's literal strings take backslashes as they are.
    let _ = writeln!(text, "buffer_folder = '{}'\ndata_folder = '{}'", place.buffer.display(), place.data.display());
    let _ = writeln!(text, "amps_per_volt = {:e}", amplifier.full_scale.0 / RAIL_V);
    let _ = writeln!(text, "noise_pa = {}", amplifier.noise_rms_a() * 1e12);
    let _ = writeln!(text, "biased = \"{}\"", arguments.biased);
    if place.daq.is_none() {
        let _ = writeln!(text, "light_output = \"{}\"", habits.lamp.0);
    }
    let _ = writeln!(text, "light_volts_per_sun = {:?}", habits.lamp.1);
    let (channel, volts) = &habits.photodiode;
    let _ =
        writeln!(text, "light_max_suns = 2.0\nlight_monitor = \"{channel}\"\nlight_monitor_volts_per_sun = {volts:?}");
    if arguments.time_scale == 0.0 {
        text.push_str(
            "settle_command_s = 0\nsettle_move_s = 0\nsettle_light_s = 0\nfile_stable_s = 0\npoll_s = 0.001\n",
        );
    }
    text
}

/// Limits that a run needs who thinks that this is real: those of the emulated film and amplifier.
fn limits(twin: &Twin) -> String {
    let (edge, full_scale) = (twin.film().spec().film_size.0 * 1e6, twin.realism().amplifier.full_scale.0 * 1e9);
    format!(
        "[limits]\nbias_max_v = 10.0\nslew_max_v_per_s = 1e6\ncurrent_max_na = {full_scale}\ncharge_per_spot_max_nc = 1e6\n\
         touches_per_spot_max = 1000\nspacing_min_nm = 0\nx_min_um = 0\nx_max_um = {edge}\ny_min_um = 0\ny_max_um = {edge}\n\
         light_max_suns = 2.0\nlight_dose_max_suns_s = 1e6\nsweep_max_s = 3600\nrun_max_s = 1e6\ndisk_free_min_mb = 1\n\
         lift_before_lateral_move = true\n"
    )
}

/// The keys of the converters, in the same table.
fn daq_table(address: SocketAddr) -> String {
    format!(
        "iv = \"daq\"\ndaq.address = \"{address}\"\ndaq.light_output = \"ao1\"\ndaq.bias_monitor = \"ai1\"\ndaq.light_monitor = \"ai2\"\n\
         daq.light_max_v = 10.0\ndaq.samples_per_point = {DAQ_SAMPLES_PER_POINT}\n"
    )
}
