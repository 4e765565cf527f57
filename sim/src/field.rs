//! Settings that a scenario file can set one by one, without knowing the struct that holds them.

use crate::error::{SimError, within};

/// One number of a settings struct `T`.
#[derive(Clone, Copy, Debug)]
pub struct Field<T> {
    /// Key in a scenario file, with its unit.
    pub key: &'static str,
    /// What it is, for messages and lists.
    pub what: &'static str,
    /// Smallest and largest accepted value, in the unit of the key.
    pub range: (f64, f64),
    /// Reads it, in the unit of the key.
    pub get: fn(&T) -> f64,
    /// Writes it, in the unit of the key.
    pub set: fn(&mut T, f64),
}

/// Refuses settings with a value outside its range; `reason` says why the model has no meaning there.
pub(crate) fn check<T>(settings: &T, fields: &[Field<T>], reason: &'static str) -> Result<(), SimError> {
    for field in fields {
        // A value at the very bound may come back from its unit a rounding error beyond it.
        let slack = |bound: f64| if bound.is_finite() { 1e-12 * bound.abs() } else { 0.0 };
        within(
            field.key,
            (field.get)(settings),
            (field.range.0 - slack(field.range.0), field.range.1 + slack(field.range.1)),
            reason,
            "a value in the range that `tiptwin twin` lists",
        )?;
    }
    Ok(())
}

/// A table of [`Field`]s: key, member, factor from the key's unit to SI, range in the key's unit, meaning.
macro_rules! fields {
    ($settings:ty: $(($key:literal, $member:ident, $factor:expr, $range:expr, $what:literal)),+ $(,)?) => {
        &[$($crate::field::Field::<$settings> {
            key: $key,
            what: $what,
            range: $range,
            get: |s| s.$member / $factor,
            set: |s, v| s.$member = v * $factor,
        }),+]
    };
}
pub(crate) use fields;
