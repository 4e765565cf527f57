//! The command line: arguments in, one exit code out.
//!
//! Data go to standard output, progress and messages to standard error. Exit codes: 0 done, 2 usage, 3 scenario or input invalid,
//! 4 quality gate failed, 5 instrument fault (made safe), 6 link, 7 resume refused, 130/143 stopped by a signal (made safe).

mod args;
mod boundaries;
mod boundaries_args;
mod campaign;
mod campaign_args;
mod campaign_slurm;
mod compare;
mod config;
mod demo;
mod descriptors;
mod doctor;
mod emulate;
mod error;
mod explore;
mod export;
mod family;
mod film;
mod forensics;
mod gate;
mod gate_args;
mod gate_speed;
mod inspect;
mod instrument;
mod instrument_args;
mod iv;
mod link;
mod link_decisions;
mod link_door;
mod link_instrument;
mod link_mlsocket;
mod place;
mod printer;
mod report;
mod resume;
mod twin;
mod validate;
mod watch;

use args::{Arguments, Command};
use clap::Parser;
use printer::Printer;
use std::process::ExitCode;

/// Reads the arguments, does what they say, and returns the exit code.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let printer = Printer::new(arguments.json, arguments.quiet);
    if let Some(threads) = arguments.threads
        && let Err(e) = rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global()
    {
        return printer.fail(&error::CommandError::usage(format!("cannot use {threads} threads: {e}")));
    }
    let result = match &arguments.command {
        Command::Demo(a) => demo::demo(a, &printer),
        Command::Film(a) if a.validate => validate::validate(a, &printer),
        Command::Film(a) => film::film(a, &printer),
        Command::Iv(a) => iv::iv(a, &printer),
        Command::Descriptors(a) => descriptors::descriptors(a, &printer),
        Command::Twin => {
            twin::twin(&printer);
            Ok(())
        }
        Command::Explore(a) => explore::explore(a, &printer),
        Command::Resume(a) => resume::resume(a, &printer),
        Command::Watch(a) => watch::watch(a, &printer),
        Command::Compare(a) => compare::compare(a, &printer),
        Command::Boundaries(a) => boundaries::boundaries(a, &printer),
        Command::Campaign(a) => campaign::campaign(a, &printer),
        Command::Forensics(a) => forensics::forensics(a, &printer),
        Command::Gate(a) => gate::gate(a, &printer),
        Command::Export(a) => export::export(a, &printer),
        Command::Inspect(a) => inspect::inspect(a, &printer),
        Command::Report(a) => report::report(a, &printer),
        Command::Instrument(a) => instrument::instrument(a, &printer),
        Command::Link(a) => link::link(a, &printer),
        Command::Config(a) => config::config(a, &printer),
        Command::Doctor => {
            doctor::doctor(&printer);
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => printer.fail(&error),
    }
}
