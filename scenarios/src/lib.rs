//! tiptwin's composition root: scenario files, runs, reports, and the command line.
//!
//! This is the only room that knows all the others. [`config`] turns a scenario file into checked settings, [`run`] performs
//! it and leaves a run folder, [`report`] and [`picture`] show what is in one, and `command` holds the command line.
//!
//! To use a strategy of your own, implement [`tiptwin_core::Strategy`] and hand it to [`run::explore`] as a
//! [`run::Contender`]; `scenarios/examples/own_strategy.rs` is a worked example.

pub mod boundaries;
pub mod campaign;
pub mod command;
pub mod compare;
pub mod config;
pub mod export;
pub mod forensics;
pub mod gate;
pub mod link;
pub mod live;
pub mod picture;
pub mod progress;
pub mod report;
pub mod run;
pub mod validate;
