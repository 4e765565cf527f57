"""Where to measure next: a session with a decision service."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, TypeAlias, TypeVar

import grpc
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .door import connect, reason
from .errors import DecisionError, LinkLost, SessionProblem
from .geometry import Pixel, Position, ScanGrid
from .observations import Image, IvCurve
from .patience import PASSING, Patience, ask
from .wire import decision_pb2 as wire
from .wire.decision_pb2_grpc import DecisionsStub

Request = TypeVar("Request")
Answer = TypeVar("Answer")

PROBLEMS = {
    grpc.StatusCode.INVALID_ARGUMENT: SessionProblem.INVALID,
    grpc.StatusCode.NOT_FOUND: SessionProblem.NO_SESSION,
    grpc.StatusCode.FAILED_PRECONDITION: SessionProblem.WRONG_TIME,
    grpc.StatusCode.ALREADY_EXISTS: SessionProblem.TOLD_BEFORE,
    grpc.StatusCode.RESOURCE_EXHAUSTED: SessionProblem.NO_ROOM,
    grpc.StatusCode.OUT_OF_RANGE: SessionProblem.INVALID,
    grpc.StatusCode.INTERNAL: SessionProblem.DEFECT,
}


@dataclass(frozen=True, eq=False)
class Channel:
    """One channel of the scan: `values` of shape (rows, cols), finite, in `unit` (SI; empty for arbitrary units)."""

    channel: str
    unit: str
    values: ArrayLike


@dataclass(frozen=True, eq=False)
class Curve:
    """A current-voltage curve: `bias_v` and `current_a` of the same shape (N,), finite, samples `sample_interval_s` apart."""

    bias_v: ArrayLike
    current_a: ArrayLike
    sample_interval_s: float


@dataclass(frozen=True)
class Failed:
    """Nothing could be measured there; the location is closed."""

    reason: str


Outcome: TypeAlias = float | Curve | IvCurve | Failed


@dataclass(frozen=True)
class Point:
    """Where to measure. `mean` and `sigma` are expected there, in the unit of the target that steers, `acquisition` is the figure of merit.

    None where no model was asked, as for the first location.
    """

    pixel: Pixel
    position: Position
    mean: float | None
    sigma: float | None
    acquisition: float | None


@dataclass(frozen=True)
class Told:
    """What was made of a measurement: the value of the target that steers, or None and a `reason`. `censored`: it is only a bound."""

    number: int
    value: float | None
    censored: bool
    reason: str


@dataclass(frozen=True)
class Target:
    """A property that is learnt, and its SI unit."""

    name: str
    unit: str


@dataclass(frozen=True, eq=False)
class Map:
    """What is believed: `mean` and `sigma` of shape (rows, cols), value (0, 0) at pixel `first`; pixels outside have no complete window.

    `sigma` is the standard deviation of the property without measurement noise. Both are None before the first usable measurement.
    """

    first: Pixel
    mean: NDArray[np.float64] | None
    sigma: NDArray[np.float64] | None
    measured: int


class Decisions:
    """A service that `tiptwin link serve-decisions` offers.

    Arguments are those of `Instrument`; a decision may take as long as `patience_s`.
    """

    def __init__(
        self,
        address: str,
        *,
        certificates: str | os.PathLike[str] | None = None,
        server_name: str | None = None,
        patience_s: float = 60.0,
    ) -> None:
        self.address = address
        self.patience_s = Patience(patience_s).silence_s
        self._channel = connect(address, certificates, server_name)
        self._stub = DecisionsStub(self._channel)

    def __enter__(self) -> Decisions:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; sessions go on until they expire."""
        self._channel.close()

    def open(
        self,
        grid: ScanGrid,
        images: Sequence[Channel | Image],
        *,
        kind: Literal["scalar", "curve"],
        scenario: str = "",
        seed: int = 0,
        current_noise_a: float | None = None,
        scalar_noise: float | None = None,
    ) -> Session:
        """Opens a session. `images`: the structure image first, then further channels of the same pixels.

        `scenario` is TOML as in a scenario file: [explore], [measurement], and [scan] with corrections alone; empty takes every default.
        The noise is the standard deviation of one sample of a curve's current, or of the number, where it is known. The same seed and the
        same measurements give the same locations as a run of tiptwin.

        Raises `DecisionError` (nothing was kept) and `LinkLost`; a lost answer is not asked for again, and the session it may have opened
        expires.
        """
        request = wire.OpenRequest(
            grid=wire.Grid(
                origin_x_m=grid.origin.x_m,
                origin_y_m=grid.origin.y_m,
                width_m=grid.width_m,
                height_m=grid.height_m,
                rows=grid.rows,
                cols=grid.cols,
            ),
            images=[_written(image, grid) for image in images],
            kind=wire.KIND_SCALAR if kind == "scalar" else wire.KIND_CURVE,
            scenario=scenario,
            seed=seed,
            current_noise_a=current_noise_a,
            scalar_noise=scalar_noise,
        )
        try:
            reply = self._stub.Open(request, timeout=self.patience_s)
        except grpc.RpcError as e:
            raise _said(e, f"opening a session at {self.address}") from e
        return Session(self._stub, reply, self.patience_s)


class Session:
    """A session with a decision service, made by `Decisions.open`. Leaving its `with` block closes it, and the service forgets its data.

    `targets` is what is learnt (the first steers), `steps` the locations in all, `batch` how many are chosen at a time.
    """

    def __init__(self, stub: DecisionsStub, reply: wire.OpenReply, patience_s: float) -> None:
        self._stub = stub
        self._patience_s = patience_s
        self._next = 0
        self._is_open = True
        self.session = reply.session
        self.targets = tuple(Target(t.name, t.unit) for t in reply.targets)
        self.strategy = reply.strategy
        self.acquisition = reply.acquisition
        self.steps = reply.steps
        self.batch = reply.batch
        self.expires_after_s = reply.expires_after_s

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def touched(self) -> int:
        """Locations told so far, usable or not."""
        return self._next

    def ask(self, count: int = 0) -> list[Point]:
        """The next `count` locations (0: `batch`); fewer at the end, none when all steps are done. Without telling, the same ones again.

        The picks of `tiptwin explore` come from `ask(1)` at first and whole batches after it, or from `ask(1)` each time.
        """
        reply = self._ask(self._stub.Ask, wire.AskRequest(session=self.session, count=count), "ask")
        return [_point(p) for p in reply.points]

    def tell(self, at: Pixel | Position, outcome: Outcome) -> Told:
        """Takes in what was measured at a location with a complete window that was not measured before, asked for or not."""
        return self.tell_all([(at, outcome)])[0]

    def tell_all(self, measured: Sequence[tuple[Pixel | Position, Outcome]]) -> list[Told]:
        """Takes in measurements: all of them or, with a `DecisionError`, none."""
        numbered = enumerate(measured, start=self._next)
        measurements = [_measurement(number, at, outcome) for number, (at, outcome) in numbered]
        # The numbers let it be sent again after a lost answer.
        request = wire.TellRequest(session=self.session, measurements=measurements)
        reply = self._ask(self._stub.Tell, request, "tell")
        self._next += len(measurements)
        return [Told(t.number, t.value if t.HasField("value") else None, t.censored, t.reason) for t in reply.told]

    def map(self, target: int = 0) -> Map:
        """What is believed of `targets[target]` at every location that has a complete window."""
        m = self._ask(self._stub.Map, wire.MapRequest(session=self.session, target=target), "map")
        first = Pixel(m.first.row, m.first.col)
        if not m.mean:
            return Map(first, None, None, m.measured)
        mean, sigma = (np.array(v, dtype=np.float64) for v in (m.mean, m.sigma))
        if mean.size != m.rows * m.cols or sigma.size != mean.size:
            problem = f"a map of {m.rows} × {m.cols} pixels with {mean.size} and {sigma.size} values"
            raise DecisionError(SessionProblem.DEFECT, problem)
        return Map(first, mean.reshape(m.rows, m.cols), sigma.reshape(m.rows, m.cols), m.measured)

    def close(self) -> None:
        """Ends the session. Doing it again does nothing."""
        if self._is_open:
            self._is_open = False
            self._ask(self._stub.Close, wire.CloseRequest(session=self.session), "close")

    def _ask(self, call: grpc.UnaryUnaryMultiCallable[Request, Answer], request: Request, what: str) -> Answer:
        try:
            return ask(call, request, what, Patience(self._patience_s), passing=PASSING - PROBLEMS.keys())
        except LinkLost as e:
            raise (_said(e.__cause__, what) if isinstance(e.__cause__, grpc.RpcError) else e) from None


def _written(image: Channel | Image, grid: ScanGrid) -> wire.Image:
    values = np.asarray(image.values, dtype=np.float64)
    if values.shape != (grid.rows, grid.cols):
        accepted = f"accepted: ({grid.rows}, {grid.cols}), as the grid"
        problem = f'the image "{image.channel}" has the shape {values.shape}; {accepted}'
        raise DecisionError(SessionProblem.INVALID, problem)
    return wire.Image(channel=image.channel, unit=image.unit, values=values.ravel().tolist())


def _measurement(number: int, at: Pixel | Position, outcome: Outcome) -> wire.Measurement:
    m = wire.Measurement(number=number)
    if isinstance(at, Pixel):
        m.pixel.CopyFrom(wire.Pixel(row=at.row, col=at.col))
    else:
        m.position.CopyFrom(wire.Position(x_m=at.x_m, y_m=at.y_m))
    if isinstance(outcome, Failed):
        m.failed = outcome.reason
    elif isinstance(outcome, (Curve, IvCurve)):
        bias_v = np.asarray(outcome.bias_v, dtype=np.float64).tolist()
        current_a = np.asarray(outcome.current_a, dtype=np.float64).tolist()
        m.curve.CopyFrom(wire.Curve(bias_v=bias_v, current_a=current_a, sample_interval_s=outcome.sample_interval_s))
    else:
        m.scalar = float(outcome)
    return m


def _point(p: wire.Point) -> Point:
    return Point(
        Pixel(p.pixel.row, p.pixel.col),
        Position(p.position.x_m, p.position.y_m),
        p.mean if p.HasField("mean") else None,
        p.sigma if p.HasField("sigma") else None,
        p.acquisition if p.HasField("acquisition") else None,
    )


def _said(error: grpc.RpcError, what: str) -> DecisionError | LinkLost:
    if isinstance(error, grpc.Call) and (problem := PROBLEMS.get(error.code())):
        return DecisionError(problem, error.details() or what)
    return LinkLost(f"{what}: {reason(error)}")
