//! The film itself: what can be asked of it.

use super::defects::{DefectKind, DefectMap};
use super::electronic::Electronic;
use super::fields::{OnTorus, TextureField};
use super::graph::{Edge, Grain, Graph, Vertex};
use super::index::Place;
use super::region::Region;
use super::relaxation::relaxed;
use super::relief::Relief;
use super::spec::FilmSpec;
use super::structure::Structure;
use super::tessellation;
use super::torus::{Point, displacement, wrap_point};
use crate::error::SimError;
use crate::transport::Site;
use ndarray::Array2;
use rayon::prelude::*;
use tiptwin_instrument::{MasterSeed, Meters, Pixel, Position, ScanGrid, Stream};

const WARP_CORRELATION_M: f64 = 80e-9;
/// Distance from a junction at which its angles are read, m.
const ANGLES_AT_M: f64 = 25e-9;
/// Thickness that pinholes are measured by, m: the film's default.
const THICKNESS_M: f64 = 350e-9;

/// A synthetic film. Positions may lie anywhere; the film repeats after [`FilmSpec::film_size`].
#[derive(Clone, Debug)]
pub struct Film {
    pub(super) spec: FilmSpec,
    pub(super) structure: Structure,
    /// A second tessellation that transport follows, where it must not follow the first.
    hidden: Option<Structure>,
    warp: [TextureField; 2],
    relief: Relief,
    electronic: Electronic,
    /// Defects of the seen structure, and of the one that transport follows if it is another.
    pub(super) defects: DefectMap,
    hidden_defects: Option<DefectMap>,
    /// Seed of what further channels add of their own.
    pub(super) seed: MasterSeed,
    graph: Graph,
}

/// What is closest to a location. Distances are those before the boundaries are bent; they are zero on the bent
/// boundaries and typically within 10 % of the distances to them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// The grain it lies in, an index of [`Graph::grains`].
    pub grain: usize,
    /// Distance to the nearest grain boundary, m.
    pub d_gb_m: f64,
    /// That boundary, an index of [`Graph::edges`].
    pub edge: usize,
    /// Distance to the nearest triple junction, m.
    pub d_junction_m: f64,
    /// That junction, an index of [`Graph::vertices`].
    pub vertex: usize,
}

impl Film {
    /// Draws a film. The same specification and seed give the same film, bit for bit.
    pub fn generate(spec: &FilmSpec, seed: MasterSeed) -> Result<Self, SimError> {
        spec.check()?;
        let side = spec.film_size.0;
        let warp = || {
            [2, 3].map(|unit| {
                let rng = &mut seed.rng(Stream::Tessellation, unit);
                TextureField::new(side, WARP_CORRELATION_M, spec.boundary_warp.0, rng)
            })
        };
        let draw = |unit| {
            let drawn = tessellation::draw(spec, &mut seed.rng(Stream::Tessellation, unit));
            drawn.map(|network| Structure::new(relaxed(network, spec.relax_steps)))
        };
        // Every part has a stream of its own, so parts that do not need each other are made at the same time.
        let (structure, warp) = rayon::join(|| draw(0), warp);
        let structure = structure?;
        let hidden = if spec.preset.follows_topography() { None } else { Some(draw(1)?) };
        let followed = hidden.as_ref().unwrap_or(&structure);
        let draw_defects = |structure: &Structure, unit| {
            DefectMap::draw(structure, &spec.defects, THICKNESS_M, &mut seed.rng(Stream::Defects, unit))
        };
        let surface = || (graph_of(&structure, &warp), Relief::draw(&structure, &mut seed.rng(Stream::Topography, 0)));
        let inside = || {
            let electronic = Electronic::draw(followed, spec.preset.law(), &mut seed.rng(Stream::Transport, 0));
            let hidden_defects = hidden.as_ref().map(|hidden| draw_defects(hidden, 1));
            (electronic, draw_defects(&structure, 0), hidden_defects)
        };
        let ((graph, relief), (electronic, defects, hidden_defects)) = rayon::join(surface, inside);
        Ok(Self { spec: *spec, structure, hidden, warp, relief, electronic, defects, hidden_defects, seed, graph })
    }

    /// What the film was made from.
    pub fn spec(&self) -> &FilmSpec {
        &self.spec
    }

    /// Grains, boundaries and junctions.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// True height of the surface above the mean level of the boundaries.
    pub fn height(&self, at: Position) -> Meters {
        let torus = OnTorus::new([at.x.0, at.y.0], self.structure.side);
        let place = self.structure.place(self.unbend([at.x.0, at.y.0], torus));
        Meters(self.relief.height_m(&place, torus) + self.defects.height_m(&self.structure, &place))
    }

    /// True heights in metres at the pixel centres of a grid, shape `(rows, cols)`.
    pub fn topography(&self, grid: &ScanGrid) -> Array2<f64> {
        sample(grid, 0.0, |at| self.height(at).0)
    }

    /// Transport parameters at a location.
    pub fn site(&self, at: Position) -> Site {
        let point = [at.x.0, at.y.0];
        let point = self.unbend(point, OnTorus::new(point, self.structure.side));
        let followed = self.hidden.as_ref().unwrap_or(&self.structure);
        let place = followed.place(point);
        let defects = self.hidden_defects.as_ref().unwrap_or(&self.defects);
        defects.applied(followed, &place, self.electronic.site(followed, &place))
    }

    /// What defect of the seen structure a location is in, if any.
    pub fn defect(&self, at: Position) -> Option<DefectKind> {
        self.defects.kind(&self.structure, &self.place(at))
    }

    /// What is closest to a location.
    pub fn nearest(&self, at: Position) -> Nearest {
        let place = self.place(at);
        Nearest {
            grain: place.grain,
            d_gb_m: place.edge_m,
            edge: place.edge,
            d_junction_m: place.corner_m,
            vertex: place.corner,
        }
    }

    /// What kind of place a location is.
    pub fn region(&self, at: Position) -> Region {
        let place = self.place(at);
        Region::from_distances(place.edge_m, place.corner_m)
    }

    /// The kinds of places at the pixel centres of a grid, shape `(rows, cols)`.
    pub fn regions(&self, grid: &ScanGrid) -> Array2<Region> {
        sample(grid, Region::Grain, |at| self.region(at))
    }

    /// The line of a grain boundary on the film, an index of [`Graph::edges`], from its first junction to its second: points at most 25 nm
    /// apart. The film repeats, so the next point may be a whole film away.
    pub fn boundary(&self, edge: usize) -> Vec<Position> {
        const SPACING_M: f64 = 25e-9;
        let edge = &self.structure.edges[edge];
        let pieces = self.structure.pieces[edge.pieces.clone()].iter().flat_map(|p| {
            let cuts = (p.run[0].hypot(p.run[1]) / SPACING_M).ceil().max(1.0);
            (0..cuts as usize).map(move |k| [0, 1].map(|axis| p.start[axis] + p.run[axis] * k as f64 / cuts))
        });
        let last = self.structure.corners[edge.vertices[1]].point;
        pieces.chain([last]).map(|p| bend(p, &self.warp, self.structure.side)).collect()
    }

    /// The three angles at every junction, degrees, before bending: between the directions to where the boundaries are 25 nm away, about
    /// what an image can show (half-way along shorter ones).
    pub fn junction_angles_deg(&self) -> Vec<f64> {
        let mut around: Vec<Vec<f64>> = vec![Vec::new(); self.structure.corners.len()];
        for edge in &self.structure.edges {
            let share = if edge.length_m > 0.0 { (ANGLES_AT_M / edge.length_m).min(0.5) } else { 0.5 };
            for (vertex, share) in [(edge.vertices[0], share), (edge.vertices[1], 1.0 - share)] {
                let to = self.structure.along(edge, share);
                let d = displacement(self.structure.corners[vertex].point, to, self.structure.side);
                around[vertex].push(d[1].atan2(d[0]));
            }
        }
        let gaps = |mut directions: Vec<f64>| {
            directions.sort_unstable_by(f64::total_cmp);
            let n = directions.len();
            (0..n)
                .map(move |k| (directions[(k + 1) % n] - directions[k]).rem_euclid(std::f64::consts::TAU).to_degrees())
        };
        around.into_iter().flat_map(gaps).collect()
    }

    /// Every grain with the lower and the upper corner of the box around it, before bending.
    pub(super) fn outlines(&self) -> impl Iterator<Item = (usize, Point, Point)> {
        self.structure.grains.iter().enumerate().map(|(g, cell)| {
            let [low, high] = cell.extent.map(|e| [cell.centroid[0] + e[0], cell.centroid[1] + e[1]]);
            (g, low, high)
        })
    }

    pub(super) fn place(&self, at: Position) -> Place {
        let point = [at.x.0, at.y.0];
        self.structure.place(self.unbend(point, OnTorus::new(point, self.structure.side)))
    }

    /// From the film to the plane before bending.
    fn unbend(&self, p: Point, torus: OnTorus) -> Point {
        [p[0] + self.warp[0].at(torus), p[1] + self.warp[1].at(torus)]
    }
}

/// A value at every pixel centre; rows are independent, so threads cannot change anything.
pub(super) fn sample<T: Copy + Send + Sync>(
    grid: &ScanGrid,
    fill: T,
    value: impl Fn(Position) -> T + Sync,
) -> Array2<T> {
    let mut values = Array2::from_elem((grid.rows, grid.cols), fill);
    if let Some(flat) = values.as_slice_mut() {
        flat.par_chunks_mut(grid.cols.max(1)).enumerate().for_each(|(row, line)| {
            for (col, v) in line.iter_mut().enumerate() {
                *v = value(grid.position(Pixel { row, col }));
            }
        });
    }
    values
}

/// Where bending takes a point: the place on the film that the displacement leads back to it. A contraction, because boundaries bend by
/// far less than the displacement's correlation length; it is followed to rounding.
fn bend(target: Point, warp: &[TextureField; 2], side: f64) -> Position {
    let mut p = target;
    for _ in 0..60 {
        let torus = OnTorus::new(p, side);
        let next = [target[0] - warp[0].at(torus), target[1] - warp[1].at(torus)];
        let moved = (next[0] - p[0]).abs().max((next[1] - p[1]).abs());
        p = next;
        if moved < 1e-15 {
            break;
        }
    }
    let [x, y] = wrap_point(p, side);
    Position::new(x, y)
}

/// The graph with its places moved from the plane before bending to the film.
fn graph_of(structure: &Structure, warp: &[TextureField; 2]) -> Graph {
    let bend = |target: Point| bend(target, warp, structure.side);
    let grains =
        structure.grains.iter().map(|g| Grain { centre: bend(g.centroid), area_m2: g.area_m2, edges: g.edges.clone() });
    let edges =
        structure.edges.iter().map(|e| Edge { grains: e.grains, vertices: e.vertices, length: Meters(e.length_m) });
    let vertices = structure.corners.iter().map(|c| Vertex { position: bend(c.point), grains: c.grains });
    Graph { grains: grains.collect(), edges: edges.collect(), vertices: vertices.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film() -> Film {
        let defects = crate::film::Defects::NONE;
        let spec = FilmSpec { film_size: Meters(3e-6), defects, ..FilmSpec::default() };
        Film::generate(&spec, MasterSeed(2)).expect("film")
    }

    /// A straight walk across the film in steps of 0.2 nm.
    fn walk() -> impl Iterator<Item = Position> {
        (0..15_000).map(|i| Position::new(0.2e-9 * f64::from(i), 0.1e-6 + 0.13e-9 * f64::from(i)))
    }

    #[test]
    fn fields_are_continuous() {
        let film = film();
        let mut last = (film.height(Position::new(0.0, 0.1e-6)).0, film.site(Position::new(0.0, 0.1e-6)));
        for at in walk() {
            let (height, site) = (film.height(at).0, film.site(at));
            // Slopes of the domes (28/45) and the fading offsets (20/20) add to about 2: 0.24 nm a step.
            assert!((height - last.0).abs() < 0.6e-9, "height at {at:?}");
            // 0.2 eV within 35 nm and blends over 8 nm give 0.01 eV/nm: 2.4 meV a step. A jump would be 10 to 100 meV.
            assert!((site.boundary_barrier_ev - last.1.boundary_barrier_ev).abs() < 2.5e-3, "barrier at {at:?}");
            assert!((site.tip_barrier_ev - last.1.tip_barrier_ev).abs() < 2.5e-3, "contact at {at:?}");
            assert!((site.activation_ev - last.1.activation_ev).abs() < 2.5e-3, "ions at {at:?}");
            assert!((site.spreading_ohm / last.1.spreading_ohm - 1.0).abs() < 0.02, "resistance at {at:?}");
            last = (height, site);
        }
    }

    #[test]
    fn bending_is_gentle_and_vertices_lie_where_they_are_said_to() {
        let film = film();
        for (id, vertex) in film.graph().vertices.iter().enumerate() {
            let near = film.nearest(vertex.position);
            // The inverse displacement is a contraction, iterated to rounding.
            assert!(near.d_junction_m < 1e-12 && near.d_gb_m < 1e-12, "vertex {id}: {near:?}");
            assert_eq!(film.region(vertex.position), Region::Junction);
            assert!(vertex.grains.contains(&near.grain));
        }
        let mut last = film.nearest(Position::new(0.0, 0.1e-6));
        for at in walk() {
            let near = film.nearest(at);
            // Distances change by at most the way made, 0.24 nm, times one plus the gradient of the displacement.
            assert!((near.d_gb_m - last.d_gb_m).abs() < 0.24e-9 * 1.6);
            assert!((near.d_junction_m - last.d_junction_m).abs() < 0.24e-9 * 1.6);
            last = near;
        }
    }

    #[test]
    fn heights_do_not_depend_on_the_number_of_threads() {
        let (film, grid) = (film(), ScanGrid::square(Meters(3e-6), 48));
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
            pool.install(|| film.topography(&grid))
        };
        assert_eq!(with(1), with(3));
        assert_eq!(with(1)[[5, 7]], film.height(grid.position(Pixel { row: 5, col: 7 })).0);
    }

    #[test]
    fn boundaries_are_grooves_and_junctions_pits() {
        let film = film();
        let grid = ScanGrid::square(Meters(3e-6), 150);
        let (heights, regions) = (film.topography(&grid), film.regions(&grid));
        let mean = |region| {
            let inside: Vec<f64> =
                heights.iter().zip(&regions).filter(|(_, r)| **r == region).map(|(h, _)| *h).collect();
            inside.iter().sum::<f64>() / inside.len() as f64
        };
        assert!(mean(Region::Grain) > mean(Region::Boundary) + 5e-9);
        assert!(mean(Region::Boundary) > mean(Region::Junction) + 1e-9);
    }

    #[test]
    fn impossible_films_are_refused_with_the_reason() {
        let refused = |spec: FilmSpec| Film::generate(&spec, MasterSeed(0)).expect_err("refused").to_string();
        let d = FilmSpec::default();
        assert!(refused(FilmSpec { film_size: Meters(1e-6), ..d }).contains("meet itself"));
        assert!(refused(FilmSpec { mean_diameter: Meters(f64::NAN), ..d }).contains("150 nm to 5 µm"));
        assert!(refused(FilmSpec { radius_sigma: 0.9, ..d }).contains("0 to 0.45"));
        assert!(refused(FilmSpec { boundary_warp: Meters(1e-7), ..d }).contains("0 to 10 nm"));
    }
}
