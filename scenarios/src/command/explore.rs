//! `tiptwin explore`: carry out a scenario.

use super::args::ExploreArgs;
use super::error::CommandError;
use super::printer::Printer;
use crate::config::Scenario;
use crate::live::{Server, Token};
use crate::progress::Progress;
use crate::run::{self, Contender, RunError, Stopper, Summary};
use rand::Rng;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tiptwin_instrument::units::engineering;

pub(super) fn explore(arguments: &ExploreArgs, printer: &Printer) -> Result<(), CommandError> {
    let mut scenario = Scenario::load(&arguments.scenario, &arguments.set)?;
    let seed = arguments.seed.or(scenario.explore.seed).unwrap_or_else(|| {
        // 53 bits survive every JSON reader.
        let drawn = rand::rng().next_u64() >> 11;
        printer.progress().note(&format!("seed {drawn} was drawn; repeat this run with --seed {drawn}"));
        drawn
    });
    scenario.explore.seed = Some(seed);
    arguments.device.name().clone_into(&mut scenario.invocation.device);
    scenario.invocation.arm.clone_from(&arguments.arm);
    for warning in &scenario.warnings {
        printer.progress().note(&format!("warning: {warning}"));
    }
    let contender = Contender::named(&scenario.explore, seed, arguments.device)?;
    if arguments.dry_run {
        let plan = run::dry_run(&scenario, contender, seed)?;
        let text = plan.text.clone();
        printer.result("explore", serde_json::json!({"dry_run": text, "plan": plan, "seed": seed}), &text);
        return Ok(());
    }
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from("out").join(&scenario.name));
    let summary = perform(&scenario, contender, seed, (&out, arguments.live.live), printer)?;
    printer.result("explore", &summary, &text(&summary, &out));
    Ok(())
}

/// How long pages may take for what they want to keep of a run that has ended.
const FAREWELL: Duration = Duration::from_secs(3);

/// Runs with signals caught: the first one ends the run in order, with the instrument made safe. With a port, a live page shows it.
pub(super) fn perform(
    scenario: &Scenario,
    contender: Contender,
    seed: u64,
    (out, live): (&Path, Option<u16>),
    printer: &Printer,
) -> Result<Summary, CommandError> {
    let stopper = catch_signals()?;
    let Some(port) = live else {
        return Ok(run::explore(scenario, contender, seed, out, printer.progress(), &stopper)?);
    };
    let folder = Arc::new(OnceLock::new());
    let server = Server::start(port, folder.clone(), Token::draw())?;
    // Without the address there is no page, so it is said even where progress is not.
    Progress::Lines.note(&format!("live page: {}", server.url()));
    let result = run::explore_watched(scenario, contender, seed, (out, &folder), printer.progress(), &stopper);
    server.leave(FAREWELL);
    Ok(result?)
}

/// A stopper that the first SIGINT or SIGTERM sets. A second one ends the process, once what holds an instrument has made it safe.
pub(super) fn catch_signals() -> Result<Stopper, CommandError> {
    let stopper = Stopper::default();
    let listening = |e| RunError::Input(format!("cannot listen to signals: {e}"));
    let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM])
        .map_err(listening)?;
    let told = stopper.clone();
    std::thread::spawn(move || {
        for signal in &mut signals {
            if told.signal(signal as usize) {
                std::process::exit(128 + signal);
            }
        }
    });
    Ok(stopper)
}

/// What a person reads at the end of a run.
pub(super) fn text(summary: &Summary, out: &Path) -> String {
    let mut text = String::new();
    let light = match summary.light_suns {
        _ if !summary.curve_light_suns.is_empty() => format!(" ({} curves each)", summary.curve_light_suns.len()),
        suns if suns > 0.0 => format!(" ({suns} sun)"),
        // A recording may have been taken in any light; instruments are known to be dark.
        _ if summary.driver != "replay" => " (dark)".into(),
        _ => String::new(),
    };
    let _ = writeln!(
        text,
        "{} measurements of {}{light} out of {} locations, strategy {} ({}), seed {}",
        summary.measured, summary.target, summary.candidates, summary.strategy, summary.acquisition, summary.seed
    );
    if let Some(last) = summary.scores.last() {
        let random = summary.random_scores.iter().find(|s| s.n == last.n);
        let beside = random.map_or(String::new(), |r| format!("; random picks: {:.3}", r.r2));
        let _ = writeln!(
            text,
            "  map R² after {} measurements: {:.3}{beside} (truth inside ±1σ: {:.0} %, random picks: {})",
            last.n,
            last.r2,
            100.0 * last.coverage_1sigma,
            random.map_or("–".into(), |r| format!("{:.0} %", 100.0 * r.coverage_1sigma)),
        );
    }
    for target in &summary.further_targets {
        let score = target.scores.last().map_or("no score".into(), |s| format!("map R² {:.3}", s.r2));
        let _ = writeln!(text, "  beside it {}: {} values, {score}", target.target, target.measured);
    }
    if let Some(e) = &summary.enrichment {
        let factor = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.2}"));
        let _ = writeln!(
            text,
            "  picks over area share: grain boundaries {} ({} picks), junctions {} ({} picks); chance gives 1",
            factor(e.gb),
            e.gb_picks,
            factor(e.junction),
            e.junction_picks
        );
    }
    if let Some(b) = &summary.boundaries {
        let _ = writeln!(text, "  {}", b.words());
    }
    let t = &summary.timing_s;
    let _ = writeln!(
        text,
        "  time per decision: median {}, 99 % below {} (all decisions {:.1} s, whole run {:.1} s)",
        engineering(t.decide_median, "s"),
        engineering(t.decide_p99, "s"),
        t.decide_total,
        t.wall_total
    );
    let _ = write!(text, "  report: {}", out.join(run::names::REPORT).display());
    text
}
