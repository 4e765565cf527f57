//! Memory of light: what the film feels follows the lamp with delay.
//!
//! ```text
//! dΦ_eff/dt = (Φ − Φ_eff)/τ,   τ = 0.5 s while it rises, 20 s while it falls
//! ```
//!
//! Φ_eff stands for Φ in everything that light changes ([`super::illumination`]) and in the photocurrent.
//!
//! Source: conductivity of a formamidinium-rich alloy persisted for tens of seconds after the light (Tirmzi et al.,
//! arXiv 1812.02135, on titania and tin oxide; not seen on ITO); the two times are choices. One state for the whole
//! film: it ignores that a place nobody lit has nothing to remember.

use crate::error::{SimError, within};
use tiptwin_instrument::{Seconds, Suns};

/// Time constants of the memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LightMemory {
    /// While the effective light rises.
    pub on: Seconds,
    /// While it falls.
    pub off: Seconds,
}

impl Default for LightMemory {
    fn default() -> Self {
        Self { on: Seconds(0.5), off: Seconds(20.0) }
    }
}

impl LightMemory {
    /// No memory: the film feels the lamp at once.
    pub const NONE: Self = Self { on: Seconds(0.0), off: Seconds(0.0) };

    /// Refuses times that are none.
    pub fn check(&self) -> Result<(), SimError> {
        let range = (0.0, 1e5);
        within("rise time of the light memory (s)", self.on.0, range, "it is a time constant", "0 to 100000 s")?;
        within("fall time of the light memory (s)", self.off.0, range, "it is a time constant", "0 to 100000 s")
    }

    /// The effective light a time `elapsed` after it was `effective`, with the lamp at `lamp` all the while.
    pub fn after(&self, effective: Suns, lamp: Suns, elapsed: Seconds) -> Suns {
        let time_constant = if lamp.0 > effective.0 { self.on.0 } else { self.off.0 };
        if time_constant <= 0.0 {
            return lamp;
        }
        Suns(lamp.0 + (effective.0 - lamp.0) * (-elapsed.0 / time_constant).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_fast_and_falls_slowly_however_the_time_is_cut() {
        let memory = LightMemory::default();
        let risen = memory.after(Suns(0.0), Suns(0.1), Seconds(0.5));
        assert!((risen.0 - 0.1 * (1.0 - (-1.0_f64).exp())).abs() < 1e-15);
        let fallen = memory.after(Suns(0.1), Suns(0.0), Seconds(20.0));
        assert!((fallen.0 - 0.1 * (-1.0_f64).exp()).abs() < 1e-15);
        let twice = memory.after(memory.after(Suns(0.1), Suns(0.0), Seconds(7.0)), Suns(0.0), Seconds(13.0));
        assert!((twice.0 - fallen.0).abs() < 1e-15);
        assert_eq!(LightMemory::NONE.after(Suns(0.3), Suns(0.1), Seconds(0.0)), Suns(0.1));
        assert!(LightMemory { on: Seconds(f64::NAN), ..memory }.check().is_err());
    }
}
