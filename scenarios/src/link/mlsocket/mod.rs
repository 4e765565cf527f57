//! The learner for the client of the published experiment, which speaks MLSocket.
//!
//! Each step the client sends one number, and is sent the pixel (row, column) to measure next: NumPy arrays, each followed by `End` and answered with
//! `Complete` (`frame`). The protocol has no session, no error and no repeat. So `learner`, a session of [`super::decisions`], keeps what it was
//! told in a file (`journal`), and a client that was cut off, or a server, goes on where it stood. `server` holds the socket, on this machine alone.

mod frame;
mod journal;
mod learner;
mod server;

pub use learner::{Learner, Task};
pub use server::{Bounds, serve};
