"""What can go wrong, by kind."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .actions import MeasurementId


class ErrorKind(str, Enum):
    """What went wrong, for programs."""

    INVALID_REQUEST = "invalid request"
    UNSUPPORTED = "unsupported"
    OUT_OF_LIMITS = "out of limits"
    BAD_MEASUREMENT = "bad measurement"
    TIMEOUT = "timeout"
    DATA = "data"
    FAULT = "fault"
    LINK = "link"
    UNKNOWN_OUTCOME = "unknown outcome"


class RefusalReason(str, Enum):
    """Why nothing was done."""

    MALFORMED = "malformed"
    HELD = "held"
    NO_LEASE = "no lease"
    ID_REUSED = "id reused"
    ID_TOO_OLD = "id too old"
    BUSY = "busy"
    TOO_FAST = "too fast"
    ID_UNKNOWN = "id unknown"
    NO_JOURNAL = "no journal"


class SessionProblem(str, Enum):
    """Why a decision service did not follow a request."""

    INVALID = "invalid"
    NO_SESSION = "no session"
    WRONG_TIME = "wrong time"
    TOLD_BEFORE = "told before"
    NO_ROOM = "no room"
    DEFECT = "defect"


class TiptwinError(Exception):
    """Anything that a server refused or failed at, or that was lost on the way."""


class SettingsError(TiptwinError, ValueError):
    """An address, a folder of certificates or an argument that cannot be meant; nothing was sent."""


class InstrumentError(TiptwinError):
    """The instrument refused an action or failed at it. The server has stored this answer under `id`.

    `kind` says what went wrong; `id` is the measurement, where there is one.
    """

    def __init__(self, kind: ErrorKind, message: str, id: MeasurementId | None = None) -> None:
        super().__init__(f"{kind.value}: {message}")
        self.kind = kind
        self.message = message
        self.id = id


class LinkLost(InstrumentError):
    """No word of the server. Whether the action was done is not known here: `Instrument.get_result(error.id)` may say it later.

    The workstation makes the instrument safe by itself when the lease has run out.
    """

    def __init__(self, message: str, id: MeasurementId | None = None) -> None:
        super().__init__(ErrorKind.LINK, message, id)


class UnknownOutcome(InstrumentError):
    """The server was cut off during the action: nobody knows whether the sample was touched. It is never done again under this id."""

    def __init__(self, message: str, id: MeasurementId | None = None) -> None:
        super().__init__(ErrorKind.UNKNOWN_OUTCOME, message, id)


class Refused(TiptwinError):
    """The server did not follow a request, and nothing was done for it.

    `reason` says why, `retry_after_s` when to ask again, where the server says so.
    """

    def __init__(self, reason: RefusalReason, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{reason.value}: {message}")
        self.reason = reason
        self.message = message
        self.retry_after_s = retry_after_s


class ControlHeld(Refused):
    """Somebody else has control."""


class ControlLost(Refused):
    """This lease has no control (any more): the instrument was or is being made safe."""


class IdReused(Refused):
    """The measurement id stands for another action. Nothing was touched."""


class DecisionError(TiptwinError):
    """A decision service did not follow a request; the session is as it was before."""

    def __init__(self, problem: SessionProblem, message: str) -> None:
        super().__init__(message)
        self.problem = problem
        self.message = message
