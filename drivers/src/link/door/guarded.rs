//! A connection that was let in: who it is, and what it must do to stay.

use super::rate::Bucket;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;
use tonic::transport::server::Connected;
use tonic::{Code, Status};

/// What every client of HTTP/2 says first (RFC 9113, 3.4).
pub(super) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes both ways.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Who is at the other end of a connection. Every request carries it among its extensions.
#[derive(Clone)]
pub struct Peer {
    name: Option<Arc<str>>,
    place: Arc<str>,
    /// Why it gets no answer but this one.
    refusal: Option<Status>,
    has_asked: Arc<AtomicBool>,
    bucket: Arc<Mutex<Bucket>>,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("name", &self.name).field("place", &self.place).finish_non_exhaustive()
    }
}

impl Peer {
    pub(super) fn new(name: Option<&str>, place: &str, rate: (u32, u32)) -> Self {
        Self {
            name: name.map(Arc::from),
            place: place.into(),
            refusal: None,
            has_asked: Arc::default(),
            bucket: Arc::new(Mutex::new(Bucket::new(rate, Instant::now()))),
        }
    }

    /// Somebody who gets this answer, whatever the question.
    pub(super) fn refused(place: &str, refusal: Status) -> Self {
        Self { refusal: Some(refusal), ..Self::new(None, place, (1, 1)) }
    }

    /// The allowed name that its certificate carries; `None` on this machine without TLS.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where it calls from, for people.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Lets a request pass, or says why not.
    pub(super) fn admit(&self, (per_s, at_once): (u32, u32)) -> Result<(), Status> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        self.has_asked.store(true, Ordering::Relaxed);
        let passes = self.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
        if passes {
            return Ok(());
        }
        let message =
            format!("more requests than a connection may make; accepted: {per_s} a second, and {at_once} at once");
        Err(Status::new(Code::ResourceExhausted, message))
    }
}

/// A connection that was let in.
pub(super) struct Guarded {
    wire: Box<dyn Wire>,
    /// Bytes of the preface that were read at the door and not handed on yet.
    owed: &'static [u8],
    peer: Peer,
    /// When it must have made a whole request. Who is refused never has.
    deadline: Option<Pin<Box<Sleep>>>,
    _slot: OwnedSemaphorePermit,
}

impl Guarded {
    pub(super) fn new(wire: Box<dyn Wire>, peer: Peer, deadline: Sleep, slot: OwnedSemaphorePermit) -> Self {
        Self { wire, owed: PREFACE, peer, deadline: Some(Box::pin(deadline)), _slot: slot }
    }
}

impl Connected for Guarded {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Guarded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.owed.is_empty() {
            let now = self.owed.len().min(buffer.remaining());
            buffer.put_slice(&self.owed[..now]);
            self.owed = &self.owed[now..];
            return Poll::Ready(Ok(()));
        }
        if self.peer.has_asked.load(Ordering::Relaxed) {
            self.deadline = None;
        }
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "no whole request in time")));
        }
        Pin::new(&mut self.wire).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}
