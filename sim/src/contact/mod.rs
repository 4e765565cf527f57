//! The contact between tip and film, and what measuring does to both.
//!
//! [`state`] says whether there is a contact at all, [`wear`] how the tip ages, [`damage`] what a sweep leaves in the film. Each
//! can be switched off; then nothing depends on what was measured before.

pub mod damage;
pub mod state;
pub mod wear;

pub use damage::{Damage, DamageSettings};
pub use state::{Contact, ContactSettings};
pub use wear::{TipState, WearSettings};
