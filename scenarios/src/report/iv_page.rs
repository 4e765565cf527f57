//! The page of one location's curves: linear, logarithmic, against time or against what changes, and what is read off them.

use crate::picture::{Axis, Chart, Ink, Series, Shape};
use crate::report::check::ReportError;
use crate::report::family::Family;
use crate::report::html::{escape, grid, page, panel, section, wide_table};

/// A descriptor of every curve.
#[derive(Clone, Debug, PartialEq)]
pub struct DescriptorColumn {
    /// Heading, such as `maximum current`.
    pub title: String,
    /// SI unit.
    pub unit: String,
    /// The value of each curve as text with its unit.
    pub texts: Vec<String>,
    /// The value of each curve.
    pub values: Vec<f64>,
}

/// Everything the page of curves needs.
#[derive(Clone, Debug)]
pub struct IvPageInput {
    /// Heading of the page.
    pub title: String,
    /// Where the curves come from, in one line.
    pub lead: String,
    /// The curves.
    pub family: Family,
    /// What changes from curve to curve, with its unit, such as `light (sun)`.
    pub axis: String,
    /// Whether it changes by factors.
    pub log_axis: bool,
    /// What is read off the curves.
    pub descriptors: Vec<DescriptorColumn>,
}

/// One self-contained HTML file. The same input gives the same bytes.
///
/// Fails when a curve has not as many currents or times as biases.
pub fn render(input: &IvPageInput) -> Result<String, ReportError> {
    input.family.check()?;
    let mut figures =
        panel(&input.family.linear("Current"), "<b>Current against bias</b>, both branches of each sweep.")
            + &panel(
                &input.family.logarithmic("Logarithmic"),
                "<b>Magnitude of the current</b>, down to the noise or six decades.",
            );
    figures += &if input.family.members.len() == 1 { in_time(&input.family) } else { descriptors(input) };
    let labels = input.family.members.iter().map(|m| m.label.as_str());
    let head: Vec<&str> = std::iter::once("descriptor").chain(labels).collect();
    // Descriptors have long names and there are many of them, so each is a row.
    let row = |d: &DescriptorColumn| std::iter::once(&d.title).chain(&d.texts).cloned().collect();
    let rows: Vec<Vec<String>> = input.descriptors.iter().map(row).collect();
    let rows: Vec<&[String]> = rows.iter().map(Vec::as_slice).collect();
    let body = format!(
        "<header>\n<h1>{}</h1>\n<p class=\"lead\">{}</p>\n</header>\n{}{}<footer>Made by tiptwin.</footer>\n",
        escape(&input.title),
        escape(&input.lead),
        section("Curves", &grid(&figures)),
        section(
            "Descriptors",
            &wide_table(
                "≥ marks bounds: the property lies beyond what the sweep or the amplifier can show.",
                &head,
                &rows
            )
        ),
    );
    Ok(page(&input.title, &body))
}

/// Bias programme and answer of a single sweep.
fn in_time(family: &Family) -> String {
    let mut chart = Chart::new("In time", Axis::new("time", "s"), Axis::new("current", "A"));
    for m in &family.members {
        let points = m.time_s.iter().copied().zip(m.current_a.iter().copied()).collect();
        chart.series.push(Series::new("", Ink::Black, points));
    }
    panel(&chart, "<b>The sweep in time</b>, from its first sample to its last.")
}

/// Every descriptor against what changes, each over its largest value: how they go together.
fn descriptors(input: &IvPageInput) -> String {
    let mut x = Axis::new(&input.axis, "");
    x.log = input.log_axis;
    let mut chart = Chart::new("What changes", x, Axis::new("share of the largest", "").between(0.0, 1.05));
    for (d, ink) in input.descriptors.iter().zip([Ink::Orange, Ink::Black, Ink::Blue, Ink::Green, Ink::Grey]) {
        let largest = d.values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
        let points = input.family.members.iter().zip(&d.values).map(|(m, v)| (m.value, v / largest)).collect();
        chart.series.push(Series { shape: Shape::Dots, ..Series::new(&d.title, ink, points) });
    }
    let dark = input.log_axis && input.family.members.iter().any(|m| m.value <= 0.0);
    let note = if dark { " A logarithmic axis has no place for the dark." } else { "" };
    panel(&chart, &format!("<b>Descriptors</b>, each over its largest value; the table gives the values.{note}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::family::Member;

    fn input(curves: usize) -> IvPageInput {
        let member = |k: usize| Member {
            label: format!("curve <{k}>"),
            value: k as f64,
            time_s: vec![0.0, 1.0, 2.0],
            bias_v: vec![0.0, 1.5, 0.0],
            current_a: vec![0.0, 1e-9 * (k + 1) as f64, 0.0],
            ink: None,
        };
        IvPageInput {
            title: "Grain & more".into(),
            lead: "seed 1".into(),
            family: Family { parameter: "light_suns".into(), members: (0..curves).map(member).collect() },
            axis: "light (sun)".into(),
            log_axis: true,
            descriptors: vec![DescriptorColumn {
                title: "maximum current".into(),
                unit: "A".into(),
                texts: (0..curves).map(|k| format!("≥ {k} nA")).collect(),
                values: (0..curves).map(|k| k as f64 * 1e-9).collect(),
            }],
        }
    }

    #[test]
    fn one_curve_is_shown_in_time_and_several_by_what_changes() {
        let one = render(&input(1)).expect("renders");
        assert!(one.contains("time (s)") && one.contains("Grain &amp; more") && one.contains("curve &lt;0&gt;"));
        let four = render(&input(4)).expect("renders");
        assert!(four.contains("light (sun)") && four.contains("no place for the dark") && four.contains("≥ 3 nA"));
        for html in [one, four] {
            assert_eq!(html.matches("<figure>").count(), 3);
            assert_eq!(html.matches("http").count(), html.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
            assert!(!html.contains("NaN"));
        }
    }
}
