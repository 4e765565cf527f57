//! What an earlier process wrote of a run, told again event by event.
//!
//! A continued run is the same loop over the same session: as long as there is a past, an event that the loop would write is compared with what
//! stands in the journal, and only what follows is written. Whatever the run depends on (seed, build, film, strategy) is thereby checked, and not believed.
//! Times by the wall clock differ, and nothing else may.

use super::folder::{FolderError, names};
use serde_json::Value;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use tiptwin_instrument::log::{Event, Scores};

/// Events still to be told again, and the curves that belong to them.
#[derive(Debug, Default)]
pub(super) struct Past {
    run: PathBuf,
    events: VecDeque<(usize, Event)>,
    /// All bytes of the curve file.
    curves: Vec<u8>,
    /// Where the next row starts.
    at: usize,
}

impl Past {
    pub(super) fn new(run: &Path, events: Vec<Event>, curves: Vec<u8>) -> Self {
        let told = |e: &Event| !matches!(e, Event::Stop { .. } | Event::Resumed { .. });
        let events = events.into_iter().enumerate().map(|(i, e)| (i + 1, e)).filter(|(_, e)| told(e)).collect();
        Self { run: run.to_owned(), events, curves, at: 0 }
    }

    pub(super) fn is_over(&self) -> bool {
        self.events.is_empty()
    }

    /// Bytes of the curve file that belong to what was told.
    pub(super) const fn curve_bytes(&self) -> u64 {
        self.at as u64
    }

    /// The next event.
    pub(super) fn next(&self) -> Option<&Event> {
        self.events.front().map(|(_, event)| event)
    }

    /// The next event, which is thereby told.
    pub(super) fn take(&mut self) -> Option<Event> {
        self.events.pop_front().map(|(_, event)| event)
    }

    /// The next decision, whatever comes before it.
    pub(super) fn decision(&self) -> Option<&tiptwin_instrument::log::Decision> {
        self.events.iter().find_map(|(_, event)| if let Event::Decision(d) = event { Some(d) } else { None })
    }

    /// Scores of a target (`None`: the one that steers), if they are next.
    pub(super) fn take_scores(&mut self, target: Option<&str>) -> Option<Scores> {
        let scores = match (self.next()?, target) {
            (Event::Scores(scores), None) => *scores,
            (Event::FurtherScores { target, scores }, Some(name)) if target == name => *scores,
            _ => return None,
        };
        self.events.pop_front();
        Some(scores)
    }

    /// Compares an event with what is recorded.
    pub(super) fn tell(&mut self, event: &Event) -> Result<(), FolderError> {
        let Some((line, recorded)) = self.events.pop_front() else { return Ok(()) };
        let (mut now, mut then) = (without_wall_time(event), without_wall_time(&recorded));
        if now == then {
            return Ok(());
        }
        // What is the same is no news.
        if let (Some(now), Some(then)) = (now.as_object_mut(), then.as_object_mut()) {
            let same: Vec<String> =
                now.iter().filter(|(k, v)| then.get(*k) == Some(v)).map(|(k, _)| k.clone()).collect();
            for key in same.iter().filter(|k| *k != "type") {
                now.remove(key);
                then.remove(key);
            }
        }
        Err(self.diverged(format!("line {line} of the journal says {then}, and repeating it gives {now}")))
    }

    /// Compares curves with what is recorded.
    pub(super) fn tell_curve(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        let end = self.at + bytes.len();
        match self.curves.get(self.at..end) {
            Some(recorded) if recorded == bytes => {
                self.at = end;
                Ok(())
            }
            Some(_) => Err(self.diverged(format!("the curves differ from byte {} on", self.at))),
            None => Err(self.missing(end)),
        }
    }

    /// Currents of some curves from a row on, without the row of the bias before them, and that row.
    pub(super) fn recall_curves(
        &mut self,
        first: usize,
        count: usize,
        samples: usize,
    ) -> Result<(Vec<f64>, Vec<Vec<f64>>), FolderError> {
        let size = 8 * samples;
        let end = (1 + first + count) * size;
        if samples == 0 || self.curves.len() < end {
            return Err(self.missing(end));
        }
        let row = |k: usize| {
            let bytes = self.curves[k * size..(k + 1) * size].chunks_exact(8);
            bytes.map(|x| f64::from_le_bytes(x.try_into().unwrap_or_default())).collect::<Vec<f64>>()
        };
        let rows = (0..count).map(|k| row(1 + first + k)).collect();
        let bias_v = row(0);
        self.at = self.at.max(end);
        Ok((bias_v, rows))
    }

    pub(super) fn diverged(&self, what: String) -> FolderError {
        FolderError::Diverged { path: self.run.clone(), what }
    }

    fn missing(&self, end: usize) -> FolderError {
        let (path, has) = (self.run.join(names::CURVES), self.curves.len());
        FolderError::Damaged { path, reason: format!("the journal needs {end} bytes of it, and it has {has}") }
    }
}

/// An event without what the wall clock put into it.
fn without_wall_time(event: &Event) -> Value {
    let mut value = serde_json::to_value(event).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for time in ["decide_s", "wall_time_s"] {
            fields.remove(time);
        }
    }
    value
}
