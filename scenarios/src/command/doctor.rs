//! `tiptwin doctor`: what this build and this machine can do, and what to do about what they cannot.

use super::printer::Printer;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use tiptwin_core::net::ComputeDevice;
use tiptwin_drivers::{BUILT_IN, cypher};

#[derive(Serialize)]
struct Finding {
    what: String,
    here: bool,
    says: String,
}

#[derive(Serialize)]
struct Examined {
    version: &'static str,
    platform: String,
    findings: Vec<Finding>,
}

pub(super) fn doctor(printer: &Printer) {
    let mut findings = Vec::new();
    let mut find = |what: String, here: bool, says: String| findings.push(Finding { what, here, says });
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    find("processor cores".into(), true, cores.to_string());
    for device in ComputeDevice::ALL {
        let checked = device.check();
        let here = checked.is_ok();
        find(
            format!("compute device {}", device.name()),
            here,
            checked.map_or_else(|e| e.to_string(), |()| "usable".into()),
        );
    }
    for (driver, built_in) in BUILT_IN {
        let says = if built_in { "built in".into() } else { format!("rebuild with --features tiptwin/{driver}") };
        find(format!("driver {driver}"), built_in, says);
    }
    let igor = cypher::find_igor();
    let says = igor.as_ref().map_or_else(
        || {
            "not where the vendor's installers put it; set instrument.cypher.igor_exe (only on the AFM's computer)"
                .into()
        },
        |path| path.display().to_string(),
    );
    find("Igor.exe".into(), igor.is_some(), says);
    let (writable, says) = can_write(Path::new("."));
    find("results".into(), writable, says);
    let platform = format!("{} on {}", std::env::consts::ARCH, std::env::consts::OS);
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!("tiptwin {version}, {platform}\n");
    for f in &findings {
        let _ = writeln!(text, "  {} {:<28} {}", if f.here { "+" } else { "-" }, f.what, f.says);
    }
    printer.result("doctor", Examined { version, platform, findings }, &text);
}

/// Whether the folder takes a file, which is removed again.
fn can_write(folder: &Path) -> (bool, String) {
    match tempfile::NamedTempFile::new_in(folder) {
        Ok(_) => (true, "this folder can be written".into()),
        Err(e) => (false, format!("this folder cannot be written ({e}); use --out")),
    }
}
