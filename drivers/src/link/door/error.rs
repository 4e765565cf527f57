//! Why there is no connection.

use super::Address;
use std::io;
use std::path::PathBuf;

/// Why a server does not start, or a client has no connection.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// A text is no address.
    #[error(
        "\"{text}\" is no address: {why}; accepted: host:port, such as 127.0.0.1:50551 or [::1]:50551, or unix:PATH"
    )]
    Address {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// An address beyond this machine without certificates.
    #[error(
        "{address} reaches beyond this machine, and without mutual TLS everybody on the way could read and steer; accepted: an address \
         of this machine (127.0.0.1:PORT, [::1]:PORT, localhost:PORT, unix:PATH), or a folder of certificates as `tiptwin link init` makes them"
    )]
    Exposed {
        /// The address.
        address: Address,
    },
    /// A server that nobody may use.
    #[error("{path} names no client, so nobody could come in; accepted: names of client certificates, one a line")]
    NobodyAllowed {
        /// The list.
        path: PathBuf,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: Address,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be read or written.
    #[error("cannot {what} {path}: {source}")]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A private key that others can read.
    #[error(
        "{path} has mode {mode:04o}, so that others on this machine can read the private key; accepted: 0600 or 0400 (chmod 600 {path})"
    )]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file does not hold what its name says.
    #[error("{path} is not {expected}: {reason}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A file is there already.
    #[error("{path} exists, and keys are never overwritten; accepted: another folder or name, or moving it away first")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A name that no certificate can carry.
    #[error("\"{name}\" cannot stand in a certificate; accepted: {accepted}")]
    Name {
        /// The name.
        name: String,
        /// What can.
        accepted: &'static str,
    },
    /// Certificates could not be made or used.
    #[error("cannot {what}: {reason}")]
    Tls {
        /// What was tried.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// There is no connection.
    #[error("no connection to {address}: {reason}{hint}")]
    Connect {
        /// The address.
        address: Address,
        /// What happened.
        reason: String,
        /// What to do about it; empty or with its own punctuation.
        hint: &'static str,
    },
    /// The server ended.
    #[error("the server on {address} ended: {reason}")]
    Ended {
        /// Its address.
        address: Address,
        /// Why.
        reason: String,
    },
}

impl DoorError {
    pub(super) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            _ => Self::File { what, path, source },
        }
    }
}
