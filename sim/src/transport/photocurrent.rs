//! Photocurrent collected by the built-in and the ionic field.
//!
//! ```text
//! I_ph = −q G L A η S(w),   S(w) = coth(w/2) − 2/w,   w = ((Vbi − V_j)/VT + U)/2
//! ```
//!
//! with the generation G (m⁻³ s⁻¹), the thickness L (m), the collecting area A (m²) and the efficiency η.
//!
//! Source: form of Sokel & Hughes, J. Appl. Phys. 53, 7414 (1982), doi:10.1063/1.330111, for a uniformly
//! illuminated insulator between blocking contacts; the argument averages the electrode and the bulk field and is a choice
//! that follows drift–diffusion. The magnitude never exceeds q G L A. Ignores recombination, so it is linear in the light.

/// S(w) and S′(w): the collected share, odd, between −1 and 1, w/6 near 0.
pub fn collected_share(w: f64) -> (f64, f64) {
    if w.abs() < 0.1 {
        let w2 = w * w;
        let value = w * (1.0 / 6.0 - w2 * (1.0 / 360.0 - w2 / 15_120.0));
        return (value, 1.0 / 6.0 - w2 * (1.0 / 120.0 - w2 / 3024.0));
    }
    let coth = 1.0 / (0.5 * w).tanh();
    (coth - 2.0 / w, 0.5 * (1.0 - coth * coth) + 2.0 / (w * w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bounded_and_smooth_across_the_series() {
        let mut last = -1.0;
        for i in -4000..4000 {
            let w = f64::from(i) * 0.0137 + 0.0001;
            let (s, slope) = collected_share(w);
            assert!(s > last && s.abs() < 1.0 && slope > 0.0, "w = {w}");
            assert!((s + collected_share(-w).0).abs() < 1e-15);
            let h = 1e-4;
            let difference = (collected_share(w + h).0 - collected_share(w - h).0) / (2.0 * h);
            // coth cancels 2/w near 0: eps·(2/w)/h of the difference is rounding, 4e-11 at the seam.
            assert!((difference - slope).abs() < 1e-9, "w = {w}: {slope} {difference}");
            last = s;
        }
    }
}
