//! Distributions of the current, each region on its own, over logarithmic bins.

use crate::picture::{Axis, Chart, Series, Shape, clip, histogram, quantity};
use crate::report::figures::ink;
use crate::report::html::{escape, panel};
use crate::report::input::Region;
use ndarray::Array2;

/// Lower end of the bins: what is smaller is far below any amplifier and would only stretch the axis.
const FEMTOAMPERE: f64 = 1e-15;

/// The largest current in the dark and in light by region, amperes, and the ratio of the two, as HTML figures.
pub(super) fn by_region(max_current_a: &[Array2<f64>; 2], regions: &Array2<u8>, light_suns: f64) -> String {
    let [dark, light] = max_current_a.each_ref().map(|map| map.iter().map(|v| v.max(FEMTOAMPERE)).collect::<Vec<_>>());
    let gain: Vec<f64> = light.iter().zip(&dark).map(|(l, d)| l / d).collect();
    let current = || Axis::new("largest current", "A");
    let lit = format!("at {light_suns} sun");
    one("Maximum current in the dark", "Medians in the dark", current(), &dark, regions)
        + &one(&format!("Maximum current {lit}"), &format!("Medians {lit}"), current(), &light, regions)
        + &one(
            "What light gains",
            "Median gain",
            Axis::new("current in light over current in the dark", ""),
            &gain,
            regions,
        )
}

fn one(title: &str, medians_of: &str, x: Axis, all: &[f64], regions: &Array2<u8>) -> String {
    let edges = edges(all);
    let unit = x.unit.clone();
    let mut chart = Chart::new(title, x.logarithmic(), Axis::new("share of pixels there", ""));
    let mut medians = Vec::new();
    for region in Region::ALL {
        let here: Vec<f64> =
            all.iter().zip(regions).filter(|(_, code)| Region::from_code(**code) == region).map(|(v, _)| *v).collect();
        if let Some(median) = clip::percentile(&here, 50.0) {
            let series = Series::new(region.name(), ink(region), histogram::outline(&here, &edges));
            chart.series.push(Series { shape: Shape::Filled, ..series });
            // A ratio needs no more than two digits, and no prefix.
            let value = match unit.as_str() {
                "" => {
                    format!("{}×", if median < 10.0 { quantity::fixed(median, 1) } else { quantity::fixed(median, 0) })
                }
                unit => quantity::with_unit(median, unit),
            };
            medians.push(format!("{} {value}", region.name()));
        }
    }
    panel(&chart, &format!("<b>{}</b>: {}.", escape(medians_of), escape(&medians.join(", "))))
}

/// Edges of equal parts of a decade around all values: fifths where there are many decades, tenths where there are few.
fn edges(values: &[f64]) -> Vec<f64> {
    const MANY_DECADES: f64 = 3.0;
    let (low, high) = values.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), &v| (l.min(v), h.max(v)));
    if !(low > 0.0 && high.is_finite() && low <= high) {
        return Vec::new();
    }
    let parts = if (high / low).log10() > MANY_DECADES { 5.0 } else { 10.0 };
    let (first, last) = ((parts * low.log10()).floor() as i32, (parts * high.log10()).floor() as i32 + 1);
    (first..=last).map(|i| 10f64.powf(f64::from(i) / parts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn every_current_falls_in_a_bin_and_none_is_drawn_as_one_femtoampere() {
        let values = [3.1e-15, 1e-12, 9.9e-10, 1e-9];
        let edges = edges(&values);
        assert!(edges[0] <= 3.1e-15 && edges[edges.len() - 1] > 1e-9);
        let html = by_region(&[array![[0.0, 1e-9]], array![[1e-9, 2e-9]]], &array![[2, 0]], 0.1);
        assert_eq!(html.matches("<figure>").count(), 3);
        assert!(html.contains("grain 1.00 nA, junction 1.00 fA") && html.contains("at 0.1 sun"), "{html}");
    }
}
