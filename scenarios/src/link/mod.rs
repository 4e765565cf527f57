//! The link's servers that need more than an instrument.
//!
//! [`decisions`] serves the learner to people whose instrument loop is not tiptwin, and [`mlsocket`] to the client of the published
//! experiment. Who may come in is `tiptwin_drivers::link::door`.

pub mod decisions;
pub mod mlsocket;
