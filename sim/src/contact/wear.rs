//! How the tip ages.
//!
//! Every contact blunts the apex a little (0.02 nm), a frame in contact more (0.5 nm), and now and then it breaks (2e-3 per
//! contact, log-normal with a median of 5 nm): in fast AFM the form of a tip changes abruptly rather than gradually. The
//! contact radius follows Hertz, a ~ R^(1/3), so a blunter tip draws more current and sees less detail. The metal may come off
//! (5e-4 per sweep): then the current falls by a factor of 10^(−U(0.5, 3)) for good. The numbers are choices.
//!
//! The state depends on the number of contacts alone, so the same history gives the same tip.

use crate::error::SimError;
use crate::field::{self, Field, fields};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use tiptwin_instrument::{MasterSeed, Meters, Stream};

/// Spread of ln(step) when the apex breaks.
const BREAK_SIGMA: f64 = 0.8;
/// Decimal orders by which a lost coating lowers the current.
const COATING_ORDERS: (f64, f64) = (0.5, 3.0);

/// How fast a tip ages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WearSettings {
    /// Radius gained per contact, m.
    pub per_contact_m: f64,
    /// Radius gained per frame scanned in contact, m.
    pub per_frame_m: f64,
    /// Chance per contact that the apex breaks.
    pub break_share: f64,
    /// Median step of the radius when it does, m.
    pub break_m: f64,
    /// Chance per sweep that the coating is lost.
    pub coating_loss_share: f64,
}

impl WearSettings {
    /// A tip that never ages.
    pub const NONE: Self =
        Self { per_contact_m: 0.0, per_frame_m: 0.0, break_share: 0.0, break_m: 5e-9, coating_loss_share: 0.0 };
    /// A metal-coated tip treated well.
    pub const TYPICAL: Self = Self {
        per_contact_m: 0.02e-9,
        per_frame_m: 0.5e-9,
        break_share: 2e-3,
        break_m: 5e-9,
        coating_loss_share: 5e-4,
    };
    /// Pressed too hard.
    pub const HARSH: Self =
        Self { per_contact_m: 0.1e-9, per_frame_m: 2e-9, break_share: 1e-2, break_m: 10e-9, coating_loss_share: 2e-3 };
    /// Why its amounts have bounds.
    pub const WHY: &'static str = "a tip only grows blunter, and chances lie between 0 and 1";
    /// What a scenario can set.
    pub const FIELDS: &'static [Field<Self>] = fields![Self:
        ("per_contact_nm", per_contact_m, 1e-9, (0.0, 100.0), "radius gained per contact"),
        ("per_frame_nm", per_frame_m, 1e-9, (0.0, 100.0), "radius gained per frame in contact"),
        ("break_share", break_share, 1.0, (0.0, 1.0), "chance per contact that the apex breaks"),
        ("break_nm", break_m, 1e-9, (0.0, 1000.0), "median step when it does"),
        ("coating_loss_share", coating_loss_share, 1.0, (0.0, 1.0), "chance per sweep that the coating is lost"),
    ];

    /// Refuses a tip that grows sharper.
    pub fn check(&self) -> Result<(), SimError> {
        field::check(self, Self::FIELDS, Self::WHY)
    }
}

/// A tip and its past.
#[derive(Clone, Debug, PartialEq)]
pub struct TipState {
    settings: WearSettings,
    seed: MasterSeed,
    new_radius_m: f64,
    radius_m: f64,
    coating: f64,
    contacts: u64,
    frames: u64,
}

impl TipState {
    /// A new tip.
    pub const fn new(settings: WearSettings, radius: Meters, seed: MasterSeed) -> Self {
        Self { settings, seed, new_radius_m: radius.0, radius_m: radius.0, coating: 1.0, contacts: 0, frames: 0 }
    }

    /// Apex radius.
    pub const fn radius(&self) -> Meters {
        Meters(self.radius_m)
    }

    /// Contact radius over that of the new tip.
    pub fn contact_scale(&self) -> f64 {
        (self.radius_m / self.new_radius_m).cbrt()
    }

    /// Factor on the current that the coating leaves.
    pub const fn coating(&self) -> f64 {
        self.coating
    }

    /// Contacts so far.
    pub const fn contacts(&self) -> u64 {
        self.contacts
    }

    /// Ages the tip by one contact with a sweep.
    pub fn after_contact(&mut self) {
        // Units below 2^62 are places; a contact's number lies above, so no draw is shared.
        let mut rng = self.seed.rng(Stream::Contact, (1 << 62) | self.contacts);
        self.contacts += 1;
        let s = &self.settings;
        self.radius_m += s.per_contact_m;
        let (breaks, loses, orders) = (rng.random::<f64>(), rng.random::<f64>(), rng.random::<f64>());
        if breaks < s.break_share {
            let z: f64 = StandardNormal.sample(&mut rng);
            self.radius_m += s.break_m * (BREAK_SIGMA * z).exp();
        }
        if loses < s.coating_loss_share {
            let (low, high) = COATING_ORDERS;
            self.coating *= 10f64.powf(-(low + (high - low) * orders));
        }
    }

    /// Ages the tip by one frame scanned in contact.
    pub fn after_frame(&mut self) {
        self.frames += 1;
        self.radius_m += self.settings.per_frame_m;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tip_only_grows_blunter_at_the_announced_rate() {
        let age = |settings: WearSettings, contacts: usize| {
            let mut tip = TipState::new(settings, Meters(25e-9), MasterSeed(3));
            let mut last = (tip.radius().0, tip.coating());
            for _ in 0..contacts {
                tip.after_contact();
                assert!(tip.radius().0 >= last.0 && tip.coating() <= last.1);
                last = (tip.radius().0, tip.coating());
            }
            tip
        };
        let steady = WearSettings { break_share: 0.0, coating_loss_share: 0.0, ..WearSettings::TYPICAL };
        assert!((age(steady, 500).radius().0 - 35e-9).abs() < 1e-15);
        assert!((age(steady, 500).contact_scale() - (35.0f64 / 25.0).cbrt()).abs() < 1e-12);
        assert_eq!(age(WearSettings::NONE, 500), {
            let mut new = TipState::new(WearSettings::NONE, Meters(25e-9), MasterSeed(3));
            new.contacts = 500;
            new
        });
        assert_eq!(age(WearSettings::HARSH, 300), age(WearSettings::HARSH, 300), "the same history, the same tip");
        let losing = WearSettings { coating_loss_share: 1.0, ..WearSettings::NONE };
        let orders: Vec<f64> = (0..400)
            .map(|seed| {
                let mut tip = TipState::new(losing, Meters(25e-9), MasterSeed(seed));
                tip.after_contact();
                -tip.coating().log10()
            })
            .collect();
        assert!(orders.iter().all(|o| (COATING_ORDERS.0..=COATING_ORDERS.1).contains(o)));
        // The mean of 400 uniform numbers 2.5 wide is known to 0.036; four of these.
        assert!((orders.iter().sum::<f64>() / 400.0 - 1.75).abs() < 0.145);
        let breaking = WearSettings { break_share: 1.0, ..WearSettings::NONE };
        let mut steps: Vec<f64> = (0..401)
            .map(|seed| {
                let mut tip = TipState::new(breaking, Meters(25e-9), MasterSeed(seed));
                tip.after_contact();
                tip.radius().0 - 25e-9
            })
            .collect();
        steps.sort_unstable_by(f64::total_cmp);
        // A median of 401 log-normal numbers of spread 0.8 is known to 5 %; four of these.
        assert!((steps[200] / 5e-9).ln().abs() < 0.2, "{}", steps[200]);
        // 2000 contacts break 4 times and lose the coating once, give or take.
        let old = age(WearSettings::TYPICAL, 2000);
        assert!(old.radius().0 > 65e-9 && old.radius().0 < 300e-9, "{}", old.radius());
        let mut framed = TipState::new(WearSettings::TYPICAL, Meters(25e-9), MasterSeed(3));
        framed.after_frame();
        assert!((framed.radius().0 - 25.5e-9).abs() < 1e-15);
    }
}
