//! Reading.
//!
//! A main dataset has the attributes `data_type`, `quantity` and `units`; its axes are dimension scales, datasets of one dimension beside it
//! that its `DIMENSION_LABELS` name; what the instrument said is in the attributes of a group `original_metadata`. Source: pyNSID 0.0.7.2,
//! `hdf_utils.check_if_main` and `read_h5py_dataset`. The order of the dimensions is kept: the first one of an image is its rows here.

use crate::document::{Array, Axis, Document, Format};
use crate::error::FormatError;
use hdf5_reader::group::Group;
use hdf5_reader::{Attribute, Dataset, Hdf5File, OpenOptions};
use ndarray::ArrayD;
use std::collections::BTreeSet;

/// Deepest nesting of groups that is followed.
const DEEPEST: usize = 16;
/// Largest dataset that is read.
const MOST_BYTES: usize = 1 << 31;

/// Everything of a file that NSID names.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, FormatError> {
    let options = OpenOptions::default().with_max_read_bytes(MOST_BYTES);
    let file = Hdf5File::from_bytes_with_options(bytes, options).map_err(wrong)?;
    let mut document = Document { format: Format::H5, arrays: Vec::new(), notes: Vec::new(), unreadable: Vec::new() };
    walk(&file.root_group().map_err(wrong)?, "", 0, &mut document)?;
    if document.arrays.is_empty() {
        return Err(FormatError::missing(
            "a main dataset",
            "a dataset with the attributes data_type, quantity and units (NSID)",
        ));
    }
    name_by_quantity(&mut document.arrays);
    Ok(document)
}

fn wrong(error: hdf5_reader::error::Error) -> FormatError {
    FormatError::value("the file", error, "a whole HDF5 file")
}

fn walk(group: &Group, path: &str, depth: usize, document: &mut Document) -> Result<(), FormatError> {
    let (groups, datasets) = group.members().map_err(wrong)?;
    for dataset in &datasets {
        let full = format!("{path}/{}", dataset.name());
        if let Some(quantity) = text(dataset.attribute("quantity")).filter(|_| dataset.attribute("data_type").is_ok()) {
            match main(dataset, &datasets) {
                // The quantity waits behind a line feed, which no name has, until it is known to be unique.
                Ok(array) => document.arrays.push(Array { name: format!("{full}\n{quantity}"), ..array }),
                Err(reason) => document.unreadable.push((full, reason)),
            }
        } else if text(dataset.attribute("dimension_type")).as_deref() == Some("SPECTRAL") {
            let values = reals(dataset).map_err(|e| FormatError::value(&full, e, "real numbers"))?;
            let unit = text(dataset.attribute("units"));
            let axes = vec![Axis { start: 0.0, step: 1.0, unit: String::new() }];
            document.arrays.push(Array { name: format!("{full}\n{}", dataset.name()), unit, axes, values });
        }
    }
    for inner in &groups {
        if inner.name() == "original_metadata" {
            notes(inner, document);
        } else if depth < DEEPEST && !inner.name().starts_with('_') {
            walk(inner, &format!("{path}/{}", inner.name()), depth + 1, document)?;
        }
    }
    Ok(())
}

/// A main dataset with its axes out of the datasets beside it.
fn main(dataset: &Dataset, beside: &[Dataset]) -> Result<Array, String> {
    let values = reals(dataset).map_err(|e| e.to_string())?;
    let labels = dataset.attribute("DIMENSION_LABELS").and_then(|a| a.read_strings()).unwrap_or_default();
    let axes = (0..values.ndim())
        .map(|d| {
            let scale = labels.get(d).and_then(|label| beside.iter().find(|b| b.name() == label));
            let positions = scale.and_then(|s| reals(s).ok()).filter(|p| p.len() == values.shape()[d]);
            let unit = scale.and_then(|s| text(s.attribute("units"))).unwrap_or_default();
            match positions.as_ref().and_then(|p| p.as_slice()) {
                Some(&[first, .., last]) => {
                    Axis { start: first, step: (last - first) / (values.shape()[d] - 1) as f64, unit }
                }
                _ => Axis { start: 0.0, step: 1.0, unit: String::new() },
            }
        })
        .collect();
    let unit = text(dataset.attribute("units")).filter(|u| u != "generic" && !u.is_empty());
    Ok(Array { name: String::new(), unit, axes, values })
}

fn reals(dataset: &Dataset) -> Result<ArrayD<f64>, hdf5_reader::error::Error> {
    use hdf5_reader::Datatype::{FixedPoint, FloatingPoint};
    let array = match dataset.dtype() {
        FloatingPoint { size: 4, .. } => dataset.read_array::<f32>()?.mapv(f64::from),
        FixedPoint { size: 1, signed: true, .. } => dataset.read_array::<i8>()?.mapv(f64::from),
        FixedPoint { size: 1, signed: false, .. } => dataset.read_array::<u8>()?.mapv(f64::from),
        FixedPoint { size: 2, signed: true, .. } => dataset.read_array::<i16>()?.mapv(f64::from),
        FixedPoint { size: 2, signed: false, .. } => dataset.read_array::<u16>()?.mapv(f64::from),
        FixedPoint { size: 4, signed: true, .. } => dataset.read_array::<i32>()?.mapv(f64::from),
        FixedPoint { size: 4, signed: false, .. } => dataset.read_array::<u32>()?.mapv(f64::from),
        FixedPoint { size: 8, signed: true, .. } => dataset.read_array::<i64>()?.mapv(|x| x as f64),
        FixedPoint { size: 8, signed: false, .. } => dataset.read_array::<u64>()?.mapv(|x| x as f64),
        // Everything else the library reads as f64 or refuses with its reason.
        _ => dataset.read_array::<f64>()?,
    };
    Ok(array.as_standard_layout().into_owned())
}

fn text(attribute: Result<Attribute, hdf5_reader::error::Error>) -> Option<String> {
    attribute.ok().and_then(|a| a.read_string().ok())
}

/// The notes of the first channel stand for all: instruments repeat them.
fn notes(group: &Group, document: &mut Document) {
    if !document.notes.is_empty() {
        return;
    }
    for attribute in group.attributes().unwrap_or_default() {
        let value = attribute.read_string().ok().or_else(|| attribute.read_as_f64().ok().map(|x| x.to_string()));
        document.notes.push((attribute.name.clone(), value.unwrap_or_default()));
    }
}

/// A quantity is the better name, where only one array has it.
fn name_by_quantity(arrays: &mut [Array]) {
    let quantity = |a: &Array| a.name.rsplit('\n').next().unwrap_or_default().to_owned();
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<String> = arrays.iter().map(quantity).filter(|q| !seen.insert(q.clone())).collect();
    for array in arrays {
        let short = quantity(array);
        let path = array.name.split('\n').next().unwrap_or_default().trim_start_matches('/').to_owned();
        array.name = if twice.contains(&short) { path } else { short };
    }
}
