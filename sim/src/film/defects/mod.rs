//! What a film has besides grains: hidden boundaries, twins, inclusions, pinholes, and a varying composition.
//!
//! They are why topography never tells everything. A hidden boundary blocks holes and shows no groove; a twin shows a step
//! that hardly matters; an inclusion is a bump that insulates even under light; a pinhole is a hole that leaks. [`Defects`]
//! says how many there are, [`Inside`] what belongs to a grain, [`Spots`] what lies anywhere.

mod inside;
mod spots;

pub(crate) use inside::Inside;
pub(crate) use spots::Spots;

use super::index::Place;
use super::structure::Structure;
use crate::error::{SimError, within};
use crate::field::{Field, fields};
use crate::film::fields::GaussianField;
use crate::transport::Site;
use rand::Rng;

/// How much of each. The default is what is usual; [`Defects::NONE`] leaves nothing but grains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Defects {
    /// Share of grains with a boundary that the topography does not show.
    pub hidden_boundary_share: f64,
    /// Share of grains with twin stripes.
    pub twin_share: f64,
    /// Area share of insulating inclusions (PbI2, hexagonal polytype).
    pub inclusion_area: f64,
    /// Area share of pinholes.
    pub pinhole_area: f64,
    /// Spread of the tip barrier with the composition, eV.
    pub composition_ev: f64,
    /// Share of grains whose loops are inverted (see [`Site::ion_barrier_shift_ev`]).
    pub inverted_share: f64,
}

impl Default for Defects {
    fn default() -> Self {
        Self {
            hidden_boundary_share: 0.25,
            twin_share: 0.30,
            inclusion_area: 0.015,
            pinhole_area: 0.001,
            composition_ev: 0.005,
            inverted_share: 0.0,
        }
    }
}

impl Defects {
    /// Nothing but grains and their boundaries.
    pub const NONE: Self = Self {
        hidden_boundary_share: 0.0,
        twin_share: 0.0,
        inclusion_area: 0.0,
        pinhole_area: 0.0,
        composition_ev: 0.0,
        inverted_share: 0.0,
    };
    /// Why its amounts have bounds.
    pub const WHY: &'static str = "a film with less than none or more than its area of them is no film";
    /// What a scenario can set.
    pub const FIELDS: &'static [Field<Self>] = fields![Self:
        ("hidden_boundary_share", hidden_boundary_share, 1.0, (0.0, 1.0), "share of grains with a boundary without groove"),
        ("twin_share", twin_share, 1.0, (0.0, 1.0), "share of grains with twin stripes"),
        ("inclusion_area_percent", inclusion_area, 0.01, (0.0, 10.0), "area of insulating inclusions"),
        ("pinhole_area_percent", pinhole_area, 0.01, (0.0, 5.0), "area of pinholes"),
        ("composition_mev", composition_ev, 1e-3, (0.0, 50.0), "spread of the tip barrier with composition"),
        ("inverted_share", inverted_share, 1.0, (0.0, 1.0), "share of grains with inverted loops"),
    ];

    pub(crate) fn check(&self) -> Result<(), SimError> {
        let share = (0.0, 1.0);
        let reason = "it is a share of the film";
        within("share of grains with a hidden boundary", self.hidden_boundary_share, share, reason, "0 to 1")?;
        within("share of grains with twins", self.twin_share, share, reason, "0 to 1")?;
        within("share of grains with inverted loops", self.inverted_share, share, reason, "0 to 1")?;
        let crowded = "more of them would overlap each other and the grains would be gone";
        within("area share of inclusions", self.inclusion_area, (0.0, 0.1), crowded, "0 to 0.1")?;
        within("area share of pinholes", self.pinhole_area, (0.0, 0.05), crowded, "0 to 0.05")?;
        let barrier = "a wider spread would take the barrier below zero";
        within("barrier spread with composition (eV)", self.composition_ev, (0.0, 0.05), barrier, "0 to 0.05 eV")
    }
}

/// What kind of defect a place is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefectKind {
    /// A boundary that the topography does not show, within 25 nm.
    HiddenBoundary,
    /// The wall between two twins, within 10 nm.
    TwinWall,
    /// A lead iodide inclusion.
    LeadIodide,
    /// An inclusion of the hexagonal (delta) polytype.
    Delta,
    /// A hole.
    Pinhole,
}

/// All defects of one film.
#[derive(Clone, Debug)]
pub(crate) struct DefectMap {
    inside: Inside,
    spots: Spots,
    composition: GaussianField,
    composition_ev: f64,
}

/// Correlation length of the composition, m: between a grain and the optical resolution.
const COMPOSITION_CORRELATION_M: f64 = 120e-9;
/// Mean caesium fraction of Cs0.17FA0.83PbI3 and its spread.
const CAESIUM: (f64, f64) = (0.17, 0.02);
/// How much richer in caesium junctions and boundaries are, in units of the spread.
const CAESIUM_AT: (f64, f64) = (1.0, 0.4);

impl DefectMap {
    pub(crate) fn draw(structure: &Structure, defects: &Defects, thickness_m: f64, rng: &mut impl Rng) -> Self {
        Self {
            inside: Inside::draw(structure, defects, rng),
            spots: Spots::draw(structure, defects, thickness_m, rng),
            composition: GaussianField::new(structure.side, COMPOSITION_CORRELATION_M, rng),
            composition_ev: defects.composition_ev,
        }
    }

    /// What the defects add to the height, m.
    pub(crate) fn height_m(&self, structure: &Structure, place: &Place) -> f64 {
        self.inside.height_m(place) + self.spots.height_m(structure, place)
    }

    /// A location with its defects.
    pub(crate) fn applied(&self, structure: &Structure, place: &Place, site: Site) -> Site {
        let site = self.spots.applied(structure, place, self.inside.applied(place, site));
        if self.composition_ev == 0.0 {
            return site;
        }
        let shift = self.composition_ev * self.composition.at(place.point);
        Site { tip_barrier_ev: (site.tip_barrier_ev + shift).max(0.0), ..site }
    }

    /// What kind of defect a place is in, the strongest first.
    pub(crate) fn kind(&self, structure: &Structure, place: &Place) -> Option<DefectKind> {
        self.spots.kind(structure, place).or_else(|| self.inside.kind(place))
    }

    /// Caesium fraction, richer at boundaries and junctions (u_g, u_j: nearness, 1 on them).
    pub(crate) fn caesium(&self, place: &Place, u_g: f64, u_j: f64) -> f64 {
        let z = self.composition.at(place.point) + CAESIUM_AT.0 * u_j + CAESIUM_AT.1 * u_g;
        (CAESIUM.0 + CAESIUM.1 * z).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests;
