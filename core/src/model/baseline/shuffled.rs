//! The negative control: a model that learns the values of the wrong places.
//!
//! Values are what was measured, places are where it was measured, and which belongs to which is drawn at random: whatever a learner
//! seems to know under this control it has not learnt from the sample (a permutation test in the sense of Good, *Permutation Tests*, Springer
//! 2000, §3).

use crate::model::{Measured, Model, ModelError, Prediction, View};
use rand::seq::SliceRandom;
use std::fmt;
use tiptwin_instrument::StreamRng;

/// A model with shuffled targets. The permutation depends on the number of measurements alone, so equal histories give equal maps; it
/// changes with every measurement, and a model that trains from state to state trains anew each time.
pub struct Shuffled {
    model: Box<dyn Model>,
    rng: StreamRng,
}

impl fmt::Debug for Shuffled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shuffled").field("model", &self.model.name()).finish_non_exhaustive()
    }
}

impl Shuffled {
    /// Hides from `model` which value belongs where.
    pub fn new(model: Box<dyn Model>, rng: StreamRng) -> Self {
        Self { model, rng }
    }

    fn shuffled(&self, measured: &[Measured]) -> Vec<Measured> {
        let mut values: Vec<f64> = measured.iter().map(|m| m.value).collect();
        values.shuffle(&mut self.rng.clone());
        measured.iter().zip(values).map(|(m, value)| Measured { value, ..*m }).collect()
    }
}

impl Model for Shuffled {
    fn name(&self) -> &'static str {
        "shuffled"
    }

    fn sibling(&self) -> Option<Box<dyn Model>> {
        Some(Box::new(Self { model: self.model.sibling()?, rng: self.rng.clone() }))
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Prediction, ModelError> {
        let measured = self.shuffled(view.measured);
        self.model.predict(&View { measured: &measured, ..*view })
    }

    fn predict_believing(&mut self, view: &View<'_>, believed: &[Measured]) -> Result<Prediction, ModelError> {
        let measured = self.shuffled(view.measured);
        self.model.predict_believing(&View { measured: &measured, ..*view }, believed)
    }

    fn variance_reduction(
        &mut self,
        view: &View<'_>,
        candidates: &[usize],
        reference: &[usize],
    ) -> Result<Option<Vec<f64>>, ModelError> {
        let measured = self.shuffled(view.measured);
        self.model.variance_reduction(&View { measured: &measured, ..*view }, candidates, reference)
    }

    fn draw(
        &mut self,
        view: &View<'_>,
        candidates: &[usize],
        rng: &mut StreamRng,
    ) -> Result<Option<Vec<f64>>, ModelError> {
        let measured = self.shuffled(view.measured);
        self.model.draw(&View { measured: &measured, ..*view }, candidates, rng)
    }
}
