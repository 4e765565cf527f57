//! Numbers that were worked out elsewhere, which the simulator must reproduce, each with its tolerance.

mod descriptors;
mod drift_diffusion;
mod families;
mod film;
mod loops;
mod percentiles;
mod places;
mod transport;
