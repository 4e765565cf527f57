//! Locations of one film and what the statements read there.
//!
//! Three lots: locations of every region in equal numbers, spread evenly by the additive recurrence of the plastic number
//! (Roberts 2018) from a start that the seed draws; locations along single boundaries; and locations inside grains, by grain and as
//! pairs a fixed distance apart. What lies along boundaries is also read half a film away in both directions. The film repeats, so
//! the displaced copy has the same shapes and the same distances between its locations, and only the link between structure and
//! transport is cut: the torus translation test (Harms et al., J. Ecol. 89, 947 (2001), doi:10.1111/j.1365-2745.2001.00615.x).

use super::reading::Reading;
use rand::RngExt;
use rayon::prelude::*;
use tiptwin_drivers::Twin;
use tiptwin_instrument::{MasterSeed, Position, Stream, Suns, Waveform};
use tiptwin_sim::{Film, Region, SimError};

/// Light of the lit statements, as in the published experiment.
pub const LIT: Suns = Suns(0.1);
/// Locations along one boundary, and the fewest that count.
const PER_EDGE: usize = 6;
const FEWEST_PER_EDGE: usize = 4;
/// Locations inside one grain.
const PER_GRAIN: usize = 8;
/// Distance between the two locations of a pair: more than the reach of the unseen texture, less than a grain.
const PAIR_M: f64 = 150e-9;
/// Distance from junctions that locations on boundaries keep: the junction's influence has fallen to 13 % there.
const CLEAR_OF_JUNCTION_M: f64 = 70e-9;
/// How far from the middle of a boundary a location may lie to count as on it; boundaries are bent by 6 nm.
const ON_BOUNDARY_M: f64 = 15e-9;

/// One location in the dark and in light.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// What kind of place it is.
    pub region: Region,
    /// Curve in the dark.
    pub dark: Reading,
    /// Curve in light.
    pub light: Reading,
}

/// Two locations inside grains, 150 nm apart.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Whether they lie in the same grain.
    pub same_grain: bool,
    /// Difference of their log₁₀ of the largest current in the dark, in magnitude.
    pub difference: f64,
}

/// Everything that is read off one film. Every logarithm is that of the largest current in the dark, noise under everything.
#[derive(Clone, Debug, Default)]
pub struct FilmSample {
    /// Share of the area of grain, boundary and junction.
    pub area_shares: [f64; 3],
    /// Locations of all regions in equal numbers.
    pub spots: Vec<Spot>,
    /// log₁₀ I at the locations along each of some boundaries.
    pub edges: Vec<Vec<f64>>,
    /// The same at the displaced copies of these lines.
    pub edges_displaced: Vec<Vec<f64>>,
    /// Distance from the nearest boundary, m, and log₁₀ I at the locations in each of some grains.
    pub grains: Vec<Vec<(f64, f64)>>,
    /// Pairs of locations inside grains, about as many in one grain as in two.
    pub pairs: Vec<Pair>,
}

impl FilmSample {
    /// Reads about `locations` locations of a film: three fifths of all regions, a fifth along boundaries, a fifth in grains, and as
    /// many again in pairs.
    pub fn read(twin: &Twin, seed: MasterSeed, locations: usize, waveform: &Waveform) -> Result<Self, SimError> {
        let film = twin.film();
        let mut points = Points::new(film, seed);
        let (places, area_shares) = stratified(film, &mut points, locations / 5);
        let reading = |at, light| twin.noiseless_curve(at, light, waveform).map(|curve| Reading::of(&curve));
        let spots = places
            .par_iter()
            .map(|&(at, region)| Ok(Spot { region, dark: reading(at, Suns::ZERO)?, light: reading(at, LIT)? }))
            .collect::<Result<_, SimError>>()?;
        let log_max = |at| reading(at, Suns::ZERO).map(|r| r.log_max());
        let half = 0.5 * film.spec().film_size.0;
        let lines = along_boundaries(film, locations / 5 / PER_EDGE);
        let along = |shift: f64| {
            let line = |line: &Vec<Position>| {
                line.iter()
                    .map(|p| log_max(Position::new(p.x.0 + shift, p.y.0 + shift)))
                    .collect::<Result<_, SimError>>()
            };
            lines.par_iter().map(line).collect::<Result<Vec<Vec<f64>>, SimError>>()
        };
        let inside = |grain: &Vec<Position>| {
            let both = |p: &Position| Ok((film.nearest(*p).d_gb_m, log_max(*p)?));
            grain.iter().map(both).collect::<Result<_, SimError>>()
        };
        let grains = inside_grains(film, &mut points, locations / 5 / PER_GRAIN);
        let pairs = pairs(film, &mut points, locations / 20);
        let differ = |&(a, b, same_grain): &(Position, Position, bool)| {
            Ok(Pair { same_grain, difference: (log_max(a)? - log_max(b)?).abs() })
        };
        Ok(Self {
            area_shares,
            spots,
            edges: along(0.0)?,
            edges_displaced: along(half)?,
            grains: grains.par_iter().map(inside).collect::<Result<_, SimError>>()?,
            pairs: pairs.par_iter().map(differ).collect::<Result<_, SimError>>()?,
        })
    }

    /// A value at all locations of a region.
    pub fn of(&self, region: Region, value: impl Fn(&Spot) -> f64) -> Vec<f64> {
        self.spots.iter().filter(|s| s.region == region).map(value).collect()
    }
}

/// Points spread evenly over a film, without end.
struct Points {
    side: f64,
    start: [f64; 2],
    count: u64,
}

impl Points {
    fn new(film: &Film, seed: MasterSeed) -> Self {
        let mut rng = seed.rng(Stream::FirstLocation, 0);
        Self { side: film.spec().film_size.0, start: [rng.random(), rng.random()], count: 0 }
    }

    fn next(&mut self) -> Position {
        const STEPS: [f64; 2] = [0.754_877_666_246_693, 0.569_840_290_998_053];
        self.count += 1;
        let [x, y] = [0, 1].map(|k| self.side * (self.start[k] + self.count as f64 * STEPS[k]).fract());
        Position::new(x, y)
    }
}

/// `each` locations of every region, and the regions' shares of the area.
fn stratified(film: &Film, points: &mut Points, each: usize) -> (Vec<(Position, Region)>, [f64; 3]) {
    let index = |region| match region {
        Region::Grain => 0,
        Region::Boundary => 1,
        Region::Junction => 2,
    };
    let (mut places, mut taken, mut seen) = (Vec::new(), [0; 3], [0_usize; 3]);
    // A region that covers less than a hundredth of the film would get fewer locations than wanted, never an endless search.
    for _ in 0..100 * each {
        let at = points.next();
        let region = film.region(at);
        seen[index(region)] += 1;
        if taken[index(region)] < each {
            taken[index(region)] += 1;
            places.push((at, region));
        } else if taken.iter().all(|n| *n == each) {
            break;
        }
    }
    let total = seen.iter().sum::<usize>().max(1) as f64;
    (places, seen.map(|n| n as f64 / total))
}

/// Locations along the first boundaries that are long enough, away from their junctions.
fn along_boundaries(film: &Film, wanted: usize) -> Vec<Vec<Position>> {
    let (graph, side) = (film.graph(), film.spec().film_size.0);
    let near = |to: f64, from: f64| to - side * ((to - from) / side).round();
    let places = graph.edges.iter().enumerate().map(|(id, edge)| {
        let [a, b] = edge.vertices.map(|v| graph.vertices[v].position);
        let run = [near(b.x.0, a.x.0) - a.x.0, near(b.y.0, a.y.0) - a.y.0];
        let length = run[0].hypot(run[1]);
        let margin = CLEAR_OF_JUNCTION_M / length;
        let at = |i: usize| {
            let t = margin + (1.0 - 2.0 * margin) * i as f64 / (PER_EDGE - 1) as f64;
            Position::new(a.x.0 + t * run[0], a.y.0 + t * run[1])
        };
        // Shorter runs would put locations closer together than the tip's contact.
        let points = if length < 3.0 * CLEAR_OF_JUNCTION_M { Vec::new() } else { (0..PER_EDGE).map(at).collect() };
        let on = |p: &Position| {
            let n = film.nearest(*p);
            n.edge == id && n.d_gb_m < ON_BOUNDARY_M
        };
        points.into_iter().filter(on).collect::<Vec<_>>()
    });
    places.filter(|p| p.len() >= FEWEST_PER_EDGE).take(wanted).collect()
}

/// Locations inside the first grains, away from their boundaries.
fn inside_grains(film: &Film, points: &mut Points, wanted: usize) -> Vec<Vec<Position>> {
    let grains = film.graph().grains.len();
    let mut places: Vec<Vec<Position>> = vec![Vec::new(); grains.min(wanted)];
    // Forty locations for every grain of the film on average: twice what a grain of half the usual area needs.
    for _ in 0..40 * grains {
        let at = points.next();
        let grain = film.nearest(at).grain;
        if grain < places.len() && places[grain].len() < PER_GRAIN && film.region(at) == Region::Grain {
            places[grain].push(at);
        }
    }
    places.retain(|p| p.len() > PER_GRAIN / 2);
    places
}

/// `each` pairs of locations inside one grain and `each` inside two, all of them [`PAIR_M`] apart in directions that turn by the
/// golden angle.
fn pairs(film: &Film, points: &mut Points, each: usize) -> Vec<(Position, Position, bool)> {
    const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;
    let (mut found, mut taken) = (Vec::new(), [0; 2]);
    for turn in 0..100 * each {
        let (sin, cos) = (turn as f64 * GOLDEN_ANGLE).sin_cos();
        let a = points.next();
        let b = Position::new(a.x.0 + PAIR_M * cos, a.y.0 + PAIR_M * sin);
        let same = film.nearest(a).grain == film.nearest(b).grain;
        let inside = [a, b].iter().all(|p| film.region(*p) == Region::Grain);
        if inside && taken[usize::from(same)] < each {
            taken[usize::from(same)] += 1;
            found.push((a, b, same));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_sim::FilmSpec;

    #[test]
    fn locations_are_where_they_are_said_to_be() {
        let seed = MasterSeed(3);
        let film = Film::generate(&FilmSpec::default(), seed).expect("film");
        let mut points = Points::new(&film, seed);
        let (places, shares) = stratified(&film, &mut points, 50);
        assert_eq!(places.len(), 150);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // Base rates of the physics specification, 0.65, 0.26 and 0.10, within three standard errors of some 500 points.
        assert!((shares[0] - 0.65).abs() < 0.07 && (shares[2] - 0.10).abs() < 0.04, "{shares:?}");
        for line in along_boundaries(&film, 20) {
            let ids: Vec<usize> = line.iter().map(|p| film.nearest(*p).edge).collect();
            assert!(ids.len() >= FEWEST_PER_EDGE && ids.iter().all(|id| *id == ids[0]));
            assert!(line.iter().all(|p| film.region(*p) == Region::Boundary));
        }
        let grains = inside_grains(&film, &mut points, 12);
        assert!(grains.len() >= 8, "small grains have no inside, most have: {}", grains.len());
        let pairs = pairs(&film, &mut points, 30);
        assert_eq!(pairs.iter().filter(|p| p.2).count(), 30);
        assert_eq!(pairs.len(), 60);
        for (a, b, _) in pairs {
            assert!(((a.x.0 - b.x.0).hypot(a.y.0 - b.y.0) - PAIR_M).abs() < 1e-15);
        }
        for grain in grains {
            let id = film.nearest(grain[0]).grain;
            assert!(grain.iter().all(|p| film.nearest(*p).grain == id && film.region(*p) == Region::Grain));
        }
    }
}
