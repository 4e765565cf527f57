//! The plane of microstructures: where all patches of the image stand in it, and where those that were chosen.

use super::{Evidence, Settings};
use crate::progress::Progress;
use crate::run::RunError;
use ndarray::{Array2, Axis};
use rand::seq::index;
use tiptwin_core::net::{Codes, Epoch, Provenance, Vae, VaeError, VaeSpec, standardised};
use tiptwin_core::statistics::{Density, PlaneGrid, SubsetTest, quantile, subset_test};
use tiptwin_instrument::{MasterSeed, Stream};

/// Patches that are trained on, and that densities are made of, at most: more change neither.
const MOST: usize = 20_000;
/// Cells of a density along each axis.
const CELLS: usize = 48;
/// Tiles of a manifold along each axis, and gap between them in pixels.
pub const TILES: usize = 9;
const GAP: usize = 1;
/// Groups of curves along a direction.
const GROUPS: usize = 5;
/// Fewest usable measurements that have a density worth the name.
const FEWEST: usize = 5;

/// Ends of both axes and the decoded images between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifold {
    /// Ends of z₂ along the columns.
    pub x: (f64, f64),
    /// Ends of z₁ along the rows, the larger on top.
    pub y: (f64, f64),
    /// Tiles side by side, NaN between them.
    pub image: Array2<f64>,
}

/// How the chosen patches are spread.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// Density of the chosen patches in the cells of the grid, shares that sum to 1.
    pub chosen: Vec<f64>,
    /// Whether that is how all are spread.
    pub test: SubsetTest,
    /// What the middle 90 % of the chosen patches look like.
    pub manifold: Manifold,
}

/// The mean curve of some measured locations.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveGroup {
    /// Mean of the coordinate.
    pub at: f64,
    /// Number of curves.
    pub count: usize,
    /// Mean current at each bias, A.
    pub current_a: Vec<f64>,
}

/// What was learnt from the image.
#[derive(Debug)]
pub struct Microstructure {
    /// Shape and training of the autoencoder.
    pub spec: VaeSpec,
    /// The autoencoder as a file.
    pub file: Vec<u8>,
    /// Epoch by epoch.
    pub history: Vec<Epoch>,
    /// Patches it was trained on.
    pub trained_on: usize,
    /// Codes of all candidates.
    pub codes: Codes,
    /// Cells of the densities: z₂ along the first coordinate, z₁ along the second.
    pub grid: PlaneGrid,
    /// Density of all patches in these cells; `None` if their codes lie on a line.
    pub all: Option<Vec<f64>>,
    /// What the middle 90 % of all patches look like.
    pub manifold: Manifold,
    /// The chosen ones beside them; `None` if they are too few.
    pub spread: Option<Spread>,
    /// Mean curves along z₁ and along z₂; empty without curves.
    pub curves: [Vec<CurveGroup>; 2],
}

/// Trains an autoencoder on the patches of a run's image and puts everything into its plane.
pub(super) fn learn(
    evidence: &Evidence,
    settings: &Settings,
    seed: u64,
    progress: Progress,
    missing: &mut Vec<String>,
) -> Result<Microstructure, RunError> {
    let refused = |e: VaeError| RunError::Input(format!("the patches of this run cannot be learnt from: {e}"));
    let window = evidence.candidates.window();
    let patches = standardised(&evidence.candidates).map_err(refused)?;
    let spec = if settings.faithful { VaeSpec::faithful(window) } else { VaeSpec::fast(window) };
    let spec = VaeSpec { epochs: settings.epochs.unwrap_or(spec.epochs), ..spec };
    let master = MasterSeed(seed);
    let some = sample(patches.nrows(), master, 1);
    let mut vae = Vae::new(spec.clone(), settings.device, &mut master.rng(Stream::NetworkInit, u64::MAX));
    let vae = vae.as_mut().map_err(|e| RunError::Input(e.to_string()))?;
    let mut history = Vec::with_capacity(spec.epochs);
    {
        let bar = progress.steps("learning the patches of the image, epochs", spec.epochs);
        let mut watch = |e: Epoch| {
            bar.at(e.number, &format!("loss {:.1}", e.reconstruction + e.divergence));
            history.push(e);
        };
        let mut rng = master.rng(Stream::Latent, 0);
        let trained = if some.len() == patches.nrows() {
            vae.train(patches.view(), &mut rng, &mut watch)
        } else {
            vae.train(patches.select(Axis(0), &some).view(), &mut rng, &mut watch)
        };
        trained.map_err(refused)?;
    }
    let codes = vae.encode(patches.view()).map_err(refused)?;
    let points: Vec<[f64; 2]> = codes.content.rows().into_iter().map(|z| [z[1], z[0]]).collect();
    // A run on boundaries is compared with what it could have measured.
    let could = |i: &usize| evidence.open.as_ref().is_none_or(|open| open[*i]);
    let reachable: Vec<[f64; 2]> = some.iter().copied().filter(could).map(|i| points[i]).collect();
    let some: Vec<[f64; 2]> = some.iter().map(|i| points[*i]).collect();
    let grid = PlaneGrid { x: ends(&some, 0, 0.002, 0.15), y: ends(&some, 1, 0.002, 0.15), cells: CELLS };
    let manifold =
        |points: &[[f64; 2]]| decoded(vae, ends(points, 0, 0.05, 0.0), ends(points, 1, 0.05, 0.0)).map_err(refused);
    let usable: Vec<usize> = evidence.usable().into_iter().map(|(index, _)| index).collect();
    let spread = if usable.len() < FEWEST {
        missing.push(format!("{} usable measurements have no density; {FEWEST} or more do", usable.len()));
        None
    } else {
        let chosen: Vec<[f64; 2]> = usable.iter().map(|i| points[*i]).collect();
        // The chosen patches stand first, so that they are among the points that subsets are drawn from.
        let rest = reachable.into_iter().filter(|p| !chosen.contains(p));
        let pool: Vec<[f64; 2]> = chosen.iter().copied().chain(rest).collect();
        let bar = progress.steps("permutations", settings.permutations);
        let numbers: Vec<usize> = (0..chosen.len()).collect();
        let mut rng = master.rng(Stream::Latent, 2);
        let test = subset_test(&pool, &numbers, &grid, settings.permutations, &mut rng, &mut |n| bar.at(n, ""));
        if let (Some(density), Some(test)) = (Density::scott(&chosen), test) {
            Some(Spread { chosen: density.shares(&grid), test, manifold: manifold(&chosen)? })
        } else {
            missing.push("the codes of the chosen patches lie on a line: they have no density".into());
            None
        }
    };
    let provenance = Provenance {
        data: format!("patches of the structure image of run {}", evidence.report.start.run),
        patches: some.len(),
        seed,
        version: env!("CARGO_PKG_VERSION").into(),
    };
    Ok(Microstructure {
        file: vae.save(&provenance).map_err(refused)?,
        history,
        trained_on: some.len(),
        all: Density::scott(&some).map(|d| d.shares(&grid)),
        manifold: manifold(&some)?,
        curves: [0, 1].map(|k| curves(evidence, &codes, k)),
        spec,
        grid,
        spread,
        codes,
    })
}

/// Up to [`MOST`] of some numbers, in their order.
fn sample(count: usize, master: MasterSeed, unit: u64) -> Vec<usize> {
    if count <= MOST {
        return (0..count).collect();
    }
    let mut some = index::sample(&mut master.rng(Stream::Latent, unit), count, MOST).into_vec();
    some.sort_unstable();
    some
}

/// Quantiles `tail` and 1 − `tail` of a coordinate, and a margin on both sides as a share of what lies between.
fn ends(points: &[[f64; 2]], k: usize, tail: f64, margin: f64) -> (f64, f64) {
    let mut all: Vec<f64> = points.iter().map(|p| p[k]).collect();
    all.sort_by(f64::total_cmp);
    let (low, high) = (quantile(&all, tail), quantile(&all, 1.0 - tail));
    let extent = if high > low { high - low } else { 1.0 };
    (low - margin * extent, low + (1.0 + margin) * extent)
}

/// Tiles at evenly spaced codes, as in AtomAI's `manifold2d`: z₁ falls along the rows, z₂ rises along the columns.
fn decoded(vae: &Vae, x: (f64, f64), y: (f64, f64)) -> Result<Manifold, VaeError> {
    let at = |(low, high): (f64, f64), i: usize| low + (high - low) * i as f64 / (TILES - 1) as f64;
    let codes =
        Array2::from_shape_fn(
            (TILES * TILES, 2),
            |(t, k)| {
                if k == 0 { at(y, TILES - 1 - t / TILES) } else { at(x, t % TILES) }
            },
        );
    let edge = vae.spec().window_px.max(12);
    let tiles = vae.decode(codes.view(), edge)?;
    let size = TILES * (edge + GAP) - GAP;
    let image = Array2::from_shape_fn((size, size), |(r, c)| {
        let (row, col) = (r % (edge + GAP), c % (edge + GAP));
        if row >= edge || col >= edge {
            return f64::NAN;
        }
        tiles[[r / (edge + GAP) * TILES + c / (edge + GAP), row * edge + col]]
    });
    // The codes stand at the middles of their tiles.
    let half = |(low, high): (f64, f64)| 0.5 * (high - low) / (TILES - 1) as f64;
    Ok(Manifold { x: (x.0 - half(x), x.1 + half(x)), y: (y.0 - half(y), y.1 + half(y)), image })
}

/// The first curve of every usable location, in groups of equal size along one number of the content.
fn curves(evidence: &Evidence, codes: &Codes, k: usize) -> Vec<CurveGroup> {
    let Some((bias_v, rows)) = &evidence.curves else { return Vec::new() };
    let usable = evidence.touches.iter().filter(|t| t.value.is_some());
    let mut measured: Vec<(f64, &Vec<f64>)> =
        usable.filter_map(|t| Some((codes.content[[t.index, k]], rows.get(t.curve?)?))).collect();
    measured.sort_by(|a, b| a.0.total_cmp(&b.0));
    let groups = GROUPS.min(measured.len());
    let group = |g: usize| {
        let of = &measured[g * measured.len() / groups..(g + 1) * measured.len() / groups];
        let count = of.len() as f64;
        let mean = |j: usize| of.iter().map(|(_, i)| i[j]).sum::<f64>() / count;
        CurveGroup {
            at: of.iter().map(|m| m.0).sum::<f64>() / count,
            count: of.len(),
            current_a: (0..bias_v.len()).map(mean).collect(),
        }
    };
    (0..groups).map(group).collect()
}
