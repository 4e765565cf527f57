//! Locations that somebody chose before the run, in their order; the model only learns from them.

use super::{Choice, Strategy};
use crate::model::{Model, ModelError, Prediction, View};
use std::fmt;
use tiptwin_instrument::{Pixel, StreamRng};

/// The strategy of chosen points: spectroscopy as it is done by hand.
pub struct Listed {
    name: String,
    model: Box<dyn Model>,
    points: Vec<Pixel>,
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed").field("name", &self.name).field("points", &self.points.len()).finish_non_exhaustive()
    }
}

impl Listed {
    /// A strategy that measures `points` one after the other and predicts with `model`.
    pub fn new(name: impl Into<String>, model: Box<dyn Model>, points: Vec<Pixel>) -> Self {
        Self { name: name.into(), model, points }
    }
}

impl Strategy for Listed {
    fn name(&self) -> &str {
        &self.name
    }

    /// The first point that is still open. A list that is used up or names a place without a complete window is an error.
    fn choose(&mut self, view: &View<'_>, open: &[bool], _: &mut StreamRng) -> Result<Choice, ModelError> {
        let mut next = None;
        for &Pixel { row, col } in &self.points {
            let index = view.candidates.index(Pixel { row, col }).ok_or_else(|| {
                ModelError::Points(format!("the chosen point at row {row}, column {col} has no complete window"))
            })?;
            if open[index] && next.is_none() {
                next = Some(index);
            }
        }
        let used_up = || ModelError::Points(format!("all {} chosen points are measured", self.points.len()));
        next.map(|index| Choice { index, mean: None, sigma: None }).ok_or_else(used_up)
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Option<Prediction>, ModelError> {
        self.model.predict(view).map(Some)
    }

    fn forgets(&self) -> bool {
        self.model.forgets()
    }

    fn sibling(&self) -> Option<Box<dyn Strategy>> {
        Some(Box::new(Self::new(&self.name, self.model.sibling()?, Vec::new())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Candidates, Measured};
    use ndarray::Array2;
    use tiptwin_instrument::{MasterSeed, Meters, Stream};

    struct Flat;
    impl Model for Flat {
        fn name(&self) -> &'static str {
            "flat"
        }
        fn predict(&mut self, view: &View<'_>) -> Result<Prediction, ModelError> {
            let n = view.candidates.len();
            Ok(Prediction::normal(vec![0.0; n], vec![1.0; n]))
        }
    }

    #[test]
    fn points_are_taken_in_order_and_an_end_is_said() {
        let candidates = Candidates::new(Array2::zeros((6, 6)), 2, Meters(1.0), Meters(1.0)).expect("fits");
        let measured = [Measured { index: 3, value: 3.0 }];
        let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
        let mut rng = MasterSeed(5).rng(Stream::Strategy, 0);
        let points = vec![Pixel { row: 2, col: 4 }, Pixel { row: 1, col: 1 }];
        let indices: Vec<usize> = points.iter().map(|&p| candidates.index(p).expect("inside")).collect();
        let mut open = vec![true; candidates.len()];
        let mut strategy = Listed::new("points", Box::new(Flat), points);
        for index in indices {
            assert_eq!(strategy.choose(&view, &open, &mut rng).expect("chooses").index, index);
            open[index] = false;
        }
        assert!(strategy.choose(&view, &open, &mut rng).is_err());
        let outside = vec![Pixel { row: 0, col: 0 }];
        let error =
            Listed::new("points", Box::new(Flat), outside).choose(&view, &open, &mut rng).expect_err("no window");
        assert!(error.to_string().contains("row 0, column 0"), "{error}");
    }
}
