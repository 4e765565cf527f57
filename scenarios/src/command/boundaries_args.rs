//! Arguments of `tiptwin boundaries`.

use super::args::device;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use tiptwin_core::boundaries::Loss;
use tiptwin_core::net::ComputeDevice;

#[derive(Debug, Args)]
pub(super) struct BoundariesArgs {
    #[command(subcommand)]
    pub(super) command: BoundariesCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum BoundariesCommand {
    /// Look for boundaries in an image: probabilities, spread, boundaries and junctions with ids, a page and a picture
    Detect(DetectArgs),
    /// Train an ensemble on films of the twin and write it into a file
    Train(TrainArgs),
    /// Score ensemble and classical detector on films that no training saw
    Score(ScoreArgs),
}

#[derive(Debug, Args)]
pub(super) struct DetectArgs {
    /// A run folder, or a file with an image: .ibw, .gsf, .npz, .npy, .h5 or .png
    pub(super) image: PathBuf,
    /// Folder for what is found
    #[arg(long, value_name = "DIR", default_value = "out/boundaries")]
    pub(super) out: PathBuf,
    /// Array or channel of the file [default: its first image]
    #[arg(long, value_name = "NAME")]
    pub(super) array: Option<String>,
    /// Side of a pixel in nanometres [default: what the file says]
    #[arg(long, value_name = "NM", allow_negative_numbers = true)]
    pub(super) pixel_nm: Option<f64>,
    /// File of an ensemble [default: the one that ships with the program]
    #[arg(long, value_name = "FILE")]
    pub(super) model: Option<PathBuf>,
    /// Where networks are computed
    #[arg(long, value_name = "NAME", default_value = "flex", value_parser = device)]
    pub(super) device: ComputeDevice,
}

/// Sizes to start from.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Preset {
    /// Minutes on two cores: what ships with the program
    Small,
    /// The published sizes: days on two cores
    Published,
}

/// What is made small.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum LossName {
    /// Binary cross-entropy
    CrossEntropy,
    /// Cross-entropy in which what is right already counts less
    Focal,
    /// One minus the overlap
    Dice,
}

impl From<LossName> for Loss {
    fn from(name: LossName) -> Self {
        match name {
            LossName::CrossEntropy => Self::CrossEntropy,
            LossName::Focal => Self::Focal,
            LossName::Dice => Self::Dice,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    /// File for the ensemble, safetensors
    #[arg(long, value_name = "FILE", default_value = "out/boundaries.safetensors")]
    pub(super) out: PathBuf,
    /// Sizes and numbers to start from
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Preset::Small)]
    pub(super) preset: Preset,
    /// Seed of films, weights and everything shown
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Films of the twin
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) films: u32,
    /// Networks
    #[arg(long, value_name = "N")]
    pub(super) members: Option<usize>,
    /// Steps of every network
    #[arg(long, value_name = "N")]
    pub(super) steps: Option<usize>,
    /// Channels of the first segment
    #[arg(long, value_name = "N")]
    pub(super) filters: Option<usize>,
    /// What is made small
    #[arg(long, value_name = "NAME", value_enum)]
    pub(super) loss: Option<LossName>,
    /// Where networks are computed
    #[arg(long, value_name = "NAME", default_value = "flex", value_parser = device)]
    pub(super) device: ComputeDevice,
}

#[derive(Debug, Args)]
pub(super) struct ScoreArgs {
    /// File of an ensemble [default: the one that ships with the program]
    #[arg(long, value_name = "FILE")]
    pub(super) model: Option<PathBuf>,
    /// Films of every kind
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) films: u32,
    /// Seed of the films
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Folder with further films whose boundaries are known: .npz with topo or topography… and grain_id, gb_line or gb_mask
    #[arg(long, value_name = "DIR")]
    pub(super) others: Option<PathBuf>,
    /// Where networks are computed
    #[arg(long, value_name = "NAME", default_value = "flex", value_parser = device)]
    pub(super) device: ComputeDevice,
}
