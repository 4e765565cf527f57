"""A served instrument."""

from __future__ import annotations

import os
import uuid
from types import TracebackType

from .actions import MeasurementId
from .control import Control, make_safe, read_response, too_fast
from .door import connect
from .observations import Description, Observation, Status
from .patience import Patience, ask
from .wire import instrument_pb2 as wire
from .wire.instrument_pb2_grpc import InstrumentStub
from .words import read_description, read_status


class Instrument:
    """An instrument that `tiptwin link serve-instrument` serves. Looking at it needs no control and moves nothing.

    `address` is `host:port` or `unix:PATH`. `certificates` is this computer's folder as `tiptwin link init` makes it; without it only
    addresses of this machine are accepted. `server_name` is the name in the server's certificate where it is not the host of the address.
    `patience_s` is how long to go on without a word of the server.

    Raises `SettingsError` for arguments; calls raise `LinkLost` where nobody answers.
    """

    def __init__(
        self,
        address: str,
        *,
        certificates: str | os.PathLike[str] | None = None,
        server_name: str | None = None,
        patience_s: float = 30.0,
    ) -> None:
        self.address = address
        self.patience_s = Patience(patience_s).silence_s
        self._channel = connect(address, certificates, server_name)
        self._stub = InstrumentStub(self._channel)

    def __enter__(self) -> Instrument:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection. Who has control then loses it when the lease runs out: leave `Control` first."""
        self._channel.close()

    def describe(self) -> Description:
        """Who it is, what it can do, and how far it may go."""
        return read_description(self._describe().description)

    def status(self) -> Status:
        """How it stands."""
        return read_status(self._describe().status)

    def _describe(self) -> wire.DescribeResponse:
        return ask(self._stub.Describe, wire.DescribeRequest(), self.address, Patience(self.patience_s))

    def lease(self, name: str = "python") -> Control:
        """Takes control. `name` (1 to 128 printable characters) is what the people beside the instrument read.

        Raises `ControlHeld` while somebody else has control. Each lease has ids of its own.
        """
        return Control(self._stub, uuid.uuid4().bytes, name, self.patience_s)

    def get_result(self, id: MeasurementId) -> Observation | None:
        """What became of an id: its observation, or None while it is being carried out. Carries nothing out and needs no control.

        Raises what the action raised or would have raised, `UnknownOutcome`, and `Refused` (`RefusalReason.ID_UNKNOWN`) where it was never
        begun.
        """
        named = wire.MeasurementId(client_id=id.client_id, number=id.number)
        request = wire.GetResultRequest(id=named)
        response = ask(self._stub.GetResult, request, f"result of {id}", Patience(self.patience_s), too_fast)
        return None if response.WhichOneof("outcome") == "in_progress" else read_response(id, response)

    def make_safe(self) -> None:
        """Bias 0, light off, tip up, after what is under way. Needs no control: anybody may ask for it at any time.

        Raises `InstrumentError` where it failed: then look after bias, light and tip by hand.
        """
        make_safe(self._stub, self.patience_s)
