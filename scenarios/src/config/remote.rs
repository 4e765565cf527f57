//! The table `[instrument.remote]`: where an instrument is served, and how long to go on without a word of it.

use super::reader::Reader;
use std::path::Path;
use tiptwin_drivers::link::door::Address;
use tiptwin_drivers::link::{INSTRUMENT_ADDRESS, RemoteSettings};
use tiptwin_instrument::Seconds;

/// A run gives up on an action a minute after it should be over: the link has to give up before that.
const PATIENCE_S: std::ops::RangeInclusive<f64> = 0.5..=50.0;

const DEFAULT_PATIENCE: Seconds = Seconds(30.0);

pub(super) fn read_remote(r: &Reader<'_>, folder: &Path) -> Option<RemoteSettings> {
    let accepted =
        format!("what `tiptwin link serve-instrument` says, such as \"{INSTRUMENT_ADDRESS}\", or \"unix:PATH\"");
    let text = r.require("address", r.text("address"), &accepted);
    let name = r.text("name").unwrap_or_else(|| "tiptwin".into());
    let certificates = r.text("certificates").map(|name| folder.join(name));
    let server_name = r.text("server_name");
    let patience = r.number("patience_s", PATIENCE_S, "s").map_or(DEFAULT_PATIENCE, Seconds);
    let Ok(address) = text?.parse::<Address>() else {
        r.complain("address", "is no address", accepted);
        return None;
    };
    if !address.is_local() && certificates.is_none() {
        let accepted =
            "certificates = \"FOLDER\" beside it, as `tiptwin link init` makes them; or an address of this machine";
        r.complain("address", "reaches beyond this machine, where nothing protects it", accepted.to_owned());
        return None;
    }
    Some(RemoteSettings { address, certificates, server_name, name, patience })
}
