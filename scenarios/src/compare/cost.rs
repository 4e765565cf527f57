//! What explorations cost on the instrument.

use super::grouped::Grouped;
use serde::Serialize;
use tiptwin_core::statistics::median;

/// Medians over the seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Case; "all" pools all cases and seeds.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Locations touched.
    pub touches: f64,
    /// Touches whose measurement could not be used.
    pub wasted: f64,
    /// Way of the tip between measurements, straight, in metres.
    pub travel_m: f64,
    /// Charge driven through the film by all sweeps, ∫|I| dt, in coulombs; `None` where no curves were measured.
    pub charge_c: Option<f64>,
    /// Share of the touches closer than [`tiptwin_sim::contact::damage::REACH_M`] to an earlier one: what they measured is the film as it
    /// was left.
    pub near_share: f64,
    /// Clock of the instrument in the end, scans included; simulated seconds on a twin.
    pub instrument_s: f64,
}

pub(super) fn cost(grouped: &Grouped<'_>) -> Vec<Cost> {
    let mut found = Vec::new();
    for case in grouped.cases() {
        for strategy in grouped.strategies() {
            let of = |value: fn(&crate::run::Played) -> f64| {
                median(&grouped.of(case, strategy).map(|o| value(&o.played)).collect::<Vec<_>>())
            };
            found.push(Cost {
                case: case.to_owned(),
                strategy: strategy.to_owned(),
                touches: of(|p| p.touches as f64),
                wasted: of(|p| (p.touches - p.picks.len()) as f64),
                travel_m: of(|p| p.travel_m),
                charge_c: Some(of(|p| p.charge_c.unwrap_or(f64::NAN))).filter(|c| c.is_finite()),
                near_share: of(|p| p.near_touches as f64 / p.touches.max(1) as f64),
                instrument_s: of(|p| p.instrument_s),
            });
        }
    }
    found
}
