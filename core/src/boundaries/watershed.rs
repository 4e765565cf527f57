//! Grains as what water would not flow between: the watershed, with shallow basins joined.
//!
//! Pixels are taken from the highest down. One without higher neighbours begins a basin (here: a grain under its top); any other belongs to the basin of
//! its highest neighbour, and where basins meet, those that rise above the meeting place by less than `depth` are joined to the higher one
//! (watershed by flooding: Vincent & Soille, IEEE PAMI 13, 583 (1991); joining by depth is the persistence of Edelsbrunner et al., Discrete Comput.
//! Geom. 28, 511 (2002)).

use super::thin::{AROUND, beside};
use ndarray::Array2;

/// Id of the basin at every pixel.
pub(super) fn basins(height: &Array2<f64>, depth: f64) -> Array2<u32> {
    let dim = height.dim();
    let mut order: Vec<(usize, usize)> = height.indexed_iter().map(|(p, _)| p).collect();
    order.sort_by(|a, b| height[*b].total_cmp(&height[*a]));
    let mut label = Array2::from_elem(dim, u32::MAX);
    let (mut parent, mut top): (Vec<u32>, Vec<f64>) = (Vec::new(), Vec::new());
    for at in order {
        let here = height[at];
        let mut near: Vec<u32> = AROUND
            .iter()
            .filter_map(|&by| beside(dim, at, by))
            .map(|p| label[p])
            .filter(|l| *l != u32::MAX)
            .map(|l| root(&mut parent, l))
            .collect();
        near.sort_unstable();
        near.dedup();
        // The basin with the highest top; among equals, the first.
        let Some(&best) = near.iter().max_by(|a, b| top[**a as usize].total_cmp(&top[**b as usize]).then(b.cmp(a)))
        else {
            label[at] = parent.len() as u32;
            parent.push(label[at]);
            top.push(here);
            continue;
        };
        for &other in near.iter().filter(|&&l| l != best && top[l as usize] - here < depth) {
            parent[other as usize] = best;
        }
        let steepest = AROUND.iter().filter_map(|&by| beside(dim, at, by)).filter(|&p| label[p] != u32::MAX);
        let steepest = steepest.max_by(|a, b| height[*a].total_cmp(&height[*b])).map_or(best, |p| label[p]);
        label[at] = root(&mut parent, steepest);
    }
    label.mapv(|l| root(&mut parent, l))
}

fn root(parent: &mut [u32], mut id: u32) -> u32 {
    while parent[id as usize] != id {
        parent[id as usize] = parent[parent[id as usize] as usize];
        id = parent[id as usize];
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Two hills of heights 1 and 0.6 with a pass at 0.5 between them.
    fn hills() -> Array2<f64> {
        Array2::from_shape_fn((9, 21), |(r, c)| {
            let ridge = if c <= 10 {
                1.0 - 0.5 * (c as f64 - 5.0).abs() / 5.0
            } else {
                0.6 - 0.1 * (c as f64 - 15.0).abs() / 5.0
            };
            ridge - 0.01 * (r as f64 - 4.0).abs()
        })
    }

    #[test]
    fn hills_are_apart_until_the_pass_between_them_is_too_shallow() {
        let ids = |depth| basins(&hills(), depth).iter().copied().collect::<BTreeSet<u32>>().len();
        assert_eq!(ids(0.05), 2);
        assert_eq!(ids(0.2), 1, "the lower hill rises above the pass by a tenth");
        let map = basins(&hills(), 0.05);
        assert!((0..9).all(|r| map[[r, 3]] == map[[4, 5]] && map[[r, 17]] == map[[4, 15]]));
    }
}
