"""Control of an instrument: a lease, its heartbeat, and one action after the other."""

from __future__ import annotations

import threading
import time
import weakref
from types import TracebackType
from typing import TypeVar

import grpc

from . import actions as act
from .errors import LinkLost, RefusalReason, UnknownOutcome
from .geometry import Position, ScanGrid
from .observations import Image, IvCurve, Observation, Scalar
from .patience import Patience, ask
from .waveforms import Triangle, Waveform
from .wire import instrument_pb2 as wire
from .wire.instrument_pb2_grpc import InstrumentStub
from .words import malformed, read_error, read_observation, read_refusal, write_action

Kind = TypeVar("Kind", bound=Observation)


class Control:
    """Control of a served instrument, made by `Instrument.lease`.

    Leaving its `with` block makes the instrument safe and gives control back.

    A thread of its own sends a heartbeat three times in `time_to_live_s` or more often. When it ends with the process, the workstation
    itself makes the instrument safe. Every action has an id of its own and is carried out at most once, however often the network repeats
    it.

    Actions raise `InstrumentError` (the instrument refused or failed), `LinkLost`, `UnknownOutcome`, or `Refused` (nothing was done); after
    `ControlLost` a new lease is needed. One thread at a time may act.
    """

    def __init__(self, stub: InstrumentStub, client_id: bytes, name: str, patience_s: float) -> None:
        self._stub = stub
        self._client_id = client_id
        self._patience_s = patience_s
        self._number = 0
        self._acting = threading.Lock()
        request = wire.AcquireLeaseRequest(client_id=client_id, name=name)
        response = ask(stub.AcquireLease, request, "taking control", Patience(patience_s), too_fast)
        if response.WhichOneof("outcome") != "lease":
            raise read_refusal(response.refusal)
        self.lease_id = response.lease.lease_id
        self.time_to_live_s = response.lease.time_to_live_s
        if not 0 < self.time_to_live_s < float("inf"):
            raise malformed(f"a lease of {self.time_to_live_s} s")
        self._heart = Heart(stub, self.lease_id, min(self.time_to_live_s, patience_s))
        # Whoever forgets this object has no control: the heart must not go on by itself.
        self._forgotten = weakref.finalize(self, self._heart.stop)

    def __enter__(self) -> Control:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()

    @property
    def lost(self) -> str | None:
        """Why control was lost, or None as far as is known here."""
        return self._heart.lost

    def release(self) -> None:
        """Makes the instrument safe and gives control back. Doing it again does nothing.

        Raises `InstrumentError` where making safe failed: then look after bias, light and tip by hand. `LinkLost`: the workstation makes it
        safe by itself when the lease has run out.
        """
        if not self._forgotten.alive:
            return
        self._forgotten()
        request = wire.ReleaseLeaseRequest(lease_id=self.lease_id)
        # It is answered when what is under way is over, or at once when asked again.
        patience = Patience(self._patience_s, tries=3)
        response = ask(self._stub.ReleaseLease, request, "giving control back", patience)
        if response.WhichOneof("outcome") == "error":
            raise read_error(response.error)
        if response.WhichOneof("outcome") == "refusal":
            # It had run out, or it was released and the answer was lost. Either way the server makes safe by itself when what is under
            # way is over; where it could not, that has to be said here.
            while (status := self._status()).busy and not status.lease_name:
                time.sleep(0.2)
            if not status.safe and not status.lease_name:
                make_safe(self._stub, self._patience_s)

    def _status(self) -> wire.Status:
        return ask(self._stub.Describe, wire.DescribeRequest(), "asking how it stands", Patience(self._patience_s)).status

    def next_id(self) -> act.MeasurementId:
        """An id that no action has."""
        self._number += 1
        return act.MeasurementId(self._client_id, self._number)

    def execute(self, action: act.Action, id: act.MeasurementId | None = None) -> Observation:
        """Carries an action out, once. With the id of an action before: its stored result, and nothing is touched.

        Raises `IdReused` where the id stands for another action, and what every action raises.
        """
        with self._acting:
            id = id or self.next_id()
            written = write_action(action)
            sha256 = act.digest(written.SerializeToString(deterministic=True))
            named = wire.MeasurementId(client_id=id.client_id, number=id.number)
            request = wire.ExecuteRequest(lease_id=self.lease_id, id=named, action=written, action_sha256=sha256)
            what = f"{written.WhichOneof('action')} ({id})"
            patience = Patience(self._patience_s, pulse=lambda: self._heart.heard)
            try:
                response = ask(self._stub.Execute, request, what, patience, _under_way)
            except LinkLost as e:
                unknown = "whether it was done is not known here, and it is not asked for again"
                raise LinkLost(f"{e.message}; {unknown}. The workstation makes the instrument safe by itself", id) from e
        return read_response(id, response)

    def _expect(self, kind: type[Kind], action: act.Action) -> Kind:
        observation = self.execute(action)
        if not isinstance(observation, kind):
            raise malformed(f"a {type(observation).__name__} in place of a {kind.__name__}", observation.id)
        return observation

    def scan_topography(self, grid: ScanGrid) -> Image:
        """Scans the structure channel; values of shape (grid.rows, grid.cols)."""
        return self._expect(Image, act.ScanTopography(grid))

    def scan_channel(self, grid: ScanGrid, channel: str) -> Image:
        """Scans one of `Description.further_channels`; values of shape (grid.rows, grid.cols)."""
        return self._expect(Image, act.ScanChannel(grid, channel))

    def scan_current(self, grid: ScanGrid, bias_v: float) -> Image:
        """Scans the current in A at a static bias; values of shape (grid.rows, grid.cols)."""
        return self._expect(Image, act.ScanCurrent(grid, bias_v))

    def sweep_iv(self, at: Position, waveform: Waveform | None = None, repeat: int = 0) -> IvCurve:
        """Measures a current-voltage curve, by default with `Triangle()`. `repeat`: how often this location was measured before."""
        return self._expect(IvCurve, act.SweepIv(at, Triangle() if waveform is None else waveform, repeat))

    def read_scalar(self, at: Position) -> Scalar:
        """Measures a number, in `Description.scalar_unit`."""
        return self._expect(Scalar, act.ReadScalar(at))

    def set_light(self, intensity_suns: float) -> Observation:
        """Sets the light; 0 is dark."""
        return self.execute(act.SetLight(intensity_suns))

    def move_to(self, at: Position) -> Observation:
        """Moves the tip without measuring."""
        return self.execute(act.MoveTo(at))

    def approach(self) -> Observation:
        """Brings the tip to the sample."""
        return self.execute(act.Approach())

    def withdraw(self) -> Observation:
        """Takes the tip off the sample."""
        return self.execute(act.Withdraw())


class Heart:
    """Renews a lease three times in `needed_s`, the longest time without a renewal.

    It goes on until it is stopped or the server says that control was lost. `heard` is when the server last answered, on the clock of
    `time.monotonic`.
    """

    def __init__(self, stub: InstrumentStub, lease_id: int, needed_s: float) -> None:
        self.lost: str | None = None
        self.heard = time.monotonic()
        self._stub = stub
        self._request = wire.RenewLeaseRequest(lease_id=lease_id)
        self._third_s = min(needed_s, 3600.0) / 3
        self._stopped = threading.Event()
        # It must not keep a process alive: without it the workstation makes safe.
        self._thread = threading.Thread(target=self._beat, name="tiptwin heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Lets it beat no more."""
        self._stopped.set()

    def _beat(self) -> None:
        while not self._stopped.wait(self._third_s):
            try:
                response = self._stub.RenewLease(self._request, timeout=self._third_s)
            except (grpc.RpcError, ValueError):
                # The server alone knows whether control was lost; ValueError: the channel was closed.
                continue
            self.heard = time.monotonic()
            if response.WhichOneof("outcome") == "refusal":
                self.lost = response.refusal.message
                return


def read_response(id: act.MeasurementId, response: wire.ExecuteResponse) -> Observation:
    """An answer that is final: its observation, or the exception for it."""
    which = response.WhichOneof("outcome")
    if which == "observation":
        return read_observation(id, response.observation)
    if which == "error":
        raise read_error(response.error, id)
    if which == "unknown_outcome":
        raise UnknownOutcome(response.unknown_outcome.message, id)
    if which == "refusal":
        raise read_refusal(response.refusal)
    raise malformed("it is empty", id)


def _under_way(response: wire.ExecuteResponse) -> tuple[str, float | None] | None:
    if response.WhichOneof("outcome") == "in_progress":
        return "it is under way", None
    return _later(response.refusal) if response.WhichOneof("outcome") == "refusal" else None


def too_fast(response: wire.LeaseResponse | wire.ExecuteResponse) -> tuple[str, float | None] | None:
    """Why to ask again, and when, if the server was asked too often."""
    return _later(response.refusal) if response.WhichOneof("outcome") == "refusal" else None


def _later(refusal: wire.Refusal) -> tuple[str, float | None] | None:
    refused = read_refusal(refusal)
    passes = refused.reason in (RefusalReason.BUSY, RefusalReason.TOO_FAST)
    return (refused.message, refused.retry_after_s) if passes else None


def make_safe(stub: InstrumentStub, patience_s: float) -> None:
    """Bias 0, light off, tip up; raises `InstrumentError` where that failed."""
    while True:
        try:
            response = ask(stub.MakeSafe, wire.MakeSafeRequest(), "making safe", Patience(patience_s))
        except LinkLost:
            # What is under way may take longer than that: then the server is there, and says so.
            if ask(stub.Describe, wire.DescribeRequest(), "making safe", Patience(patience_s)).status.busy:
                continue
            raise
        if response.WhichOneof("outcome") == "error":
            raise read_error(response.error)
        return
