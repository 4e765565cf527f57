//! What a run folder holds that forensics looks at.

use crate::config::Scenario;
use crate::picture::ColourMap;
use crate::report::ReportInput;
use crate::run::{RunError, io_error, names, read_curves, read_journal, report_input};
use std::fs;
use std::path::Path;
use tiptwin_core::Candidates;
use tiptwin_core::levelling::{Correction, corrected};
use tiptwin_instrument::log::Event;
use tiptwin_instrument::{Image, Pixel};

/// One touched location.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Touch {
    /// Number of the decision, from 0.
    pub number: usize,
    /// Candidate index.
    pub index: usize,
    /// Where.
    pub pixel: Pixel,
    /// What was measured, in the target's unit; `None` where the measurement could not be used.
    pub value: Option<f64>,
    /// Row of its first curve.
    pub curve: Option<usize>,
}

/// The bias, and the currents of every curve.
pub type Curves = (Vec<f64>, Vec<Vec<f64>>);

/// A run as it lies on the disk.
#[derive(Debug)]
pub struct Evidence {
    /// All that its report shows.
    pub report: ReportInput,
    /// The structure image as the learner saw it, and the windows on it.
    pub candidates: Candidates,
    /// Which candidates could be measured at the start: all, or those on boundaries; `None` where the run's boundaries cannot be told.
    pub open: Option<Vec<bool>>,
    /// Touched locations in their order.
    pub touches: Vec<Touch>,
    /// Bias and the currents of every curve.
    pub curves: Option<Curves>,
    /// The scenario, where it can still be read.
    pub settings: Option<Scenario>,
    /// What is not there.
    pub missing: Vec<String>,
}

impl Evidence {
    /// Reads a run folder. Fails where there is no journal or no structure image, where that image is smaller than the window or not finite;
    /// whatever else is not there is named in `missing`.
    pub fn read(run: &Path) -> Result<Self, RunError> {
        let report = report_input(run, ColourMap::Gold)?;
        let (events, _) = read_journal(run)?;
        let mut missing = Vec::new();
        let settings = report.settings.clone();
        if settings.is_none() {
            missing.push("the scenario cannot be read by this build: decisions cannot be made again".to_owned());
        }
        let candidates = candidates(run, &report, settings.as_ref())?;
        let open = open(&report, &candidates);
        if open.is_none() {
            missing.push("the boundaries that this run explored cannot be told: decisions cannot be made again".into());
        }
        let touches = touches(&events, &candidates);
        let curves = curves(run, &touches, &report)?;
        match &curves {
            None if touches.iter().any(|t| t.curve.is_some()) => {
                missing.push(format!("{} is not there or empty: no curves can be shown", names::CURVES));
            }
            None => missing.push("the instrument returned numbers and no curves".into()),
            Some(_) => {}
        }
        if report.truth.is_none() {
            missing.push("no truth is known: instead of the regret the best value so far is shown".into());
        }
        Ok(Self { report, candidates, open, touches, curves, settings, missing })
    }

    /// Candidates of the usable measurements in their order, and their values.
    pub fn usable(&self) -> Vec<(usize, f64)> {
        self.touches.iter().filter_map(|t| Some((t.index, t.value?))).collect()
    }
}

fn candidates(run: &Path, report: &ReportInput, settings: Option<&Scenario>) -> Result<Candidates, RunError> {
    let corrections = report.start.corrections.iter().map(|name| {
        let unknown =
            || RunError::Input(format!("{} was corrected by `{name}`, which this build does not know", run.display()));
        Correction::by_name(name).ok_or_else(unknown)
    });
    let corrections = corrections.collect::<Result<Vec<_>, _>>()?;
    let image = &report.structure;
    let refused = |what: &str, e: &dyn std::fmt::Display| RunError::Input(format!("{}: {e}", run.join(what).display()));
    let mut candidates = Candidates::new(
        corrected(&image.values, &corrections),
        report.start.window_px,
        image.grid.pixel_width(),
        image.grid.pixel_height(),
    )
    .map_err(|e| refused(names::STRUCTURE, &e))?;
    let learnt = |image: &&Image| {
        settings.is_some_and(|s| {
            let current = s.further.current.is_some_and(|(_, learn)| learn);
            s.further.channels.contains(&image.channel) || (current && image.unit == "A")
        })
    };
    for image in report.further.iter().filter(learnt) {
        candidates.add(image.values.clone()).map_err(|e| refused(&names::further(&image.channel), &e))?;
    }
    Ok(candidates)
}

fn open(report: &ReportInput, candidates: &Candidates) -> Option<Vec<bool>> {
    let Some(found) = &report.boundaries else { return Some(vec![true; candidates.len()]) };
    let mask = &found.as_ref().ok()?.explored.open;
    Some((0..candidates.len()).map(|i| candidates.pixel(i)).map(|p| mask[[p.row, p.col]]).collect())
}

fn touches(events: &[Event], candidates: &Candidates) -> Vec<Touch> {
    let touch = |event: &Event| {
        let (number, pixel, value, curve) = match event {
            Event::Measurement(m) => (m.index, m.pixel, Some(m.value), m.curve),
            Event::Rejected { index, pixel, curve, .. } => (*index, *pixel, None, *curve),
            _ => return None,
        };
        Some(Touch { number, index: candidates.index(pixel)?, pixel, value, curve })
    };
    events.iter().filter_map(touch).collect()
}

/// Bias and currents, if the folder holds any. One row is the bias; then come as many as the journal counts.
fn curves(run: &Path, touches: &[Touch], report: &ReportInput) -> Result<Option<Curves>, RunError> {
    let each = report.start.curve_light_suns.len().max(1);
    let Some(last) = touches.iter().filter_map(|t| t.curve).max() else { return Ok(None) };
    let path = run.join(names::CURVES);
    if !path.is_file() {
        return Ok(None);
    }
    let numbers = fs::metadata(&path).map_err(io_error("read", &path))?.len() as usize / 8;
    let curves = read_curves(run, numbers / (1 + last + each))?;
    Ok(curves.filter(|(_, rows)| rows.len() > last))
}
