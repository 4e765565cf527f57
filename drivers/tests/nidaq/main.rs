//! Converters over both roads: NI's gRPC service as the emulated server speaks it, and a C library with NI's names.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod faults;
mod grpc;
mod library;
mod properties;
mod suite;
