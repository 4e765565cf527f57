"""What an instrument can be asked to do, and how each request is named."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

from .geometry import Position, ScanGrid
from .waveforms import Waveform


@dataclass(frozen=True)
class MeasurementId:
    """Names one action for ever: 16 bytes of the client that asked for it, and a number from 1 upwards that only grows."""

    client_id: bytes
    number: int

    def __str__(self) -> str:
        return f"{self.client_id[:4].hex()}…-{self.number}"


@dataclass(frozen=True)
class ScanTopography:
    """Scan the structure channel, usually the height."""

    grid: ScanGrid


@dataclass(frozen=True)
class ScanChannel:
    """Scan a further channel, one of `Description.further_channels`."""

    grid: ScanGrid
    channel: str


@dataclass(frozen=True)
class ScanCurrent:
    """Scan the current at a static bias."""

    grid: ScanGrid
    bias_v: float


@dataclass(frozen=True)
class SweepIv:
    """Measure a current-voltage curve. `repeat` says how often this location was measured before in this run."""

    at: Position
    waveform: Waveform
    repeat: int = 0


@dataclass(frozen=True)
class ReadScalar:
    """Measure a number, in the unit of `Description.scalar_unit`."""

    at: Position


@dataclass(frozen=True)
class SetLight:
    """Set the light, in suns (1 sun = 1000 W/m², AM1.5G); 0 is dark."""

    intensity_suns: float


@dataclass(frozen=True)
class MoveTo:
    """Move the tip without measuring."""

    at: Position


@dataclass(frozen=True)
class Approach:
    """Bring the tip to the sample."""


@dataclass(frozen=True)
class Withdraw:
    """Take the tip off the sample."""


Action: TypeAlias = ScanTopography | ScanChannel | ScanCurrent | SweepIv | ReadScalar | SetLight | MoveTo | Approach | Withdraw


def action_sha256(action: Action) -> bytes:
    """What a measurement id stands for: SHA-256 of the serialised action, 32 bytes. The server computes the same."""
    from .words import write_action

    return digest(write_action(action).SerializeToString(deterministic=True))


def digest(serialised: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(serialised).digest()
