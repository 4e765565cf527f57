//! tiptwin's own learner: a deep kernel on what the whole image offers.
//!
//! Every candidate enters as eight whitened components of multi-scale filter responses, as four numbers that say how near grain boundaries and their junctions are
//! ([`crate::features`]), and as its coordinates. The covariance is a sum of three Matérn 3/2: on the components and on the nearness to boundaries and junctions, both as
//! `x + network(x)` and with one length-scale per feature, and of short range on the coordinates: what topography cannot tell is still alike in
//! neighbouring pixels, and beyond that range it is honest uncertainty. What is learnt are [normal scores](super::Warp) of the
//! values, so that a belief about a skewed property is as skewed as it. Hyper-parameters are maximum a posteriori under
//! weak log-normal priors. The network starts as the identity and changes only when points it has not seen are predicted
//! better with the change, and of what the kernel holds to be alike only the share counts that predicts left-out measurements best: where there
//! is nothing to learn, the map says so. What each piece buys is measured in docs/decisions/0003-tiptwin-learner.md.
//!
//! Training happens at fixed numbers of measurements, each time from the state of the last. The trained state
//! therefore depends on *what* was measured in which order, never on when a prediction was asked for, and a resumed
//! run continues exactly.

mod calibration;
mod hyper;
mod reduction;
mod train;

use super::targets::{own_share, schedule};
use super::{LeftOutValue, Measured, Model, ModelError, Prediction, View, Warp};
use crate::Candidates;
use crate::features::boundary::{BOUNDARY_FEATURES, JUNCTION_PX, NEARNESS_PX, boundary_features};
use crate::features::{self, COMPONENTS};
use crate::gp::{Field, GpError, LeftOut, Posterior, Process, Room};
use crate::net::{ComputeDevice, Mlp};
use calibration::Calibration;
use hyper::Hyper;
use ndarray::{Array2, Axis, s};
use rand_distr::{Distribution, StandardNormal};
use std::sync::{Arc, Mutex, PoisonError};
use tiptwin_instrument::StreamRng;
use train::Data;

/// tiptwin's own deep-kernel learner.
#[derive(Debug)]
pub struct Tiptwin {
    weights_rng: StreamRng,
    device: ComputeDevice,
    image: Option<Arc<Image>>,
    /// The newest image that any model of this family has seen.
    shared: Arc<Mutex<Option<Arc<Image>>>>,
    state: Option<State>,
}

/// What the image says about a candidate: numbers that enter the kernel.
const FEATURES: usize = COMPONENTS + BOUNDARY_FEATURES;
/// Candidates whose kernel inputs are computed together: what is needed on the way is never there for all of them.
const PART: usize = 4096;

/// Everything that depends on the image alone.
#[derive(Debug)]
struct Image {
    candidates: Candidates,
    features: Array2<f32>,
    coordinates_px: Array2<f64>,
}

/// What training left behind.
#[derive(Debug)]
struct State {
    /// The measurements it was trained on.
    prefix: Vec<Measured>,
    noise_sigma: Option<f64>,
    /// The unit in which it was trained; none before the first training.
    warp: Option<Warp>,
    hyper: Hyper,
    /// How much of the likeness that the kernel sees the measurements bear out.
    share: f64,
    net: Mlp,
    /// Kernel inputs of all candidates.
    inputs: Array2<f64>,
    /// The newest map's posterior, which grows until the next training; the measurements it holds.
    field: Option<(Field, Vec<Measured>)>,
}

impl Tiptwin {
    /// `weights_rng` gives the start weights of the network.
    pub fn new(weights_rng: StreamRng, device: ComputeDevice) -> Self {
        Self { weights_rng, device, image: None, shared: Arc::default(), state: None }
    }

    /// The main settings in words, for a methods paragraph.
    pub fn settings() -> String {
        let pixels = |scales: &[f64]| scales.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
        format!(
            "{COMPONENTS} whitened principal components of filter responses at {} pixels, the probability of a grain boundary averaged at {} pixels, \
             nearness to junctions of boundaries within {JUNCTION_PX} pixels, and the coordinates; a sum of Matérn 3/2 kernels on the components and on what boundaries say, both bent by a network of {} units where that predicts held-out points better, and on the coordinates; hyper-parameters \
             maximum a posteriori; normal scores of the values; maps show the share of the kernel that left-out measurements bear out, and their widths are those of \
             left-out errors where as much was predicted",
            pixels(&features::SCALES_PX),
            pixels(&NEARNESS_PX),
            train::HIDDEN
        )
    }

    /// Brings image features and trained state up to date with a view.
    fn prepare(&mut self, view: &View<'_>) -> Result<(&Image, &State), ModelError> {
        let same_image = self.image.as_ref().is_some_and(|i| i.candidates == *view.candidates);
        if !same_image {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            let known = shared.clone().filter(|i| i.candidates == *view.candidates);
            let image = match known {
                Some(image) => image,
                None => Arc::new(Image::new(view.candidates, self.device)?),
            };
            *shared = Some(image.clone());
            self.image = Some(image);
            self.state = None;
        }
        let image = self.image.as_deref().expect("was set above");
        let fits = |s: &State| view.measured.starts_with(&s.prefix) && s.noise_sigma == view.noise_sigma;
        let state = match self.state.take().filter(fits) {
            Some(state) => state,
            None => State::fresh(image, view.noise_sigma, self.device, &mut self.weights_rng.clone())?,
        };
        let state = self.state.insert(state);
        for n in schedule(view.measured.len()).filter(|n| *n > state.prefix.len()).collect::<Vec<_>>() {
            state.train(image, &view.measured[..n])?;
        }
        Ok((image, state))
    }
}

/// What stays between trainings: the unit of learning, the process, and the variance that each place has of its own (latent).
struct Trained {
    warp: Warp,
    process: Process,
    own: f64,
}

/// What a kernel is believed.
#[derive(Clone, Copy)]
enum Belief {
    /// The share that the measurements bear out: for whatever is said about a property.
    BorneOut,
    /// All of it: for where to look, since only looking there can bear it out.
    Whole,
}

/// Everything that the measurements say about places together, with the trained hyper-parameters.
#[derive(Debug)]
struct Learnt {
    warp: Warp,
    posterior: Posterior,
    calibration: Calibration,
    /// White variance that counts as the property's own, in the latent unit.
    own: f64,
}

impl Tiptwin {
    /// Trains on what was measured as far as the schedule asks for.
    fn trained(&mut self, view: &View<'_>, belief: Belief) -> Result<Trained, ModelError> {
        if view.measured.is_empty() {
            return Err(ModelError::NoData);
        }
        let (_, state) = self.prepare(view)?;
        // Between trainings the unit stays, and with it what the known noise is in it: the field can grow.
        let warp = state.warp.clone().unwrap_or_else(|| warp(view.measured, view.noise_sigma));
        let (process, white) = state.hyper.process(warp.noise_variance());
        let share = match belief {
            Belief::BorneOut => state.share,
            Belief::Whole => 1.0,
        };
        let own = white * own_share(view.noise_sigma) + (1.0 - share) * process.kernel.variance();
        Ok(Trained { warp, process: process.shrunk(share), own })
    }

    /// Trains, and conditions on what was measured and on what is believed.
    fn learn(&mut self, view: &View<'_>, believed: &[Measured], belief: Belief) -> Result<Learnt, ModelError> {
        let Trained { warp, process, own } = self.trained(view, belief)?;
        let state = self.state.as_ref().expect("was trained just now");
        let condition = |data: &[Measured]| -> Result<(Posterior, Vec<f64>), ModelError> {
            let rows: Vec<usize> = data.iter().map(|m| m.index).collect();
            let targets: Vec<f64> = data.iter().map(|m| warp.latent(m.value).0).collect();
            let posterior = Posterior::new(process.clone(), state.inputs.select(Axis(0), &rows), &targets)?;
            Ok((posterior, targets))
        };
        let (mut posterior, targets) = condition(view.measured)?;
        let calibration = Calibration::new(&posterior.leave_one_out(&targets));
        if !believed.is_empty() {
            posterior = condition(&[view.measured, believed].concat())?.0;
        }
        Ok(Learnt { warp, posterior, calibration, own })
    }
}

/// Mean and variance (latent) as a map in the unit of the target.
fn in_units((mean, variance): (Vec<f64>, Vec<f64>), warp: Warp, calibration: &Calibration, own: f64) -> Prediction {
    let sigma = mean.iter().zip(variance).map(|(m, v)| ((v + own) * calibration.at(*m)).sqrt()).collect();
    Prediction::warped(warp, mean, sigma)
}

fn warp(measured: &[Measured], noise_sigma: Option<f64>) -> Warp {
    Warp::of(&measured.iter().map(|m| m.value).collect::<Vec<_>>(), noise_sigma)
}

impl Model for Tiptwin {
    fn name(&self) -> &'static str {
        "tiptwin"
    }

    fn sibling(&self) -> Option<Box<dyn Model>> {
        let shared = self.shared.clone();
        Some(Box::new(Self { shared, ..Self::new(self.weights_rng.clone(), self.device) }))
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Prediction, ModelError> {
        let Trained { warp, process, own } = self.trained(view, Belief::BorneOut)?;
        let state = self.state.as_mut().expect("was trained just now");
        let field = state.grown(&process, &warp, view.measured)?;
        let calibration = Calibration::new(&field.leave_one_out());
        Ok(in_units(field.map(), warp, &calibration, own))
    }

    fn leave_one_out(&mut self, view: &View<'_>) -> Result<Option<Vec<LeftOutValue>>, ModelError> {
        let Trained { warp, process, .. } = self.trained(view, Belief::BorneOut)?;
        let state = self.state.as_mut().expect("was trained just now");
        let left = state.grown(&process, &warp, view.measured)?.leave_one_out();
        let calibration = Calibration::new(&left);
        let of = |l: LeftOut| LeftOutValue {
            value: warp.in_units(l.mean),
            standardised: l.standardised / calibration.at(l.mean).sqrt(),
        };
        Ok(Some(left.into_iter().map(of).collect()))
    }

    fn predict_believing(&mut self, view: &View<'_>, believed: &[Measured]) -> Result<Prediction, ModelError> {
        let learnt = self.learn(view, believed, Belief::BorneOut)?;
        let state = self.state.as_ref().expect("was trained just now");
        Ok(in_units(learnt.posterior.predict(state.inputs.view()), learnt.warp, &learnt.calibration, learnt.own))
    }

    fn variance_reduction(
        &mut self,
        view: &View<'_>,
        candidates: &[usize],
        reference: &[usize],
    ) -> Result<Option<Vec<f64>>, ModelError> {
        let learnt = self.learn(view, &[], Belief::Whole)?;
        let state = self.state.as_ref().expect("was trained just now");
        Ok(Some(reduction::expected(&learnt, state, candidates, reference)))
    }

    fn draw(
        &mut self,
        view: &View<'_>,
        candidates: &[usize],
        rng: &mut StreamRng,
    ) -> Result<Option<Vec<f64>>, ModelError> {
        let learnt = self.learn(view, &[], Belief::BorneOut)?;
        let state = self.state.as_ref().expect("was trained just now");
        let at = state.inputs.select(Axis(0), candidates);
        let (mean, _) = learnt.posterior.predict(at.view());
        let drawn = learnt.posterior.sample(at.view(), rng)?;
        // The property's own white part and the calibration belong to the draw as they belong to the map's deviation.
        let value = |(drawn, mean): (f64, f64)| {
            let white: f64 = StandardNormal.sample(rng);
            let departure = (drawn - mean + learnt.own.sqrt() * white) * learnt.calibration.at(mean).sqrt();
            learnt.warp.in_units(mean + departure)
        };
        Ok(Some(drawn.into_iter().zip(mean).map(value).collect()))
    }
}

impl Image {
    fn new(candidates: &Candidates, device: ComputeDevice) -> Result<Self, ModelError> {
        let mut features = Array2::zeros((candidates.len(), FEATURES));
        features.slice_mut(s![.., ..COMPONENTS]).assign(&features::structure_features(candidates).mapv(|v| v as f32));
        features.slice_mut(s![.., COMPONENTS..]).assign(&boundary_features(candidates, device)?.mapv(|v| v as f32));
        Ok(Self { candidates: candidates.clone(), features, coordinates_px: features::coordinates_px(candidates) })
    }

    /// `[x + network(x), coordinates]` for all candidates.
    fn inputs(&self, net: &Mlp) -> Array2<f64> {
        let mut inputs = Array2::zeros((self.features.nrows(), FEATURES + 2));
        let parts =
            self.features.axis_chunks_iter(Axis(0), PART).zip(self.coordinates_px.axis_chunks_iter(Axis(0), PART));
        for (mut to, (features, coordinates)) in inputs.axis_chunks_iter_mut(Axis(0), PART).zip(parts) {
            let embedded = net.forward(features) + features.mapv(f64::from);
            to.slice_mut(s![.., ..FEATURES]).assign(&embedded);
            to.slice_mut(s![.., FEATURES..]).assign(&coordinates);
        }
        inputs
    }
}

impl State {
    fn fresh(
        image: &Image,
        noise_sigma: Option<f64>,
        device: ComputeDevice,
        rng: &mut StreamRng,
    ) -> Result<Self, ModelError> {
        let net = Mlp::new(train::network(), device, rng)?;
        let inputs = image.inputs(&net);
        let hyper = Hyper::prior_median();
        Ok(Self { prefix: Vec::new(), noise_sigma, warp: None, hyper, share: 1.0, net, inputs, field: None })
    }

    fn train(&mut self, image: &Image, measured: &[Measured]) -> Result<(), ModelError> {
        let warp = warp(measured, self.noise_sigma);
        let data = Data::new(&image.features, &image.coordinates_px, measured, &warp);
        if train::improve(&data, &mut self.hyper, &mut self.net)? {
            self.inputs = image.inputs(&self.net);
        }
        self.share = data.supported_share(&self.hyper, &self.net);
        self.prefix = measured.to_vec();
        self.warp = Some(warp);
        self.field = None;
        Ok(())
    }

    /// The field of all measurements. It starts with those of the last training together and takes in the others one by one, whenever
    /// it is asked for: its bits depend on what was measured alone.
    fn grown(&mut self, process: &Process, warp: &Warp, measured: &[Measured]) -> Result<&Field, GpError> {
        let targets: Vec<f64> = measured.iter().map(|m| warp.latent(m.value).0).collect();
        let rows = |of: std::ops::Range<usize>| -> Array2<f64> {
            let rows: Vec<usize> = measured[of].iter().map(|m| m.index).collect();
            self.inputs.select(Axis(0), &rows)
        };
        let places = self.inputs.view();
        let together = |n: usize| Field::new(process.clone(), places, rows(0..n), &targets[..n], Room::default());
        // Before the first training every value changes the unit, and with it the targets of all.
        let start = if self.prefix.is_empty() { measured.len() } else { self.prefix.len() };
        let grows = |(field, known): &(Field, Vec<Measured>)| {
            known.len() >= start
                && field.process() == process
                && measured.starts_with(known)
                && targets.starts_with(field.targets())
        };
        let (mut field, from) = match self.field.take().filter(grows) {
            Some((field, known)) => (field, known.len()),
            None => (together(start)?, start),
        };
        for (n, target) in targets.iter().enumerate().skip(from) {
            if field.add(places, rows(n..n + 1).view(), *target).is_err() {
                // Too close to an earlier one to rounding: together they find the jitter that they need.
                field = together(n + 1)?;
            }
        }
        Ok(&self.field.insert((field, measured.to_vec())).0)
    }
}

#[cfg(test)]
mod tests;
