//! Numbers of the material and of the contact that are the same everywhere on a film.

use crate::error::{SimError, within};
use crate::field::{Field, fields};

/// Boltzmann constant, J/K (exact, SI 2019).
pub const BOLTZMANN_J_PER_K: f64 = 1.380_649e-23;
/// Elementary charge, C (exact, SI 2019).
pub const ELEMENTARY_CHARGE_C: f64 = 1.602_176_634e-19;
/// Vacuum permittivity, F/m (CODATA 2018).
pub const VACUUM_PERMITTIVITY_F_PER_M: f64 = 8.854_187_812_8e-12;

/// Material and contact parameters. The default is a Cs0.17FA0.83PbI3 film on ITO under a metal tip.
///
/// Sources of the defaults: permittivity and density of states from the default layer of `SIMsalabim`;
/// ion prefactor from the default parameters of `IonMonger`; mobility within Reid et al., ACS Energy Lett.
/// 2016, 1, 561, and Lim et al., Energy Environ. Sci. 2019 (C8EE03395A); the contact radius is Hertz for 50 nN, a 25 nm
/// apex and a modulus of 1.5e10 Pa. The light constants are choices that put junctions on either side of the noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constants {
    /// Temperature, K.
    pub temperature_k: f64,
    /// Relative permittivity.
    pub permittivity: f64,
    /// Effective density of states of the valence band, m⁻³.
    pub valence_states_per_m3: f64,
    /// Film thickness, m.
    pub thickness_m: f64,
    /// Mobile iodide vacancies, m⁻³.
    pub vacancies_per_m3: f64,
    /// Prefactor of the vacancy diffusivity, m²/s.
    pub ion_diffusivity_m2_per_s: f64,
    /// Hole mobility, m²/(V s).
    pub hole_mobility_m2_per_vs: f64,
    /// Radius of the tip's contact, m.
    pub contact_radius_m: f64,
    /// Resistance outside the film (wiring, protection resistor), Ω.
    pub line_ohm: f64,
    /// Share θ of the injected charge that is free to move, for the space-charge ceiling; infinite without that ceiling.
    pub free_charge_share: f64,
    /// Pairs generated per volume and time at one sun, m⁻³ s⁻¹.
    pub generation_per_m3_s: f64,
    /// Area from which a contact collects photo-carriers, m².
    pub collection_area_m2: f64,
    /// Share of the generated pairs that is collected at full field.
    pub collection_efficiency: f64,
    /// Light that doubles the injected carriers, suns.
    pub photodoping_suns: f64,
    /// Light that halves a grain-boundary barrier, suns.
    pub barrier_suns: f64,
    /// Light that halves the spreading resistance, suns.
    pub spreading_suns: f64,
    /// Light at which half of the activation energy's reduction is reached, suns.
    pub activation_suns: f64,
    /// Reduction of the ions' activation energy under strong light, eV.
    pub activation_drop_ev: f64,
    /// Light of the microscope's own detection laser that reaches the film under the tip, suns. It is always on: with it, dark is
    /// not dark.
    pub laser_suns: f64,
}

impl Default for Constants {
    fn default() -> Self {
        Self {
            temperature_k: 298.15,
            permittivity: 24.0,
            valence_states_per_m3: 2.2e24,
            thickness_m: 350e-9,
            vacancies_per_m3: 1e24,
            ion_diffusivity_m2_per_s: 6.5e-8,
            hole_mobility_m2_per_vs: 5e-4,
            contact_radius_m: 4e-9,
            line_ohm: 0.0,
            free_charge_share: f64::INFINITY,
            generation_per_m3_s: 3.4e27,
            collection_area_m2: 1e-12,
            collection_efficiency: 0.7,
            photodoping_suns: 0.05,
            barrier_suns: 0.02,
            spreading_suns: 0.05,
            activation_suns: 0.05,
            activation_drop_ev: 0.06,
            laser_suns: 0.0,
        }
    }
}

impl Constants {
    /// What a scenario can set besides the temperature.
    pub const FIELDS: &'static [Field<Self>] = fields![Self:
        ("thickness_nm", thickness_m, 1e-9, (50.0, 5000.0), "thickness of the film"),
        ("permittivity", permittivity, 1.0, (1.0, 200.0), "relative permittivity"),
        ("vacancies_per_m3", vacancies_per_m3, 1.0, (1e20, 1e27), "mobile iodide vacancies"),
        ("ion_prefactor_m2_per_s", ion_diffusivity_m2_per_s, 1.0, (0.0, 1e-2), "prefactor of their diffusivity"),
        ("mobility_cm2_per_vs", hole_mobility_m2_per_vs, 1e-4, (1e-3, 1000.0), "hole mobility"),
        ("contact_radius_nm", contact_radius_m, 1e-9, (0.5, 100.0), "radius of the tip's contact"),
        ("protection_mohm", line_ohm, 1e6, (0.0, 1e5), "resistor in series with the tip"),
        ("free_charge_share", free_charge_share, 1.0, (1e-9, f64::INFINITY), "share of the injected charge that traps leave free; inf: no ceiling"),
        ("collection_um2", collection_area_m2, 1e-12, (0.0, 100.0), "area that collects photo-carriers"),
        ("activation_drop_mev", activation_drop_ev, 1e-3, (0.0, 700.0), "fall of the ions' activation energy in strong light"),
        ("laser_suns", laser_suns, 1.0, (0.0, 0.5), "detection laser on the film: dark is not dark"),
    ];
    /// Why there are bounds.
    pub const WHY: &'static str =
        "the equations describe a halide-perovskite film under a tip, with lengths and densities above 0";

    /// Thermal voltage, V.
    pub fn thermal_voltage_v(&self) -> f64 {
        BOLTZMANN_J_PER_K * self.temperature_k / ELEMENTARY_CHARGE_C
    }

    /// Debye length of the mobile ions, m.
    pub fn debye_length_m(&self) -> f64 {
        let permittivity = self.permittivity * VACUUM_PERMITTIVITY_F_PER_M;
        (permittivity * self.thermal_voltage_v() / (ELEMENTARY_CHARGE_C * self.vacancies_per_m3)).sqrt()
    }

    /// Refuses numbers for which the equations have no meaning.
    pub fn check(&self) -> Result<(), SimError> {
        const POSITIVE: (f64, f64) = (f64::MIN_POSITIVE, f64::MAX);
        const NOT_NEGATIVE: (f64, f64) = (0.0, f64::MAX);
        within(
            "temperature (K)",
            self.temperature_k,
            (200.0, 400.0),
            "the perovskite phase and Boltzmann statistics are assumed",
            "200 to 400 K",
        )?;
        let positive = [
            ("relative permittivity", self.permittivity),
            ("density of states (1/m³)", self.valence_states_per_m3),
            ("film thickness (m)", self.thickness_m),
            ("mobile vacancies (1/m³)", self.vacancies_per_m3),
            ("hole mobility (m²/Vs)", self.hole_mobility_m2_per_vs),
            ("contact radius (m)", self.contact_radius_m),
            ("photodoping light (suns)", self.photodoping_suns),
            ("barrier light (suns)", self.barrier_suns),
            ("spreading light (suns)", self.spreading_suns),
            ("activation light (suns)", self.activation_suns),
        ];
        for (name, value) in positive {
            within(name, value, POSITIVE, "the equations divide by it", "a finite number above 0")?;
        }
        let not_negative = [
            ("ion diffusivity (m²/s)", self.ion_diffusivity_m2_per_s),
            ("line resistance (ohm)", self.line_ohm),
            ("generation (1/m³s)", self.generation_per_m3_s),
            ("collection area (m²)", self.collection_area_m2),
            ("collection efficiency", self.collection_efficiency),
            ("detection laser (suns)", self.laser_suns),
        ];
        for (name, value) in not_negative {
            within(name, value, NOT_NEGATIVE, "it is a magnitude", "a finite number, 0 or above")?;
        }
        within(
            "free share of the injected charge",
            self.free_charge_share,
            (f64::MIN_POSITIVE, f64::INFINITY),
            "without free charge nothing flows; infinity means no space-charge ceiling",
            "above 0, usually 0.001 to 1, or infinity",
        )?;
        within(
            "activation drop (eV)",
            self.activation_drop_ev,
            (0.0, 1.0),
            "light speeds ions up, and no published drop exceeds 0.7 eV",
            "0 to 1 eV",
        )?;
        within(
            "Debye length over thickness",
            self.debye_length_m() / self.thickness_m,
            (0.0, 0.035),
            "the model puts all ion charge into layers that are thin against the film; at a ratio of 0.06 (1e23 vacancies per m³ in 350 nm) it is wrong by a factor of 2",
            "at most 0.035, that is 2.6e23 vacancies per m³ or more in 350 nm, or a thicker film",
        )
    }
}
