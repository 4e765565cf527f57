//! The messages as they travel: code made from `proto/`, see `tests/architecture`.

/// Package `tiptwin.decision.v1`.
#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated; which lints it meets depends on the generator"
)]
pub mod decision {
    include!("generated/tiptwin.decision.v1.rs");
}

/// Package `tiptwin.instrument.v1`.
#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated; which lints it meets depends on the generator"
)]
pub mod instrument {
    include!("generated/tiptwin.instrument.v1.rs");
}
