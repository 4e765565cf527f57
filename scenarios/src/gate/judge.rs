//! From paired gains to a verdict.
//!
//! With gains dᵢ over n films (positive is better), their mean d̄, s₀ the deviation of gains between equal strategies in the pilot, s that
//! of the gains at hand, t the quantile of Student's t for the chance of a false alarm and δ the margin:
//!
//! ```text
//! low  = d̄ − t max(s₀, s)/√n        high = d̄ + t s₀/√n
//! pass          low > −δ             not worse by more than the margin
//! fail          high < 0             worse, and not shown to be within the margin
//! inconclusive  otherwise
//! ```
//!
//! The pilot's deviation decides about alarms: a fault that makes results erratic must not hide in its own scatter. It is a control chart
//! with limits from a pilot (D. C. Montgomery, Introduction to Statistical Quality Control), with the margin of a non-inferiority test
//! (G. Piaggio et al., JAMA 308, 2594 (2012), doi:10.1001/jama.2012.87802).

use super::file::Quantity;
use super::measure::Measure;
use serde::Serialize;

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Not worse by more than the margin.
    Pass,
    /// Neither is shown.
    Inconclusive,
    /// Worse.
    Fail,
}

impl Verdict {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
        }
    }
}

/// One quantity judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// Which.
    pub measure: Measure,
    /// Films.
    pub n: usize,
    /// Mean gain; positive is better.
    pub mean: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Loss that does not matter.
    pub margin: f64,
    /// The verdict.
    pub verdict: Verdict,
}

/// Judges the gains of one quantity; at least two.
pub fn judge(quantity: &Quantity, gains: &[f64]) -> Judged {
    let n = gains.len() as f64;
    let mean = gains.iter().sum::<f64>() / n;
    let spread = (gains.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let half = |deviation: f64| quantity.quantile * deviation / n.sqrt();
    let (low, high) = (mean - half(spread.max(quantity.deviation)), mean + half(quantity.deviation));
    let verdict = if low > -quantity.margin {
        Verdict::Pass
    } else if high < 0.0 {
        Verdict::Fail
    } else {
        Verdict::Inconclusive
    };
    Judged { measure: quantity.measure, n: gains.len(), mean, low, high, margin: quantity.margin, verdict }
}
