//! What transport needs to know about one location.

use crate::error::{SimError, within};

/// Local parameters of the column between the tip and the back contact. The default is the inside of a grain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    /// Hole barrier of the tip contact `φ_T`, eV.
    pub tip_barrier_ev: f64,
    /// Hole barrier of the back contact `φ_B`, eV.
    pub back_barrier_ev: f64,
    /// Activation energy of ion motion in the dark, eV.
    pub activation_ev: f64,
    /// Dark height of the grain-boundary barrier `φ_GB0`, eV; negative for a boundary that helps.
    pub boundary_barrier_ev: f64,
    /// Spreading resistance in the dark without a barrier, Ω.
    pub spreading_ohm: f64,
    /// By how much the tip barrier falls when the tip's ion charge has risen by its rested value, eV: positive makes current
    /// follow the ions twice, negative turns the loop around (inverted hysteresis).
    pub ion_barrier_shift_ev: f64,
    /// Factor on the hole mobility of the film.
    pub mobility_factor: f64,
    /// Factor on the light that halves the boundary barrier: above 1 for what hardly responds.
    pub barrier_light_scale: f64,
    /// Factor on the light that doubles the carriers and halves the spreading resistance.
    pub carrier_light_scale: f64,
    /// Leakage resistance across the film, Ω.
    pub leak_ohm: f64,
    /// Share of the film's photocurrent that this location yields: 1 in perovskite, 0 in an inclusion.
    pub photo_yield: f64,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            tip_barrier_ev: 0.22,
            back_barrier_ev: 0.66,
            activation_ev: 0.435,
            boundary_barrier_ev: 0.0,
            spreading_ohm: 8e8,
            ion_barrier_shift_ev: 0.0,
            mobility_factor: 1.0,
            barrier_light_scale: 1.0,
            carrier_light_scale: 1.0,
            leak_ohm: 5e12,
            photo_yield: 1.0,
        }
    }
}

impl Site {
    /// Refuses numbers for which the equations have no meaning.
    pub fn check(&self) -> Result<(), SimError> {
        const BARRIER: &str = "a barrier beyond the band gap of 1.55 eV has no meaning";
        within("tip barrier (eV)", self.tip_barrier_ev, (0.0, 1.55), BARRIER, "0 to 1.55 eV")?;
        within("back barrier (eV)", self.back_barrier_ev, (0.0, 1.55), BARRIER, "0 to 1.55 eV")?;
        within("boundary barrier (eV)", self.boundary_barrier_ev, (-0.5, 1.55), BARRIER, "-0.5 to 1.55 eV")?;
        within("activation energy (eV)", self.activation_ev, (0.0, 2.0), "ions hop over it", "0 to 2 eV")?;
        within(
            "ion barrier shift (eV)",
            self.ion_barrier_shift_ev,
            (-0.1, 0.1),
            "stronger coupling makes the current fall with rising bias",
            "-0.1 to 0.1 eV",
        )?;
        let factor = (1e-3, 1e3);
        within("mobility factor", self.mobility_factor, factor, "it multiplies the film's mobility", "0.001 to 1000")?;
        let light = "it multiplies the light that a place needs";
        within("light scale of the barrier", self.barrier_light_scale, factor, light, "0.001 to 1000")?;
        within("light scale of the carriers", self.carrier_light_scale, factor, light, "0.001 to 1000")?;
        let resistor = "it is a resistance";
        within("spreading resistance (ohm)", self.spreading_ohm, (0.0, 1e30), resistor, "0 to 1e30 ohm")?;
        // Infinity is the honest way to say "no leak".
        within("leak resistance (ohm)", self.leak_ohm, (1.0, f64::INFINITY), resistor, "1 ohm to infinity")?;
        within("photo yield", self.photo_yield, (0.0, 1.0), "it is a share", "0 to 1")
    }
}
