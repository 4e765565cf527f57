//! Comparing strategies: the same films, the same noise at the same spot, the same first location, for every strategy.
//!
//! A [`Plan`] lists cases (scenarios), strategies and seeds; [`run()`] plays what is missing on all cores and keeps every
//! finished exploration as a file, so that it can be interrupted and continued; [`Table`] turns the outcomes into means and
//! paired differences.

mod plan;
mod run;
mod store;
mod table;
mod text;

pub(crate) use plan::seeds;
pub use plan::{Case, Named, Plan, Wanted};
pub use run::run;
pub use store::{Outcome, Store};
pub use table::{Difference, Row, Table};
pub use text::text;
