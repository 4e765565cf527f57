//! Families of current-voltage curves: one thing changes from curve to curve, the colours follow it.

use crate::picture::chart::SIZE;
use crate::picture::{Axis, Chart, Ink, Series, svg};
use crate::report::check::{self, ReportError};
use crate::report::iv::log_range;

/// Size at which the estimated width is that of the bold headings as drawn.
const BOLD_TITLE: f64 = 12.0;

/// One curve of a family.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name in the legend, such as `15 V/s`.
    pub label: String,
    /// What changes, in the unit of the family.
    pub value: f64,
    /// Time of each sample from the start of this sweep, seconds.
    pub time_s: Vec<f64>,
    /// Tip bias at each sample, volts.
    pub bias_v: Vec<f64>,
    /// Current at each sample, amperes.
    pub current_a: Vec<f64>,
    /// Colour, where it has a meaning of its own.
    pub ink: Option<Ink>,
}

/// Curves in the order of what changes between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// What changes, with its unit as the name of a column, such as `light_suns`.
    pub parameter: String,
    /// The curves.
    pub members: Vec<Member>,
}

impl Family {
    /// Refuses curves that have not as many currents and times as biases.
    pub fn check(&self) -> Result<(), ReportError> {
        self.members.iter().try_for_each(|m| {
            check::curve(&m.label, "measured", Some(&m.current_a), &m.bias_v)?;
            check::curve(&m.label, "measured", Some(&m.time_s), &m.bias_v)
        })
    }

    /// Current against bias.
    pub fn linear(&self, title: &str) -> Chart {
        self.chart(title, false)
    }

    /// Magnitude of the current, logarithmic, down to the noise.
    pub fn logarithmic(&self, title: &str) -> Chart {
        let mut chart = self.chart(title, true);
        chart.y.range = log_range(&chart.series);
        chart
    }

    fn chart(&self, title: &str, log: bool) -> Chart {
        let y = if log { Axis::new("|current|", "A").logarithmic() } else { Axis::new("current", "A") };
        let mut chart = Chart::new(title, Axis::new("tip bias", "V"), y);
        for (i, m) in self.members.iter().enumerate() {
            let shown = |current: f64| if log { current.abs() } else { current };
            let points = m.bias_v.iter().zip(&m.current_a).map(|(v, a)| (*v, shown(*a))).collect();
            let ink = m.ink.unwrap_or(Ink::of_family(i, self.members.len()));
            chart.series.push(Series::new(&m.label, ink, points));
        }
        chart
    }

    /// Both panels as one SVG file with its own style.
    pub fn standalone_svg(&self, title: &str) -> Result<String, ReportError> {
        self.check()?;
        // A long title runs on over the second panel, whose axis says what it is.
        let second = if svg::text_width(title, BOLD_TITLE) > SIZE.0 { "" } else { "Logarithmic" };
        let panels = [self.linear(title), self.logarithmic(second)].map(|c| (SIZE.0, SIZE.1, c.svg()));
        Ok(svg::standalone(&panels, &format!("Current-voltage curves: {title}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(in crate::report) fn family() -> Family {
        let bias_v: Vec<f64> = (0..21).map(|i| 0.1 * f64::from(if i <= 10 { i } else { 20 - i })).collect();
        let member = |k: u32| Member {
            label: format!("{k} <V/s>"),
            value: f64::from(k),
            time_s: (0..21).map(f64::from).collect(),
            current_a: bias_v.iter().map(|v| 1e-10 * v * v * f64::from(k)).collect(),
            bias_v: bias_v.clone(),
            ink: None,
        };
        Family { parameter: "rate_v_per_s".into(), members: (1..=5).map(member).collect() }
    }

    #[test]
    fn colours_follow_the_order() {
        let inks: Vec<Ink> = family().linear("rates").series.iter().map(|s| s.ink).collect();
        assert_eq!(inks, [0, 1, 3, 5, 7].map(Ink::Ramp));
        assert_eq!((Ink::of_family(0, 1), Ink::of_family(9, 10)), (Ink::Ramp(0), Ink::Ramp(7)));
    }

    #[test]
    fn a_standalone_picture_has_both_panels_and_refuses_torn_curves() {
        let svg = family().standalone_svg("Rates & more").expect("renders");
        assert!(svg.contains("Rates &amp; more") && svg.contains("5 &lt;V/s&gt;") && svg.contains(">|current| (pA)<"));
        assert!(svg.contains("class=\"line ramp7\"") && svg.contains(".ramp7{stroke:#a3a818}"));
        let long = "Boundary at 1148 nm, 2653 nm, 0.1 sun, by turning point, ions carried on";
        assert!(
            !family().standalone_svg(long).expect("renders").contains("Logarithmic") && svg.contains("Logarithmic")
        );
        let mut torn = family();
        torn.members[2].time_s.pop();
        assert!(torn.standalone_svg("torn").is_err());
    }
}
