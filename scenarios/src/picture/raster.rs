//! Arrays of numbers as PNG pixels.

use crate::picture::colour::{ColourMap, NO_VALUE, Rgb};
use crate::picture::map::Scale;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ndarray::Array2;

/// Why a picture cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// There is nothing to draw.
    #[error(
        "an image of {rows} × {cols} pixels cannot be drawn; accepted: at least one pixel, at most 2^31 − 1 per side"
    )]
    Size {
        /// Rows of the array.
        rows: usize,
        /// Columns of the array.
        cols: usize,
    },
    /// The encoder refused.
    #[error("the PNG encoder failed")]
    Encode(#[from] png::EncodingError),
}

/// A colour-mapped array as the bytes of a PNG file, one pixel per value, row 0 on top.
///
/// `low` and `high` are the values at the two ends of the colour map, in the unit of `values`; values outside take
/// the end colours, NaN is grey. The file is indexed colour: 255 steps are finer than an eye.
pub fn write_png(
    values: &Array2<f64>,
    colours: ColourMap,
    scale: Scale,
    (low, high): (f64, f64),
) -> Result<Vec<u8>, PictureError> {
    let palette: Vec<Rgb> =
        std::iter::once(NO_VALUE).chain((0..255).map(|i| colours.at(f64::from(i) / 254.0))).collect();
    let index = values.mapv(|v| {
        let t = scale.place(v, low, high);
        if t.is_nan() { 0 } else { 1 + (254.0 * t.clamp(0.0, 1.0)).round() as u8 }
    });
    encode_indexed(&index, &palette, None)
}

/// An array of palette indices as PNG bytes; `alpha` gives the opacity of each palette entry.
pub(crate) fn encode_indexed(
    index: &Array2<u8>,
    palette: &[Rgb],
    alpha: Option<&[u8]>,
) -> Result<Vec<u8>, PictureError> {
    let (rows, cols) = index.dim();
    let side = |n: usize| u32::try_from(n).ok().filter(|n| (1..1 << 31).contains(n));
    let (Some(height), Some(width)) = (side(rows), side(cols)) else {
        return Err(PictureError::Size { rows, cols });
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    if let Some(alpha) = alpha {
        encoder.set_trns(alpha.to_vec());
    }
    // Neighbouring indices of an indexed image are not close in value, so filters only add noise.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    let pixels: Vec<u8> = index.iter().copied().collect();
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// PNG bytes as a URI that can stand in an `href`.
pub(crate) fn data_uri(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(png))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Decodes to RGB rows.
    fn decode(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("fits in memory")];
        let info = reader.next_frame(&mut pixels).expect("one frame");
        (info.width, info.height, pixels)
    }

    #[test]
    fn pixels_carry_the_colours_of_their_values() {
        let values = array![[0.0, 1.0, f64::NAN], [-9.0, 9.0, 0.5]];
        let bytes = write_png(&values, ColourMap::Viridis, Scale::Linear, (0.0, 1.0)).expect("encodes");
        let (width, height, pixels) = decode(&bytes);
        assert_eq!((width, height), (3, 2));
        let (low, high) = (ColourMap::Viridis.at(0.0), ColourMap::Viridis.at(1.0));
        let expected = [low, high, NO_VALUE, low, high, ColourMap::Viridis.at(127.0 / 254.0)];
        assert_eq!(pixels, expected.concat());
    }

    #[test]
    fn a_logarithmic_map_shows_what_has_no_logarithm_at_its_lower_end() {
        let values = array![[1e-12, 1e-9, 0.0, -1.0]];
        let bytes = write_png(&values, ColourMap::Grey, Scale::Log, (1e-12, 1e-6)).expect("encodes");
        let expected = [
            ColourMap::Grey.at(0.0),
            ColourMap::Grey.at(127.0 / 254.0),
            ColourMap::Grey.at(0.0),
            ColourMap::Grey.at(0.0),
        ];
        assert_eq!(decode(&bytes).2, expected.concat());
    }

    #[test]
    fn an_empty_image_is_refused() {
        let empty = Array2::zeros((0, 4));
        let error = write_png(&empty, ColourMap::Grey, Scale::Linear, (0.0, 1.0)).expect_err("nothing to draw");
        assert!(matches!(error, PictureError::Size { rows: 0, cols: 4 }));
    }
}
