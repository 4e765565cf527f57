//! The socket: one client at a time, bounded waits, and no way in for anything but numbers.

use super::frame::{self, COMPLETE, FrameError};
use super::learner::{Learner, Taken};
use crate::run::{RunError, Stopper};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// For the next number: as long as a measurement may take.
    pub patience: Duration,
    /// For the rest of a message, or an answer.
    pub message: Duration,
}

/// How often a wait looks whether somebody asked to stop.
const LOOK: Duration = Duration::from_millis(50);
/// The client reads "Complete" with whatever came with it and throws both away, so the next location must not follow on its heels. Strategies
/// that learn take longer anyway.
const PAUSE: Duration = Duration::from_millis(50);

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
enum Ended {
    /// What the client sent, or that it sent nothing.
    #[error(transparent)]
    Client(#[from] FrameError),
    /// The learner cannot go on.
    #[error(transparent)]
    Learner(#[from] RunError),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Client(error.into())
    }
}

/// Serves one client after the other until everything is measured or somebody asks to stop. `tell` hears what a person beside it should know.
pub fn serve(
    listener: &TcpListener,
    learner: &mut Learner,
    bounds: Bounds,
    tell: &dyn Fn(&str),
    stopper: &Stopper,
) -> Result<(), RunError> {
    let failed = |e: io::Error| RunError::Input(format!("cannot listen any longer: {e}"));
    listener.set_nonblocking(true).map_err(failed)?;
    while let Some(at) = learner.expected()? {
        if stopped(stopper) {
            break;
        }
        let (stream, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::ConnectionAborted) => {
                sleep(LOOK);
                continue;
            }
            Err(e) => return Err(failed(e)),
        };
        let (told, steps) = learner.progress();
        let (number, row, col) = (told + 1, at.row, at.col);
        tell(&format!("{peer} is here: measurement {number} of {steps} is expected from row {row}, column {col}"));
        match attend(&stream, learner, bounds, tell, stopper) {
            Err(Ended::Learner(error)) => return Err(error),
            Err(Ended::Client(error)) if !stopped(stopper) => {
                let (told, _) = learner.progress();
                tell(&format!("{peer}: {error}; closed, {told} of {steps} measurements are kept"));
            }
            Ok(()) | Err(Ended::Client(_)) => {}
        }
    }
    Ok(())
}

/// One client until everything is measured.
fn attend(
    stream: &TcpStream,
    learner: &mut Learner,
    bounds: Bounds,
    tell: &dyn Fn(&str),
    stopper: &Stopper,
) -> Result<(), Ended> {
    // Some systems let it inherit that of the listener.
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK))?;
    stream.set_write_timeout(Some(bounds.message))?;
    let mut out = stream;
    let mut warned = learner.looks_rescaled();
    loop {
        let within = |wait| Within { stream, until: Instant::now() + wait, wait, stopper };
        within(bounds.patience).first()?;
        let value = frame::read_scalar(&mut within(bounds.message))?;
        let number = learner.progress().0 + 1;
        match learner.take(value)? {
            Taken::Learnt => {}
            Taken::Closed => {
                tell(&format!("measurement {number} is {value}: its location is closed, nothing is learnt"));
            }
            Taken::Unplaced => tell(&format!(
                "{value} is not learnt from: the client had not said that it has the location of measurement {number}, which is sent again"
            )),
        }
        if !warned && learner.looks_rescaled() {
            warned = true;
            tell(
                "the numbers so far lie within 0 to 1 and the first is 0.5, as from a client that scales each by the range so far: numbers of different scales cannot be learnt from together; send what was measured",
            );
        }
        out.write_all(COMPLETE)?;
        let Some(next) = learner.expected()? else { return Ok(()) };
        sleep(PAUSE);
        out.write_all(&frame::pixel(next).map_err(|e| RunError::Input(e.to_string()))?)?;
        frame::read_complete(&mut within(bounds.message))?;
        learner.received()?;
    }
}

fn stopped(stopper: &Stopper) -> bool {
    stopper.flag().load(Ordering::Relaxed) != 0
}

/// A stream that is read until a time, however slowly bytes come.
struct Within<'a> {
    stream: &'a TcpStream,
    until: Instant,
    wait: Duration,
    stopper: &'a Stopper,
}

impl Within<'_> {
    /// Waits for a byte and leaves it there.
    fn first(&self) -> io::Result<()> {
        match self.wait(|| self.stream.peek(&mut [0]))? {
            0 => Err(io::Error::new(ErrorKind::UnexpectedEof, "the client closed it")),
            _ => Ok(()),
        }
    }

    fn wait(&self, mut attempt: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
        loop {
            if stopped(self.stopper) {
                return Err(io::Error::new(ErrorKind::ConnectionAborted, "the server was asked to stop"));
            }
            if Instant::now() >= self.until {
                let waited_s = self.wait.as_secs_f64();
                return Err(io::Error::new(ErrorKind::TimedOut, format!("nothing whole came for {waited_s} s")));
            }
            match attempt() {
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
                other => return other,
            }
        }
    }
}

impl Read for Within<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut stream = self.stream;
        self.wait(|| stream.read(buffer))
    }
}
