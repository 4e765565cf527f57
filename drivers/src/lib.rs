//! Everything that can be asked to measure.
//!
//! Each driver is an [`Instrument`](tiptwin_instrument::Instrument): [`twin`] puts a simulated film behind the trait, [`replay`] puts recorded
//! images and curves behind it, [`cypher`] puts a real microscope there, with [`nidaq`] beside it, and [`emulator`] is the other side of that one.
//! [`limits`] stands between any of them and a run; `link` (a feature) serves one over a network, and is a driver for a served one. All keep the same contract, which `tests/contract` runs on every driver. A driver may
//! know the truth; nothing that decides is allowed to depend on this room.

pub mod cypher;
pub mod emulator;
pub mod limits;
#[cfg(feature = "link")]
pub mod link;
pub mod nidaq;
pub mod replay;
pub mod twin;

pub use limits::{Limited, SafetyLimits};
pub use replay::Replay;
pub use twin::Twin;

/// Real instruments that this build can drive or not, by the name of their feature.
pub const BUILT_IN: [(&str, bool); 2] = [("cypher", cfg!(feature = "cypher")), ("nidaq", cfg!(feature = "nidaq"))];
