//! Maps of a run under way, for whoever watches it.
//!
//! A frame is the number of measurements behind it, row and column of its first value on the structure image, rows and columns
//! (five little-endian u32), then mean and σ of the target that steers, in its unit (little-endian f32, row by row). The newest one
//! replaces `live.frame`; some are kept one after the other in `live.frames`, densely at first, so that a finished run can be watched
//! step by step. Frames are for showing: they are not synced, and no result is made from them.
//!
//! A map that was scored is at hand, and so is that of a strategy that has just chosen on it. Another strategy is asked only as
//! long as all frames together take a fiftieth of the time. Models answer the same whenever they are asked (tests in `tiptwin_core::model`), so that a
//! watched run and another one have the same results.

use super::folder::{FolderError, io_error, names};
use ndarray::Array2;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tiptwin_core::Candidates;
use tiptwin_core::model::Prediction;
use tiptwin_core::session::Session;

/// Largest part of a run's time that may go into frames.
const SHARE: f64 = 0.02;
/// Shortest time between two frames that are only shown.
const PAUSE: Duration = Duration::from_millis(400);
/// Size that the kept frames of a run should stay below, in bytes.
const KEPT_BYTES: f64 = 64e6;
const HEADER: usize = 20;

/// Mean and σ over the candidates at one moment of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Measurements it was made from.
    pub measured: usize,
    /// Row and column of its first value on the structure image.
    pub offset: (usize, usize),
    /// Expected values.
    pub mean: Array2<f64>,
    /// Standard deviations of the property.
    pub sigma: Array2<f64>,
}

impl Frame {
    fn to_bytes(&self) -> Vec<u8> {
        let (rows, cols) = self.mean.dim();
        let head = [self.measured, self.offset.0, self.offset.1, rows, cols];
        let head = head.into_iter().flat_map(|x| (x as u32).to_le_bytes());
        head.chain(self.mean.iter().chain(&self.sigma).flat_map(|x| (*x as f32).to_le_bytes())).collect()
    }

    /// `None` where the bytes are not one whole frame.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [measured, row, col, rows, cols] = header(bytes.get(..HEADER)?)?;
        let numbers: Vec<f64> = bytes[HEADER..]
            .chunks_exact(4)
            .map(|x| f64::from(f32::from_le_bytes(x.try_into().unwrap_or_default())))
            .collect();
        if bytes.len() != size(rows, cols)? {
            return None;
        }
        let (mean, sigma) = numbers.split_at(rows * cols);
        let map = |values: &[f64]| Array2::from_shape_vec((rows, cols), values.to_vec()).ok();
        Some(Self { measured, offset: (row, col), mean: map(mean)?, sigma: map(sigma)? })
    }

    /// The newest frame of a run folder.
    pub fn newest(run: &Path) -> Option<Self> {
        Self::from_bytes(&fs::read(run.join(names::FRAME)).ok()?)
    }

    /// Measurements behind the newest frame of a run folder.
    pub fn newest_measured(run: &Path) -> Option<usize> {
        let mut number = [0; 4];
        File::open(run.join(names::FRAME)).ok()?.read_exact(&mut number).ok()?;
        Some(u32::from_le_bytes(number) as usize)
    }

    /// The kept frame of a run folder with the most measurements up to `measured`.
    pub fn kept(run: &Path, measured: usize) -> Option<Self> {
        let mut file = File::open(run.join(names::FRAMES)).ok()?;
        let length = file.metadata().ok()?.len();
        let (mut at, mut found) = (0, None);
        while at < length {
            let mut head = [0; HEADER];
            file.seek(SeekFrom::Start(at)).ok()?;
            if file.read_exact(&mut head).is_err() {
                break;
            }
            let [n, _, _, rows, cols] = header(&head)?;
            let size = size(rows, cols)? as u64;
            // Frames are in order, and the last one may be torn.
            if n > measured || at + size > length {
                break;
            }
            found = Some((at, size));
            at += size;
        }
        let (at, size) = found?;
        let mut bytes = vec![0; size as usize];
        file.seek(SeekFrom::Start(at)).ok()?;
        file.read_exact(&mut bytes).ok()?;
        Self::from_bytes(&bytes)
    }
}

fn header(bytes: &[u8]) -> Option<[usize; 5]> {
    let mut numbers = bytes.chunks_exact(4).map(|x| u32::from_le_bytes(x.try_into().unwrap_or_default()) as usize);
    let mut next = || numbers.next();
    Some([next()?, next()?, next()?, next()?, next()?])
}

fn size(rows: usize, cols: usize) -> Option<usize> {
    rows.checked_mul(cols)?.checked_mul(8)?.checked_add(HEADER)
}

/// Leaves frames in a run folder.
#[derive(Debug)]
pub(super) struct Frames {
    run: PathBuf,
    steps: usize,
    begun: Instant,
    spent: Duration,
    /// What the last one took.
    latest: Duration,
    /// When the last one was left, and after how many measurements.
    newest: Option<(Instant, usize)>,
    /// Measurements after which the next one is kept.
    keep_at: usize,
    trouble: Option<FolderError>,
}

impl Frames {
    pub(super) fn new(run: &Path, steps: usize) -> Self {
        let nothing = Duration::ZERO;
        Self {
            run: run.to_owned(),
            steps,
            begun: Instant::now(),
            spent: nothing,
            latest: nothing,
            newest: None,
            keep_at: 1,
            trouble: None,
        }
    }

    /// Leaves the present map if it is time; in any case if it is the last one.
    pub(super) fn offer(&mut self, session: &mut Session, last: bool) {
        let n = session.measured().len();
        if n == 0 || self.newest.is_some_and(|(_, at)| at == n) || !(last || self.is_due(n)) {
            return;
        }
        let begun = Instant::now();
        // A model that fails here fails the run where the run needs it.
        let map = session.predict().ok().flatten();
        if let (Some(map), Some(candidates)) = (map, session.candidates()) {
            self.leave(n, &map, candidates);
        }
        self.latest = begun.elapsed();
        self.spent += self.latest;
        self.newest = Some((Instant::now(), n));
    }

    /// Leaves and keeps a map that the run had made for itself.
    pub(super) fn keep(&mut self, n: usize, map: &Prediction, candidates: &Candidates) {
        self.keep_at = self.keep_at.min(n);
        self.leave(n, map, candidates);
        self.newest = Some((Instant::now(), n));
    }

    /// What went wrong, if something did since this was last asked.
    pub(super) const fn trouble(&mut self) -> Option<FolderError> {
        self.trouble.take()
    }

    fn leave(&mut self, n: usize, map: &Prediction, candidates: &Candidates) {
        let shape = (candidates.rows(), candidates.cols());
        let array = |values: &[f64]| Array2::from_shape_vec(shape, values.to_vec()).unwrap_or_default();
        let first = candidates.pixel(0);
        let (mean, sigma) = (array(&map.mean), array(&map.sigma));
        let frame = Frame { measured: n, offset: (first.row, first.col), mean, sigma };
        self.trouble = self.write(&frame).err();
    }

    fn is_due(&self, n: usize) -> bool {
        let affordable = (self.spent + self.latest).as_secs_f64() <= SHARE * self.begun.elapsed().as_secs_f64();
        affordable && (n >= self.keep_at || self.newest.is_none_or(|(when, _)| when.elapsed() >= PAUSE))
    }

    fn write(&mut self, frame: &Frame) -> Result<(), FolderError> {
        let bytes = frame.to_bytes();
        let (path, next) = (self.run.join(names::FRAME), self.run.join(format!("{}.next", names::FRAME)));
        fs::write(&next, &bytes).map_err(io_error("write", &next))?;
        fs::rename(&next, &path).map_err(io_error("write", &path))?;
        if frame.measured >= self.keep_at {
            let path = self.run.join(names::FRAMES);
            let file = OpenOptions::new().create(true).append(true).open(&path);
            file.and_then(|mut file| file.write_all(&bytes)).map_err(io_error("write", &path))?;
            self.keep_at = next_kept(frame.measured, self.steps, bytes.len());
        }
        Ok(())
    }
}

/// Frames are kept at numbers of measurements in geometric progression: maps change fast at first. The ratio is 1.1, or what
/// [`KEPT_BYTES`] allows.
fn next_kept(n: usize, steps: usize, bytes: usize) -> usize {
    let count = (KEPT_BYTES / bytes as f64).clamp(8.0, 64.0);
    let ratio = (steps as f64).powf(1.0 / count).max(1.1);
    (n + 1).max((n as f64 * ratio).ceil() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(measured: usize) -> Frame {
        let mean = Array2::from_shape_fn((3, 4), |(r, c)| (10 * r + c + 100 * measured) as f64);
        Frame { measured, offset: (7, 9), sigma: &mean * 0.25, mean }
    }

    #[test]
    fn frames_are_found_by_their_number_and_a_torn_one_is_not() {
        let dir = tempfile::tempdir().expect("temp");
        assert_eq!((Frame::newest(dir.path()), Frame::kept(dir.path(), 5)), (None, None));
        let mut frames = Frames::new(dir.path(), 100);
        for n in [1, 2, 5, 6] {
            frames.keep_at = if n == 5 { 6 } else { n };
            frames.write(&frame(n)).expect("writes");
        }
        assert_eq!(Frame::newest(dir.path()), Some(frame(6)));
        let kept = |n| Frame::kept(dir.path(), n).map(|f| f.measured);
        assert_eq!([kept(0), kept(1), kept(5), kept(6), kept(99)], [None, Some(1), Some(2), Some(6), Some(6)]);
        assert_eq!(Frame::kept(dir.path(), 3), Some(frame(2)));
        let path = dir.path().join(names::FRAMES);
        let bytes = fs::read(&path).expect("bytes");
        for torn in [1, HEADER, bytes.len() / 3 - 1] {
            fs::write(&path, &bytes[..bytes.len() - torn]).expect("torn");
            assert_eq!(Frame::kept(dir.path(), 99), Some(frame(2)), "{torn} bytes are missing");
        }
        fs::write(dir.path().join(names::FRAME), &bytes[..30]).expect("torn");
        assert_eq!(Frame::newest(dir.path()), None);
    }

    #[test]
    fn kept_frames_get_rarer_and_stay_within_their_size() {
        for (steps, bytes) in [(200, 102_000), (200, 2_000_000), (5000, 102_000), (5000, 8_000_000)] {
            let (mut n, mut kept) = (1, 1);
            while n < steps {
                let next = next_kept(n, steps, bytes);
                assert!(next > n);
                (n, kept) = (next, kept + 1);
            }
            // The first few numbers are one apart, whatever the ratio.
            assert!(bytes * kept < 64_000_000 + 12 * bytes, "{kept} frames of {bytes}");
            assert!(kept >= 8);
        }
    }
}
