//! The few statistics that the statements need, one per file: effect sizes within a film, and tests across films.

pub mod intraclass;
pub mod ranks;
pub mod sign;
pub mod superiority;
