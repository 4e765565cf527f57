//! What a microscope makes of the film: height in both directions, current at a static bias, and the further channels.

use crate::command::error::CommandError;
use crate::picture::{ColourMap, MapPicture, Scale, without_plane};
use crate::run::RunError;
use ndarray::Array2;
use tiptwin_drivers::Twin;
use tiptwin_instrument::{Image, Instrument, ScanGrid, Volts};

/// Tip bias of the current image: that of the published one, −1.5 V on the sample.
const BIAS: Volts = Volts(1.5);

/// Maps with captions as HTML. The first is the height as it is kept in the files, here levelled.
pub(super) fn recorded(
    twin: &mut Twin,
    grid: ScanGrid,
    height: &Image,
) -> Result<Vec<(MapPicture, String)>, CommandError> {
    let failed = |source| RunError::Instrument { source };
    let retrace = twin.scan_channel(grid, "height_retrace").map_err(failed)?;
    let current = twin.scan_current(grid, BIAS).map_err(failed)?;
    let map = |title: &str, values: Array2<f64>, unit: &str| {
        MapPicture::new(title, values, unit, (grid.pixel_width(), grid.pixel_height()))
    };
    let mut levelled = map("Height, levelled", without_plane(&height.values), "m");
    levelled.colours = ColourMap::Gold;
    let mut apart = map("Trace minus retrace", &height.values - &retrace.values, "m");
    (apart.colours, apart.scale) = (ColourMap::Diverging, Scale::Centred);
    let mut current = map("Current image, dark", current.values, "A");
    current.scale = Scale::Log;
    let (low, high) = current.colour_range();
    current.range = Some((low.max(1e-12), high));
    let mut maps = vec![
        (levelled, "<b>Height as recorded</b>, a plane subtracted: tip, feedback, scan lines and noise.".to_owned()),
        (
            apart,
            "<b>Trace minus retrace</b>: feedback, hysteresis and drift part them at slopes, noise everywhere.".to_owned(),
        ),
        (
            current,
            "<b>Current at a static −1.5 V on the sample</b>, logarithmic colours from 1 pA. The tip passes in about a millisecond, so ions hardly move.".to_owned(),
        ),
    ];
    for (name, title, caption, colours) in [
        ("phase", "Phase", "<b>Phase</b>: orientation of grains, inclusions, slopes along the line.", ColourMap::Grey),
        (
            "photoluminescence",
            "Photoluminescence",
            "<b>Luminescence over its mean</b>, blurred by the light’s wavelength and slightly displaced: quenched at boundaries.",
            ColourMap::Magma,
        ),
        (
            "composition",
            "Caesium fraction",
            "<b>Caesium fraction</b>, with a registration of its own: richer at boundaries and junctions.",
            ColourMap::Viridis,
        ),
    ] {
        let image = twin.scan_channel(grid, name).map_err(failed)?;
        let mut picture = map(title, image.values, &image.unit);
        picture.colours = colours;
        maps.push((picture, caption.to_owned()));
    }
    Ok(maps)
}
