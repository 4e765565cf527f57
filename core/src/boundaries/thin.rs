//! Lines of one pixel from bands: the thinning of Zhang & Suen, Commun. ACM 27, 236 (1984).
//!
//! Border pixels are taken off from two opposite sides in turn, unless that would break or shorten a line, until nothing changes. What remains is
//! connected as the band was, in the middle of it.

use ndarray::Array2;

/// The eight neighbours of a pixel, clockwise from the one above.
pub(super) const AROUND: [(isize, isize); 8] = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)];

/// The neighbour of a pixel inside the image.
pub(super) fn beside(dim: (usize, usize), at: (usize, usize), by: (isize, isize)) -> Option<(usize, usize)> {
    let (r, c) = (at.0.checked_add_signed(by.0)?, at.1.checked_add_signed(by.1)?);
    (r < dim.0 && c < dim.1).then_some((r, c))
}

fn around(mask: &Array2<bool>, at: (usize, usize)) -> [bool; 8] {
    AROUND.map(|by| beside(mask.dim(), at, by).is_some_and(|p| mask[p]))
}

/// The mask thinned to lines.
pub fn thinned(mask: &Array2<bool>) -> Array2<bool> {
    let mut mask = mask.clone();
    let mut on: Vec<(usize, usize)> = mask.indexed_iter().filter(|(_, m)| **m).map(|(p, _)| p).collect();
    loop {
        let before = on.len();
        for second in [false, true] {
            let gone: Vec<(usize, usize)> =
                on.iter().copied().filter(|&p| removable(around(&mask, p), second)).collect();
            for &p in &gone {
                mask[p] = false;
            }
            on.retain(|&p| mask[p]);
        }
        if on.len() == before {
            return mask;
        }
    }
}

fn removable(n: [bool; 8], second: bool) -> bool {
    let count = n.iter().filter(|v| **v).count();
    let crossings = (0..8).filter(|&k| !n[k] && n[(k + 1) % 8]).count();
    let [up, right, down, left] = [n[0], n[2], n[4], n[6]];
    let kept = if second { up && left && (right || down) } else { right && down && (up || left) };
    (2..=6).contains(&count) && crossings == 1 && !kept
}

/// Every pixel with one of the mask within a squared distance in pixels.
pub fn dilated(mask: &Array2<bool>, within: usize) -> Array2<bool> {
    let (rows, cols) = mask.dim();
    let reach = within.isqrt() as isize;
    let near: Vec<(isize, isize)> = (-reach..=reach)
        .flat_map(|y| (-reach..=reach).map(move |x| (y, x)))
        .filter(|(y, x)| (y * y + x * x) as usize <= within)
        .collect();
    let mut out = Array2::from_elem((rows, cols), false);
    for (at, _) in mask.indexed_iter().filter(|(_, m)| **m) {
        near.iter().filter_map(|&by| beside((rows, cols), at, by)).for_each(|p| out[p] = true);
    }
    out
}

/// Groups of pixels that touch along sides or at corners, each in the order of rows.
pub fn components(mask: &Array2<bool>) -> Vec<Vec<(usize, usize)>> {
    components_where(mask, |_, _| true)
}

/// Groups of pixels that touch and are linked.
pub(super) fn components_where(
    mask: &Array2<bool>,
    linked: impl Fn((usize, usize), (usize, usize)) -> bool,
) -> Vec<Vec<(usize, usize)>> {
    let mut open = mask.clone();
    let mut groups = Vec::new();
    for (start, _) in mask.indexed_iter().filter(|(_, m)| **m) {
        if !std::mem::take(&mut open[start]) {
            continue;
        }
        let mut group = vec![start];
        let mut next = 0;
        while next < group.len() {
            let at = group[next];
            next += 1;
            for to in AROUND.iter().filter_map(|&by| beside(mask.dim(), at, by)) {
                if open[to] && linked(at, to) {
                    open[to] = false;
                    group.push(to);
                }
            }
        }
        group.sort_unstable();
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bar_becomes_its_middle_line() {
        let bar = Array2::from_shape_fn((11, 30), |(r, c)| (4..7).contains(&r) && (3..27).contains(&c));
        let line = thinned(&bar);
        let rows: Vec<usize> = line.indexed_iter().filter(|(_, m)| **m).map(|((r, _), _)| r).collect();
        assert!(rows.iter().all(|r| *r == 5), "{rows:?}");
        assert!(rows.len() >= 21, "the ends lose no more than the half width: {}", rows.len());
    }

    proptest! {
        #[test]
        fn prop_thinning_keeps_pieces_together_and_adds_nothing(bits in prop::collection::vec(any::<bool>(), 14 * 17)) {
            let mask = Array2::from_shape_vec((14, 17), bits).expect("shape");
            let line = thinned(&mask);
            prop_assert!(line.iter().zip(&mask).all(|(l, m)| !l || *m));
            // Small blocks may dissolve, which the published rule is known for; nothing breaks in two.
            prop_assert!(components(&line).len() <= components(&mask).len());
            prop_assert_eq!(thinned(&line), line);
        }
    }
}
