//! What can honestly be said about data without knowing the sample.
//!
//! *Not a number*: nothing was measured. *The same value throughout*: a converter behind a live amplifier shows noise, so this one is
//! not connected. *At the rail throughout*: the amplifier is overloaded or its input is open. *Another bias than asked for*: the output
//! does not do what it is told. *Power out of the sample in the dark*: the sign of the current or of the bias is wrong, since nothing
//! passive delivers energy; in light it may, so there the sign is not judged and has to be checked once on a resistor. A contact
//! that is open, a tip that is worn and a drifting film are not seen here: their curves look like curves.

use ndarray::Array2;
use tiptwin_instrument::{Amps, ErrorKind, InstrumentError, IvCurve};

/// Share of the rail from which on a sample counts as clipped.
const AT_RAIL: f64 = 0.999;
/// How far the recorded bias may be from the one asked for: share of the peak, and volts.
const BIAS_SLACK: (f64, f64) = (0.02, 0.01);
/// By how many of its own deviations a dissipated energy must be below zero. Five are less than one in a million by chance.
const DEVIATIONS: f64 = 5.0;

fn bad(message: String) -> InstrumentError {
    InstrumentError::new(ErrorKind::BadMeasurement, message)
}

/// Refuses an image that is not one.
pub(super) fn image(values: &Array2<f64>) -> Result<(), InstrumentError> {
    if let Some(((row, col), value)) = values.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return Err(bad(format!("the image is {value} at row {row}, column {col}; every pixel must be finite")));
    }
    match values.iter().next() {
        Some(first) if values.iter().all(|v| v == first) => {
            Err(bad(format!("the image is {first:e} at every pixel: nothing was recorded")))
        }
        _ => Ok(()),
    }
}

/// Refuses a curve that cannot be one; says whether it is clipped. `asked_v` is the bias that was asked for; `shows_noise` says whether
/// a current without noise is none.
pub(super) fn curve(
    curve: &IvCurve,
    asked_v: &[f64],
    rail_a: f64,
    dark: bool,
    shows_noise: bool,
) -> Result<bool, InstrumentError> {
    let (bias, current) = (&curve.bias_v, &curve.current_a);
    if bias.len() != asked_v.len() || current.len() != asked_v.len() {
        return Err(bad(format!(
            "{} samples of bias and {} of current where {} were asked for",
            bias.len(),
            current.len(),
            asked_v.len()
        )));
    }
    for (name, column) in [("bias", bias), ("current", current)] {
        if let Some(at) = column.iter().position(|v| !v.is_finite()) {
            return Err(bad(format!("the {name} is {} at sample {at}; every sample must be finite", column[at])));
        }
    }
    let peak = asked_v.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let slack = BIAS_SLACK.0 * peak + BIAS_SLACK.1;
    if let Some(at) = (0..bias.len()).find(|&i| (bias[i] - asked_v[i]).abs() > slack) {
        let message = format!(
            "the bias was {:.4} V at sample {at} where {:.4} V was asked for; accepted: within {slack:.4} V",
            bias[at], asked_v[at]
        );
        return Err(InstrumentError::new(ErrorKind::Fault, message));
    }
    let clipped = current.iter().filter(|i| i.abs() >= AT_RAIL * rail_a).count();
    if clipped == current.len() {
        return Err(bad(format!(
            "the current is at the rail of {} at every bias: overload, or an open input",
            Amps(rail_a)
        )));
    }
    if shows_noise && current.iter().all(|i| *i == current[0]) {
        return Err(bad(format!(
            "the current is {} at every sample, without noise: the amplifier is not connected",
            Amps(current[0])
        )));
    }
    if dark {
        passive(bias, current)?;
    }
    Ok(clipped > 0)
}

/// In the dark no energy comes out. The current at 0 V, an offset of the amplifier, is taken off first; what remains must oppose the bias
/// clearly (a correlation below −½) and by more than noise does, which the differences of neighbouring samples tell.
fn passive(bias: &[f64], current: &[f64]) -> Result<(), InstrumentError> {
    let peak = bias.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let at_zero: Vec<f64> =
        bias.iter().zip(current).filter(|(v, _)| v.abs() <= BIAS_SLACK.0 * peak).map(|(_, i)| *i).collect();
    if at_zero.is_empty() {
        return Ok(());
    }
    let offset = at_zero.iter().sum::<f64>() / at_zero.len() as f64;
    let sum = |f: &dyn Fn(f64, f64) -> f64| bias.iter().zip(current).map(|(v, i)| f(*v, i - offset)).sum::<f64>();
    let power = sum(&|v, i| v * i);
    let (squares_v, squares_a) = (sum(&|v, _| v * v), sum(&|_, i| i * i));
    let differences: f64 = current.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    let noise_a = (0.5 * differences / (current.len() - 1) as f64).sqrt();
    let deviation = noise_a * (squares_v + sum(&|v, _| v).powi(2) / at_zero.len() as f64).sqrt();
    if power >= -DEVIATIONS * deviation || power >= -0.5 * (squares_v * squares_a).sqrt() {
        return Ok(());
    }
    let mean_w = power / current.len() as f64;
    let message = format!(
        "the sample delivers {:e} W in the dark, which nothing passive does: the sign of the current or of the bias is wrong",
        -mean_w
    );
    Err(InstrumentError::new(ErrorKind::Fault, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::{Seconds, Waveform};

    /// A resistor of 1 GΩ with noise that is the same every time.
    fn resistor(scale: f64) -> (IvCurve, Vec<f64>) {
        let asked = Waveform::default().bias_v();
        let noise = |k: usize| 1e-12 * ((k * 7919 % 101) as f64 / 50.0 - 1.0);
        let current_a = asked.iter().enumerate().map(|(k, v)| scale * v * 1e-9 + noise(k)).collect();
        (IvCurve { bias_v: asked.clone(), current_a, sample_interval: Seconds(8e-3), saturated: false }, asked)
    }

    fn refusal(change: impl FnOnce(&mut IvCurve), dark: bool) -> (ErrorKind, String) {
        let (mut c, asked) = resistor(1.0);
        change(&mut c);
        let error = curve(&c, &asked, 1e-8, dark, true).expect_err("must be refused");
        (error.kind(), error.to_string())
    }

    #[test]
    fn sound_curves_pass_and_clipped_ones_are_marked() {
        let (c, asked) = resistor(1.0);
        assert!(!curve(&c, &asked, 1e-8, true, true).expect("sound"));
        assert!(curve(&c, &asked, 1.2e-9, true, true).expect("clipped at its peak"));
        // An open contact is noise about zero, which may have either sign.
        let (open, asked) = resistor(0.0);
        assert!(!curve(&open, &asked, 1e-8, true, true).expect("noise"));
        // Nor is an offset of the amplifier a wrong sign.
        let (mut offset, asked) = resistor(0.0);
        offset.current_a = offset.current_a.iter().map(|i| i - 5e-12).collect();
        assert!(!curve(&offset, &asked, 1e-8, true, true).expect("an offset"));
        // A solar cell delivers energy: in light nobody may say that the sign is wrong.
        let (turned, asked) = resistor(-1.0);
        assert!(!curve(&turned, &asked, 1e-8, false, true).expect("in light"));
    }

    #[test]
    fn what_cannot_be_a_curve_is_refused() {
        let bad = ErrorKind::BadMeasurement;
        assert_eq!(refusal(|c| c.current_a[7] = f64::NAN, true).0, bad);
        assert_eq!(refusal(|c| c.current_a.fill(2e-10), true).0, bad);
        assert_eq!(refusal(|c| c.current_a.fill(1e-8), true).0, bad);
        let (kind, message) = refusal(|c| c.current_a = c.current_a.iter().map(|i| -i).collect(), true);
        assert!(kind == ErrorKind::Fault && message.contains("sign"), "{message}");
        let (kind, message) = refusal(|c| c.bias_v = c.bias_v.iter().map(|v| 0.5 * v).collect(), true);
        assert!(kind == ErrorKind::Fault && message.contains("was asked for"), "{message}");
        assert_eq!(refusal(|c| c.current_a.truncate(9), true).0, bad);
        assert!(image(&Array2::zeros((3, 3))).is_err());
    }
}
