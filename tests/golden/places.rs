//! Where films are read.

use tiptwin_instrument::Position;

/// Locations spread evenly over a film of edge `side` (m) by the additive recurrence of the plastic number (Roberts 2018).
pub(crate) fn spread(side: f64, count: usize) -> impl Iterator<Item = Position> {
    let along = move |i: usize, step: f64| side * (i as f64 * step).fract();
    (1..=count).map(move |i| Position::new(along(i, 0.754_877_666_246_693), along(i, 0.569_840_290_998_053)))
}
