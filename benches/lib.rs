//! Criterion suites: `cargo bench --workspace --bench film`. `film` times the twin, `large` its memory and time up to
//! 4096 × 4096 pixels, `decision` the learners.
//!
//! Machines differ and are noisy: compare numbers of one run only.
