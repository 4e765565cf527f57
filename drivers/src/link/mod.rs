//! Instruments and decisions over a network: gRPC over HTTP/2.
//!
//! [`door`] is who may come in and how much of them (addresses, mutual TLS, bounds); [`wire`] is what is said. docs/link.md is the manual.

pub mod door;
pub mod wire;
