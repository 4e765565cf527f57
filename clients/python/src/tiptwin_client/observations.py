"""What comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .actions import MeasurementId
from .geometry import Position, ScanGrid


@dataclass(frozen=True, eq=False)
class Observation:
    """An action that was carried out.

    `id` names it for ever. `read_back` is where the tip was read back to be, for actions that have a place. `instrument_time_s` is the
    instrument's own clock when the action ended, `wall_time_s` how long it took on the workstation.
    """

    id: MeasurementId
    read_back: Position | None
    instrument_time_s: float
    wall_time_s: float


@dataclass(frozen=True, eq=False)
class Image(Observation):
    """A scan. `values` has the shape (grid.rows, grid.cols), in `unit` (SI; empty for arbitrary units); row 0 is the first scan line."""

    channel: str
    unit: str
    grid: ScanGrid
    values: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class IvCurve(Observation):
    """A current-voltage curve: `bias_v` and `current_a` have the same shape (N,), samples are `sample_interval_s` apart.

    `saturated` says whether the amplifier clipped at least one sample.
    """

    bias_v: NDArray[np.float64]
    current_a: NDArray[np.float64]
    sample_interval_s: float
    saturated: bool


@dataclass(frozen=True, eq=False)
class Scalar(Observation):
    """A number, in the unit of `Description.scalar_unit`."""

    value: float


@dataclass(frozen=True, eq=False)
class Done(Observation):
    """Carried out; there is nothing to tell."""


@dataclass(frozen=True)
class ChannelKind:
    """A channel and its SI unit; an empty unit means arbitrary units."""

    name: str
    unit: str


@dataclass(frozen=True)
class Description:
    """Who an instrument is, what it can do, and how far it may go. None stands for what is not known or not there."""

    driver: str
    identity: str
    serial: str | None
    simulated: bool
    structure: ChannelKind
    further_channels: tuple[ChannelKind, ...]
    can_sweep_iv: bool
    can_scan_current: bool
    can_set_light: bool
    can_scan_any_grid: bool
    scalar_unit: str | None
    current_noise_a: float | None
    scalar_noise: float | None
    reach: ScanGrid
    bias_max_v: float
    light_max_suns: float
    sweep_max_s: float


@dataclass(frozen=True)
class Status:
    """How a server stands.

    `lease_name` is who has control (empty: nobody) and `lease_left_s` how long without a heartbeat. `safe`: the instrument was made safe
    and nothing was done since. `busy`: an action is under way. `begun`: actions that were begun since the server started.
    """

    lease_name: str
    lease_left_s: float | None
    safe: bool
    busy: bool
    begun: int
