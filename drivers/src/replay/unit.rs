//! Units of recorded arrays: a word or the suffix of an array's name, turned into SI.

/// The SI unit of a unit word and the factor that gets there; `None` for words that are not units here.
///
/// `arb` (arbitrary units) has an empty SI unit.
pub(super) fn to_si(word: &str) -> Option<(&'static str, f64)> {
    Some(match word {
        "m" => ("m", 1.0),
        "um" => ("m", 1e-6),
        "nm" => ("m", 1e-9),
        "pm" => ("m", 1e-12),
        "V" | "v" => ("V", 1.0),
        "mV" | "mv" => ("V", 1e-3),
        "A" | "a" => ("A", 1.0),
        "uA" | "ua" => ("A", 1e-6),
        "nA" | "na" => ("A", 1e-9),
        "pA" | "pa" => ("A", 1e-12),
        "deg" => ("°", 1.0),
        "arb" => ("", 1.0),
        _ => return None,
    })
}

/// The unit that a name such as `amplitude_m`, or that of a file such as `current_na.npy`, ends in.
pub(super) fn from_name(name: &str) -> Option<(&'static str, f64)> {
    to_si(name.rsplit_once('_')?.1.split('.').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_their_unit() {
        assert_eq!(from_name("topography_m"), Some(("m", 1.0)));
        assert_eq!(from_name("phase_deg"), Some(("°", 1.0)));
        assert_eq!(from_name("current_pa"), Some(("A", 1e-12)));
        assert_eq!(from_name("current_na.npy"), Some(("A", 1e-9)));
        assert_eq!(from_name("dark_meas"), None);
        assert_eq!(from_name("topo"), None);
    }
}
