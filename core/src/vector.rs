//! Loops that fill vector registers.
//!
//! A release build has to run on every machine of its kind, so the compiler may use only the registers that all of them have.
//! [`wide!`](wide) compiles its loops for the wider ones too and chooses when the program runs. No operation is reordered or
//! fused by that, so the bits are the same on all of them. Sums run in [`LANES`] parts for the same reason: their order is written down.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined into a `wide!` function is compiled for wide registers"
)]

/// Parts of a sum.
const LANES: usize = 8;

/// Defines functions that run with the widest registers that the machine has. In their loops they may call only what is inlined always:
/// anything else is compiled for the registers that all machines have.
macro_rules! wide {
    (@output) => { () };
    (@output $output:ty) => { $output };
    ($($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),*) $(-> $output:ty)? $body:block)*) => {$(
        $(#[$attribute])*
        $visibility fn $name($($argument: $type),*) $(-> $output)? {
            struct Call<A>(A);
            impl pulp::WithSimd for Call<($($type,)*)> {
                type Output = wide!(@output $($output)?);

                #[inline(always)]
                fn with_simd<S: pulp::Simd>(self, _: S) -> Self::Output {
                    let ($($argument,)*) = self.0;
                    $body
                }
            }
            pulp::Arch::new().dispatch(Call(($($argument,)*)))
        }
    )*};
}
pub(crate) use wide;

/// `eˣ` for x ≤ 0 to two units in the last place; below −708, where the result would lose digits, that of −708.
///
/// The library's function is a call, which no loop around it can be vectorised over. With `x = k ln 2 + r`, |r| ≤ ½ ln 2, `eˣ = 2ᵏ eʳ`;
/// the Taylor polynomial of degree 12 leaves r¹³/13! < 2e-16 (Muller, *Elementary Functions*, 3rd ed. 2016, §11.1, for the reduction
/// in two parts).
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    // Adding 1.5·2⁵² leaves the nearest integer in the last bits.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    // The upper part of ln 2 has 11 zeros at its end, so that its product with k is exact.
    const LN2: (f64, f64) = (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10);
    let x = if x < -708.0 { -708.0 } else { x };
    let shifted = x * std::f64::consts::LOG2_E + SHIFT;
    let k = shifted - SHIFT;
    let r = (x - k * LN2.0) - k * LN2.1;
    // 1/n!, n = 12 … 0, in pairs: r² between them halves the chain of dependent operations.
    let r2 = r * r;
    let even = 1.0 / 479_001_600.0;
    let even = even * r2 + 1.0 / 3_628_800.0;
    let even = even * r2 + 1.0 / 40_320.0;
    let even = even * r2 + 1.0 / 720.0;
    let even = even * r2 + 1.0 / 24.0;
    let even = even * r2 + 0.5;
    let odd = 1.0 / 39_916_800.0;
    let odd = odd * r2 + 1.0 / 362_880.0;
    let odd = odd * r2 + 1.0 / 5_040.0;
    let odd = odd * r2 + 1.0 / 120.0;
    let odd = odd * r2 + 1.0 / 6.0;
    let polynomial = 1.0 + (r + r2 * (even + r * odd));
    // The exponent of a number near one is 1023, to which k is added where exponents stand.
    f64::from_bits(polynomial.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// Adds `(x − a)²` for every x.
#[inline(always)]
pub(crate) fn add_squares(to: &mut [f64], xs: &[f64], a: f64) {
    for (to, x) in to.iter_mut().zip(xs) {
        *to += (x - a) * (x - a);
    }
}

/// Adds `w·x` for every x.
#[inline(always)]
pub(crate) fn add_scaled(to: &mut [f64], xs: &[f64], w: f64) {
    for (to, x) in to.iter_mut().zip(xs) {
        *to += w * x;
    }
}

/// `Σ aᵢ bᵢ`.
#[inline(always)]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (mut parts, mut rest, n) = ([0.0; LANES], 0.0, a.len().min(b.len()));
    let (a, b) = (a[..n].chunks_exact(LANES), b[..n].chunks_exact(LANES));
    for (a, b) in a.remainder().iter().zip(b.remainder()) {
        rest += a * b;
    }
    for (a, b) in a.zip(b) {
        for i in 0..LANES {
            parts[i] += a[i] * b[i];
        }
    }
    total(parts) + rest
}

/// `Σ wᵢ (xᵢ − a)²`.
#[inline(always)]
pub(crate) fn weighted_squares(weights: &[f64], xs: &[f64], a: f64) -> f64 {
    let (mut parts, mut rest, n) = ([0.0; LANES], 0.0, weights.len().min(xs.len()));
    let (weights, xs) = (weights[..n].chunks_exact(LANES), xs[..n].chunks_exact(LANES));
    for (w, x) in weights.remainder().iter().zip(xs.remainder()) {
        rest += w * (x - a) * (x - a);
    }
    for (w, x) in weights.zip(xs) {
        for i in 0..LANES {
            parts[i] += w[i] * (x[i] - a) * (x[i] - a);
        }
    }
    total(parts) + rest
}

/// `Σ wᵢ (xᵢ − a)`.
#[inline(always)]
pub(crate) fn weighted_differences(weights: &[f64], xs: &[f64], a: f64) -> f64 {
    let (mut parts, mut rest, n) = ([0.0; LANES], 0.0, weights.len().min(xs.len()));
    let (weights, xs) = (weights[..n].chunks_exact(LANES), xs[..n].chunks_exact(LANES));
    for (w, x) in weights.remainder().iter().zip(xs.remainder()) {
        rest += w * (x - a);
    }
    for (w, x) in weights.zip(xs) {
        for i in 0..LANES {
            parts[i] += w[i] * (x[i] - a);
        }
    }
    total(parts) + rest
}

#[inline(always)]
fn total(parts: [f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = parts;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

wide! {
    /// [`dot`], called from where nothing else is vectorised.
    pub(crate) fn wide_dot(a: &[f64], b: &[f64]) -> f64 {
        dot(a, b)
    }

    /// [`add_scaled`], called from where nothing else is vectorised.
    pub(crate) fn wide_add_scaled(to: &mut [f64], xs: &[f64], w: f64) {
        add_scaled(to, xs, w);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prop_exp_is_good_to_two_units_in_the_last_place(x in -708.0..0.0f64) {
            let exact = x.exp();
            prop_assert!((exp(x) - exact).abs() <= 2.0 * f64::EPSILON * exact, "{x}: {} against {exact}", exp(x));
        }

        #[test]
        fn prop_sums_are_those_of_the_plain_loops(
            pairs in proptest::collection::vec((-3.0..3.0f64, -3.0..3.0f64), 0..40), a in -2.0..2.0f64,
        ) {
            let (w, x): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
            // 40 terms of at most 75, each rounded to 1e-16.
            let plain: f64 = pairs.iter().map(|(w, x)| w * x).sum();
            prop_assert!((wide_dot(&w, &x) - plain).abs() < 1e-12);
            let plain: f64 = pairs.iter().map(|(w, x)| w * (x - a).powi(2)).sum();
            prop_assert!((weighted_squares(&w, &x, a) - plain).abs() < 1e-12);
            let plain: f64 = pairs.iter().map(|(w, x)| w * (x - a)).sum();
            prop_assert!((weighted_differences(&w, &x, a) - plain).abs() < 1e-12);
        }
    }

    #[test]
    fn exp_at_its_ends() {
        assert_eq!((exp(0.0), exp(-0.0)), (1.0, 1.0));
        assert!(exp(-1e9) < 1e-300 && exp(f64::NEG_INFINITY) > 0.0);
        assert!(exp(f64::NAN).is_nan(), "what is not a number must be seen");
    }

    #[test]
    fn wide_registers_change_no_bit() {
        let x: Vec<f64> = (0..101).map(|i| -0.37 * f64::from(i)).collect();
        let plain: Vec<u64> = x.iter().map(|x| exp(*x).to_bits()).collect();
        wide! {
            fn all(x: &mut [f64]) {
                for x in x {
                    *x = exp(*x);
                }
            }
        }
        let mut wide = x.clone();
        all(&mut wide);
        assert!(wide.iter().zip(&plain).all(|(a, b)| a.to_bits() == *b));
        assert_eq!(wide_dot(&x, &x).to_bits(), dot(&x, &x).to_bits());
    }
}
