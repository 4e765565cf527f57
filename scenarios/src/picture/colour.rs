//! Colour maps that rise evenly in lightness.
//!
//! Viridis and magma come from matplotlib (Smith & van der Walt, 2015) by way of `colorous`. The gold and ice
//! maps are drawn here as paths in Oklab (Ottosson 2020, "A perceptual color space for image processing"):
//! lightness is linear along the path, chroma and hue only add colour, so equal steps look equal and a grey print
//! still reads.

/// sRGB, 8 bits per channel.
pub type Rgb = [u8; 3];

/// The colour of a pixel that has no value.
pub const NO_VALUE: Rgb = [200, 203, 206];

/// How numbers become colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourMap {
    /// Dark violet to yellow, for predictions and truths.
    Viridis,
    /// Black to pale yellow through purple, for uncertainties.
    Magma,
    /// Black to pale gold, as microscopists are used to for heights.
    Gold,
    /// Black through red-brown and ochre to white: what Gwyddion shows heights in unless it is told otherwise.
    Gwyddion,
    /// Black to white.
    Grey,
    /// Blue through white to red, for differences centred on zero.
    Diverging,
    /// Deep to pale blue, for the order of picks on a gold map: blue and yellow stay apart in every common form
    /// of colour blindness.
    Ice,
}

/// Where Gwyddion's own gradient (`Gwyddion.net` of its distribution) has its colours; linear in sRGB between them.
const GWYDDION: [(f64, [f64; 3]); 4] = [
    (0.0, [0.0, 0.0, 0.0]),
    (0.344_671, [0.658_824, 0.156_863, 0.058_823_5]),
    (0.687_075, [0.953_506, 0.759_686, 0.363_821]),
    (1.0, [1.0, 1.0, 1.0]),
];

impl ColourMap {
    /// The maps for heights.
    pub const HEIGHTS: [Self; 2] = [Self::Gold, Self::Gwyddion];

    /// Its colours at `n` evenly spaced places, as six hexadecimal digits each.
    pub fn hex(self, n: u32) -> String {
        let colour = |i| self.at(f64::from(i) / f64::from(n - 1));
        (0..n).map(colour).map(|[r, g, b]| format!("{r:02x}{g:02x}{b:02x}")).collect::<Vec<_>>().concat()
    }

    /// The colour at `t`, clamped to 0..=1; [`NO_VALUE`] for NaN.
    pub fn at(self, t: f64) -> Rgb {
        if t.is_nan() {
            return NO_VALUE;
        }
        let t = t.clamp(0.0, 1.0);
        let from = |gradient: colorous::Gradient, t| gradient.eval_continuous(t).as_array();
        match self {
            Self::Viridis => from(colorous::VIRIDIS, t),
            Self::Magma => from(colorous::MAGMA, t),
            Self::Diverging => from(colorous::RED_BLUE, 1.0 - t),
            Self::Grey => oklch(0.12 + 0.86 * t, 0.0, 0.0),
            Self::Gwyddion => between(&GWYDDION, t),
            Self::Gold => oklch(0.15 + 0.82 * t, arch(t, 0.03, 0.135, 0.055), 48.0 + 52.0 * t),
            Self::Ice => oklch(0.30 + 0.67 * t, arch(t, 0.16, 0.13, 0.02), 268.0 - 68.0 * t),
        }
    }
}

/// Linear between the stops around `t`.
fn between(stops: &[(f64, [f64; 3])], t: f64) -> Rgb {
    let above = stops.iter().position(|(at, _)| *at >= t).unwrap_or(stops.len() - 1).max(1);
    let ((low, from), (high, to)) = (stops[above - 1], stops[above]);
    let share = (t - low) / (high - low);
    [0, 1, 2].map(|c| (255.0 * (from[c] + share * (to[c] - from[c]))).round() as u8)
}

/// A parabola through three values at 0, ½ and 1.
fn arch(t: f64, start: f64, middle: f64, end: f64) -> f64 {
    let bend = 2.0 * (start + end) - 4.0 * middle;
    start + (end - start - bend) * t + bend * t * t
}

/// sRGB of an Oklab colour given by lightness (0 to 1), chroma and hue in degrees, clipped to the gamut.
fn oklch(lightness: f64, chroma: f64, hue_deg: f64) -> Rgb {
    let (sin, cos) = hue_deg.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    let linear = [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ];
    linear.map(|c| {
        let c = c.clamp(0.0, 1.0);
        // Transfer function of IEC 61966-2-1.
        let encoded = if c <= 0.003_130_8 { 12.92 * c } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
        (255.0 * encoded).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIE 1976 lightness, 0 to 100, from sRGB.
    fn lightness(rgb: Rgb) -> f64 {
        let linear = rgb.map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        let y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        if y > 0.008_856 { 116.0 * y.cbrt() - 16.0 } else { 903.3 * y }
    }

    fn lightnesses(map: ColourMap, steps: u32) -> Vec<f64> {
        (0..=steps).map(|i| lightness(map.at(f64::from(i) / f64::from(steps)))).collect()
    }

    #[test]
    fn sequential_maps_rise_in_lightness() {
        use ColourMap::{Gold, Grey, Gwyddion, Ice, Magma, Viridis};
        for map in [Viridis, Magma, Gold, Gwyddion, Grey, Ice] {
            let l = lightnesses(map, 50);
            assert!(l.windows(2).all(|w| w[1] > w[0]), "{map:?}: {l:?}");
            assert!(l[50] - l[0] > 55.0, "{map:?} spans {} of 100", l[50] - l[0]);
        }
    }

    #[test]
    fn our_own_maps_rise_evenly() {
        for map in [ColourMap::Gold, ColourMap::Ice] {
            let l = lightnesses(map, 10);
            let mean = (l[10] - l[0]) / 10.0;
            // Oklab's lightness and CIE's differ by up to a quarter in slope at the dark end; more would be a kink.
            assert!(l.windows(2).all(|w| ((w[1] - w[0]) / mean - 1.0).abs() < 0.4), "{map:?}: {l:?}");
        }
    }

    #[test]
    fn the_diverging_map_is_lightest_in_the_middle() {
        let l = lightnesses(ColourMap::Diverging, 20);
        assert!(l[..11].windows(2).all(|w| w[1] > w[0]) && l[10..].windows(2).all(|w| w[1] < w[0]), "{l:?}");
        let [red, _, blue] = ColourMap::Diverging.at(0.1);
        assert!(blue > red, "negative is blue");
    }

    #[test]
    fn gwyddions_colours_are_those_of_its_file() {
        let at = |t| ColourMap::Gwyddion.at(t);
        assert_eq!((at(0.0), at(1.0)), ([0, 0, 0], [255, 255, 255]));
        assert_eq!((at(0.344_671), at(0.687_075)), ([168, 40, 15], [243, 194, 93]));
        assert_eq!(at(0.172_335_5), [84, 20, 7]);
        assert_eq!(ColourMap::Gwyddion.hex(3).len(), 18);
    }

    #[test]
    fn what_has_no_value_is_grey_and_what_is_outside_is_clamped() {
        assert_eq!(ColourMap::Viridis.at(f64::NAN), NO_VALUE);
        assert_eq!(ColourMap::Gold.at(-3.0), ColourMap::Gold.at(0.0));
        assert_eq!(ColourMap::Gold.at(f64::INFINITY), ColourMap::Gold.at(1.0));
    }
}
