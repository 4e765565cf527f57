//! Addresses that need no protection: those of this machine.

use std::net::SocketAddr;
use tiptwin_instrument::{ErrorKind, InstrumentError};

/// Refuses any address that others can reach: plain text lets everybody on the way drive the instrument.
pub(super) fn check_loopback(address: SocketAddr) -> Result<(), InstrumentError> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let why = format!(
        "{address} is not on this machine, and plain text lets everybody on the way drive the instrument; accepted: 127.0.0.1 or [::1], and \
         a tunnel that ends on this machine"
    );
    Err(InstrumentError::new(ErrorKind::InvalidRequest, why))
}
