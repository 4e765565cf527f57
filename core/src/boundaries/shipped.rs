//! The ensemble that ships with the program.
//!
//! It learnt from films of the twin where boundaries are, and nothing about any property.

use super::{BoundaryError, Ensemble};
use crate::net::ComputeDevice;

/// The file, made by `tiptwin boundaries train --out core/src/boundaries/shipped.safetensors`.
const SHIPPED: &[u8] = include_bytes!("shipped.safetensors");

impl Ensemble {
    /// The ensemble that ships with the program.
    pub fn shipped(device: ComputeDevice) -> Result<Self, BoundaryError> {
        Self::from_bytes(SHIPPED, device)
    }
}
