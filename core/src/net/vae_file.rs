//! An autoencoder as the bytes of a safetensors file, with its shape and where it comes from.
//!
//! The format is <https://github.com/huggingface/safetensors>: little-endian arrays under names. All metadata are one JSON text under one key,
//! because the library writes keys in no fixed order.

use super::ComputeDevice;
use super::adam::Moments;
use super::vae::{Parameter, Vae, VaeError};
use super::vae_spec::VaeSpec;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

const KEY: &str = "tiptwin-vae";
const VERSION: u32 = 1;

/// Where an autoencoder comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// What it was trained on.
    pub data: String,
    /// Number of patches.
    pub patches: usize,
    /// Seed of weights and samples.
    pub seed: u64,
    /// Version of the program.
    pub version: String,
}

#[derive(Serialize, Deserialize)]
struct About {
    format: u32,
    spec: VaeSpec,
    provenance: Provenance,
}

impl Vae {
    /// The bytes of its file. Equal networks give equal bytes.
    pub fn save(&self, provenance: &Provenance) -> Result<Vec<u8>, VaeError> {
        let failed = |e: &dyn std::fmt::Display| VaeError::File(e.to_string());
        let about = About { format: VERSION, spec: self.spec().clone(), provenance: provenance.clone() };
        let about = serde_json::to_string(&about).map_err(|e| failed(&e))?;
        let little = |p: &Parameter| -> Vec<u8> { p.moments.values().iter().flat_map(|v| v.to_le_bytes()).collect() };
        let bytes: Vec<Vec<u8>> = self.parameters().iter().map(little).collect();
        let views = self.parameters().iter().zip(&bytes).map(|(p, bytes)| {
            let view = TensorView::new(Dtype::F32, p.shape.to_vec(), bytes).map_err(|e| failed(&e))?;
            Ok((p.name.clone(), view))
        });
        let views = views.collect::<Result<Vec<_>, VaeError>>()?;
        safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), about)]))).map_err(|e| failed(&e))
    }

    /// The autoencoder of such bytes, to encode, to decode or to train further, and where it comes from.
    pub fn load(bytes: &[u8], device: ComputeDevice) -> Result<(Self, Provenance), VaeError> {
        let failed = |e: &dyn std::fmt::Display| VaeError::File(e.to_string());
        device.check()?;
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| failed(&e))?;
        let about = metadata.metadata().as_ref().and_then(|m| m.get(KEY));
        let about = about.ok_or_else(|| failed(&format!("it has no `{KEY}` among its metadata")))?;
        let about: About = serde_json::from_str(about).map_err(|e| failed(&e))?;
        if about.format != VERSION {
            return Err(failed(&format!("its format is {}; accepted: {VERSION}", about.format)));
        }
        if let Some(fault) = about.spec.fault() {
            return Err(VaeError::Spec(fault));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| failed(&e))?;
        let read = |(name, shape, _): (String, [usize; 2], usize)| {
            let tensor = tensors.tensor(&name).map_err(|e| failed(&e))?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
                let (found, kind) = (tensor.shape(), tensor.dtype());
                return Err(failed(&format!("`{name}` is {kind:?} of {found:?}; accepted: F32 of {shape:?}")));
            }
            let number = |b: &[u8]| f32::from_le_bytes(b.try_into().unwrap_or_default());
            let values: Vec<f32> = tensor.data().chunks_exact(4).map(number).collect();
            match values.iter().find(|v| !v.is_finite()) {
                Some(v) => Err(failed(&format!("`{name}` holds {v}; every weight must be finite"))),
                None => Ok(Parameter { name, shape, moments: Moments::at(values) }),
            }
        };
        let parameters = about.spec.parameters().into_iter().map(read).collect::<Result<_, _>>()?;
        Ok((Self::from_parts(about.spec, device, parameters), about.provenance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use tiptwin_instrument::{MasterSeed, Stream};

    fn vae() -> Vae {
        let mut rng = MasterSeed(4).rng(Stream::NetworkInit, 0);
        Vae::new(VaeSpec::fast(6), ComputeDevice::Flex, &mut rng).expect("usable")
    }

    #[test]
    fn what_is_read_back_encodes_and_decodes_the_same() {
        let (vae, provenance) = (vae(), Provenance { data: "a film".into(), patches: 7, seed: 4, version: "0".into() });
        let bytes = vae.save(&provenance).expect("saves");
        assert_eq!(bytes, vae.save(&provenance).expect("saves"));
        let (again, from) = Vae::load(&bytes, ComputeDevice::Flex).expect("loads");
        let x = Array2::from_shape_fn((5, 36), |(i, j)| ((i * 36 + j) as f32 * 0.7).sin());
        let codes = vae.encode(x.view()).expect("encodes");
        assert_eq!((from, again.spec()), (provenance, vae.spec()));
        assert_eq!(codes, again.encode(x.view()).expect("encodes"));
        let images = |v: &Vae| v.decode(codes.content.view(), 9).expect("decodes");
        assert_eq!(images(&vae), images(&again));
    }

    #[test]
    fn a_damaged_file_is_refused_wherever_it_is_damaged() {
        let bytes = vae().save(&Provenance::default()).expect("saves");
        for length in [0, 7, 8, 100, bytes.len() - 1] {
            assert!(matches!(Vae::load(&bytes[..length], ComputeDevice::Flex), Err(VaeError::File(_))), "{length}");
        }
        let mut broken = bytes.clone();
        let end = broken.len();
        broken[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        let error = Vae::load(&broken, ComputeDevice::Flex).expect_err("not a number").to_string();
        assert!(error.contains("NaN") && error.contains("must be finite"), "{error}");
        let text = String::from_utf8_lossy(&bytes[..900]).replace(KEY, "another-vae");
        let mut other = text.into_bytes();
        other.extend_from_slice(&bytes[900..]);
        let error = Vae::load(&other, ComputeDevice::Flex).expect_err("another model").to_string();
        assert!(error.contains(KEY), "{error}");
    }
}
