//! `tiptwin demo`: the main job on the embedded twin, with nothing to prepare.

use super::args::DemoArgs;
use super::error::CommandError;
use super::explore::{perform, text};
use super::printer::Printer;
use crate::config::Scenario;
use crate::run::Contender;
use std::path::Path;
use tiptwin_core::net::ComputeDevice;

const SCENARIO: &str = include_str!("../../library/demo.toml");

pub(super) fn demo(arguments: &DemoArgs, printer: &Printer) -> Result<(), CommandError> {
    let mut scenario = Scenario::parse("demo", "demo.toml", SCENARIO, Path::new("."), &[])?;
    scenario.explore.seed = Some(arguments.seed);
    let contender = Contender::named(&scenario.explore, arguments.seed, ComputeDevice::default())?;
    let summary = perform(&scenario, contender, arguments.seed, (&arguments.out, arguments.live.live), printer)?;
    printer.result("demo", &summary, &text(&summary, &arguments.out));
    Ok(())
}
