//! What the detector of a run on grain boundaries found: kept in the run's folder, or found again.

use super::ensemble;
use crate::config::Boundaries;
use crate::run::{FolderError, RunError, names, write_with};
use ndarray::{Array2, array};
use ndarray_npy::{NpzReader, NpzWriter};
use std::fs::File;
use std::io;
use std::path::Path;
use tiptwin_core::boundaries::Detection;
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::session::OnBoundaries;

/// What was found in the structure image, and where the run could measure. All maps have the image's shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Explored {
    /// Mean probability of a boundary over the members of the ensemble.
    pub probability: Array2<f32>,
    /// Standard deviation of that over the members.
    pub spread: Array2<f32>,
    /// Lines of one pixel where enough members found a boundary.
    pub line: Array2<bool>,
    /// Pixels that could be measured, but for the margin of the windows.
    pub open: Array2<bool>,
    /// Members of the ensemble.
    pub members: usize,
}

impl Explored {
    /// What whoever looks for a session finds in an image.
    pub fn new(within: &OnBoundaries, image: &Array2<f64>) -> Result<Self, RunError> {
        let found = within.ensemble.detect(image)?;
        let line = within.lines(&found);
        let open = within.mask(&line);
        let Detection { probability, spread, .. } = found;
        let single = |map: Array2<f64>| map.mapv(|v| v as f32);
        Ok(Self {
            probability: single(probability),
            spread: single(spread),
            line,
            open,
            members: within.ensemble.len(),
        })
    }

    /// What a run folder keeps, or else what the detector of its scenario finds in its structure image now; `None` for a run that could measure
    /// anywhere.
    pub fn of_run(run: &Path, settings: Option<&Boundaries>, image: &Array2<f64>) -> Result<Option<Self>, RunError> {
        let path = run.join(names::BOUNDARIES);
        if path.is_file() {
            let explored = Self::read(&path)?;
            if explored.open.dim() != image.dim() {
                let reason = format!("its maps have the shape {:?}, the image {:?}", explored.open.dim(), image.dim());
                return Err(FolderError::Damaged { path, reason }.into());
            }
            return Ok(Some(explored));
        }
        let Some(settings) = settings else { return Ok(None) };
        let ensemble = ensemble(settings.model.as_deref(), ComputeDevice::default())?;
        Self::new(&settings.with(ensemble), image).map(Some)
    }

    /// Writes it into a run folder.
    pub fn write(&self, run: &Path) -> Result<(), FolderError> {
        write_with(&run.join(names::BOUNDARIES), |file| {
            let mut npz = NpzWriter::new_compressed(file);
            let failed = io::Error::other::<ndarray_npy::WriteNpzError>;
            npz.add_array("probability", &self.probability).map_err(failed)?;
            npz.add_array("spread", &self.spread).map_err(failed)?;
            npz.add_array("line", &self.line.mapv(u8::from)).map_err(failed)?;
            npz.add_array("open", &self.open.mapv(u8::from)).map_err(failed)?;
            npz.add_array("members", &array![self.members as u32]).map_err(failed)?;
            npz.finish().map_err(failed).map(drop)
        })
    }

    fn read(path: &Path) -> Result<Self, RunError> {
        let damaged = |reason: String| FolderError::Damaged { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|e| damaged(e.to_string()))?;
        let mut npz = NpzReader::new(file).map_err(|e| damaged(e.to_string()))?;
        let mut real = |name: &str| npz.by_name(name).map_err(|e| damaged(format!("{name}: {e}")));
        let (probability, spread): (Array2<f32>, Array2<f32>) = (real("probability")?, real("spread")?);
        let mut mask = |name: &str| -> Result<Array2<bool>, RunError> {
            let map: Array2<u8> = npz.by_name(name).map_err(|e| damaged(format!("{name}: {e}")))?;
            if map.dim() != probability.dim() {
                let reason = format!("{name} has the shape {:?}, probability {:?}", map.dim(), probability.dim());
                return Err(damaged(reason).into());
            }
            Ok(map.mapv(|v| v != 0))
        };
        let (line, open) = (mask("line")?, mask("open")?);
        if spread.dim() != probability.dim() {
            let reason = format!("spread has the shape {:?}, probability {:?}", spread.dim(), probability.dim());
            return Err(damaged(reason).into());
        }
        let members: ndarray::Array1<u32> = npz.by_name("members").map_err(|e| damaged(format!("members: {e}")))?;
        let members = members.first().map_or(0, |m| *m as usize);
        Ok(Self { probability, spread, line, open, members })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explored() -> Explored {
        let probability = Array2::from_shape_fn((20, 24), |(r, c)| ((r * c) as f32 * 0.01).fract());
        let line = Array2::from_shape_fn((20, 24), |(r, _)| r == 7);
        let open = Array2::from_shape_fn((20, 24), |(r, _)| (6..9).contains(&r));
        Explored { spread: probability.mapv(|p| 0.1 * p), probability, line, open, members: 4 }
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let dir = tempfile::tempdir().expect("temp");
        let (kept, image) = (explored(), Array2::zeros((20, 24)));
        kept.write(dir.path()).expect("written");
        assert_eq!(Explored::of_run(dir.path(), None, &image).expect("whole"), Some(kept));
        let error = Explored::of_run(dir.path(), None, &Array2::zeros((24, 20))).expect_err("another shape");
        assert!(error.to_string().contains("shape (20, 24), the image (24, 20)"), "{error}");
    }

    #[test]
    fn a_damaged_file_is_refused_and_a_run_without_one_could_measure_anywhere() {
        let dir = tempfile::tempdir().expect("temp");
        let image = Array2::zeros((20, 24));
        assert_eq!(Explored::of_run(dir.path(), None, &image).expect("no boundaries"), None);
        explored().write(dir.path()).expect("written");
        let file = dir.path().join(names::BOUNDARIES);
        let whole = std::fs::read(&file).expect("file");
        std::fs::write(&file, &whole[..whole.len() / 2]).expect("cut");
        let error = Explored::of_run(dir.path(), None, &image).expect_err("half a file");
        assert!(error.to_string().contains(names::BOUNDARIES), "{error}");
    }
}
