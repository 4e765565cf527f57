//! Compares the learners on a film from a file: `film_study FILE.npz STRUCTURE VALUES TRUTH [SEEDS] [MODE]`.
//!
//! MODE is `random` (both models on the same random picks, default), `tiptwin` (only tiptwin, random picks) or `active`
//! (tiptwin with its own max-variance picks). Prints R² and coverage of ±1σ over candidates not yet measured.
#![expect(clippy::print_stdout, reason = "an example that answers on the terminal")]

use ndarray::{Array2, OwnedRepr};
use ndarray_npy::NpzReader;
use rand::RngExt;
use std::{env, error::Error, fs::File, time::Instant};
use tiptwin_core::model::{Reference, Tiptwin};
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::{Candidates, Measured, Model, View, metrics};
use tiptwin_instrument::{MasterSeed, Meters, Stream};

const CHECKS: [usize; 3] = [50, 100, 200];

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [file, structure, values, truth, rest @ ..] = args.as_slice() else {
        return Err("usage: film_study FILE.npz STRUCTURE VALUES TRUTH [SEEDS] [random|tiptwin|active]".into());
    };
    let seeds: u64 = rest.first().map_or(Ok(5), |s| s.parse())?;
    let mode = rest.get(1).map_or("random", String::as_str);
    let candidates = Candidates::new(array(file, structure)?, 16, Meters(1e-9), Meters(1e-9))?;
    let film = Film {
        values: at(&candidates, &array(file, values)?),
        truth: at(&candidates, &array(file, truth)?),
        candidates,
    };
    for name in if mode == "random" { vec!["reference", "tiptwin"] } else { vec!["tiptwin"] } {
        let mut sums = [[0.0; 2]; 3];
        let started = Instant::now();
        for seed in 0..seeds {
            for (sum, (r2, coverage)) in sums.iter_mut().zip(film.run(name, mode == "active", seed)?) {
                sum[0] += r2 / seeds as f64;
                sum[1] += coverage / seeds as f64;
            }
        }
        let per_seed = started.elapsed().as_secs_f64() / seeds as f64;
        println!(
            "{name:9} {mode:7} {:30} R2 {:6.3} {:6.3} {:6.3}  coverage {:.2} {:.2} {:.2}  {per_seed:.2} s a seed",
            file.rsplit('/').next().unwrap_or(file),
            sums[0][0],
            sums[1][0],
            sums[2][0],
            sums[0][1],
            sums[1][1],
            sums[2][1]
        );
    }
    Ok(())
}

struct Film {
    candidates: Candidates,
    values: Vec<f64>,
    truth: Vec<f64>,
}

impl Film {
    /// R² and coverage at each check.
    fn run(&self, name: &str, active: bool, seed: u64) -> Result<Vec<(f64, f64)>, Box<dyn Error>> {
        let weights = MasterSeed(seed).rng(Stream::NetworkInit, 0);
        let mut model: Box<dyn Model> = if name == "reference" {
            Box::new(Reference::new(weights, ComputeDevice::Flex))
        } else {
            Box::new(Tiptwin::new(weights, ComputeDevice::Flex))
        };
        let mut rng = MasterSeed(seed).rng(Stream::Strategy, 0);
        let mut open = vec![true; self.candidates.len()];
        let mut measured: Vec<Measured> = Vec::new();
        let mut scores = Vec::new();
        while scores.len() < CHECKS.len() {
            let due = CHECKS.contains(&measured.len());
            let mut next = None;
            if !measured.is_empty() && (active || due) {
                let view = View { candidates: &self.candidates, measured: &measured, noise_sigma: None };
                let map = model.predict(&view)?;
                if due && let Some(s) = metrics::scores(measured.len(), &map, &self.truth, &open) {
                    scores.push((s.r2, s.coverage_1sigma));
                }
                if active {
                    next = (0..open.len()).filter(|i| open[*i]).max_by(|a, b| map.sigma[*a].total_cmp(&map.sigma[*b]));
                }
            }
            let index = next.unwrap_or_else(|| {
                loop {
                    let i = rng.random_range(0..open.len());
                    if open[i] {
                        break i;
                    }
                }
            });
            open[index] = false;
            measured.push(Measured { index, value: self.values[index] });
        }
        Ok(scores)
    }
}

fn array(file: &str, name: &str) -> Result<Array2<f64>, Box<dyn Error>> {
    let mut npz = NpzReader::new(File::open(file)?)?;
    let values: ndarray::ArrayBase<OwnedRepr<f32>, ndarray::Ix2> = npz.by_name(name)?;
    Ok(values.mapv(f64::from))
}

fn at(candidates: &Candidates, map: &Array2<f64>) -> Vec<f64> {
    (0..candidates.len())
        .map(|i| {
            let p = candidates.pixel(i);
            map[[p.row, p.col]]
        })
        .collect()
}
