//! The link: the microscope here, the learner there.
//!
//! [`InstrumentServer`] stands beside an instrument and serves it under its limits; [`Remote`] is an instrument whose driver is a client of such a server.
//! What is promised: an action is carried out at most once, whatever the network does to its request; and without a heartbeat of whoever has
//! control the workstation itself makes the instrument safe. docs/link.md says how, and what happens when something fails.
//!
//! What decides is free of threads, sockets and clocks: `desk` (the server), `book` (exactly one touch, over a `journal` on a `shelf`), `lease` and `errand` (the
//! client). `server` and `remote` are the threads and sockets around them, [`door`] is who may come in and how much of them. `words` goes between messages and the language of every room.

mod book;
mod desk;
pub mod door;
mod errand;
mod ids;
mod journal;
mod lease;
mod rate;
mod remote;
mod server;
mod service;
mod shelf;
#[cfg(test)]
mod tests;
pub mod wire;
mod words;

pub use ids::{ClientId, MeasurementId};
pub use remote::{Remote, RemoteSettings};
pub use server::{InstrumentServer, ServerSettings, Supply};

/// Where an instrument is served unless something else is said: a port of this machine that no service has registered.
pub const INSTRUMENT_ADDRESS: &str = "127.0.0.1:50551";

/// Where decisions are served unless something else is said.
pub const DECISIONS_ADDRESS: &str = "127.0.0.1:7532";

/// Bytes of the largest request: the longest list of voltages, and a little.
const REQUEST_MAX: usize = 8 * words::SAMPLES_MAX + 64 * 1024;

/// Bytes of the largest answer: the largest image, and a little.
const ANSWER_MAX: usize = 8 * words::PIXELS_MAX as usize + 64 * 1024;
