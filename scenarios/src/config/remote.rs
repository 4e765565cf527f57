//! The table `[instrument.remote]`: where an instrument is served, and how long to go on without a word of it.

use super::reader::Reader;
use std::net::SocketAddr;
use tiptwin_drivers::link::RemoteSettings;
use tiptwin_instrument::Seconds;

/// A run gives up on an action a minute after it should be over: the link has to give up before that.
const PATIENCE_S: std::ops::RangeInclusive<f64> = 0.5..=50.0;

const DEFAULT_PATIENCE: Seconds = Seconds(30.0);

pub(super) fn read_remote(r: &Reader<'_>) -> Option<RemoteSettings> {
    let accepted = "the address that `tiptwin link serve-instrument` says, such as \"127.0.0.1:7531\"";
    let text = r.require("address", r.text("address"), accepted);
    let name = r.text("name").unwrap_or_else(|| "tiptwin".into());
    let patience = r.number("patience_s", PATIENCE_S, "s").map_or(DEFAULT_PATIENCE, Seconds);
    let address: SocketAddr = match text?.parse() {
        Ok(address) => address,
        Err(_) => {
            r.complain("address", "is no address with a port", accepted.to_owned());
            return None;
        }
    };
    if !address.ip().is_loopback() {
        let accepted = "127.0.0.1:PORT or [::1]:PORT, and a tunnel that ends there";
        r.complain("address", "is not on this machine, and nothing protects the way to it", accepted.to_owned());
        return None;
    }
    Some(RemoteSettings { address, name, patience })
}
