//! Adam in one pass over each parameter.
//!
//! Kingma & Ba, ICLR 2015, arXiv:1412.6980, algorithm 1 (β₁ = 0.9, β₂ = 0.999) with ε = 1e-8; the network library's default of 1e-5 would
//! stall small gradients. The library's own optimiser makes a new tensor for every operation of the formula; what that
//! cost is in docs/decisions/0003-tiptwin-learner.md. Gradients and weights pass through the memory of the host, on every device.

use crate::vector::wide;

const BETA: (f32, f32) = (0.9, 0.999);
const EPSILON: f32 = 1e-8;

/// Values of one parameter tensor with their first and second moments.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    values: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    steps: i32,
}

impl Moments {
    /// A fresh state at some values.
    pub(super) fn at(values: Vec<f32>) -> Self {
        let zeros = || vec![0.0; values.len()];
        Self { first: zeros(), second: zeros(), values, steps: 0 }
    }

    /// The values.
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    /// One step down the gradient.
    pub(super) fn step(&mut self, rate: f64, gradient: &[f32]) {
        self.steps += 1;
        let correction = |beta: f32| 1.0 / (1.0 - f64::from(beta).powi(self.steps));
        let factors = [rate * correction(BETA.0), correction(BETA.1)].map(|f| f as f32);
        step(&mut self.values, &mut self.first, &mut self.second, gradient, factors);
    }
}

wide! {
    fn step(values: &mut [f32], first: &mut [f32], second: &mut [f32], gradient: &[f32], factors: [f32; 2]) {
        let moments = first.iter_mut().zip(second);
        for ((value, g), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
            *m = BETA.0 * *m + (1.0 - BETA.0) * g;
            *v = BETA.1 * *v + (1.0 - BETA.1) * g * g;
            *value -= factors[0] * *m / ((factors[1] * *v).sqrt() + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_the_steps_of_the_published_algorithm() {
        let mut adam = Moments::at(vec![3.0, -2.0]);
        let (mut m, mut v, mut x) = ([0.0f64; 2], [0.0f64; 2], [3.0f64, -2.0]);
        for t in 1..=50 {
            let gradient = adam.values().iter().zip([2.0, 20.0]).map(|(x, c)| c * x).collect::<Vec<f32>>();
            adam.step(0.05, &gradient);
            for i in 0..2 {
                let g = [2.0, 20.0][i] * x[i];
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.999 * v[i] + 0.001 * g * g;
                x[i] -= 0.05 * (m[i] / (1.0 - 0.9f64.powi(t))) / ((v[i] / (1.0 - 0.999f64.powi(t))).sqrt() + 1e-8);
            }
        }
        for (single, double) in adam.values().iter().zip(x) {
            // Fifty roundings of 6e-8 of a few units.
            assert!((f64::from(*single) - double).abs() < 2e-5, "{single} {double}");
        }
    }
}
