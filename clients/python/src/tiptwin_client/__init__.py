"""Drives a microscope or its digital twin that tiptwin serves, and asks tiptwin where to measure next.

`Instrument` is a served instrument, `Control` the lease that lets it act; `Decisions` is a decision service, `Session` what is told and
asked. Lengths are metres, voltages volts, currents amperes, times seconds; units stand in the names. Images have the shape (rows, cols).
"""

from .actions import (
    Action,
    Approach,
    MeasurementId,
    MoveTo,
    ReadScalar,
    ScanChannel,
    ScanCurrent,
    ScanTopography,
    SetLight,
    SweepIv,
    Withdraw,
    action_sha256,
)
from .control import Control
from .decisions import Channel, Curve, Decisions, Failed, Map, Outcome, Point, Session, Target, Told
from .errors import (
    ControlHeld,
    ControlLost,
    DecisionError,
    ErrorKind,
    IdReused,
    InstrumentError,
    LinkLost,
    RefusalReason,
    Refused,
    SessionProblem,
    SettingsError,
    TiptwinError,
    UnknownOutcome,
)
from .geometry import Pixel, Position, ScanGrid
from .instrument import Instrument
from .observations import ChannelKind, Description, Done, Image, IvCurve, Observation, Scalar, Status
from .waveforms import BiasList, Bipolar, Conditioned, Forc, Triangle, Waveform

__all__ = [
    "Action",
    "Approach",
    "BiasList",
    "Bipolar",
    "Channel",
    "ChannelKind",
    "Conditioned",
    "Control",
    "ControlHeld",
    "ControlLost",
    "Curve",
    "DecisionError",
    "Decisions",
    "Description",
    "Done",
    "ErrorKind",
    "Failed",
    "Forc",
    "IdReused",
    "Image",
    "Instrument",
    "InstrumentError",
    "IvCurve",
    "LinkLost",
    "Map",
    "MeasurementId",
    "MoveTo",
    "Observation",
    "Outcome",
    "Pixel",
    "Point",
    "Position",
    "ReadScalar",
    "RefusalReason",
    "Refused",
    "Scalar",
    "ScanChannel",
    "ScanCurrent",
    "ScanGrid",
    "ScanTopography",
    "Session",
    "SessionProblem",
    "SetLight",
    "SettingsError",
    "Status",
    "SweepIv",
    "Target",
    "TiptwinError",
    "Told",
    "Triangle",
    "UnknownOutcome",
    "Waveform",
    "Withdraw",
    "action_sha256",
]
