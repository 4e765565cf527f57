//! How much a server takes.

use std::time::Duration;

/// How much a server takes. Times are those after which a connection that does nothing useful is closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Connections that are served at once. As many more are told that there is no room; others are closed without a word.
    pub connections: usize,
    /// Connections that have not said who they are yet. One more closes the oldest of them.
    pub greetings: usize,
    /// From the first byte to the end of the TLS handshake and the first bytes of HTTP/2.
    pub greeting: Duration,
    /// From there to the first whole request.
    pub first_request: Duration,
    /// How often a connection is asked whether it is still there, and how long it may take to say so.
    pub keep_alive: (Duration, Duration),
    /// Requests under way at once on one connection.
    pub streams: u32,
    /// Bytes of one message. Services get it as their limit for decoding: the size is read before anything is allocated.
    pub message_bytes: usize,
    /// Bytes of the headers of one request.
    pub header_bytes: u32,
    /// Requests per second on one connection, on average and on top of that at once.
    pub requests_per_s: (u32, u32),
    /// How long requests under way may take to end when the server is stopped.
    pub drain: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 16,
            greetings: 128,
            greeting: Duration::from_secs(5),
            first_request: Duration::from_secs(10),
            keep_alive: (Duration::from_secs(10), Duration::from_secs(5)),
            streams: 8,
            // An image of 1024 × 1024 doubles, twice.
            message_bytes: (16 << 20) + (64 << 10),
            header_bytes: 16 << 10,
            requests_per_s: (5000, 1000),
            drain: Duration::from_secs(5),
        }
    }
}
