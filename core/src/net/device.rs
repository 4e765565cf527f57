//! Where a network computes.

use burn::tensor::Device;
#[cfg(any(feature = "tch-backend", feature = "cuda-backend"))]
use burn::tensor::DeviceType;
use std::str::FromStr;

/// A back end of the network library. All names exist in every build; [`ComputeDevice::check`] says whether this build
/// on this machine can use one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComputeDevice {
    /// Pure Rust on the CPU; always there.
    #[default]
    Flex,
    /// `ndarray` on the CPU; feature `ndarray-backend`.
    NdArray,
    /// LibTorch on the CPU; feature `tch-backend`, needs LibTorch when built and when run.
    LibTorch,
    /// LibTorch on the first CUDA device; feature `tch-backend`.
    LibTorchCuda,
    /// Kernels that are compiled when first used, on the first CUDA device; feature `cuda-backend`, needs the driver and NVRTC when run.
    Cuda,
}

/// Why a device cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// No such name.
    #[error("`{name}` is not a compute device; accepted: {}", names(), name = .0)]
    Unknown(String),
    /// This build leaves it out.
    #[error(
        "compute device `{name}` is not part of this build; rebuild with `--features tiptwin/{feature}`, or use `flex`"
    )]
    NotCompiledIn {
        /// The device asked for.
        name: &'static str,
        /// The Cargo feature that brings it.
        feature: &'static str,
    },
    /// The build has it and the machine does not.
    #[error("compute device `{name}` found no CUDA device here; accepted on this machine: {}", usable())]
    NotHere {
        /// The device asked for.
        name: &'static str,
    },
}

fn names() -> String {
    ComputeDevice::ALL.map(ComputeDevice::name).join(", ")
}

fn usable() -> String {
    let usable: Vec<&str> = ComputeDevice::usable().map(ComputeDevice::name).collect();
    usable.join(", ")
}

impl ComputeDevice {
    /// All of them, whether this build has them or not.
    pub const ALL: [Self; 5] = [Self::Flex, Self::NdArray, Self::LibTorch, Self::LibTorchCuda, Self::Cuda];

    /// Those that this build on this machine can use; the default is the first.
    pub fn usable() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|d| d.check().is_ok())
    }

    /// Name as on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::NdArray => "ndarray",
            Self::LibTorch => "libtorch",
            Self::LibTorchCuda => "libtorch-cuda",
            Self::Cuda => "cuda",
        }
    }

    /// Whether this build can use the device on this machine.
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
            // The library panics where no CUDA device is; it can be asked first.
            #[cfg(feature = "tch-backend")]
            Self::LibTorchCuda => self.first(DeviceType::LibTorch),
            #[cfg(feature = "cuda-backend")]
            Self::Cuda => self.first(DeviceType::Cuda),
            #[cfg(not(feature = "ndarray-backend"))]
            Self::NdArray => Err(self.missing("ndarray-backend")),
            #[cfg(not(feature = "tch-backend"))]
            Self::LibTorch | Self::LibTorchCuda => Err(self.missing("tch-backend")),
            #[cfg(not(feature = "cuda-backend"))]
            Self::Cuda => Err(self.missing("cuda-backend")),
        }
    }

    #[cfg(any(feature = "tch-backend", feature = "cuda-backend"))]
    fn first(self, kind: DeviceType) -> Result<Device, DeviceError> {
        Device::enumerate(kind).into_vec().into_iter().next().ok_or(DeviceError::NotHere { name: self.name() })
    }

    #[cfg(not(all(feature = "ndarray-backend", feature = "tch-backend", feature = "cuda-backend")))]
    const fn missing(self, feature: &'static str) -> DeviceError {
        DeviceError::NotCompiledIn { name: self.name(), feature }
    }
}

impl FromStr for ComputeDevice {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        Self::ALL.into_iter().find(|d| d.name() == name).ok_or_else(|| DeviceError::Unknown(name.into()))
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
        assert_eq!(ComputeDevice::usable().next(), Some(ComputeDevice::default()));
        for device in ComputeDevice::ALL {
            let built = match device {
                ComputeDevice::Flex => true,
                ComputeDevice::NdArray => cfg!(feature = "ndarray-backend"),
                ComputeDevice::LibTorch | ComputeDevice::LibTorchCuda => cfg!(feature = "tch-backend"),
                ComputeDevice::Cuda => cfg!(feature = "cuda-backend"),
            };
            let left_out = matches!(device.check(), Err(DeviceError::NotCompiledIn { .. }));
            assert_eq!(left_out, !built, "{device:?}");
        }
        let ndarray = ComputeDevice::NdArray.check();
        if cfg!(feature = "ndarray-backend") {
            assert_eq!(ndarray, Ok(()));
        } else {
            let error = ndarray.expect_err("not compiled in").to_string();
            assert!(error.contains("--features tiptwin/ndarray-backend"), "{error}");
        }
    }
}
