//! Minimisers for a few parameters with gradients: Adam and L-BFGS.
//!
//! Adam: Kingma & Ba, ICLR 2015, arXiv:1412.6980, algorithm 1 (β₁ = 0.9, β₂ = 0.999, ε = 1e-8). L-BFGS: two-loop recursion,
//! Nocedal & Wright, *Numerical Optimization*, 2nd ed., algorithm 7.4, with backtracking to sufficient decrease
//! (ibid. eq. 3.6a, c₁ = 1e-4). Neither promises a global minimum.

use std::collections::VecDeque;

/// State of Adam for a fixed number of parameters.
#[derive(Clone, Debug)]
pub struct Adam {
    rate: f64,
    steps: i32,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Adam {
    /// A fresh state for `parameters` parameters at a learning rate.
    pub fn new(parameters: usize, rate: f64) -> Self {
        Self { rate, steps: 0, first: vec![0.0; parameters], second: vec![0.0; parameters] }
    }

    /// One step down the gradient.
    pub fn step(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        const BETA: (f64, f64) = (0.9, 0.999);
        self.steps += 1;
        let correction = (1.0 - BETA.0.powi(self.steps), 1.0 - BETA.1.powi(self.steps));
        for (i, (p, g)) in parameters.iter_mut().zip(gradient).enumerate() {
            self.first[i] = BETA.0 * self.first[i] + (1.0 - BETA.0) * g;
            self.second[i] = BETA.1 * self.second[i] + (1.0 - BETA.1) * g * g;
            *p -= self.rate * (self.first[i] / correction.0) / ((self.second[i] / correction.1).sqrt() + 1e-8);
        }
    }
}

/// Pairs of steps and gradient changes that L-BFGS remembers.
const MEMORY: usize = 8;

/// Minimises `objective` from `start`. `objective` returns value and gradient, or `None` where it is not defined
/// (the line search then steps back). Returns the best point and its value, or `None` if the start is not defined.
///
/// Stops after `iterations`, when the largest gradient entry is below 1e-5, or when a step gains less than
/// 1e-7: log densities are of order 1 to 1000 nats, and no decision hangs on less.
pub fn lbfgs(
    start: &[f64],
    iterations: usize,
    mut objective: impl FnMut(&[f64]) -> Option<(f64, Vec<f64>)>,
) -> Option<(Vec<f64>, f64)> {
    let mut x = start.to_vec();
    let (mut value, mut gradient) = objective(&x).filter(defined)?;
    let mut pairs: VecDeque<(Vec<f64>, Vec<f64>)> = VecDeque::new();
    for _ in 0..iterations {
        if gradient.iter().all(|g| g.abs() < 1e-5) {
            break;
        }
        let mut direction = direction(&gradient, &pairs);
        let mut descent = dot(&direction, &gradient);
        if descent >= 0.0 {
            pairs.clear();
            direction = gradient.iter().map(|g| -g).collect();
            descent = -dot(&gradient, &gradient);
        }
        // Parameters are logarithms: a first step of more than e² in any of them is never wanted.
        let longest = direction.iter().fold(0.0f64, |m, d| m.max(d.abs()));
        let first = if pairs.is_empty() { 1.0f64.min(0.5 / longest) } else { 1.0f64.min(2.0 / longest) };
        let Some((next, next_value, next_gradient)) = (0..25).find_map(|halvings| {
            let step = first * 0.5f64.powi(halvings);
            let next: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| x + step * d).collect();
            let (v, g) = objective(&next).filter(defined)?;
            (v <= value + 1e-4 * step * descent).then_some((next, v, g))
        }) else {
            break;
        };
        let s: Vec<f64> = next.iter().zip(&x).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        // Only pairs with positive curvature keep the implied Hessian positive definite.
        if dot(&s, &y) > 1e-12 * dot(&y, &y) {
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            pairs.push_back((s, y));
        }
        let gain = value - next_value;
        (x, value, gradient) = (next, next_value, next_gradient);
        if gain < 1e-7 {
            break;
        }
    }
    Some((x, value))
}

fn defined((value, gradient): &(f64, Vec<f64>)) -> bool {
    value.is_finite() && gradient.iter().all(|g| g.is_finite())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn direction(gradient: &[f64], pairs: &VecDeque<(Vec<f64>, Vec<f64>)>) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.to_vec();
    let mut coefficients = Vec::with_capacity(pairs.len());
    for (s, y) in pairs.iter().rev() {
        let a = dot(s, &q) / dot(s, y);
        q.iter_mut().zip(y).for_each(|(q, y)| *q -= a * y);
        coefficients.push(a);
    }
    if let Some((s, y)) = pairs.back() {
        let scale = dot(s, y) / dot(y, y);
        for q in &mut q {
            *q *= scale;
        }
    }
    for ((s, y), a) in pairs.iter().zip(coefficients.into_iter().rev()) {
        let b = dot(y, &q) / dot(s, y);
        q.iter_mut().zip(s).for_each(|(q, s)| *q += (a - b) * s);
    }
    q.into_iter().map(|q| -q).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rosenbrock(x: &[f64]) -> (f64, Vec<f64>) {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b])
    }

    #[test]
    fn lbfgs_finds_the_bottom_of_a_curved_valley() {
        let (x, value) = lbfgs(&[-1.2, 1.0], 200, |x| Some(rosenbrock(x))).expect("defined");
        // The stop at a gain of 1e-7 leaves about its square root in the parameters along the valley.
        assert!(value < 1e-6 && (x[0] - 1.0).abs() < 2e-3 && (x[1] - 1.0).abs() < 4e-3, "{x:?} {value}");
    }

    #[test]
    fn undefined_regions_are_stepped_back_from() {
        // ln is undefined below zero; minimum of x - ln x is at 1.
        let f = |x: &[f64]| (x[0] > 0.0).then(|| (x[0] - x[0].ln(), vec![1.0 - 1.0 / x[0]]));
        let (x, _) = lbfgs(&[5.0], 100, f).expect("defined");
        assert!((x[0] - 1.0).abs() < 1e-3, "{x:?}");
        assert!(lbfgs(&[-1.0], 100, f).is_none());
    }

    #[test]
    fn adam_moves_by_the_rate_at_first_and_reaches_a_bowl() {
        let mut adam = Adam::new(2, 0.05);
        let mut x = [3.0, -2.0];
        let gradient = |x: &[f64; 2]| [2.0 * x[0], 20.0 * x[1]];
        adam.step(&mut x, &gradient(&[3.0, -2.0]));
        assert!((x[0] - 2.95).abs() < 1e-9 && (x[1] + 1.95).abs() < 1e-9);
        for _ in 0..2000 {
            let g = gradient(&x);
            adam.step(&mut x, &g);
        }
        assert!(x.iter().all(|v| v.abs() < 1e-3), "{x:?}");
    }
}
