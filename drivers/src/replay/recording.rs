//! One recording: a structure image, what was measured on its pixels, and what is known to be true there.

use super::source::{Found, Source};
use super::unit;
use ndarray::{Array1, Array2, Array3, ArrayD, Dimension, Ix2, Ix3};
use std::path::{Path, PathBuf};
use tiptwin_formats::FileError;
use tiptwin_formats::npz::NpzError;
use tiptwin_instrument::{Image, Meters, Position, ScanGrid};

/// Which arrays of the file mean what. An array may also be the name of another file beside it that holds one array (a `.gsf`, a
/// mask). Units are words such as `nm`; without one the file decides, then the array's name (`height_nm`), and
/// a name that says nothing means arbitrary units.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The file, of any format of `tiptwin_formats`.
    pub file: PathBuf,
    /// Structure image, (H, W).
    pub structure: String,
    /// Its unit.
    pub structure_unit: Option<String>,
    /// Further structure images, (H, W); their names say their units.
    pub further: Vec<String>,
    /// Pixel edge; `None` takes what the file says: the axes of the structure image, or a scalar array `pixel_size_m`.
    pub pixel: Option<Meters>,
    /// Map of values (H, W), or currents (H, W, N) or (N, H, W) with their bias (N).
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
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no such array.
    #[error("{} has no array \"{name}\", and no file of that name is beside it; accepted: {}", file.display(), listed(present))]
    NoArray {
        /// The file.
        file: PathBuf,
        /// The array.
        name: String,
        /// Arrays there are.
        present: Vec<String>,
    },
    /// A file that stands for an array holds another number of them.
    #[error("{} stands for an array and holds {}: {}; accepted: a file of one array", file.display(), present.len(), listed(present))]
    ManyArrays {
        /// The file.
        file: PathBuf,
        /// Arrays there are.
        present: Vec<String>,
    },
    /// A value is not a number.
    #[error("array \"{name}\" of {} is {value} at index {index:?}; every value must be finite", file.display())]
    NotFinite {
        /// The file.
        file: PathBuf,
        /// The array.
        name: String,
        /// Where.
        index: Vec<usize>,
        /// What stands there.
        value: f64,
    },
    /// An array has another number of dimensions.
    #[error("array \"{name}\" has shape {shape:?}; accepted: {expected} dimensions")]
    Dimensions {
        /// The array.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Dimensions it needs.
        expected: usize,
    },
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
    #[error("the pixel size is unknown: {} says none and has no array pixel_size_m; accepted: instrument.replay.pixel_nm in the scenario", file.display())]
    NoPixelSize {
        /// The file.
        file: PathBuf,
    },
    /// The recorded pixel size is not a length.
    #[error("the pixel size of {} is {value}; accepted: numbers above 0", file.display())]
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
        let mut source = Source::open(&layout.file)?;
        let found: Found<Ix2> = source.array(&layout.structure)?;
        let (rows, cols) = found.values.dim();
        if rows < 2 || cols < 2 {
            return Err(RecordingError::Empty { name: layout.structure.clone(), shape: vec![rows, cols] });
        }
        let [row_m, col_m] = pixel_size(layout, &found, &mut source)?;
        let grid = ScanGrid {
            origin: Position::new(0.0, 0.0),
            width: Meters(col_m * cols as f64),
            height: Meters(row_m * rows as f64),
            rows,
            cols,
        };
        let (unit, scale) = si_unit(layout.structure_unit.as_deref(), &found, &layout.structure);
        let structure =
            Image { channel: layout.structure.clone(), unit: unit.into(), grid, values: found.values * scale };
        let mut same_shape = |name: &str| -> Result<Found<Ix2>, RecordingError> {
            let found: Found<Ix2> = source.array(name)?;
            check_shape(name, found.values.shape(), &layout.structure, &[rows, cols])?;
            Ok(found)
        };
        let further = layout
            .further
            .iter()
            .map(|name| {
                let found = same_shape(name)?;
                let (unit, scale) = si_unit(None, &found, name);
                Ok(Image { channel: name.clone(), unit: unit.into(), grid, values: found.values * scale })
            })
            .collect::<Result<_, RecordingError>>()?;
        let mut mask = |name: &Option<String>| -> Result<Option<Array2<bool>>, RecordingError> {
            Ok(name.as_deref().map(&mut same_shape).transpose()?.map(|m| m.values.mapv(|v| v != 0.0)))
        };
        let (boundary, junction) = (mask(&layout.boundary_mask)?, mask(&layout.junction_mask)?);
        let truth = layout.truth.as_deref().map(&mut same_shape).transpose()?;
        let (recorded, scale) = match &layout.bias {
            None => {
                let found = same_shape(&layout.values)?;
                let (unit, scale) = si_unit(layout.values_unit.as_deref(), &found, &layout.values);
                (Recorded::Map { values: found.values * scale, unit: unit.into() }, scale)
            }
            Some(bias) => {
                let bias_v: Array1<f64> = source.array(bias)?.values;
                let found: Found<Ix3> = source.array(&layout.values)?;
                let (_, scale) = si_unit(layout.values_unit.as_deref(), &found, &layout.values);
                let current = pixels_first(found.values, &[rows, cols, bias_v.len()]);
                check_shape(&layout.values, current.shape(), bias, &[rows, cols, bias_v.len()])?;
                (Recorded::Curves { current_a: current * scale, bias_v }, scale)
            }
        };
        Ok(Self {
            identity: format!("{} ({} → {})", file_name(&layout.file), layout.structure, layout.values),
            structure,
            further,
            recorded,
            truth: truth.map(|t| t.values * scale),
            noise_sigma: layout.noise_sigma.map(|s| s * scale),
            boundary,
            junction,
        })
    }
}

/// A stack of images (N, H, W) as curves (H, W, N), if that is what fits.
fn pixels_first(stack: Array3<f64>, expected: &[usize; 3]) -> Array3<f64> {
    let [rows, cols, samples] = *expected;
    if stack.shape() != expected && stack.shape() == [samples, rows, cols] {
        return stack.permuted_axes([1, 2, 0]).as_standard_layout().into_owned();
    }
    stack
}

/// The SI unit of an array and the factor to it: by the scenario's word, the file's, or the array's name.
fn si_unit<D: Dimension>(word: Option<&str>, found: &Found<D>, name: &str) -> (&'static str, f64) {
    let said = word.or(found.unit.as_deref()).and_then(unit::to_si);
    said.or_else(|| unit::from_name(name)).unwrap_or(("", 1.0))
}

/// Distance of rows and of columns.
fn pixel_size(layout: &Layout, structure: &Found<Ix2>, source: &mut Source) -> Result<[f64; 2], RecordingError> {
    if let Some(Meters(pixel_m)) = layout.pixel {
        return Ok([pixel_m; 2]);
    }
    let bad = |value: String| RecordingError::BadPixelSize { file: layout.file.clone(), value };
    if let Some(steps) = structure.pixel_m {
        return if steps.iter().all(|&s| s > 0.0 && s.is_finite()) {
            Ok(steps)
        } else {
            Err(bad(format!("{steps:?}")))
        };
    }
    if !source.has("pixel_size_m") {
        return Err(RecordingError::NoPixelSize { file: layout.file.clone() });
    }
    let recorded: ArrayD<f64> = source.array("pixel_size_m")?.values;
    match recorded.iter().copied().collect::<Vec<_>>()[..] {
        [pixel_m] if pixel_m > 0.0 => Ok([pixel_m; 2]),
        _ => Err(bad(recorded.to_string())),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing: it holds no array".to_owned() } else { names.join(", ") }
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
