//! Neural networks: the only room that names the network library (burn), so that replacing it touches one place.
//!
//! A [`ComputeDevice`] says where a network computes; the choice is made when the program runs, among what was
//! compiled in. An [`Mlp`] is a stack of dense layers with weights from our own random stream. It is trained from
//! outside: whoever owns the objective hands in ∂objective/∂output for each row, and burn's automatic
//! differentiation carries it to the weights. A [`Vae`] learns by itself what patches of an image have in common.

#![expect(clippy::needless_pass_by_value, reason = "array views are two words and are passed by value everywhere")]

mod adam;
#[cfg(test)]
mod backends;
pub mod device;
pub mod mlp;
pub mod reshednet;
mod spatial;
pub mod vae;
mod vae_file;
mod vae_patches;
mod vae_spec;

pub use device::{ComputeDevice, DeviceError};
pub use mlp::{Activation, Mlp, MlpSpec};
pub use reshednet::{ResHedNet, ResHedNetSpec};
pub use vae::{Codes, Epoch, Vae, VaeError};
pub use vae_file::Provenance;
pub use vae_patches::{standardise, standardised};
pub use vae_spec::VaeSpec;
