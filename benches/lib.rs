//! Criterion suites: `cargo bench -p tiptwin-benches`. `film` times the twin, `decision` the learners.
//!
//! Machines differ and are noisy: compare numbers of one run only.
