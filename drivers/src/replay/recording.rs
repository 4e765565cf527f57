//! One recording: a structure image, what was measured on its pixels, and what is known to be true there.

use super::unit;
use crate::npz::{Archive, NpzError};
use ndarray::{Array1, Array2, Array3, ArrayD};
use std::path::{Path, PathBuf};
use tiptwin_instrument::{Image, Meters, Position, ScanGrid};

/// Which arrays of the file mean what. Units are words such as `nm`; without one the array's name decides (`height_nm`), and
/// a name that says nothing means arbitrary units.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The `.npz` file.
    pub file: PathBuf,
    /// Structure image, (H, W).
    pub structure: String,
    /// Its unit.
    pub structure_unit: Option<String>,
    /// Further structure images, (H, W); their names say their units.
    pub further: Vec<String>,
    /// Pixel edge; `None` takes the scalar array `pixel_size_m`.
    pub pixel: Option<Meters>,
    /// Map of values (H, W), or currents (H, W, N) with their bias (N).
    pub values: String,
    /// Array of the bias; present for curves.
    pub bias: Option<String>,
    /// Unit of values and truth.
    pub values_unit: Option<String>,
    /// Noise-free property, (H, W).
    pub truth: Option<String>,
    /// Standard deviation of the measurement noise, in the unit of the values.
    pub noise_sigma: Option<f64>,
    /// Boundary pixels, (H, W), non-zero inside.
    pub boundary_mask: Option<String>,
    /// Junction pixels, (H, W), non-zero inside.
    pub junction_mask: Option<String>,
}

/// A recording in SI units.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Which file and arrays.
    pub identity: String,
    /// Structure image.
    pub structure: Image,
    /// Further structure images on the same grid.
    pub further: Vec<Image>,
    /// What a measurement returns.
    pub recorded: Recorded,
    /// Noise-free property, where known. For scores only: no strategy is given it.
    pub truth: Option<Array2<f64>>,
    /// Standard deviation of the measurement noise, where known.
    pub noise_sigma: Option<f64>,
    /// Boundary pixels, where known.
    pub boundary: Option<Array2<bool>>,
    /// Junction pixels, where known.
    pub junction: Option<Array2<bool>>,
}

/// What was recorded at the pixels.
#[derive(Clone, Debug)]
pub enum Recorded {
    /// One value a pixel.
    Map {
        /// Values in `unit`, (H, W).
        values: Array2<f64>,
        /// SI unit, empty for arbitrary units.
        unit: String,
    },
    /// One curve a pixel.
    Curves {
        /// Currents in amperes, (H, W, N).
        current_a: Array3<f64>,
        /// Bias in volts, (N).
        bias_v: Array1<f64>,
    },
}

/// Why a file is not a recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// An array cannot be used.
    #[error(transparent)]
    Npz(#[from] NpzError),
    /// Two arrays do not fit together.
    #[error("array \"{name}\" has shape {shape:?}, but \"{other}\" asks for {expected:?}")]
    Shape {
        /// The array.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The array that sets the shape.
        other: String,
        /// The shape it needs.
        expected: Vec<usize>,
    },
    /// The image has no area.
    #[error("array \"{name}\" has shape {shape:?}; a structure image needs at least 2 × 2 pixels")]
    Empty {
        /// The array.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// The pixel size is neither given nor recorded.
    #[error("the pixel size is unknown: {} has no array pixel_size_m; accepted: instrument.replay.pixel_nm in the scenario", file.display())]
    NoPixelSize {
        /// The file.
        file: PathBuf,
    },
    /// The recorded pixel size is not a length.
    #[error("pixel_size_m of {} is {value}; accepted: one number above 0", file.display())]
    BadPixelSize {
        /// The file.
        file: PathBuf,
        /// What stands there.
        value: String,
    },
}

impl Recording {
    /// Reads and checks a recording.
    pub fn load(layout: &Layout) -> Result<Self, RecordingError> {
        let mut archive = Archive::open(&layout.file)?;
        let structure: Array2<f64> = archive.reals(&layout.structure)?;
        let (rows, cols) = structure.dim();
        if rows < 2 || cols < 2 {
            return Err(RecordingError::Empty { name: layout.structure.clone(), shape: vec![rows, cols] });
        }
        let pixel = pixel_size(layout, &mut archive)?;
        let grid = ScanGrid {
            origin: Position::new(0.0, 0.0),
            width: Meters(pixel * cols as f64),
            height: Meters(pixel * rows as f64),
            rows,
            cols,
        };
        let (structure_unit, scale) = si_unit(layout.structure_unit.as_deref(), &layout.structure);
        let structure =
            Image { channel: layout.structure.clone(), unit: structure_unit.into(), grid, values: structure * scale };
        let mut same_shape = |name: &str| -> Result<Array2<f64>, RecordingError> {
            let array: Array2<f64> = archive.reals(name)?;
            check_shape(name, array.shape(), &layout.structure, &[rows, cols])?;
            Ok(array)
        };
        let further = layout
            .further
            .iter()
            .map(|name| {
                let (unit, scale) = si_unit(None, name);
                let values = same_shape(name)? * scale;
                Ok(Image { channel: name.clone(), unit: unit.into(), grid, values })
            })
            .collect::<Result<_, RecordingError>>()?;
        let (unit, scale) = si_unit(layout.values_unit.as_deref(), &layout.values);
        let truth = layout.truth.as_deref().map(&mut same_shape).transpose()?.map(|t| t * scale);
        let mut mask = |name: &Option<String>| -> Result<Option<Array2<bool>>, RecordingError> {
            Ok(name.as_deref().map(&mut same_shape).transpose()?.map(|m| m.mapv(|v| v != 0.0)))
        };
        let (boundary, junction) = (mask(&layout.boundary_mask)?, mask(&layout.junction_mask)?);
        let recorded = match &layout.bias {
            None => Recorded::Map { values: same_shape(&layout.values)? * scale, unit: unit.into() },
            Some(bias) => {
                let bias_v: Array1<f64> = archive.reals(bias)?;
                let current: Array3<f64> = archive.reals(&layout.values)?;
                check_shape(&layout.values, current.shape(), bias, &[rows, cols, bias_v.len()])?;
                Recorded::Curves { current_a: current * scale, bias_v }
            }
        };
        Ok(Self {
            identity: format!("{} ({} → {})", file_name(&layout.file), layout.structure, layout.values),
            structure,
            further,
            recorded,
            truth,
            noise_sigma: layout.noise_sigma.map(|s| s * scale),
            boundary,
            junction,
        })
    }
}

fn si_unit(word: Option<&str>, name: &str) -> (&'static str, f64) {
    word.map_or_else(|| unit::from_name(name), unit::to_si).unwrap_or(("", 1.0))
}

fn pixel_size(layout: &Layout, archive: &mut Archive) -> Result<f64, RecordingError> {
    if let Some(Meters(pixel_m)) = layout.pixel {
        return Ok(pixel_m);
    }
    if !archive.has("pixel_size_m") {
        return Err(RecordingError::NoPixelSize { file: layout.file.clone() });
    }
    let recorded: ArrayD<f64> = archive.reals("pixel_size_m")?;
    match recorded.iter().copied().collect::<Vec<_>>()[..] {
        [pixel_m] if pixel_m > 0.0 => Ok(pixel_m),
        _ => Err(RecordingError::BadPixelSize { file: layout.file.clone(), value: recorded.to_string() }),
    }
}

fn check_shape(name: &str, shape: &[usize], other: &str, expected: &[usize]) -> Result<(), RecordingError> {
    if shape == expected {
        return Ok(());
    }
    Err(RecordingError::Shape {
        name: name.to_owned(),
        shape: shape.to_vec(),
        other: other.to_owned(),
        expected: expected.to_vec(),
    })
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}
