"""From Python to messages and back. What arrives is checked before anything is made of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from . import actions as act
from .errors import (
    ControlHeld,
    ControlLost,
    ErrorKind,
    IdReused,
    InstrumentError,
    RefusalReason,
    Refused,
    UnknownOutcome,
)
from .geometry import Position, ScanGrid
from .observations import ChannelKind, Description, Done, Image, IvCurve, Observation, Scalar, Status
from .waveforms import BiasList, Bipolar, Forc, Triangle, Waveform
from .wire import instrument_pb2 as wire

KINDS: Final = {
    wire.InstrumentError.KIND_INVALID_REQUEST: ErrorKind.INVALID_REQUEST,
    wire.InstrumentError.KIND_UNSUPPORTED: ErrorKind.UNSUPPORTED,
    wire.InstrumentError.KIND_OUT_OF_LIMITS: ErrorKind.OUT_OF_LIMITS,
    wire.InstrumentError.KIND_BAD_MEASUREMENT: ErrorKind.BAD_MEASUREMENT,
    wire.InstrumentError.KIND_TIMEOUT: ErrorKind.TIMEOUT,
    wire.InstrumentError.KIND_DATA: ErrorKind.DATA,
    wire.InstrumentError.KIND_FAULT: ErrorKind.FAULT,
    wire.InstrumentError.KIND_LINK: ErrorKind.LINK,
    wire.InstrumentError.KIND_UNKNOWN_OUTCOME: ErrorKind.UNKNOWN_OUTCOME,
}

REASONS: Final = {
    wire.Refusal.REASON_MALFORMED: RefusalReason.MALFORMED,
    wire.Refusal.REASON_HELD: RefusalReason.HELD,
    wire.Refusal.REASON_NO_LEASE: RefusalReason.NO_LEASE,
    wire.Refusal.REASON_ID_REUSED: RefusalReason.ID_REUSED,
    wire.Refusal.REASON_ID_TOO_OLD: RefusalReason.ID_TOO_OLD,
    wire.Refusal.REASON_BUSY: RefusalReason.BUSY,
    wire.Refusal.REASON_TOO_FAST: RefusalReason.TOO_FAST,
    wire.Refusal.REASON_ID_UNKNOWN: RefusalReason.ID_UNKNOWN,
    wire.Refusal.REASON_NO_JOURNAL: RefusalReason.NO_JOURNAL,
}

REFUSALS: Final[dict[RefusalReason, type[Refused]]] = {
    RefusalReason.HELD: ControlHeld,
    RefusalReason.NO_LEASE: ControlLost,
    RefusalReason.ID_REUSED: IdReused,
}


def write_position(at: Position) -> wire.Position:
    """As a message."""
    return wire.Position(x_m=at.x_m, y_m=at.y_m)


def write_grid(grid: ScanGrid) -> wire.ScanGrid:
    """As a message."""
    return wire.ScanGrid(
        origin=write_position(grid.origin),
        width_m=grid.width_m,
        height_m=grid.height_m,
        rows=grid.rows,
        cols=grid.cols,
    )


def write_waveform(waveform: Waveform) -> wire.Waveform:
    """As a message."""
    w = waveform
    if isinstance(w, Triangle):
        return wire.Waveform(triangle=wire.Triangle(peak_v=w.peak_v, samples=w.samples, duration_s=w.duration_s))
    if isinstance(w, Bipolar):
        return wire.Waveform(bipolar=wire.Bipolar(peak_v=w.peak_v, samples=w.samples, duration_s=w.duration_s))
    if isinstance(w, Forc):
        forc = wire.Forc(
            step_v=w.step_v,
            loops=w.loops,
            samples_per_step=w.samples_per_step,
            rate_v_per_s=w.rate_v_per_s,
            rest_s=w.rest_s,
        )
        return wire.Waveform(forc=forc)
    if isinstance(w, BiasList):
        bias_v = np.asarray(w.bias_v, dtype=np.float64)
        return wire.Waveform(list=wire.BiasList(bias_v=bias_v.tolist(), interval_s=w.interval_s))
    conditioned = wire.Conditioned(pre_bias_v=w.pre_bias_v, pre_bias_s=w.pre_bias_s, wait_s=w.wait_s, then=write_waveform(w.then))
    return wire.Waveform(conditioned=conditioned)


def write_action(action: act.Action) -> wire.Action:
    """As a message."""
    a = action
    if isinstance(a, act.ScanTopography):
        return wire.Action(scan_topography=wire.ScanTopography(grid=write_grid(a.grid)))
    if isinstance(a, act.ScanChannel):
        return wire.Action(scan_channel=wire.ScanChannel(grid=write_grid(a.grid), channel=a.channel))
    if isinstance(a, act.ScanCurrent):
        return wire.Action(scan_current=wire.ScanCurrent(grid=write_grid(a.grid), bias_v=a.bias_v))
    if isinstance(a, act.SweepIv):
        sweep = wire.SweepIv(at=write_position(a.at), waveform=write_waveform(a.waveform), repeat=a.repeat)
        return wire.Action(sweep_iv=sweep)
    if isinstance(a, act.ReadScalar):
        return wire.Action(read_scalar=wire.ReadScalar(at=write_position(a.at)))
    if isinstance(a, act.SetLight):
        return wire.Action(set_light=wire.SetLight(intensity_suns=a.intensity_suns))
    if isinstance(a, act.MoveTo):
        return wire.Action(move_to=wire.MoveTo(at=write_position(a.at)))
    if isinstance(a, act.Approach):
        return wire.Action(approach=wire.Approach())
    return wire.Action(withdraw=wire.Withdraw())


def read_grid(grid: wire.ScanGrid) -> ScanGrid:
    """From a message."""
    origin = Position(grid.origin.x_m, grid.origin.y_m)
    return ScanGrid(origin, grid.width_m, grid.height_m, grid.rows, grid.cols)


def read_error(error: wire.InstrumentError, id: act.MeasurementId | None = None) -> InstrumentError:
    """From a message. An error of a kind that this version does not know is a fault."""
    kind = KINDS.get(error.kind, ErrorKind.FAULT)
    if kind is ErrorKind.UNKNOWN_OUTCOME:
        return UnknownOutcome(error.message, id)
    return InstrumentError(kind, error.message, id)


def read_refusal(refusal: wire.Refusal) -> Refused:
    """From a message. A reason that this version does not know means that the request cannot have been understood."""
    reason = REASONS.get(refusal.reason, RefusalReason.MALFORMED)
    retry_after_s = refusal.retry_after_s if refusal.HasField("retry_after_s") else None
    return REFUSALS.get(reason, Refused)(reason, refusal.message, retry_after_s)


def read_observation(id: act.MeasurementId, o: wire.Observation) -> Observation:
    """From a message. Shapes are compared with what was declared before anything is made of the numbers."""
    read_back = Position(o.read_back.x_m, o.read_back.y_m) if o.HasField("read_back") else None
    head = (id, read_back, o.instrument_time_s, o.wall_time_s)
    which = o.WhichOneof("outcome")
    if which == "image":
        grid = read_grid(o.image.grid)
        if len(o.image.values) != grid.rows * grid.cols:
            raise malformed(f"an image of {grid.rows} × {grid.cols} pixels with {len(o.image.values)} values", id)
        values = np.array(o.image.values, dtype=np.float64).reshape(grid.rows, grid.cols)
        return Image(*head, o.image.channel, o.image.unit, grid, values)
    if which == "curve":
        bias_v = np.array(o.curve.bias_v, dtype=np.float64)
        current_a = np.array(o.curve.current_a, dtype=np.float64)
        if bias_v.shape != current_a.shape:
            raise malformed(f"a curve of {bias_v.size} biases and {current_a.size} currents", id)
        return IvCurve(*head, bias_v, current_a, o.curve.sample_interval_s, o.curve.saturated)
    if which == "scalar":
        return Scalar(*head, o.scalar)
    if which == "done":
        return Done(*head)
    raise malformed("an observation without an outcome", id)


def malformed(why: str, id: act.MeasurementId | None = None) -> InstrumentError:
    """An answer that cannot be read."""
    return InstrumentError(ErrorKind.DATA, f"the server's answer is malformed: {why}", id)


def read_description(d: wire.Description) -> Description:
    """From a message."""
    c, limits = d.capabilities, d.limits
    return Description(
        driver=d.driver,
        identity=d.identity,
        serial=d.serial if d.HasField("serial") else None,
        simulated=c.simulated,
        structure=ChannelKind(c.structure_channel, c.structure_unit),
        further_channels=tuple(ChannelKind(k.name, k.unit) for k in c.further_channels),
        can_sweep_iv=c.sweep_iv,
        can_scan_current=c.scan_current,
        can_set_light=c.light,
        can_scan_any_grid=c.any_grid,
        scalar_unit=c.scalar_unit if c.HasField("scalar_unit") else None,
        current_noise_a=c.current_noise_a if c.HasField("current_noise_a") else None,
        scalar_noise=c.scalar_noise if c.HasField("scalar_noise") else None,
        reach=read_grid(limits.reach),
        bias_max_v=limits.bias_max_v,
        light_max_suns=limits.light_max_suns,
        sweep_max_s=limits.sweep_max_s,
    )


def read_status(s: wire.Status) -> Status:
    """From a message."""
    lease_left_s = s.lease_left_s if s.HasField("lease_left_s") else None
    return Status(s.lease_name, lease_left_s, s.safe, s.busy, s.begun)
