//! Writing.

use super::heap::Heap;
use crate::error::FormatError;
use hdf5_writer::{AttributeBuilder, DatasetBuilder, Hdf5Builder, WriteOptions};
use ndarray::ArrayD;

/// The release of pyNSID whose files these are like.
const PYNSID: &str = "0.0.7.2";
/// Group of everything that belongs to one measurement.
const MEASUREMENT: &str = "Measurement_000";
/// Where the texts of all attributes lie.
const TEXTS: &str = "_attribute_texts";

/// What a main dataset is, in the words of sidpy's `DataType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rows and columns.
    Image,
    /// Curves one after the other: location, sample.
    Spectrum,
    /// One value for each location.
    LinePlot,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Image => "IMAGE",
            Self::Spectrum => "SPECTRUM",
            Self::LinePlot => "LINE_PLOT",
        }
    }
}

/// One dimension of a main dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Name, unlike those of the other axes.
    pub name: String,
    /// What it measures.
    pub quantity: String,
    /// SI unit; empty for a plain number.
    pub unit: String,
    /// `SPATIAL`, `SPECTRAL` or `UNKNOWN`.
    pub dimension_type: String,
    /// Position of every index.
    pub values: Vec<f64>,
}

/// A main dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Main {
    /// Name of the dataset, of the group around it, and of the quantity.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// SI unit; empty for arbitrary units.
    pub unit: String,
    /// One for each dimension, the slowest first.
    pub axes: Vec<Axis>,
    /// The values; not a number where there is none.
    pub values: ArrayD<f64>,
}

/// A whole file. `source` is the program or instrument, `notes` are the original metadata of every dataset.
pub fn write(mains: &[Main], source: &str, notes: &[(String, String)]) -> Result<Vec<u8>, FormatError> {
    for main in mains {
        check(main)?;
    }
    let (heap, bytes) = encoded(mains, source, notes, 0)?;
    let place = |bytes: &[u8]| bytes.windows(heap.len()).position(|window| window == heap);
    let unplaced = || FormatError::unwritable("the file", "the place of its texts cannot be told");
    let address = place(&bytes).ok_or_else(unplaced)?;
    let (_, bytes) = encoded(mains, source, notes, address as u64)?;
    if place(&bytes) == Some(address) { Ok(bytes) } else { Err(unplaced()) }
}

fn check(main: &Main) -> Result<(), FormatError> {
    let name = &main.name;
    if name.is_empty() || name.contains(['/', '-', '\0', '.']) {
        return Err(FormatError::unwritable(format!("the dataset \"{name}\""), "a name has no /, -, dot or zero byte"));
    }
    let lengths: Vec<usize> = main.axes.iter().map(|a| a.values.len()).collect();
    if lengths != main.values.shape() || main.values.is_empty() {
        let why = format!("its axes have lengths {lengths:?}, its values the shape {:?}", main.values.shape());
        return Err(FormatError::unwritable(format!("the dataset \"{name}\""), why));
    }
    Ok(())
}

/// The heap of texts and the file, if the heap lies at `address`.
fn encoded(
    mains: &[Main],
    source: &str,
    notes: &[(String, String)],
    address: u64,
) -> Result<(Vec<u8>, Vec<u8>), FormatError> {
    let wrong = |e: hdf5_writer::Error| FormatError::unwritable("the file", e.to_string());
    let mut heap = Heap::new(address);
    let mut file = Hdf5Builder::new();
    for (i, main) in mains.iter().enumerate() {
        let group = format!("{MEASUREMENT}/Channel_{i:03}/{0}", main.name);
        let path = format!("{group}/{}", main.name);
        for (d, axis) in main.axes.iter().enumerate() {
            file = file.dataset(scale(&mut heap, axis, &group, (&path, d as u32))?);
        }
        file = file.dataset(dataset(&mut heap, main, source, (&group, &path))?);
        for (name, text) in notes {
            let note = heap.text(name, text)?;
            file = file.group_attribute(format!("{group}/original_metadata"), note);
        }
    }
    let bytes = heap.finish()?;
    let texts = DatasetBuilder::typed_data(TEXTS, vec![bytes.len() as u64], &bytes).map_err(wrong)?;
    let plan = file.dataset(texts).into_plan().map_err(wrong)?;
    Ok((bytes, plan.encode(WriteOptions::default()).map_err(wrong)?))
}

fn generic(text: &str) -> &str {
    if text.is_empty() { "generic" } else { text }
}

fn scale(heap: &mut Heap, axis: &Axis, group: &str, of: (&str, u32)) -> Result<DatasetBuilder, FormatError> {
    let wrong = |e: hdf5_writer::Error| FormatError::unwritable(&axis.name, e.to_string());
    let path = format!("{group}/{}", axis.name);
    let shape = vec![axis.values.len() as u64];
    Ok(DatasetBuilder::typed_data(path, shape, &axis.values)
        .map_err(wrong)?
        .attribute(AttributeBuilder::fixed_string("CLASS", "DIMENSION_SCALE"))
        .attribute(AttributeBuilder::fixed_string("NAME", &axis.name))
        .attribute(AttributeBuilder::object_reference_list("REFERENCE_LIST", vec![(of.0.to_owned(), of.1)]))
        .attribute(heap.text("name", &axis.name)?)
        .attribute(heap.text("quantity", &axis.quantity)?)
        .attribute(heap.text("units", generic(&axis.unit))?)
        .attribute(heap.text("dimension_type", &axis.dimension_type)?))
}

fn dataset(
    heap: &mut Heap,
    main: &Main,
    source: &str,
    (group, path): (&str, &str),
) -> Result<DatasetBuilder, FormatError> {
    let wrong = |e: hdf5_writer::Error| FormatError::unwritable(&main.name, e.to_string());
    let shape: Vec<u64> = main.values.shape().iter().map(|n| *n as u64).collect();
    let values: Vec<f64> = main.values.iter().copied().collect();
    let names: Vec<&str> = main.axes.iter().map(|a| a.name.as_str()).collect();
    let scales = main.axes.iter().map(|a| vec![format!("{group}/{}", a.name)]).collect();
    let mut out = DatasetBuilder::typed_data(path, shape, &values)
        .map_err(wrong)?
        .attribute(AttributeBuilder::vlen_object_references("DIMENSION_LIST", scales))
        .attribute(AttributeBuilder::vlen_strings("DIMENSION_LABELS", &names).map_err(wrong)?);
    for (name, text) in [
        ("title", main.name.as_str()),
        ("quantity", &main.name),
        ("units", generic(&main.unit)),
        ("main_data_name", &main.name),
        ("data_type", main.kind.name()),
        ("modality", "conductive AFM"),
        ("source", source),
        ("pyNSID_version", PYNSID),
    ] {
        out = out.attribute(heap.text(name, text)?);
    }
    Ok(out)
}
