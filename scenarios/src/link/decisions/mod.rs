//! The decision service: where to measure next, for an instrument loop that is not tiptwin's.
//!
//! `service` speaks (`drivers/src/link/proto/decision.proto`), `table` holds the sessions and bounds them, `open` checks what a session starts
//! from, and `held` is one session: it is told and asked, holds no socket and reads no clock.

mod held;
mod open;
mod service;
mod table;
#[cfg(test)]
mod tests;

pub(super) use held::Held;
pub(super) use open::open;
pub use service::{routes, threads};
pub use table::Settings;
