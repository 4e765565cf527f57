//! A residual, holistically-nested edge detector (ResHedNet): an image in, the logit of "boundary" for every pixel out.
//!
//! Three segments of residual blocks see the image at full, half and quarter resolution. Each gives a score of its own by a 1 × 1 convolution;
//! the scores are brought to the size of the image bilinearly and fused by another one. Nested scores are those of Xie & Tu, *Holistically-Nested Edge
//! Detection*, ICCV 2015, arXiv:1504.06375, without their supervision of each side; blocks are those of He et al., CVPR 2016, arXiv:1512.03385; the
//! arrangement and its sizes are AtomAI's (`atomai/nets/fcnn.py`, `nets/blocks.py` of pycroscopy/atomai v0.8.1).
//!
//! ```text
//! block        h = C₁ x,   y = ℓ(h + N₂ C₃ ℓ(N₁ C₃ h))      C₁, C₃: 1 × 1 and 3 × 3 convolutions with bias, N: batch norm, ℓ: slope 0.01 below 0
//! segments     F, 2F, 4F channels; halved by the maximum of 2 × 2 between them
//! sides        sₖ = N C₁ (segment k), bilinear to the size of the image
//! output       C₁ [s₁, s₂, s₃]
//! ```

mod forward;
mod network;
mod spec;
#[cfg(test)]
mod tests;

pub use network::ResHedNet;
pub use spec::{ResHedNetSpec, Slot};
