//! Textbook Gaussian processes: squared exponential, automatic relevance determination, maximum likelihood.

use super::fit;
use super::inputs::{Inputs, TermStart};
use crate::Candidates;
use crate::acquisition::integrated_variance;
use crate::gp::{LeftOut, Posterior};
use crate::model::targets::{Scale, own_share, schedule};
use crate::model::{LeftOutValue, Measured, Model, ModelError, Prediction, View};
use ndarray::{Array2, Axis};
use rand_distr::{Distribution, StandardNormal};
use tiptwin_instrument::StreamRng;

/// A Gaussian process on something that is known everywhere.
///
/// It trains at the same numbers of measurements as tiptwin's learner, each time from the same start, and treats noise in the
/// same way: what differs is the kernel and what it looks at.
#[derive(Debug)]
pub struct GpBaseline {
    inputs: Inputs,
    image: Option<(Candidates, Array2<f64>)>,
    fitted: Option<Fitted>,
}

/// Parameters, and what they were fitted to.
#[derive(Debug)]
struct Fitted {
    prefix: Vec<Measured>,
    noise_sigma: Option<f64>,
    raw: Vec<f64>,
}

struct Learnt {
    scale: Scale,
    posterior: Posterior,
    /// White variance that is the property's own, standardised.
    own: f64,
}

impl GpBaseline {
    /// On the coordinates alone: what is near is alike.
    pub const fn coordinates() -> Self {
        Self::new(Inputs::Coordinates)
    }

    /// On eight principal components of the levelled windows: the neutral rival of a deep kernel.
    pub const fn patches() -> Self {
        Self::new(Inputs::Patches)
    }

    /// On eight principal components of multi-scale filter responses, with a term of short range on the coordinates: the strong one.
    pub const fn filters() -> Self {
        Self::new(Inputs::Filters)
    }

    const fn new(inputs: Inputs) -> Self {
        Self { inputs, image: None, fitted: None }
    }

    fn learn(&mut self, view: &View<'_>, believed: &[Measured]) -> Result<(Learnt, &Array2<f64>), ModelError> {
        if view.measured.is_empty() {
            return Err(ModelError::NoData);
        }
        if self.image.as_ref().is_none_or(|(candidates, _)| candidates != view.candidates) {
            self.image = Some((view.candidates.clone(), self.inputs.of(view.candidates)));
            self.fitted = None;
        }
        let (_, inputs) = self.image.as_ref().expect("was set above");
        let terms = self.inputs.terms();
        let raw = fitted(&mut self.fitted, &terms, inputs, view);
        let scale = scale(view.measured, view.noise_sigma);
        let (process, white) = fit::process(&terms, raw, scale.noise_variance(view.noise_sigma));
        let (x, y) = rows(inputs, &[view.measured, believed].concat(), &scale);
        let learnt =
            Learnt { scale, posterior: Posterior::new(process, x, &y)?, own: white * own_share(view.noise_sigma) };
        Ok((learnt, inputs))
    }
}

/// The parameters for a view: those of the last due training, which depends on nothing but what was measured before it.
fn fitted<'a>(slot: &'a mut Option<Fitted>, terms: &[TermStart], inputs: &Array2<f64>, view: &View<'_>) -> &'a [f64] {
    let due = schedule(view.measured.len()).last().unwrap_or(0);
    let prefix = &view.measured[..due];
    if slot.as_ref().is_none_or(|f| f.prefix != prefix || f.noise_sigma != view.noise_sigma) {
        let raw = if due == 0 {
            fit::start(terms)
        } else {
            let scale = scale(prefix, view.noise_sigma);
            let (x, y) = rows(inputs, prefix, &scale);
            fit::fit(terms, x.view(), &y, scale.noise_variance(view.noise_sigma))
        };
        *slot = Some(Fitted { prefix: prefix.to_vec(), noise_sigma: view.noise_sigma, raw });
    }
    &slot.as_ref().expect("was set above").raw
}

fn scale(measured: &[Measured], noise_sigma: Option<f64>) -> Scale {
    Scale::of(&measured.iter().map(|m| m.value).collect::<Vec<_>>(), noise_sigma)
}

fn rows(inputs: &Array2<f64>, data: &[Measured], scale: &Scale) -> (Array2<f64>, Vec<f64>) {
    let indices: Vec<usize> = data.iter().map(|m| m.index).collect();
    (inputs.select(Axis(0), &indices), data.iter().map(|m| scale.standardised(m.value)).collect())
}

impl Model for GpBaseline {
    fn name(&self) -> &'static str {
        self.inputs.name()
    }

    fn sibling(&self) -> Option<Box<dyn Model>> {
        Some(Box::new(Self::new(self.inputs)))
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Prediction, ModelError> {
        self.predict_believing(view, &[])
    }

    fn predict_believing(&mut self, view: &View<'_>, believed: &[Measured]) -> Result<Prediction, ModelError> {
        let (learnt, inputs) = self.learn(view, believed)?;
        let (mean, variance) = learnt.posterior.predict(inputs.view());
        Ok(Prediction::normal(
            mean.into_iter().map(|m| learnt.scale.in_units(m)).collect(),
            variance.into_iter().map(|v| (v + learnt.own).sqrt() * learnt.scale.deviation).collect(),
        ))
    }

    fn leave_one_out(&mut self, view: &View<'_>) -> Result<Option<Vec<LeftOutValue>>, ModelError> {
        let (learnt, _) = self.learn(view, &[])?;
        let targets: Vec<f64> = view.measured.iter().map(|m| learnt.scale.standardised(m.value)).collect();
        let left = learnt.posterior.leave_one_out(&targets);
        let of = |l: LeftOut| LeftOutValue { value: learnt.scale.in_units(l.mean), standardised: l.standardised };
        Ok(Some(left.into_iter().map(of).collect()))
    }

    fn variance_reduction(
        &mut self,
        view: &View<'_>,
        candidates: &[usize],
        reference: &[usize],
    ) -> Result<Option<Vec<f64>>, ModelError> {
        let (learnt, inputs) = self.learn(view, &[])?;
        let (at, places) = (inputs.select(Axis(0), candidates), inputs.select(Axis(0), reference));
        let between = learnt.posterior.covariance(at.view(), places.view());
        let (_, own) = learnt.posterior.predict(at.view());
        let noise = learnt.posterior.process().noise.0;
        let gain =
            |(row, own): (ndarray::ArrayView1<'_, f64>, f64)| integrated_variance(row.iter().copied(), own + noise);
        Ok(Some(between.rows().into_iter().zip(own).map(gain).collect()))
    }

    fn draw(
        &mut self,
        view: &View<'_>,
        candidates: &[usize],
        rng: &mut StreamRng,
    ) -> Result<Option<Vec<f64>>, ModelError> {
        let (learnt, inputs) = self.learn(view, &[])?;
        let drawn = learnt.posterior.sample(inputs.select(Axis(0), candidates).view(), rng)?;
        let mut white = || -> f64 { StandardNormal.sample(rng) };
        Ok(Some(drawn.into_iter().map(|d| learnt.scale.in_units(d + learnt.own.sqrt() * white())).collect()))
    }
}
