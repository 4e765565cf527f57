//! The arguments of `tiptwin instrument`.

use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct InstrumentArgs {
    #[command(subcommand)]
    pub(super) command: InstrumentCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum InstrumentCommand {
    /// Who the instrument of a scenario is, what it can do and how far it may go. Nothing moves
    Describe(OpenArgs),
    /// Check the instrument of a scenario step by step, from what touches nothing to what does
    Check(CheckArgs),
    /// Be the other side of a Cypher: obey its commands in a folder over a simulated film, until Ctrl-C
    Emulate(EmulateArgs),
}

#[derive(Debug, Args)]
pub(super) struct OpenArgs {
    /// Scenario file
    pub(super) scenario: PathBuf,
    /// Override a key of the scenario; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) open: OpenArgs,
    /// Also send the withdrawn tip to four places and compare what the sensors say
    #[arg(long = "move")]
    pub(super) moves: bool,
    /// Also switch the lamp on and off
    #[arg(long)]
    pub(super) light: bool,
    /// Also sweep the scenario's waveform on a resistor that takes the sample's place: sign and gain of the current
    #[arg(long, value_name = "OHM")]
    pub(super) resistor_ohm: Option<f64>,
    /// The serial number of the real instrument that may move, shine and sweep
    #[arg(long, value_name = "SERIAL")]
    pub(super) arm: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct EmulateArgs {
    /// Scenario with driver = "twin": its film and its microscope [default: preset seed, ideal]
    pub(super) scenario: Option<PathBuf>,
    /// Override a key of the scenario; can be repeated
    #[arg(long, value_name = "KEY=VALUE", requires = "scenario")]
    pub(super) set: Vec<String>,
    /// Folder: commands and answers go into buffer/, .ibw files into data/
    #[arg(long, value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// Seed of the film and of the noise
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Share of the time of a measurement that passes: 1 as on a microscope, 0 at once
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub(super) time_scale: f64,
    /// Serial number
    #[arg(long, value_name = "SERIAL", default_value = "EMULATED-1")]
    pub(super) serial: String,
    /// Electrode that it biases
    #[arg(long, default_value = "tip", value_parser = ["tip", "sample"])]
    pub(super) biased: String,
    /// Also be an NI-DAQmx server with converters on the same film, at this address of this machine; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:0")]
    pub(super) daq: Option<SocketAddr>,
    /// Something that goes wrong, such as ibw-late=3s@7; can be repeated. `--fault help` lists them
    #[arg(long, value_name = "FAULT")]
    pub(super) fault: Vec<String>,
    /// File of such faults, one a line
    #[arg(long, value_name = "FILE")]
    pub(super) faults: Option<PathBuf>,
}
