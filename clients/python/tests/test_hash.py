"""The name of a request: the same bytes on both sides."""

import hashlib
import struct

from tiptwin_client import BiasList, Position, SetLight, SweepIv, Withdraw, action_sha256
from tiptwin_client.words import write_action


def field(number: int, content: bytes) -> bytes:
    """A field of bytes; short ones only."""
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def double(number: int, value: float) -> bytes:
    """A field of eight bytes."""
    return bytes([number << 3 | 1]) + struct.pack("<d", value)


def test_an_action_is_hashed_as_the_bytes_that_the_encoding_prescribes() -> None:
    at = field(1, double(1, 2e-7) + double(2, -0.0))
    biases = field(1, struct.pack("<3d", 0.0, -0.5, 1.0))
    waveform = field(2, field(4, biases + double(2, 1e-3)))
    expected = field(4, at + waveform + bytes([3 << 3, 2]))
    action = SweepIv(Position(2e-7, -0.0), BiasList([0.0, -0.5, 1.0], 1e-3), repeat=2)
    assert write_action(action).SerializeToString(deterministic=True) == expected
    assert action_sha256(action) == hashlib.sha256(expected).digest()


def test_zero_travels_and_a_negative_zero_is_another_action() -> None:
    assert action_sha256(SetLight(0.0)) == hashlib.sha256(field(6, double(1, 0.0))).digest()
    assert action_sha256(SetLight(-0.0)) != action_sha256(SetLight(0.0))


def test_an_action_without_fields_has_a_hash_of_its_own() -> None:
    assert action_sha256(Withdraw()) == hashlib.sha256(field(9, b"")).digest()
