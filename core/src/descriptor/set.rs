//! The curves of one location, where more than one is measured there.

use tiptwin_instrument::{IvCurve, Suns};

/// One bias programme, swept at one location in one light or several, once or repeatedly. A first-order reversal family is one curve of
/// many loops ([`super::forc`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveSet {
    /// In the order of measurement: all repeats in the first light, then in the next.
    pub curves: Vec<SetCurve>,
}

/// One curve of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct SetCurve {
    /// Light during the sweep.
    pub light: Suns,
    /// How often the programme was swept here in this light before.
    pub repeat: u32,
    /// The curve.
    pub curve: IvCurve,
}

impl CurveSet {
    /// The repeats in a light, in order; none if it was not swept in that light.
    pub fn in_light(&self, light: Suns) -> impl Iterator<Item = &IvCurve> {
        self.curves.iter().filter(move |c| c.light == light).map(|c| &c.curve)
    }

    /// The repeats in the light that was swept first.
    pub fn in_first_light(&self) -> impl Iterator<Item = &IvCurve> {
        self.curves.first().into_iter().flat_map(|first| self.in_light(first.light))
    }

    /// The repeats in the dark.
    pub fn dark(&self) -> impl Iterator<Item = &IvCurve> {
        self.in_light(Suns::ZERO)
    }

    /// All curves in any light.
    pub fn lit(&self) -> impl Iterator<Item = &IvCurve> {
        self.curves.iter().filter(|c| c.light.0 > 0.0).map(|c| &c.curve)
    }
}
