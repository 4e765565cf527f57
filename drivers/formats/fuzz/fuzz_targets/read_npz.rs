#![no_main]
//! Any bytes are read or refused.

use libfuzzer_sys::fuzz_target;
use tiptwin_formats::{Document, Format};

fuzz_target!(|bytes: &[u8]| {
    let _ = Document::read(Format::Npz, bytes, "fuzz");
});
