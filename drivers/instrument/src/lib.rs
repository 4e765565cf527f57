//! The language every room of tiptwin speaks.
//!
//! A learner, a simulated film and a real microscope have to mean the same thing by "a bias of 1.5 V at
//! this spot, in the dark". This package says what they mean: SI newtypes ([`units`]), positions and scan
//! grids ([`geometry`]), bias programmes ([`waveform`]) and the curves they give ([`iv`]), what a
//! microscope can be asked and what it answers ([`action`], [`instrument`], [`error`]), how randomness is
//! named ([`random`]), and what a run writes down ([`log`]).
//!
//! It holds words, not behaviour: nothing here measures, decides, or draws.

pub mod action;
pub mod error;
pub mod geometry;
pub mod image;
pub mod instrument;
pub mod iv;
pub mod log;
pub mod random;
pub mod units;
pub mod waveform;

pub use action::{Action, Observation, Outcome};
pub use error::{ErrorKind, InstrumentError};
pub use geometry::{Pixel, Position, ScanGrid};
pub use image::Image;
pub use instrument::{Capabilities, ChannelKind, Description, Instrument, Limits};
pub use iv::IvCurve;
pub use random::{MasterSeed, Stream, StreamRng};
pub use units::{Amps, Meters, Seconds, Suns, Volts};
pub use waveform::{Segment, Waveform};
