//! An ensemble as bytes: [safetensors](https://github.com/huggingface/safetensors), which other programs read, too.
//!
//! Tensors are called `member0.segment0.block0.entry.weight` and so on, little-endian single precision. Sizes and provenance stand in the metadata, as
//! JSON under one key: the library writes several in an order that changes, and the same ensemble has the same bytes. Nothing in a file is taken on trust: what is missing, misshapen or not finite is refused before a network is made of it.

use super::{BoundaryError, Ensemble};
use crate::net::reshednet::Slot;
use crate::net::{ComputeDevice, ResHedNet, ResHedNetSpec};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::collections::{BTreeMap, HashMap};

/// The key of the metadata.
const KEY: &str = "tiptwin boundaries 1";

impl Ensemble {
    /// The bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let spec = self.members[0].spec();
        let mut notes = self.provenance.clone();
        notes.insert("members".into(), self.members.len().to_string());
        notes.insert("filters".into(), spec.filters.to_string());
        notes.insert("blocks".into(), spec.blocks.map(|b| b.to_string()).join(","));
        let notes = serde_json::to_string(&notes).expect("text");
        let metadata = HashMap::from([(KEY.to_owned(), notes)]);
        let named = |(k, net): (usize, &ResHedNet)| -> Vec<(String, Vec<usize>, Vec<u8>)> {
            let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
            net.values()
                .map(|(slot, values)| (format!("member{k}.{}", slot.name), slot.shape.clone(), bytes(values)))
                .collect()
        };
        let tensors: Vec<_> = self.members.iter().enumerate().flat_map(named).collect();
        let views: Vec<(String, TensorView<'_>)> = tensors.iter().map(view).collect();
        safetensors::serialize(views, Some(metadata)).expect("names are unique")
    }

    /// The ensemble in the bytes of a file.
    pub fn from_bytes(bytes: &[u8], device: ComputeDevice) -> Result<Self, BoundaryError> {
        let whole = |e: safetensors::SafeTensorError| wrong("the file", &e, "a whole safetensors file");
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(whole)?;
        let text = header.metadata().as_ref().and_then(|m| m.get(KEY));
        let kind = "a file that `tiptwin boundaries train` wrote";
        let text = text.ok_or_else(|| wrong("the metadata", &format!("without \"{KEY}\""), kind))?;
        let mut notes: BTreeMap<String, String> =
            serde_json::from_str(text).map_err(|e| wrong("the metadata", &e, kind))?;
        let mut note = |key: &str| notes.remove(key).unwrap_or_else(|| "missing".into());
        let count = |what: &str, text: &str, most: usize| {
            let number = text.parse::<usize>().ok().filter(|n| (1..=most).contains(n));
            number.ok_or_else(|| wrong(what, &text, &format!("1 to {most}")))
        };
        let members = count("the number of members", &note("members"), 100)?;
        let filters = count("the number of filters", &note("filters"), 256)?;
        let text = note("blocks");
        let blocks: Vec<usize> =
            text.split(',').map(|b| count("the number of blocks", b, 50)).collect::<Result<_, _>>()?;
        let blocks = blocks.try_into().map_err(|_| wrong("the number of blocks", &text, "three numbers"))?;
        let spec = ResHedNetSpec { filters, blocks };
        let file = SafeTensors::deserialize(bytes).map_err(whole)?;
        let member = |k: usize| {
            let values = spec
                .slots()
                .iter()
                .map(|slot| numbers(&file, &format!("member{k}.{}", slot.name), slot))
                .collect::<Result<_, _>>()?;
            Ok(ResHedNet::from_values(spec, device, values)?)
        };
        let members = (0..members).map(member).collect::<Result<_, BoundaryError>>()?;
        Self::new(members, notes)
    }
}

fn view((name, shape, bytes): &(String, Vec<usize>, Vec<u8>)) -> (String, TensorView<'_>) {
    (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("four bytes for every number"))
}

fn numbers(file: &SafeTensors<'_>, name: &str, slot: &Slot) -> Result<Vec<f32>, BoundaryError> {
    let tensor =
        file.tensor(name).map_err(|_| wrong(&format!("tensor {name}"), &"missing", "all tensors of every member"))?;
    if tensor.dtype() != Dtype::F32 || tensor.shape() != slot.shape {
        let is = format!("{:?} of shape {:?}", tensor.dtype(), tensor.shape());
        return Err(wrong(&format!("tensor {name}"), &is, &format!("F32 of shape {:?}", slot.shape)));
    }
    let values: Vec<f32> =
        tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    match values.iter().find(|v| !v.is_finite()) {
        Some(odd) => Err(wrong(&format!("tensor {name}"), odd, "finite numbers")),
        None => Ok(values),
    }
}

fn wrong(what: &str, value: &dyn std::fmt::Display, accepted: &str) -> BoundaryError {
    BoundaryError::File { what: what.into(), value: value.to_string(), accepted: accepted.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use tiptwin_instrument::{MasterSeed, Stream};

    fn ensemble() -> Ensemble {
        let spec = ResHedNetSpec { filters: 2, blocks: [1, 2, 1] };
        let net = |k| {
            ResHedNet::new(spec, ComputeDevice::Flex, &mut MasterSeed(1).rng(Stream::BoundaryNetwork, k)).expect("flex")
        };
        let provenance = [("recipe", "{\"rate\":0.1}"), ("seed", "1")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        Ensemble::new((0..2).map(net).collect(), provenance.into()).expect("ensemble")
    }

    #[test]
    fn what_is_written_is_read_back_and_is_always_the_same_bytes() {
        let (ensemble, image) = (ensemble(), Array2::from_shape_fn((20, 20), |(r, c)| ((r * c) as f32).sin().abs()));
        let bytes = ensemble.to_bytes();
        assert_eq!(bytes, ensemble.to_bytes());
        let read = Ensemble::from_bytes(&bytes, ComputeDevice::Flex).expect("whole");
        assert_eq!(read.provenance, ensemble.provenance);
        assert_eq!(read.of_prepared(&image).members, ensemble.of_prepared(&image).members);
    }

    #[test]
    fn files_that_end_early_are_refused_at_every_length() {
        let bytes = ensemble().to_bytes();
        for n in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
            let error = Ensemble::from_bytes(&bytes[..n], ComputeDevice::Flex).expect_err("truncated");
            assert!(error.to_string().contains("the file is"), "{n}: {error}");
        }
    }

    /// The file with some text of its header replaced by text of the same length.
    fn altered(from: &str, to: &str) -> String {
        assert_eq!(from.len(), to.len());
        let mut bytes = ensemble().to_bytes();
        let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).expect("is in the header");
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        Ensemble::from_bytes(&bytes, ComputeDevice::Flex).expect_err("refused").to_string()
    }

    #[test]
    fn wrong_files_are_refused_with_what_is_wrong() {
        assert!(altered("tiptwin boundaries 1", "tiptwin boundaries 2").contains("without \"tiptwin boundaries 1\""));
        assert!(altered("member0.fuse.bias", "member0.fuse.bios").contains("tensor member0.fuse.bias is missing"));
        assert!(
            altered(r#"members\":\"2"#, r#"members\":\"3"#)
                .contains("tensor member2.segment0.block0.entry.weight is missing")
        );
        assert!(altered(r#"filters\":\"2"#, r#"filters\":\"0"#).contains("number of filters is 0; accepted: 1 to 256"));
        assert!(altered(r#"blocks\":\"1,2,1"#, r#"blocks\":\"1,1,2"#).contains("tensor"));
        assert!(altered(r#"filters\":\"2"#, r#"filters\":\"4"#).contains("accepted: F32 of shape [4, 1, 1, 1]"));
        let mut odd = ensemble().to_bytes();
        let n = odd.len();
        odd[n - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert!(
            Ensemble::from_bytes(&odd, ComputeDevice::Flex)
                .expect_err("refused")
                .to_string()
                .contains("NaN; accepted: finite")
        );
    }
}
