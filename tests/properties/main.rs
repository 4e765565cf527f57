//! Laws that must hold for every film and every location, numbered as in the physics specification.

mod dark;
mod light;
#[path = "../golden/loops.rs"]
mod loops;
mod rates;
mod recorded;
mod structure;
