//! The arguments of every command.

use super::boundaries_args::BoundariesArgs;
use super::campaign_args::CampaignArgs;
use super::family::Kind;
use super::gate_args::GateArgs;
use super::instrument_args::InstrumentArgs;
use super::link::LinkArgs;
use crate::export::ExportFormat;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use tiptwin_core::net::{ComputeDevice, DeviceError};

/// Digital-twin testbed for automated conductive AFM on metal halide perovskite films.
#[derive(Debug, Parser)]
#[command(name = "tiptwin", version, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Print one JSON object on standard output instead of text
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Show no progress
    #[arg(long, global = true)]
    pub(super) quiet: bool,
    /// Number of threads [default: all cores]. Results do not depend on it
    #[arg(long, global = true, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Explore one simulated film, deep kernel learning beside random picks, and write a report
    Demo(DemoArgs),
    /// Make a simulated film: its truth, its topography, statistics and pictures
    Film(FilmArgs),
    /// Sweep a current-voltage curve of a simulated film, or a family of them
    Iv(IvArgs),
    /// List what can be read from a curve, and how well each reads it through the noise
    Descriptors(DescriptorsArgs),
    /// List what of a microscope the twin shows, with its amounts and how to set them
    Twin,
    /// Carry out a scenario
    Explore(ExploreArgs),
    /// Continue a run that was stopped or cut off
    Resume(ResumeArgs),
    /// Show a run in a browser, while it is going on or afterwards, until Ctrl-C
    Watch(WatchArgs),
    /// Compare strategies on the same samples, paired by seed
    Compare(CompareArgs),
    /// Find grain boundaries in an image, train the detector that does, or score it
    Boundaries(BoundariesArgs),
    /// Play thousands of explorations, here or on a cluster of Slurm
    Campaign(CampaignArgs),
    /// Judge whether this build explores as well as a recorded one
    Gate(GateArgs),
    /// Write a run in the formats of other programs
    Export(ExportArgs),
    /// Show what is inside a file of images or curves
    Inspect(InspectArgs),
    /// Tell afterwards what a run looked at, and what it could have looked at instead
    Forensics(ForensicsArgs),
    /// Make the report of a run folder again
    Report(ReportArgs),
    /// Ask an instrument who it is, check it, or emulate one
    Instrument(InstrumentArgs),
    /// Join a microscope here and a learner there
    Link(LinkArgs),
    /// Check a scenario file, or write a new one
    Config(ConfigArgs),
    /// Say what this build and this machine can do
    Doctor,
}

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Folder for the run
    #[arg(long, value_name = "DIR", default_value = "out/demo")]
    pub(super) out: PathBuf,
    /// Seed of the film and of every choice
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    #[command(flatten)]
    pub(super) live: LiveArgs,
}

#[derive(Debug, Args)]
pub(super) struct ResumeArgs {
    /// Run folder
    pub(super) run: PathBuf,
    /// On a real instrument, touch the sample again where a touch was begun and its outcome is unknown. On the twin this is always done
    #[arg(long)]
    pub(super) repeat_unknown: bool,
    /// Drive the real instrument with this serial number
    #[arg(long, value_name = "SERIAL")]
    pub(super) arm: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct LiveArgs {
    /// Show the run in a browser as it happens; the address is printed. Port of 127.0.0.1 [default: any free one]
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    pub(super) live: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    /// Run folder
    pub(super) run: PathBuf,
    /// Port of 127.0.0.1; 0 is any free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(super) port: u16,
}

#[derive(Debug, Args)]
pub(super) struct FilmArgs {
    /// Scenario whose film and scan to use
    #[arg(required_unless_present_any = ["preset", "validate"], conflicts_with_all = ["preset", "validate"])]
    pub(super) scenario: Option<PathBuf>,
    /// Physics of the film; with --validate it can be repeated [default there: seed and random]
    #[arg(long, value_name = "P")]
    pub(super) preset: Vec<String>,
    /// Seed of the film, with --validate of the first film
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Folder for the results
    #[arg(long, value_name = "DIR", required_unless_present = "validate", conflicts_with = "validate")]
    pub(super) out: Option<PathBuf>,
    /// Test what was published about such films over many of them, beside the negative control
    #[arg(long)]
    pub(super) validate: bool,
    /// With --validate: films of each preset, 7 or more [default: 20]
    #[arg(long, value_name = "N")]
    pub(super) films: Option<usize>,
    /// With --validate: locations read on each film [default: 1500]
    #[arg(long, value_name = "N")]
    pub(super) locations: Option<usize>,
}

#[derive(Debug, Args)]
pub(super) struct IvArgs {
    /// Physics of the film
    #[arg(long, value_name = "P", default_value = "seed")]
    pub(super) preset: String,
    /// Seed of the film and of the noise
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Where: a typical grain, gb or junction, or a position X_NM,Y_NM
    #[arg(long, value_name = "PLACE")]
    pub(super) at: String,
    /// Light in suns
    #[arg(long, value_name = "SUNS", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(super) light_suns: f64,
    /// Peak bias in volts
    #[arg(long, value_name = "V", default_value_t = 1.5, allow_negative_numbers = true)]
    pub(super) peak_v: f64,
    /// Samples of the triangle, odd
    #[arg(long, value_name = "N", default_value_t = 251)]
    pub(super) samples: usize,
    /// Duration of the triangle in seconds
    #[arg(long, value_name = "S", default_value_t = 2.0)]
    pub(super) duration_s: f64,
    /// Another bias programme than a triangle, written as in a scenario: '{ kind = "bipolar", peak_v = 1.0 }'; kinds: triangle,
    /// bipolar, forc, list, each with pre_bias_v, pre_bias_s and wait_s if wanted
    #[arg(long, value_name = "TABLE", conflicts_with_all = ["peak_v", "samples", "duration_s"])]
    pub(super) waveform: Option<String>,
    /// Several curves: one thing changes from curve to curve, all else is as said here
    #[arg(long, value_name = "KIND")]
    pub(super) family: Option<Kind>,
    /// The truth, without the amplifier's noise
    #[arg(long)]
    pub(super) no_noise: bool,
    /// File for the curves: .csv (numbers), .svg (picture) or .html (page with descriptors)
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct DescriptorsArgs {
    /// Physics of the film
    #[arg(long, value_name = "P", default_value = "seed")]
    pub(super) preset: String,
    /// Seed of the film and of the noise
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Light of the lit curves in suns; 0 reads dark curves only
    #[arg(long, value_name = "SUNS", default_value_t = 0.1, allow_negative_numbers = true)]
    pub(super) light_suns: f64,
    /// Electronic noise of the amplifier in picoamperes rms
    #[arg(long, value_name = "PA", default_value_t = 1.0, allow_negative_numbers = true)]
    pub(super) noise_pa: f64,
    /// Noisy curves for each place and light
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) repeats: u32,
}

#[derive(Debug, Args)]
pub(super) struct ExploreArgs {
    /// Scenario file
    pub(super) scenario: PathBuf,
    /// Folder for the run [default: out/NAME]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Seed of the run; goes before the scenario's. Without either, one is drawn, shown and recorded
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Override a key of the scenario, such as explore.steps=50; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Check everything, say what would be done (touches, largest voltage, time, dose), and stop
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Drive the real instrument with this serial number; the twin and recordings need none
    #[arg(long, value_name = "SERIAL")]
    pub(super) arm: Option<String>,
    /// Where networks are computed: flex, ndarray, libtorch, libtorch-cuda or cuda, as far as they were compiled in
    #[arg(long, value_name = "NAME", default_value = "flex", value_parser = device)]
    pub(super) device: ComputeDevice,
    #[command(flatten)]
    pub(super) live: LiveArgs,
}

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Scenario files; each is a case, or several with a table [compare]
    #[arg(required = true)]
    pub(super) scenarios: Vec<PathBuf>,
    /// Strategies, such as tiptwin or tiptwin/random; the first is what the others are compared with
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(super) strategies: Vec<String>,
    /// Seeds, such as 0..29 or 1,5,7
    #[arg(long, value_name = "SEEDS")]
    pub(super) seeds: Option<String>,
    /// Folder for the results; what it already holds is not done again
    #[arg(long, value_name = "DIR", default_value = "out/compare")]
    pub(super) out: PathBuf,
    /// Override a key of every scenario; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Where networks are computed
    #[arg(long, value_name = "NAME", default_value = "flex", value_parser = device)]
    pub(super) device: ComputeDevice,
}

/// A device that this build has.
pub(super) fn device(name: &str) -> Result<ComputeDevice, DeviceError> {
    let device: ComputeDevice = name.parse()?;
    device.check().map(|()| device)
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Run folder
    pub(super) run: PathBuf,
    /// Formats, one or several
    #[arg(long, value_name = "FORMAT", value_enum, value_delimiter = ',', required = true)]
    pub(super) format: Vec<ExportFormat>,
    /// Folder for the files [default: RUN/export]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// A file: .ibw, .gsf, .gxyzf, .npz, .npy, .h5 or .png
    pub(super) file: PathBuf,
    /// Show every note, not only the first ones
    #[arg(long)]
    pub(super) notes: bool,
    /// Write a picture of every image into this folder
    #[arg(long, value_name = "DIR")]
    pub(super) pictures: Option<PathBuf>,
}

/// Colours of heights.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum HeightColours {
    /// Evenly rising in lightness, safe for colour-blind readers
    Gold,
    /// As Gwyddion shows heights
    Gwyddion,
}

#[derive(Debug, Args)]
pub(super) struct ForensicsArgs {
    /// Run folder
    pub(super) run: PathBuf,
    /// Folder for page, numbers and autoencoder [default: RUN/forensics]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Train the published network, which takes hours on a whole image, instead of the fast one
    #[arg(long)]
    pub(super) faithful: bool,
    /// How often training sees every patch [default: 100]
    #[arg(long, value_name = "N")]
    pub(super) epochs: Option<NonZeroUsize>,
    /// Seed of the autoencoder and of the test [default: that of the run]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Random subsets that the choice of patches is compared with
    #[arg(long, value_name = "N", default_value = "999")]
    pub(super) permutations: NonZeroUsize,
    /// Make every N-th decision again; 0 makes none
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) every: usize,
    /// Where the autoencoder is computed
    #[arg(long, value_name = "NAME", default_value = "flex", value_parser = device)]
    pub(super) device: ComputeDevice,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Run folder; several give one page that shows them side by side
    #[arg(required = true)]
    pub(super) runs: Vec<PathBuf>,
    /// Page to write [default: RUN/report.html; for several runs side-by-side.html in the folder that they are in]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Colours of the topography; the page can change them
    #[arg(long, value_name = "MAP", value_enum, default_value_t = HeightColours::Gold)]
    pub(super) topography_map: HeightColours,
}

#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    pub(super) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Check a scenario file, and the data it names, without measuring
    Check {
        /// Scenario file
        scenario: PathBuf,
        /// Override a key of the scenario
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<String>,
    },
    /// Write a commented scenario to start from
    Init {
        /// File to write; it must not exist
        #[arg(default_value = "scenario.toml")]
        file: PathBuf,
        /// Instrument of the new scenario
        #[arg(long, default_value = "twin", value_parser = ["twin", "replay", "cypher", "remote"])]
        driver: String,
    },
}
