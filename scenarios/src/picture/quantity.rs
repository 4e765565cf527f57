//! Units on axes: one SI prefix for a whole axis, and short numbers for text.

use crate::picture::ticks;
use tiptwin_instrument::units::si_prefix;

/// Units whose first factor takes a prefix. Anything else (`%`, `m²`, `log10(A)`, none) is printed as it is.
const PREFIXABLE: [&str; 14] = ["m", "V", "A", "s", "Hz", "F", "S", "W", "J", "N", "Pa", "Ω", "eV", "C"];

/// How numbers of one unit are shown along one axis: divided by `factor`, with `unit` beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct DisplayUnit {
    /// What a value is divided by before it is printed.
    pub factor: f64,
    /// Unit with its prefix, or a power of ten where the unit takes none; empty where nothing needs saying.
    pub unit: String,
}

impl DisplayUnit {
    /// The unit for values up to `magnitude`.
    pub fn new(unit: &str, magnitude: f64) -> Self {
        let magnitude = magnitude.abs();
        let first = unit.split(['·', '*', '/', ' ']).next().unwrap_or_default();
        if PREFIXABLE.contains(&first) {
            // A bias of half a volt is 0.5 V to whoever set it, not 500 mV.
            let in_volts = first == "V" && (0.1..1.0).contains(&magnitude);
            let (factor, prefix) = if in_volts { (1.0, "") } else { si_prefix(magnitude) };
            return Self { factor, unit: format!("{prefix}{unit}") };
        }
        if magnitude.is_finite() && magnitude > 0.0 && !(1e-2..1e5).contains(&magnitude) {
            let exponent = 3 * (magnitude.log10() / 3.0).floor() as i32;
            let space = if unit.is_empty() { "" } else { " " };
            return Self { factor: 10f64.powi(exponent), unit: format!("10{}{space}{unit}", superscript(exponent)) };
        }
        Self { factor: 1.0, unit: unit.to_owned() }
    }

    /// A name with the unit in brackets, such as `height (nm)`.
    pub fn label(&self, name: &str) -> String {
        match (name.is_empty(), self.unit.is_empty()) {
            (_, true) => name.to_owned(),
            (true, false) => self.unit.clone(),
            (false, false) => format!("{name} ({})", self.unit),
        }
    }

    /// A tick in this unit.
    pub fn tick(&self, value: f64, decimals: usize) -> String {
        let scaled = value / self.factor;
        minus(&format!("{:.decimals$}", if scaled == 0.0 { 0.0 } else { scaled }))
    }

    /// Round values inside `[low, high]` with their texts, about `count` of them.
    pub fn ticks(&self, low: f64, high: f64, count: usize) -> Vec<(f64, String)> {
        let (values, decimals) = ticks::linear(low / self.factor, high / self.factor, count);
        let texts = values.into_iter().map(|v| (v * self.factor, self.tick(v * self.factor, decimals)));
        texts.collect()
    }
}

/// A value of a logarithmic axis in as few digits as it needs, such as `0.5` or `20`.
pub fn log_tick(value: f64) -> String {
    if (1e-3..1e4).contains(&value) {
        format!("{}", (value * 1e6).round() / 1e6)
    } else {
        let exponent = (value.log10() + 1e-9).floor() as i32;
        let digit = (value / 10f64.powi(exponent)).round();
        if digit == 1.0 {
            format!("10{}", superscript(exponent))
        } else {
            format!("{digit}·10{}", superscript(exponent))
        }
    }
}

/// An interval in the unit that its larger end calls for, such as `0.353 to 2.58 nA`.
///
/// Ends more than three orders of magnitude apart each get their own prefix: `60.8 fA to 2.02 nA`.
pub fn interval(low: f64, high: f64, unit: &str) -> String {
    let larger = low.abs().max(high.abs());
    // Rounding is nothing, however small its unit.
    let [low, high] = [low, high].map(|end| if end.abs() < 1e-9 * larger { 0.0 } else { end });
    let smaller = low.abs().min(high.abs());
    if smaller > 0.0 && larger > 1000.0 * smaller && !unit.is_empty() {
        return format!("{} to {}", with_unit(low, unit), with_unit(high, unit));
    }
    let display = DisplayUnit::new(unit, low.abs().max(high.abs()));
    let number = |v: f64| significant(v / display.factor, 3);
    let (low, high) = (number(low), number(high));
    match display.unit.as_str() {
        "" => format!("{low} to {high}"),
        power if power.starts_with("10") => format!("({low} to {high})·{power}"),
        unit => format!("{low} to {high} {unit}"),
    }
}

/// A number with its unit for running text, three significant digits, such as `1.08 nA`; `–` if it is not finite.
pub fn with_unit(value: f64, unit: &str) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let display = DisplayUnit::new(unit, value);
    let number = significant(value / display.factor, 3);
    if display.unit.is_empty() {
        number
    } else if display.unit.starts_with("10") {
        format!("{number}·{}", display.unit)
    } else {
        format!("{number} {}", display.unit)
    }
}

/// A number with a fixed number of decimals and a true minus sign; `–` if it is not finite.
pub fn fixed(value: f64, decimals: usize) -> String {
    if value.is_finite() { minus(&format!("{value:.decimals$}")) } else { "–".into() }
}

/// A number to `digits` significant digits, without an exponent.
fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let decimals = (digits - 1 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    minus(&format!("{value:.decimals$}"))
}

/// The typographic minus, and no minus before a zero.
fn minus(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        Some(rest) => format!("\u{2212}{rest}"),
        None => text.to_owned(),
    }
}

fn superscript(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = exponent.unsigned_abs().to_string();
    let digits = digits.bytes().map(|b| DIGITS[usize::from(b - b'0')]);
    exponent.is_negative().then_some('⁻').into_iter().chain(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_one_prefix() {
        let nano = DisplayUnit::new("A", 3.2e-9);
        assert_eq!((nano.label("current"), nano.tick(1.5e-9, 1)), ("current (nA)".into(), "1.5".into()));
        let texts: Vec<String> = nano.ticks(-1e-9, 3.2e-9, 4).into_iter().map(|t| t.1).collect();
        assert_eq!(texts, ["\u{2212}1", "0", "1", "2", "3"]);
        assert_eq!(DisplayUnit::new("A·V", 2e-12).unit, "pA·V");
    }

    #[test]
    fn units_that_take_no_prefix_keep_their_name() {
        assert_eq!(DisplayUnit::new("", 0.5), DisplayUnit { factor: 1.0, unit: String::new() });
        assert_eq!(DisplayUnit::new("log10(A)", 9.0).unit, "log10(A)");
        assert_eq!(DisplayUnit::new("m²", 1e-12).unit, "10⁻¹² m²");
        assert_eq!(DisplayUnit::new("", 2e7).unit, "10⁶");
    }

    #[test]
    fn numbers_in_text_are_short() {
        assert_eq!(with_unit(1.0834e-9, "A"), "1.08 nA");
        assert_eq!(with_unit(0.0, "V"), "0 V");
        assert_eq!(with_unit(0.516, "V"), "0.516 V");
        assert_eq!(with_unit(0.213, "s"), "213 ms");
        assert_eq!(interval(3.53e-10, 2.58e-9, "A"), "0.353 to 2.58 nA");
        assert_eq!(interval(3e-25, 2.78e-10, "A·V"), "0 to 278 pA·V");
        assert_eq!(interval(-2e-7, 1e-7, ""), "(\u{2212}200 to 100)·10⁻⁹");
        assert_eq!(with_unit(f64::NAN, "V"), "–");
        assert_eq!(with_unit(0.123_4, ""), "0.123");
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(f64::INFINITY, 2), "–");
        assert_eq!(log_tick(0.5), "0.5");
        assert_eq!(log_tick(1e-7), "10⁻⁷");
    }
}
