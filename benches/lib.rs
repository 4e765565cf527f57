//! Criterion suites: `cargo bench --workspace --bench film`. `film` times the twin, `large` its memory and time up to
//! 4096 × 4096 pixels, `decision` the learners, `scale` time and memory of tiptwin's up to 2048 × 2048 pixels and 2,000 points, `reference`
//! the published one against the arithmetic it needs.
//!
//! Machines differ and are noisy: compare numbers of one run only.
