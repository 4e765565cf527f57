//! Pictures: maps and charts as SVG text, maps as PNG bytes.
//!
//! Everything here is a plain function from numbers to text. A map ([`map::MapPicture`]) is an image with a scale
//! bar and a colour bar; a chart ([`chart::Chart`]) is lines, bands and filled steps over two axes. Both inherit
//! the font and the text colour of the page they stand in; [`svg::standalone`] gives them a style of their own.
//! Colour maps rise evenly in lightness and survive colour blindness and grey print. Nothing is drawn from
//! outside the file: rasters are embedded as PNG.

pub mod axis;
mod bars;
pub mod calibration;
pub mod chart;
pub mod clip;
pub mod colour;
pub mod forest;
pub mod histogram;
pub mod map;
mod marks;
pub mod numbers;
mod plane;
pub mod plane_map;
pub mod quantity;
pub mod raster;
pub mod svg;
pub mod ticks;

pub use axis::Axis;
pub use chart::{Band, Chart, Ink, Series, Shape};
pub use colour::ColourMap;
pub use map::{MapPicture, Scale};
pub use numbers::{Numbers, Picture};
pub use plane::without_plane;
pub use raster::{PictureError, write_png};
