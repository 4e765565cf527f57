//! The pages people look at before they read: one self-contained HTML file per run and per film.
//!
//! A page is a function from a plain struct to text: it opens no file, reads no clock and needs no network. The
//! page of a run ([`render`]) begins with three numbers, then shows what the microscope
//! saw, what the model believes, what it is worth, and how it was made; `boundaries` is its part about a run on grain boundaries. [`film`] shows a simulated film with its
//! truth, [`compare`] strategies beside each other, [`side_by_side`] several runs, [`iv`] current-voltage curves as a picture of their own, [`iv_page`] as a page. Every text that comes from outside is escaped.

mod boundaries;
mod check;
pub mod compare;
mod distribution;
pub mod family;
mod figures;
pub mod film;
pub mod forensics;
mod further;
mod headline;
mod html;
mod input;
pub mod iv;
pub mod iv_page;
mod looks;
mod maps;
mod methods;
mod run_page;
pub mod side_by_side;
pub mod structure;
mod tables;
#[cfg(test)]
mod test_data;

pub(crate) use boundaries::{Visits, boundary_lines};
pub use check::ReportError;
pub(crate) use headline::capitalised;
pub(crate) use html::{PAGE_STYLE, definitions, details, escape, figure, grid, page, panel, section, words};
pub(crate) use input::learnt;
pub use input::{
    BoundaryReport, CurveVariation, FurtherReport, IvExample, Outcome, Pick, Prediction, Region, ReportInput, TruthKind,
};
pub(crate) use iv::log_range;
pub use run_page::render;
