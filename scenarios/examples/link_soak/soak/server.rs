//! The server's process.

use super::{Heap, Memory};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use tiptwin_drivers::link::door::Address;

/// A decision server, ended when dropped.
pub(super) struct Server {
    child: Child,
    address: Address,
    heap: Arc<Mutex<Heap>>,
}

impl Server {
    /// Starts `tiptwin link serve-decisions` of this program at any free port.
    pub(super) fn start(mut program: Command) -> Self {
        let arguments = ["link", "serve-decisions", "--json", "--address", "127.0.0.1:0"];
        let mut child =
            program.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the server starts");
        let heap = Arc::default();
        let (said, told) = (child.stderr.take().expect("piped"), Arc::clone(&heap));
        std::thread::spawn(move || listen(BufReader::new(said), &told));
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let said: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let address = said["address"].as_str().expect("an address").parse().expect("an address");
        Self { child, address, heap }
    }

    pub(super) const fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn memory(&self) -> Memory {
        let heap = *self.heap.lock().unwrap_or_else(PoisonError::into_inner);
        Memory::of(self.child.id(), heap)
    }

    pub(super) fn still_serves(mut self) {
        assert!(matches!(self.child.try_wait(), Ok(None)), "the server still serves");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Keeps what the server last said of its heap.
fn listen(mut said: impl BufRead, told: &Mutex<Heap>) {
    // One line for ever: what listens must not be what grows.
    let mut line = String::new();
    while said.read_line(&mut line).is_ok_and(|read| read > 0) {
        let mut words = line.split_whitespace();
        if words.next() == Some("heap")
            && let (Some(Ok(bytes)), Some(Ok(blocks))) = (words.next().map(str::parse), words.next().map(str::parse))
        {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Heap { bytes, blocks };
        }
        line.clear();
    }
}
