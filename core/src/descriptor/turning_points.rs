//! Where a bias programme turns round.
//!
//! Curves are read from their own bias column, so a triangle, a sweep to both polarities, a family of growing loops and a
//! recording from elsewhere are told apart by what the bias did, not by what a file says it did.

/// A reversal smaller than this share of the largest |V| is jitter of a recorded bias, not a turning point.
const JITTER: f64 = 0.01;

/// Indices of the first sample, every turning point and the last sample, ascending.
///
/// Of equal extreme samples (a dwell) the first counts. One sample or none gives itself.
pub(super) fn turning_points(bias_v: &[f64]) -> Vec<usize> {
    let Some(last) = bias_v.len().checked_sub(1) else { return Vec::new() };
    let jitter_v = JITTER * bias_v.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    let mut points = vec![0];
    // Candidates for the next maximum and minimum since the last point; whichever is left by more than the jitter is real.
    let (mut high, mut low) = (0, 0);
    let mut rising = None;
    for (i, &v) in bias_v.iter().enumerate() {
        if v > bias_v[high] {
            high = i;
        }
        if v < bias_v[low] {
            low = i;
        }
        let (left_high, left_low) = (bias_v[high] - v > jitter_v, v - bias_v[low] > jitter_v);
        match rising {
            None | Some(true) if left_high => {
                if rising.is_some() {
                    points.push(high);
                }
                rising = Some(false);
                low = i;
            }
            None | Some(false) if left_low => {
                if rising.is_some() {
                    points.push(low);
                }
                rising = Some(true);
                high = i;
            }
            _ => {}
        }
    }
    if last > points[points.len() - 1] {
        points.push(last);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Straight lines between corners, in steps of 10 mV.
    fn path(corners_v: &[f64]) -> Vec<f64> {
        let mut bias_v = vec![corners_v[0]];
        for w in corners_v.windows(2) {
            let steps = ((w[1] - w[0]).abs() / 0.01).round();
            bias_v.extend((1..=steps as usize).map(|i| w[0] + (w[1] - w[0]) * i as f64 / steps));
        }
        bias_v
    }

    #[test]
    fn every_corner_of_common_programmes_is_found() {
        for corners_v in [
            &[0.0, 1.5, 0.0][..],
            &[0.0, -1.5, 0.0],
            &[0.0, 1.5, -1.5, 0.0],
            &[-1.0, 1.0, -1.0],
            &[0.0, 0.25, 0.0, 0.5, 0.0, 0.75, 0.0],
            &[0.0, 1.0],
        ] {
            let bias_v = path(corners_v);
            let found: Vec<f64> = turning_points(&bias_v).into_iter().map(|i| bias_v[i]).collect();
            assert_eq!(found.len(), corners_v.len(), "{corners_v:?}: {found:?}");
            assert!(found.iter().zip(corners_v).all(|(a, b)| (a - b).abs() < 1e-12), "{corners_v:?}: {found:?}");
        }
    }

    #[test]
    fn read_back_jitter_is_no_corner() {
        let mut bias_v = path(&[0.0, 1.5, 0.0]);
        for (i, v) in bias_v.iter_mut().enumerate() {
            *v += if i % 2 == 0 { 0.004 } else { -0.004 };
        }
        assert_eq!(turning_points(&bias_v).len(), 3);
        assert_eq!(turning_points(&[]), Vec::<usize>::new());
        assert_eq!(turning_points(&[0.3]), vec![0]);
    }
}
