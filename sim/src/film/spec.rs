//! What kind of film is wanted.

use super::defects::Defects;
use crate::error::{SimError, within};
use crate::preset::Preset;
use tiptwin_instrument::Meters;

/// How grains are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Generator {
    /// Power (Laguerre) diagram of evened-out points with log-normal radii: sizes as reported of perovskite films.
    #[default]
    Laguerre,
    /// Voronoi diagram of Poisson points: no control of sizes, for tests of generality.
    PoissonVoronoi,
    /// Nuclei that appear at random times and grow until they meet: curved boundaries, many small grains, for tests of generality.
    JohnsonMehl,
}

impl Generator {
    /// All generators.
    pub const ALL: [Self; 3] = [Self::Laguerre, Self::PoissonVoronoi, Self::JohnsonMehl];

    /// Name as in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Laguerre => "laguerre",
            Self::PoissonVoronoi => "poisson_voronoi",
            Self::JohnsonMehl => "johnson_mehl",
        }
    }

    /// The generator of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.name() == name)
    }
}

/// Most steps of relaxation: further ones would exchange neighbours, which an exact graph of one moment cannot show.
pub(super) const RELAX_MAX: usize = 10;

/// Parameters of a film. The defaults describe a planar perovskite film with grains of 300 nm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FilmSpec {
    /// Relation between structure and transport.
    pub preset: Preset,
    /// Side of the square after which the film repeats.
    pub film_size: Meters,
    /// Diameter of the disc that has the mean area of a grain.
    pub mean_diameter: Meters,
    /// Spread σ of the logarithm of the radii that grains grow with; diameters come out somewhat wider.
    pub radius_sigma: f64,
    /// Rms displacement that bends the boundaries; 0 leaves them straight.
    pub boundary_warp: Meters,
    /// What there is besides grains.
    pub defects: Defects,
    /// How grains are laid out.
    pub generator: Generator,
    /// Steps of relaxation by the boundaries' curvature, 0 to 10: they draw junctions towards 120°.
    pub relax_steps: usize,
}

impl Default for FilmSpec {
    fn default() -> Self {
        Self {
            preset: Preset::Seed,
            film_size: Meters(6e-6),
            mean_diameter: Meters(300e-9),
            radius_sigma: 0.35,
            boundary_warp: Meters(6e-9),
            defects: Defects::default(),
            generator: Generator::Laguerre,
            relax_steps: 3,
        }
    }
}

impl FilmSpec {
    /// Refuses films that the model cannot make.
    pub fn check(&self) -> Result<(), SimError> {
        within(
            "mean grain diameter (m)",
            self.mean_diameter.0,
            (150e-9, 5e-6),
            "the influence of a junction reaches 70 nm, so smaller grains would be nothing but junction",
            "150 nm to 5 µm",
        )?;
        within(
            "film size over grain diameter",
            self.film_size.0 / self.mean_diameter.0,
            (6.0, 200.0),
            "the film repeats after its size: below 6 grains a grain may meet itself, above 200 the film has over 50000 grains",
            "6 to 200",
        )?;
        within(
            "spread of the radii",
            self.radius_sigma,
            (0.0, 0.45),
            "wider spreads swallow more than one small grain in twenty",
            "0 to 0.45",
        )?;
        within(
            "boundary warp (m)",
            self.boundary_warp.0,
            (0.0, 10e-9),
            "stronger displacements over 80 nm fold the film over itself",
            "0 to 10 nm",
        )?;
        within(
            "steps of relaxation",
            self.relax_steps as f64,
            (0.0, RELAX_MAX as f64),
            "longer relaxation makes small grains vanish, and the graph cannot follow that",
            "0 to 10",
        )?;
        self.defects.check()
    }

    /// Number of points that the tessellation starts from.
    pub(crate) fn grain_count(&self) -> usize {
        let mean_area = 0.25 * std::f64::consts::PI * self.mean_diameter.0.powi(2);
        (self.film_size.0.powi(2) / mean_area).round() as usize
    }
}
