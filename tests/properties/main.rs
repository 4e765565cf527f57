//! Laws that must hold for every film and every location, numbered as in the physics specification.

mod accuracy;
mod dark;
mod history;
mod imaging;
mod light;
#[path = "../golden/loops.rs"]
mod loops;
mod memory;
mod rates;
mod recorded;
mod space_charge;
mod structure;
