//! NSID: pycroscopy's convention for HDF5 files (`.h5`).
//!
//! A group holds one main dataset and, beside it, a dataset of one dimension for each of its axes, attached as a dimension scale; attributes
//! say what they are. Source: pyNSID 0.0.7.2, `io/hdf_utils.py` and `io/hdf_io.py`.

mod heap;
mod read;
mod write;

pub(crate) use read::read;
pub use write::{Axis, Kind, Main, write};
