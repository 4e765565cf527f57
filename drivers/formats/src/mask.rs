//! Masks as PNG pictures: what is not black is inside.

use crate::error::FormatError;
use ndarray::Array2;
use std::io::Cursor;

/// Largest picture that is decoded, in bytes of pixels: 16384 × 16384 of one byte.
const MOST_BYTES: usize = 1 << 28;

/// The brightest colour channel of every pixel (H, W), from 0 to 1; transparency is ignored.
pub fn read(bytes: &[u8]) -> Result<Array2<f64>, FormatError> {
    let wrong =
        |e: png::DecodingError| FormatError::value("the picture", e, "a whole PNG file of at most 2²⁸ bytes of pixels");
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: MOST_BYTES });
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(wrong)?;
    let size = reader.output_buffer_size().filter(|&s| s <= MOST_BYTES);
    let size = size.ok_or_else(|| FormatError::value("the picture", "too large", "at most 2²⁸ bytes of pixels"))?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(wrong)?;
    let (all, colours) = match frame.color_type {
        png::ColorType::Grayscale | png::ColorType::Indexed => (1, 1),
        png::ColorType::GrayscaleAlpha => (2, 1),
        png::ColorType::Rgb => (3, 3),
        png::ColorType::Rgba => (4, 3),
    };
    let brightest = |p: &[u8]| f64::from(p[..colours].iter().copied().max().unwrap_or(0)) / 255.0;
    let values = pixels[..frame.buffer_size()].chunks_exact(all).map(brightest).collect();
    Array2::from_shape_vec((frame.height as usize, frame.width as usize), values)
        .map_err(|e| FormatError::value("the shape of the picture", e, "one value a pixel"))
}
