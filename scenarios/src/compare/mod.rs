//! Comparing strategies: the same films, the same noise at the same spot, the same first location, for every strategy.
//!
//! A [`Plan`] lists cases (scenarios), strategies and seeds; [`run()`] plays what is missing on all cores and keeps every
//! finished exploration as a file, so that it can be interrupted and continued; [`Table`] turns the outcomes into means, paired
//! differences, learning curves and what they cost. [`Alteration`] has the controls, and the faults that gates are tried on.

mod altered;
mod control;
mod cost;
mod curves;
mod differences;
mod enrichment;
mod export;
mod factors;
mod grouped;
mod label;
mod plan;
mod prepared;
mod reach;
mod rehearsed;
mod run;
mod store;
mod table;
#[cfg(test)]
pub(crate) mod test_data;
mod text;

pub use altered::{Alteration, STALE_AFTER};
pub use control::{Control, Controlled};
pub use cost::Cost;
pub use curves::{Calibration, Curve};
pub use differences::Difference;
pub use enrichment::{BeyondHabit, Enriched};
pub(crate) use export::columns;
pub use export::parquet;
pub use factors::{Factors, Needed};
pub use label::Named;
pub use plan::{Case, Plan, Wanted};
pub(crate) use plan::{fingerprint, seeds};
pub(crate) use prepared::Prepared;
pub use reach::{NRMSE_TARGETS, Reach, Reached};
pub use run::run;
pub use store::{Outcome, Store};
pub(crate) use store::{build, hex};
pub use table::{Row, Table};
pub use text::text;

#[cfg(test)]
mod tests;
