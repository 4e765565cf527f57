//! Where a network computes.

use burn::tensor::Device;
use std::str::FromStr;

/// A back end of the network library. All names exist in every build; [`ComputeDevice::check`] says whether this build
/// can use one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComputeDevice {
    /// Pure Rust on the CPU; always there.
    #[default]
    Flex,
    /// `ndarray` on the CPU; feature `ndarray-backend`.
    NdArray,
    /// libtorch on the CPU; feature `tch-backend`, needs libtorch when built and when run.
    LibTorch,
    /// libtorch on the first CUDA device; feature `tch-backend`.
    LibTorchCuda,
}

/// Why a device cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// No such name.
    #[error("`{0}` is not a compute device; accepted: flex, ndarray, libtorch, libtorch-cuda")]
    Unknown(String),
    /// This build leaves it out.
    #[error("compute device `{name}` is not part of this build; rebuild with `--features {feature}`, or use `flex`")]
    NotCompiledIn {
        /// The device asked for.
        name: &'static str,
        /// The Cargo feature of tiptwin-core that brings it.
        feature: &'static str,
    },
}

impl ComputeDevice {
    /// Name as in a scenario file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::NdArray => "ndarray",
            Self::LibTorch => "libtorch",
            Self::LibTorchCuda => "libtorch-cuda",
        }
    }

    /// Whether this build can use the device.
    pub fn check(self) -> Result<(), DeviceError> {
        self.open().map(|_| ())
    }

    /// The library's own device.
    #[cfg_attr(
        any(feature = "ndarray-backend", feature = "tch-backend"),
        expect(deprecated, reason = "burn retires these back ends; docs/decisions/0002-burn.md says why they stay")
    )]
    pub(super) fn open(self) -> Result<Device, DeviceError> {
        match self {
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray-backend")]
            Self::NdArray => Ok(Device::ndarray()),
            #[cfg(feature = "tch-backend")]
            Self::LibTorch => Ok(Device::libtorch()),
            #[cfg(feature = "tch-backend")]
            Self::LibTorchCuda => Ok(Device::libtorch_cuda(0)),
            #[cfg(not(feature = "ndarray-backend"))]
            Self::NdArray => Err(DeviceError::NotCompiledIn { name: self.name(), feature: "ndarray-backend" }),
            #[cfg(not(feature = "tch-backend"))]
            Self::LibTorch | Self::LibTorchCuda => {
                Err(DeviceError::NotCompiledIn { name: self.name(), feature: "tch-backend" })
            }
        }
    }
}

impl FromStr for ComputeDevice {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        [Self::Flex, Self::NdArray, Self::LibTorch, Self::LibTorchCuda]
            .into_iter()
            .find(|d| d.name() == name)
            .ok_or_else(|| DeviceError::Unknown(name.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_unknown_ones_refused() {
        assert_eq!("flex".parse(), Ok(ComputeDevice::Flex));
        assert_eq!("libtorch-cuda".parse(), Ok(ComputeDevice::LibTorchCuda));
        let error = "gpu".parse::<ComputeDevice>().expect_err("no such device").to_string();
        assert!(error.contains("accepted: flex"), "{error}");
    }

    #[test]
    fn what_is_compiled_in_opens_and_the_rest_says_how_to_get_it() {
        assert_eq!(ComputeDevice::Flex.check(), Ok(()));
        let ndarray = ComputeDevice::NdArray.check();
        if cfg!(feature = "ndarray-backend") {
            assert_eq!(ndarray, Ok(()));
        } else {
            let error = ndarray.expect_err("not compiled in").to_string();
            assert!(error.contains("--features ndarray-backend"), "{error}");
        }
    }
}
