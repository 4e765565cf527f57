//! SI newtypes for every number that crosses a door.
//!
//! Inside a function plain `f64` in SI units with a unit in the name is fine; on a public signature the
//! newtype says the unit once and the compiler checks it.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $symbol:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl $name {
            /// Zero of this quantity.
            pub const ZERO: Self = Self(0.0);
            /// The SI symbol of the unit.
            pub const SYMBOL: &'static str = $symbol;

            /// The bare number, in the SI unit of this type.
            pub const fn si(self) -> f64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&engineering(self.0, $symbol))
            }
        }
    };
}

quantity!(
    /// A length in metres.
    Meters, "m"
);
quantity!(
    /// An electric potential difference in volts, tip minus substrate: a positive bias injects holes from the tip.
    Volts, "V"
);
quantity!(
    /// A current in amperes; positive flows from the tip into the film.
    Amps, "A"
);
quantity!(
    /// A time in seconds.
    Seconds, "s"
);
quantity!(
    /// A light intensity in suns (1 sun = 1000 W/m² of AM1.5G); 0 is dark.
    Suns, "sun"
);

/// Formats a number with the SI prefix that leaves one to three digits before the point, such as `1.08 nA`.
///
/// At most three decimals, no trailing zeros. Zero and non-finite numbers get no prefix.
pub fn engineering(value: f64, symbol: &str) -> String {
    let (scale, prefix) = si_prefix(value.abs());
    let digits = format!("{:.3}", value / scale);
    let short = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{short} {prefix}{symbol}").trim_end().to_owned()
}

/// The SI prefix for a magnitude: the factor it stands for and its letter(s).
///
/// Zero, non-finite magnitudes and those outside 1e-18..1e9 get the factor 1 and no letter.
pub fn si_prefix(magnitude: f64) -> (f64, &'static str) {
    const PREFIXES: [(f64, &str); 10] = [
        (1e9, "G"),
        (1e6, "M"),
        (1e3, "k"),
        (1.0, ""),
        (1e-3, "m"),
        (1e-6, "µ"),
        (1e-9, "n"),
        (1e-12, "p"),
        (1e-15, "f"),
        (1e-18, "a"),
    ];
    if !magnitude.is_finite() || magnitude == 0.0 {
        return (1.0, "");
    }
    // The small allowance keeps 1e-9, which is not exact in binary, from printing as 1000 p.
    PREFIXES.into_iter().find(|(scale, _)| magnitude >= scale * (1.0 - 1e-12)).unwrap_or((1.0, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_keep_one_to_three_digits() {
        assert_eq!(Amps(1.083e-9).to_string(), "1.083 nA");
        assert_eq!(Meters(3e-6).to_string(), "3 µm");
        assert_eq!(Volts(0.0).to_string(), "0 V");
        assert_eq!(Amps(-2.5e-12).to_string(), "-2.5 pA");
        assert_eq!(engineering(1e-9, "A"), "1 nA");
    }
}
