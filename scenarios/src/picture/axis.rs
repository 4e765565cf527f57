//! The axes of a chart: from data to units, round ticks, labels with prefixed units.

use crate::picture::chart::LEFT;
use crate::picture::clip;
use crate::picture::quantity::{self, DisplayUnit};
use crate::picture::svg::{self, coordinate};
use crate::picture::ticks;
use std::fmt::Write;

/// One axis.
#[derive(Clone, Debug, Default)]
pub struct Axis {
    /// What it measures.
    pub label: String,
    /// SI unit; empty for none.
    pub unit: String,
    /// Whether it is logarithmic; what is not positive is then left out.
    pub log: bool,
    /// Ends, instead of those of the data.
    pub range: Option<(f64, f64)>,
}

impl Axis {
    /// A linear axis over the range of the data.
    pub fn new(label: &str, unit: &str) -> Self {
        Self { label: label.into(), unit: unit.into(), log: false, range: None }
    }

    /// The same axis with fixed ends.
    #[must_use]
    pub fn between(self, low: f64, high: f64) -> Self {
        Self { range: Some((low, high)), ..self }
    }

    /// The same axis, logarithmic.
    #[must_use]
    pub fn logarithmic(self) -> Self {
        Self { log: true, ..self }
    }
}

/// One axis laid out: data to units, and where the ticks are.
pub(super) struct Layout {
    low: f64,
    high: f64,
    log: bool,
    pub(super) label: String,
    ticks: Vec<(f64, String)>,
}

impl Layout {
    pub(super) fn new(axis: &Axis, values: &[f64], count: usize) -> Self {
        let usable = |v: &f64| v.is_finite() && (!axis.log || *v > 0.0);
        let values: Vec<f64> = values.iter().copied().filter(usable).collect();
        let fixed = axis.range.filter(|(l, h)| usable(l) && usable(h) && l < h);
        let (mut low, mut high) = fixed.unwrap_or_else(|| clip::interval(&values, (0.0, 100.0)));
        if axis.log {
            if values.is_empty() && fixed.is_none() {
                (low, high) = (0.1, 1.0);
            }
            let display = DisplayUnit::new(&axis.unit, (low * high).sqrt());
            let ticks = ticks::logarithmic(low / display.factor, high / display.factor);
            let ticks = ticks.into_iter().map(|v| (v * display.factor, quantity::log_tick(v))).collect();
            return Self { low, high, log: true, label: display.label(&axis.label), ticks };
        }
        if fixed.is_none() {
            let margin = 0.04 * (high - low);
            (low, high) = (if low == 0.0 { 0.0 } else { low - margin }, high + margin);
        }
        let display = DisplayUnit::new(&axis.unit, low.abs().max(high.abs()));
        Self { low, high, log: false, label: display.label(&axis.label), ticks: display.ticks(low, high, count) }
    }

    /// 0 at the lower end, 1 at the upper; NaN where the axis has no place for the value.
    pub(super) fn place(&self, value: f64) -> f64 {
        if !self.log {
            (value - self.low) / (self.high - self.low)
        } else if value > 0.0 {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            f64::NAN
        }
    }
}

/// Both axes with their grids, around an area of `width` × `height` units.
pub(super) fn axes(x: &Layout, y: &Layout, width: f64, height: f64) -> String {
    let mut out = String::new();
    for (value, label) in &x.ticks {
        let at = width * x.place(*value);
        out += &svg::line("grid", (at, 0.0), (at, height));
        out += &svg::line("axis", (at, height), (at, height + 4.0));
        out += &svg::text(at, height + 16.0, "middle", label);
    }
    for (value, label) in &y.ticks {
        let at = height * (1.0 - y.place(*value));
        out += &svg::line("grid", (0.0, at), (width, at));
        out += &svg::line("axis", (-4.0, at), (0.0, at));
        out += &svg::text(-7.0, at + 3.8, "end", label);
    }
    let _ = writeln!(out, "<path class=\"axis\" d=\"M0 0V{}H{}\"/>", coordinate(height), coordinate(width));
    out += &svg::text(width / 2.0, height + 34.0, "middle", &x.label);
    let _ = writeln!(
        out,
        "<text class=\"middle\" transform=\"translate({} {}) rotate(-90)\">{}</text>",
        coordinate(12.0 - LEFT),
        coordinate(height / 2.0),
        svg::escape(&y.label)
    );
    out
}
