//! The table `[instrument]`: the twin, a recording, a microscope, or whatever is served elsewhere.

use super::cypher::read_cypher;
use super::reader::Reader;
use super::remote::read_remote;
use super::scenario::InstrumentChoice;
use super::twin::read_twin;
use std::path::Path;
use tiptwin_drivers::replay::Layout;
use tiptwin_formats::Format;
use tiptwin_instrument::Meters;

const DRIVERS: [&str; 4] = ["twin", "replay", "cypher", "remote"];

pub(super) fn read_instrument(r: &Reader<'_>, folder: &Path) -> Option<InstrumentChoice> {
    let driver = r.require("driver", r.choice("driver", &DRIVERS), "\"twin\", \"replay\", \"cypher\" or \"remote\"");
    let twin = r.table("twin", read_twin);
    let replay = r.table("replay", |r| read_replay(r, folder));
    let cypher = r.table("cypher", |r| read_cypher(r, folder));
    let remote = r.table("remote", |r| read_remote(r, folder));
    match driver?.as_str() {
        "twin" => Some(InstrumentChoice::Twin(Box::new(twin.unwrap_or_default()))),
        "replay" => r
            .require("replay", replay, "the table [instrument.replay] with file, structure and values")
            .flatten()
            .map(|replay| InstrumentChoice::Replay(Box::new(replay))),
        "cypher" => r
            .require(
                "cypher",
                cypher,
                "the table [instrument.cypher] with buffer_folder, data_folder and amps_per_volt",
            )
            .flatten()
            .map(|settings| InstrumentChoice::Cypher(Box::new(settings))),
        _ => r
            .require("remote", remote, "the table [instrument.remote] with address")
            .flatten()
            .map(|settings| InstrumentChoice::Remote(Box::new(settings))),
    }
}

fn read_replay(r: &Reader<'_>, folder: &Path) -> Option<Layout> {
    let file = r.require("file", r.text("file"), &format!("the name of a file: {}", Format::endings()));
    if let Some(file) = &file
        && !folder.join(file).is_file()
    {
        r.complain(
            "file",
            &format!("does not exist ({})", folder.join(file).display()),
            format!("a file: {}", Format::endings()),
        );
    }
    let structure = r.require("structure", r.text("structure"), "the name of an array (H, W)");
    let (map, curves, bias) = (r.text("values"), r.text("curves"), r.text("bias"));
    let values = match (map, curves, bias) {
        (Some(map), None, None) => Some((map, None)),
        (None, Some(current), Some(bias)) => Some((current, Some(bias))),
        (Some(_), _, _) => {
            r.complain("values", "cannot stand beside curves or bias", "values, or curves and bias".to_owned());
            None
        }
        (None, Some(_), None) => r.require("bias", None, "the name of an array (N), volts"),
        (None, _, _) => {
            r.require("values", None, "the name of an array (H, W); or curves = … (H, W, N) with bias = … (N)")
        }
    };
    let units = ["m", "um", "nm", "pm", "V", "mV", "A", "uA", "nA", "pA", "deg", "arb"];
    // Every key is read before a missing one ends this, so that all problems are reported together.
    let pixel = r.number("pixel_nm", 1e-3..=1e6, "nm").map(|nm| Meters(nm * 1e-9));
    let (structure_unit, values_unit) = (r.choice("structure_unit", &units), r.choice("values_unit", &units));
    let further = r.texts("channels").unwrap_or_default();
    let (truth, noise_sigma) = (r.text("truth"), r.number("noise_sigma", 0.0..=f64::MAX, ""));
    let (boundary_mask, junction_mask) = (r.text("boundary_mask"), r.text("junction_mask"));
    let (values, bias) = values?;
    Some(Layout {
        file: folder.join(file?),
        structure: structure?,
        structure_unit,
        further,
        pixel,
        values,
        bias,
        values_unit,
        truth,
        noise_sigma,
        boundary_mask,
        junction_mask,
    })
}
