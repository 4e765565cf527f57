"""Bias programmes of a current-voltage sweep, at a constant sampling rate. Biases are those of the tip against the substrate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Triangle:
    """0 → peak → 0 in equal steps.

    `samples` in all, odd, at least 5; `duration_s` from the first to the last sample. The default is the triangle of the published
    halide-perovskite curves, as in a scenario file.
    """

    peak_v: float = 1.5
    samples: int = 251
    duration_s: float = 2.0


@dataclass(frozen=True)
class Bipolar:
    """0 → peak → −peak → 0 in equal steps; `samples` is one more than a multiple of 4."""

    peak_v: float
    samples: int
    duration_s: float


@dataclass(frozen=True)
class Forc:
    """First-order reversal curves: loops 0 → k·step → 0 for k = 1 … `loops`, `rest_s` at 0 V between two of them."""

    step_v: float
    loops: int
    samples_per_step: int
    rate_v_per_s: float
    rest_s: float = 0.0


@dataclass(frozen=True, eq=False)
class BiasList:
    """Any voltages, shape (N,), one after the other every `interval_s`."""

    bias_v: Sequence[float] | NDArray[np.float64]
    interval_s: float


@dataclass(frozen=True)
class Conditioned:
    """Another programme after the location was held at `pre_bias_v` for `pre_bias_s` and then left at 0 V for `wait_s`."""

    pre_bias_v: float
    pre_bias_s: float
    wait_s: float
    then: Waveform


Waveform: TypeAlias = Triangle | Bipolar | Forc | BiasList | Conditioned
