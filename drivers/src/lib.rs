//! Everything that can be asked to measure.
//!
//! Each driver is an [`Instrument`](tiptwin_instrument::Instrument): [`twin`] puts a simulated film behind the trait, [`replay`] puts recorded
//! images and curves behind it, and [`limits`] stands between any of them and a run. All keep the same contract, which `tests/contract` runs on every driver. A driver may
//! know the truth; nothing that decides is allowed to depend on this room.

pub mod limits;
pub mod replay;
pub mod twin;

pub use limits::{Limited, SafetyLimits};
pub use replay::Replay;
pub use twin::Twin;
