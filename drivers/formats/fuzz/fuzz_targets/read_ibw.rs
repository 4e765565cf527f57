#![no_main]
//! Any bytes are read or refused. The checksum is repaired first, or the fuzzer would never get past it.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    if bytes.len() >= 384 {
        let big = bytes[0] == 0;
        bytes[2..4].fill(0);
        let word = |w: &[u8]| if big { u16::from_be_bytes([w[0], w[1]]) } else { u16::from_le_bytes([w[0], w[1]]) };
        let sum = bytes[..384].chunks(2).fold(0_u16, |s, w| s.wrapping_add(word(w)));
        let check = 0_u16.wrapping_sub(sum);
        bytes[2..4].copy_from_slice(&if big { check.to_be_bytes() } else { check.to_le_bytes() });
    }
    if let Ok(wave) = tiptwin_formats::ibw::Wave::read(&bytes) {
        assert!(wave.values.len() <= bytes.len());
        let _ = (wave.arrays(), tiptwin_formats::ibw::notes(&wave.note));
        // What was read can be written and read again.
        if let Ok(written) = wave.write() {
            tiptwin_formats::ibw::Wave::read(&written).expect("what we write we read");
        }
    }
});
