//! An ensemble from nothing: films, then one network a thread.
//!
//! Members do not share threads: each computes on one of its own, so several train at full speed and no result depends on how many there are.

use super::films::{Kind, several};
use crate::progress::Progress;
use crate::run::{RunError, Stopper};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tiptwin_core::boundaries::{BoundaryError, Ensemble, Example, Recipe, training};
use tiptwin_core::net::{ComputeDevice, ResHedNet};
use tiptwin_instrument::MasterSeed;

/// What is trained, and on what.
#[derive(Clone, Debug)]
pub struct Training {
    /// Sizes and numbers.
    pub recipe: Recipe,
    /// Films of the twin, 128 × 128 pixels each.
    pub films: u32,
    /// Seed of films, weights and everything shown.
    pub seed: u64,
    /// Where networks are computed.
    pub device: ComputeDevice,
    /// Members that train at the same time.
    pub threads: usize,
}

/// How it went.
#[derive(Clone, Debug, Serialize)]
pub struct Trained {
    /// Trained numbers of one member.
    pub numbers: usize,
    /// Mean loss of the first and of the last twentieth of the steps, by member.
    pub losses: Vec<(f64, f64)>,
    /// Seconds on the wall: making films, training.
    pub seconds: (f64, f64),
}

impl Training {
    /// Trains all members. Nothing is written; being asked to stop leaves nothing behind.
    pub fn run(&self, progress: Progress, stop: &Stopper) -> Result<(Ensemble, Trained), RunError> {
        self.recipe.check()?;
        let begun = Instant::now();
        progress.stage(&format!("scanning {} films of the twin", self.films));
        let films = several(Kind::Any, self.films, MasterSeed(self.seed))?;
        let examples: Vec<Example> = films.into_iter().map(|f| f.example).collect();
        let filmed = begun.elapsed().as_secs_f64();
        let total = self.recipe.members * self.recipe.steps;
        let steps = Mutex::new(progress.steps("training steps of all members", total));
        let (done, next) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let tick = |loss: f64| {
            let n = done.fetch_add(1, Ordering::Relaxed) + 1;
            if let Ok(steps) = steps.lock() {
                steps.at(n, &format!("loss {loss:.3}"));
            }
        };
        let results: Mutex<Vec<(usize, Result<Member, BoundaryError>)>> = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..self.threads.clamp(1, self.recipe.members) {
                scope.spawn(|| {
                    loop {
                        let k = next.fetch_add(1, Ordering::Relaxed);
                        if k >= self.recipe.members || stop.check(0).is_err() {
                            return;
                        }
                        let member = self.member(k, &examples, stop, &tick);
                        if let Ok(mut results) = results.lock() {
                            results.push((k, member));
                        }
                    }
                });
            }
        });
        stop.check(0).map_err(|_| stopped(stop, done.load(Ordering::Relaxed), total))?;
        let mut results = results.into_inner().unwrap_or_default();
        results.sort_by_key(|(k, _)| *k);
        let (mut nets, mut losses) = (Vec::new(), Vec::new());
        for (_, member) in results {
            let (net, all) = member?;
            nets.extend(net);
            losses.push(ends(&all));
        }
        let trained = Trained {
            numbers: self.recipe.network().trained(),
            losses,
            seconds: (filmed, begun.elapsed().as_secs_f64() - filmed),
        };
        Ok((Ensemble::new(nets, self.provenance()?)?, trained))
    }

    /// One member on a thread of its own, with its loss at every step.
    fn member(
        &self,
        k: usize,
        examples: &[Example],
        stop: &Stopper,
        tick: &(dyn Fn(f64) + Sync),
    ) -> Result<Member, BoundaryError> {
        let mut losses = Vec::with_capacity(self.recipe.steps);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let pool = pool.map_err(|e| BoundaryError::Recipe {
            what: "a thread for the network",
            value: e.to_string(),
            accepted: "a system that gives one".into(),
        })?;
        let net = pool.install(|| {
            training::train(&self.recipe, examples, k, MasterSeed(self.seed), self.device, &mut |_, loss| {
                losses.push(loss);
                tick(loss);
                if stop.check(0).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        })?;
        Ok((net, losses))
    }

    fn provenance(&self) -> Result<BTreeMap<String, String>, RunError> {
        let recipe = serde_json::to_string(&self.recipe).map_err(|e| RunError::Input(e.to_string()))?;
        let films = format!(
            "{} films of the twin, kind any, numbers 0 to {}, 128 × 128 pixels each",
            self.films,
            self.films.saturating_sub(1)
        );
        Ok([
            ("recipe", recipe),
            ("films", films),
            ("seed", self.seed.to_string()),
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ]
        .map(|(k, v)| (k.to_owned(), v))
        .into())
    }
}

type Member = (Option<ResHedNet>, Vec<f64>);

fn ends(losses: &[f64]) -> (f64, f64) {
    let n = losses.len().div_ceil(20).max(1);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    (mean(&losses[..n.min(losses.len())]), mean(&losses[losses.len().saturating_sub(n)..]))
}

fn stopped(stop: &Stopper, done: usize, total: usize) -> RunError {
    let signal = stop.flag().load(Ordering::Relaxed);
    RunError::Input(format!("stopped by signal {signal} after {done} of {total} training steps; nothing was written"))
}
