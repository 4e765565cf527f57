//! Who may come in, and how much of them.
//!
//! A server of the link listens on this machine alone ([`Address::is_local`]); any other address needs mutual TLS with certificates of one's own
//! authority ([`issue`] makes them, [`Credentials`] reads them, [`inspect`] looks them over) and a list of client names. [`Door::open`] refuses
//! everything else before it listens. [`serve`] then keeps to [`Bounds`]: what a stranger can hold is bounded in number and in time, and
//! whoever is turned away is told why.

mod accept;
mod address;
mod bounds;
mod connect;
mod credentials;
mod error;
mod guarded;
mod inspect;
mod issue;
mod names;
mod rate;
mod serve;
#[cfg(unix)]
mod unix;

pub use address::Address;
pub use bounds::Bounds;
pub use connect::{connect, reasons};
pub use credentials::{Credentials, files};
pub use error::DoorError;
pub use guarded::Peer;
pub use inspect::{Finding, inspect};
pub use issue::{Issued, LIFETIME_DAYS, issue};
pub use serve::{Door, serve};
