//! How a current comes about at one location of the film.
//!
//! The tip injects holes through a contact barrier into a film whose iodide vacancies move slowly and pile up at both
//! contacts. Their charge shapes the potential that the holes see: hysteresis is nothing but this charge lagging behind
//! the bias. Each law has its own file ([`debye_layer`], [`dawson`], [`injection`], [`photocurrent`], [`illumination`]);
//! [`mod@column`] solves them together at one sample and [`sweep()`] walks a bias programme.
//!
//! Everything here is a pure function of a [`Site`], the light and the [`Constants`].

pub mod column;
pub mod constants;
pub mod dawson;
pub mod debye_layer;
pub mod illumination;
pub mod injection;
pub mod persistence;
pub mod photocurrent;
mod site;
pub mod space_charge;
mod sweep;

pub use column::{Column, State};
pub use constants::Constants;
pub use persistence::LightMemory;
pub use site::Site;
pub use sweep::{Lighting, Sweep, rest, sweep, sweep_from, sweep_under};
