//! The only part of the driver that reads a clock, files, and starts programs.

mod folder;

pub use folder::{COMMAND_FILE, FolderTransport};

use super::session::{Effect, Failure, Machine, Seen, Step};
use std::path::Path;
use tiptwin_instrument::Seconds;

/// Whatever carries commands out and brings answers back.
pub trait Transport: Send + std::fmt::Debug {
    /// Seconds since it was opened.
    fn now(&self) -> Seconds;

    /// Where the numbers of requests begin: beyond those of every earlier session, whose answers may still come.
    fn first_number(&self) -> u64;

    /// Does what a conversation wants, and says what was seen.
    fn perform(&mut self, effect: &Effect, answer: &Path) -> Seen;
}

/// Holds a conversation to its end. `answer` is the file that its answer comes in.
pub fn hold<T>(io: &mut dyn Transport, machine: &mut dyn Machine<Output = T>, answer: &Path) -> Result<T, Failure> {
    let mut seen = Seen::Done;
    loop {
        match machine.step(io.now(), seen) {
            Step::Do(effect) => seen = io.perform(&effect, answer),
            Step::Over(result) => return result,
        }
    }
}
