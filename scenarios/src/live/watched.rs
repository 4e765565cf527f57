//! A run folder that is being watched: what is known of it, read anew whenever somebody asks.

use super::story::Story;
use super::tail::Tail;
use crate::run::frames::Frame;
use crate::run::{FolderError, RunError, Summary, names, random_scores};
use ndarray::Array2;
use ndarray_npy::{NpzReader, ReadNpyExt};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use tiptwin_instrument::log::Scores;

/// A run folder and what is known of it.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) run: PathBuf,
    tail: Tail,
    pub(super) story: Story,
    /// The structure image.
    structure: Option<Array2<f64>>,
    /// Measurements behind the newest frame.
    pub(super) newest: Option<usize>,
    /// Samples of a curve, once certain, and the last guess with the number of curves it was made from.
    samples: Option<usize>,
    guess: Option<(usize, usize)>,
    pub(super) random: Vec<Scores>,
    /// When this server first saw a location, and how many there were then.
    first_seen: Option<(Instant, usize)>,
    /// The summary, which means that everything is there.
    pub(super) summary: Option<Summary>,
}

impl Watched {
    pub(super) fn new(run: &Path) -> Self {
        Self {
            run: run.to_owned(),
            tail: Tail::new(run),
            story: Story::default(),
            structure: None,
            newest: None,
            samples: None,
            guess: None,
            random: Vec::new(),
            first_seen: None,
            summary: None,
        }
    }

    /// Reads what was added.
    pub(super) fn refresh(&mut self) -> Result<(), RunError> {
        if self.summary.is_some() && self.run.join(names::SUMMARY).is_file() {
            return Ok(());
        }
        let added = self.tail.read()?;
        if added.anew || self.summary.is_some() {
            *self = Self::new(&self.run);
            return self.refresh_whole();
        }
        added.events.into_iter().for_each(|event| self.story.tell(event));
        self.look_beside()
    }

    fn refresh_whole(&mut self) -> Result<(), RunError> {
        self.tail.read()?.events.into_iter().for_each(|event| self.story.tell(event));
        self.look_beside()
    }

    /// What lies beside the journal.
    fn look_beside(&mut self) -> Result<(), RunError> {
        self.measure_curves()?;
        let touched = self.story.locations.len();
        self.first_seen = self.first_seen.or((touched > 0).then(|| (Instant::now(), touched)));
        self.newest = Frame::newest_measured(&self.run);
        if self.story.stop.is_some() {
            // The summary is written last: when it is there, everything else is.
            let summary = fs::read_to_string(self.run.join(names::SUMMARY)).ok();
            self.random = random_scores(&self.run)?;
            self.summary = summary.and_then(|text| serde_json::from_str(&text).ok());
        }
        Ok(())
    }

    /// Changes whenever something that is shown has changed.
    pub(super) fn version(&self) -> String {
        let last = usize::from(self.summary.is_some()) + usize::from(!self.random.is_empty());
        format!("{}-{}-{last}", self.tail.known(), self.newest.unwrap_or(0))
    }

    /// The structure image, once scanned.
    pub(super) fn structure(&mut self) -> Option<&Array2<f64>> {
        if self.structure.is_none() && self.story.grid.is_some() {
            let file = File::open(self.run.join(names::STRUCTURE)).ok()?;
            self.structure = Array2::<f64>::read_npy(file).ok();
        }
        self.structure.as_ref()
    }

    /// The newest maps that were made from at most `measured` measurements.
    pub(super) fn frame(&self, measured: usize) -> Option<Frame> {
        let all = self.story.measured(self.story.locations.len());
        if self.summary.is_some() && measured == all {
            return self.last_maps(measured);
        }
        let newest = Frame::newest(&self.run).filter(|f| f.measured <= measured);
        newest.or_else(|| Frame::kept(&self.run, measured))
    }

    /// The maps of a finished run.
    fn last_maps(&self, measured: usize) -> Option<Frame> {
        let mut npz = NpzReader::new(File::open(self.run.join(names::MAPS)).ok()?).ok()?;
        let offset: ndarray::Array1<u32> = npz.by_name("offset").ok()?;
        let (mean, sigma) = (npz.by_name("mean").ok()?, npz.by_name("sigma").ok()?);
        Some(Frame { measured, offset: (offset[0] as usize, offset[1] as usize), mean, sigma })
    }

    /// Bias and current of one of the stored curves.
    pub(super) fn curve(&self, row: usize) -> Option<(Vec<f64>, Vec<f64>)> {
        let samples = self.samples?;
        let mut file = File::open(self.run.join(names::CURVES)).ok()?;
        let mut read = |row: usize| {
            let mut bytes = vec![0; 8 * samples];
            file.seek(SeekFrom::Start((8 * samples * row) as u64)).ok()?;
            file.read_exact(&mut bytes).ok()?;
            Some(bytes.chunks_exact(8).map(|x| f64::from_le_bytes(x.try_into().unwrap_or_default())).collect())
        };
        Some((read(0)?, read(row + 1)?))
    }

    /// Finds out how long a curve is: the file does not say, its length and the number of curves do. While a location is being
    /// measured a curve may be there before the journal says so; two numbers of curves that agree cannot both be off by one.
    fn measure_curves(&mut self) -> Result<(), FolderError> {
        let rows = self.story.curve_rows() + 1;
        if self.samples.is_some() || rows < 2 {
            return Ok(());
        }
        let path = self.run.join(names::CURVES);
        let length = path.metadata().map_err(crate::run::io_error("read", &path))?.len() as usize / 8;
        let quiet = self.story.pending.is_none() && {
            let before = self.tail.known();
            let added = self.tail.read()?;
            added.events.into_iter().for_each(|event| self.story.tell(event));
            self.tail.known() == before
        };
        let samples = length / rows;
        if quiet || self.guess.is_some_and(|(then, guess)| then != rows && guess == samples) {
            self.samples = Some(samples);
        }
        self.guess = length.is_multiple_of(rows).then_some((rows, samples));
        Ok(())
    }

    /// How long the run has been going, or was.
    pub(super) fn elapsed(&self, now: SystemTime) -> Option<Duration> {
        if let Some(summary) = &self.summary {
            return Duration::try_from_secs_f64(summary.timing_s.wall_total).ok();
        }
        let until = if self.story.stop.is_some() { self.changed()? } else { now };
        until.duration_since(modified(&self.run.join(names::SCENARIO))?).ok()
    }

    /// Seconds until the plan is done: at the pace that was seen here, or else at that of the journal, which leaves out what is neither
    /// deciding nor measuring.
    pub(super) fn left_s(&self) -> Option<f64> {
        let told = self.story.left_s()?;
        let (when, before) = self.first_seen?;
        let seen = self.story.locations.len() - before;
        let planned = self.story.start.as_ref()?.steps.saturating_sub(self.story.locations.len());
        let paced = when.elapsed().as_secs_f64() / seen as f64 * planned as f64;
        Some(if seen < 10 { told } else { paced })
    }

    /// How long ago the journal was written to.
    pub(super) fn quiet(&self, now: SystemTime) -> Option<Duration> {
        now.duration_since(self.changed()?).ok()
    }

    fn changed(&self) -> Option<SystemTime> {
        modified(&self.run.join(names::JOURNAL))
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}
