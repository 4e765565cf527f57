//! `tiptwin boundaries`: detectors of grain boundaries, trained, scored and used.

use super::boundaries_args::{BoundariesArgs, BoundariesCommand, DetectArgs, Preset, ScoreArgs, TrainArgs};
use super::error::CommandError;
use super::explore::catch_signals;
use super::printer::Printer;
use crate::boundaries::detect::{Input, detect};
use crate::boundaries::ensemble;
use crate::boundaries::score::{Row, Table, table};
use crate::boundaries::train::{Trained, Training};
use crate::run::{io_error, write_whole};
use std::fmt::Write as _;
use std::path::Path;
use tiptwin_core::boundaries::Recipe;

pub(super) fn boundaries(arguments: &BoundariesArgs, printer: &Printer) -> Result<(), CommandError> {
    match &arguments.command {
        BoundariesCommand::Detect(a) => look(a, printer),
        BoundariesCommand::Train(a) => train(a, printer),
        BoundariesCommand::Score(a) => compare(a, printer),
    }
}

fn look(arguments: &DetectArgs, printer: &Printer) -> Result<(), CommandError> {
    let ensemble = ensemble(arguments.model.as_deref(), arguments.device)?;
    let input = Input::open(&arguments.image, arguments.array.as_deref(), arguments.pixel_nm)?;
    let found = detect(&input, &ensemble, &arguments.out)?;
    let text = format!(
        "{}: {} boundaries, {} junctions, {:.2} µm of boundary per µm², mean spread on lines {:.3}, found in {:.2} s\n  page: {}",
        input.name,
        found.edges,
        found.junctions,
        found.boundary_um_per_um2,
        found.spread_on_lines,
        found.seconds,
        arguments.out.join("boundaries.html").display()
    );
    let text = match &found.picks {
        Some(picks) => format!("{text}\n  {}", picks.numbers.words()),
        None => text,
    };
    printer.result("boundaries detect", &found, &text);
    Ok(())
}

fn train(arguments: &TrainArgs, printer: &Printer) -> Result<(), CommandError> {
    let preset = match arguments.preset {
        Preset::Small => Recipe::small(),
        Preset::Published => Recipe::published(),
    };
    let recipe = Recipe {
        members: arguments.members.unwrap_or(preset.members),
        steps: arguments.steps.unwrap_or(preset.steps),
        filters: arguments.filters.unwrap_or(preset.filters),
        loss: arguments.loss.map_or(preset.loss, Into::into),
        ..preset
    };
    // What cannot be written should not be trained for.
    let folder = arguments.out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    let training = Training {
        recipe,
        films: arguments.films,
        seed: arguments.seed,
        device: arguments.device,
        threads: rayon::current_num_threads(),
    };
    let (ensemble, trained) = training.run(printer.progress(), &catch_signals()?)?;
    let bytes = ensemble.to_bytes();
    write_whole(&arguments.out, &bytes)?;
    printer.result("boundaries train", &trained, &said(&trained, &arguments.out, bytes.len()));
    Ok(())
}

fn said(trained: &Trained, path: &Path, bytes: usize) -> String {
    let mut text = format!(
        "{} networks of {} trained numbers in {:.0} s, films in {:.0} s; {:.2} MB: {}",
        trained.losses.len(),
        trained.numbers,
        trained.seconds.1,
        trained.seconds.0,
        bytes as f64 / 1e6,
        path.display()
    );
    for (k, (first, last)) in trained.losses.iter().enumerate() {
        let _ = write!(text, "\n  member {k}: loss {first:.3} to {last:.3}");
    }
    text
}

fn compare(arguments: &ScoreArgs, printer: &Printer) -> Result<(), CommandError> {
    let ensemble = ensemble(arguments.model.as_deref(), arguments.device)?;
    let table = table(&ensemble, arguments.films, arguments.seed, arguments.others.as_deref(), printer.progress())?;
    printer.result("boundaries score", &table, &shown(&table));
    Ok(())
}

fn shown(table: &Table) -> String {
    let c = &table.classical;
    let mut text = format!(
        "classical detector: smoothed by {} px, depth {}, valleys of {} under {} px; F1 {:.3} where it was tuned\n\n",
        c.smooth_px, c.depth, c.valley, c.valley_px, table.classical_tuning_f1
    );
    let _ = writeln!(
        text,
        "{:<22} {:<9} {:>9} {:>7} {:>6} {:>7}  {:>15}  {:>24} {:>6}  {:>24}  {:>6}",
        "films",
        "detector",
        "precision",
        "recall",
        "F1",
        "strict",
        "junctions P / R",
        "wrong, most uncertain",
        "spread",
        "of the band",
        "ECE"
    );
    for row in &table.rows {
        lines(&mut text, row);
    }
    text
}

fn lines(text: &mut String, row: &Row) {
    let c = &row.calibration;
    let ratio =
        |all: f64, tenth: f64| format!("{:>6.2} % {:>6.2} % ({:>3.1} ×)", 100.0 * all, 100.0 * tenth, tenth / all);
    let calibration = format!(
        "{} {:>4.1} ×  {}  {:>6.3}",
        ratio(c.errors, c.errors_uncertain),
        c.errors_spread / c.errors,
        ratio(c.band_errors, c.band_errors_uncertain),
        c.expected_error
    );
    for (name, d, more) in [("ensemble", &row.ensemble, calibration.as_str()), ("classical", &row.classical, "")] {
        let films = if name == "ensemble" { format!("{} ({})", row.films, row.count) } else { String::new() };
        let junctions = match (d.junction_precision, d.junction_recall) {
            (Some(p), Some(r)) => format!("{p:.2} / {r:.2}"),
            _ => "–".to_owned(),
        };
        let _ = writeln!(
            text,
            "{films:<22} {name:<9} {:>9.3} {:>7.3} {:>6.3} {:>7.3}  {junctions:>15}  {more}",
            d.lines.precision, d.lines.recall, d.lines.f1, d.strict.f1
        );
    }
}
