from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("description", "status")
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    description: Description
    status: Status
    def __init__(self, description: _Optional[_Union[Description, _Mapping]] = ..., status: _Optional[_Union[Status, _Mapping]] = ...) -> None: ...

class Description(_message.Message):
    __slots__ = ("driver", "identity", "serial", "capabilities", "limits")
    DRIVER_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    driver: str
    identity: str
    serial: str
    capabilities: Capabilities
    limits: Limits
    def __init__(self, driver: _Optional[str] = ..., identity: _Optional[str] = ..., serial: _Optional[str] = ..., capabilities: _Optional[_Union[Capabilities, _Mapping]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ...) -> None: ...

class Capabilities(_message.Message):
    __slots__ = ("structure_channel", "structure_unit", "further_channels", "sweep_iv", "scalar_unit", "current_noise_a", "scalar_noise", "scan_current", "light", "any_grid", "simulated")
    STRUCTURE_CHANNEL_FIELD_NUMBER: _ClassVar[int]
    STRUCTURE_UNIT_FIELD_NUMBER: _ClassVar[int]
    FURTHER_CHANNELS_FIELD_NUMBER: _ClassVar[int]
    SWEEP_IV_FIELD_NUMBER: _ClassVar[int]
    SCALAR_UNIT_FIELD_NUMBER: _ClassVar[int]
    CURRENT_NOISE_A_FIELD_NUMBER: _ClassVar[int]
    SCALAR_NOISE_FIELD_NUMBER: _ClassVar[int]
    SCAN_CURRENT_FIELD_NUMBER: _ClassVar[int]
    LIGHT_FIELD_NUMBER: _ClassVar[int]
    ANY_GRID_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    structure_channel: str
    structure_unit: str
    further_channels: _containers.RepeatedCompositeFieldContainer[ChannelKind]
    sweep_iv: bool
    scalar_unit: str
    current_noise_a: float
    scalar_noise: float
    scan_current: bool
    light: bool
    any_grid: bool
    simulated: bool
    def __init__(self, structure_channel: _Optional[str] = ..., structure_unit: _Optional[str] = ..., further_channels: _Optional[_Iterable[_Union[ChannelKind, _Mapping]]] = ..., sweep_iv: bool = ..., scalar_unit: _Optional[str] = ..., current_noise_a: _Optional[float] = ..., scalar_noise: _Optional[float] = ..., scan_current: bool = ..., light: bool = ..., any_grid: bool = ..., simulated: bool = ...) -> None: ...

class ChannelKind(_message.Message):
    __slots__ = ("name", "unit")
    NAME_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    unit: str
    def __init__(self, name: _Optional[str] = ..., unit: _Optional[str] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("reach", "bias_max_v", "light_max_suns", "sweep_max_s")
    REACH_FIELD_NUMBER: _ClassVar[int]
    BIAS_MAX_V_FIELD_NUMBER: _ClassVar[int]
    LIGHT_MAX_SUNS_FIELD_NUMBER: _ClassVar[int]
    SWEEP_MAX_S_FIELD_NUMBER: _ClassVar[int]
    reach: ScanGrid
    bias_max_v: float
    light_max_suns: float
    sweep_max_s: float
    def __init__(self, reach: _Optional[_Union[ScanGrid, _Mapping]] = ..., bias_max_v: _Optional[float] = ..., light_max_suns: _Optional[float] = ..., sweep_max_s: _Optional[float] = ...) -> None: ...

class Status(_message.Message):
    __slots__ = ("lease_name", "lease_left_s", "safe", "busy", "begun")
    LEASE_NAME_FIELD_NUMBER: _ClassVar[int]
    LEASE_LEFT_S_FIELD_NUMBER: _ClassVar[int]
    SAFE_FIELD_NUMBER: _ClassVar[int]
    BUSY_FIELD_NUMBER: _ClassVar[int]
    BEGUN_FIELD_NUMBER: _ClassVar[int]
    lease_name: str
    lease_left_s: float
    safe: bool
    busy: bool
    begun: int
    def __init__(self, lease_name: _Optional[str] = ..., lease_left_s: _Optional[float] = ..., safe: bool = ..., busy: bool = ..., begun: _Optional[int] = ...) -> None: ...

class AcquireLeaseRequest(_message.Message):
    __slots__ = ("client_id", "name")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    client_id: bytes
    name: str
    def __init__(self, client_id: _Optional[bytes] = ..., name: _Optional[str] = ...) -> None: ...

class RenewLeaseRequest(_message.Message):
    __slots__ = ("lease_id",)
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    lease_id: int
    def __init__(self, lease_id: _Optional[int] = ...) -> None: ...

class LeaseResponse(_message.Message):
    __slots__ = ("lease", "refusal")
    LEASE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    lease: Lease
    refusal: Refusal
    def __init__(self, lease: _Optional[_Union[Lease, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class Lease(_message.Message):
    __slots__ = ("lease_id", "time_to_live_s")
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_LIVE_S_FIELD_NUMBER: _ClassVar[int]
    lease_id: int
    time_to_live_s: float
    def __init__(self, lease_id: _Optional[int] = ..., time_to_live_s: _Optional[float] = ...) -> None: ...

class ReleaseLeaseRequest(_message.Message):
    __slots__ = ("lease_id",)
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    lease_id: int
    def __init__(self, lease_id: _Optional[int] = ...) -> None: ...

class ReleaseLeaseResponse(_message.Message):
    __slots__ = ("released", "error", "refusal")
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    released: Done
    error: InstrumentError
    refusal: Refusal
    def __init__(self, released: _Optional[_Union[Done, _Mapping]] = ..., error: _Optional[_Union[InstrumentError, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class MeasurementId(_message.Message):
    __slots__ = ("client_id", "number")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    client_id: bytes
    number: int
    def __init__(self, client_id: _Optional[bytes] = ..., number: _Optional[int] = ...) -> None: ...

class ExecuteRequest(_message.Message):
    __slots__ = ("lease_id", "id", "action", "action_sha256")
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ACTION_SHA256_FIELD_NUMBER: _ClassVar[int]
    lease_id: int
    id: MeasurementId
    action: Action
    action_sha256: bytes
    def __init__(self, lease_id: _Optional[int] = ..., id: _Optional[_Union[MeasurementId, _Mapping]] = ..., action: _Optional[_Union[Action, _Mapping]] = ..., action_sha256: _Optional[bytes] = ...) -> None: ...

class GetResultRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: MeasurementId
    def __init__(self, id: _Optional[_Union[MeasurementId, _Mapping]] = ...) -> None: ...

class ExecuteResponse(_message.Message):
    __slots__ = ("observation", "error", "in_progress", "unknown_outcome", "refusal")
    OBSERVATION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    IN_PROGRESS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    observation: Observation
    error: InstrumentError
    in_progress: InProgress
    unknown_outcome: UnknownOutcome
    refusal: Refusal
    def __init__(self, observation: _Optional[_Union[Observation, _Mapping]] = ..., error: _Optional[_Union[InstrumentError, _Mapping]] = ..., in_progress: _Optional[_Union[InProgress, _Mapping]] = ..., unknown_outcome: _Optional[_Union[UnknownOutcome, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class InProgress(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UnknownOutcome(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("reason", "message", "retry_after_s")
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[Refusal.Reason]
        REASON_MALFORMED: _ClassVar[Refusal.Reason]
        REASON_HELD: _ClassVar[Refusal.Reason]
        REASON_NO_LEASE: _ClassVar[Refusal.Reason]
        REASON_ID_REUSED: _ClassVar[Refusal.Reason]
        REASON_ID_TOO_OLD: _ClassVar[Refusal.Reason]
        REASON_BUSY: _ClassVar[Refusal.Reason]
        REASON_TOO_FAST: _ClassVar[Refusal.Reason]
        REASON_ID_UNKNOWN: _ClassVar[Refusal.Reason]
        REASON_NO_JOURNAL: _ClassVar[Refusal.Reason]
    REASON_UNSPECIFIED: Refusal.Reason
    REASON_MALFORMED: Refusal.Reason
    REASON_HELD: Refusal.Reason
    REASON_NO_LEASE: Refusal.Reason
    REASON_ID_REUSED: Refusal.Reason
    REASON_ID_TOO_OLD: Refusal.Reason
    REASON_BUSY: Refusal.Reason
    REASON_TOO_FAST: Refusal.Reason
    REASON_ID_UNKNOWN: Refusal.Reason
    REASON_NO_JOURNAL: Refusal.Reason
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_S_FIELD_NUMBER: _ClassVar[int]
    reason: Refusal.Reason
    message: str
    retry_after_s: float
    def __init__(self, reason: _Optional[_Union[Refusal.Reason, str]] = ..., message: _Optional[str] = ..., retry_after_s: _Optional[float] = ...) -> None: ...

class MakeSafeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class MakeSafeResponse(_message.Message):
    __slots__ = ("safe", "error")
    SAFE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    safe: Done
    error: InstrumentError
    def __init__(self, safe: _Optional[_Union[Done, _Mapping]] = ..., error: _Optional[_Union[InstrumentError, _Mapping]] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class InstrumentError(_message.Message):
    __slots__ = ("kind", "message")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[InstrumentError.Kind]
        KIND_INVALID_REQUEST: _ClassVar[InstrumentError.Kind]
        KIND_UNSUPPORTED: _ClassVar[InstrumentError.Kind]
        KIND_OUT_OF_LIMITS: _ClassVar[InstrumentError.Kind]
        KIND_BAD_MEASUREMENT: _ClassVar[InstrumentError.Kind]
        KIND_TIMEOUT: _ClassVar[InstrumentError.Kind]
        KIND_DATA: _ClassVar[InstrumentError.Kind]
        KIND_FAULT: _ClassVar[InstrumentError.Kind]
        KIND_LINK: _ClassVar[InstrumentError.Kind]
        KIND_UNKNOWN_OUTCOME: _ClassVar[InstrumentError.Kind]
    KIND_UNSPECIFIED: InstrumentError.Kind
    KIND_INVALID_REQUEST: InstrumentError.Kind
    KIND_UNSUPPORTED: InstrumentError.Kind
    KIND_OUT_OF_LIMITS: InstrumentError.Kind
    KIND_BAD_MEASUREMENT: InstrumentError.Kind
    KIND_TIMEOUT: InstrumentError.Kind
    KIND_DATA: InstrumentError.Kind
    KIND_FAULT: InstrumentError.Kind
    KIND_LINK: InstrumentError.Kind
    KIND_UNKNOWN_OUTCOME: InstrumentError.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    kind: InstrumentError.Kind
    message: str
    def __init__(self, kind: _Optional[_Union[InstrumentError.Kind, str]] = ..., message: _Optional[str] = ...) -> None: ...

class Position(_message.Message):
    __slots__ = ("x_m", "y_m")
    X_M_FIELD_NUMBER: _ClassVar[int]
    Y_M_FIELD_NUMBER: _ClassVar[int]
    x_m: float
    y_m: float
    def __init__(self, x_m: _Optional[float] = ..., y_m: _Optional[float] = ...) -> None: ...

class ScanGrid(_message.Message):
    __slots__ = ("origin", "width_m", "height_m", "rows", "cols")
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    WIDTH_M_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_M_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    COLS_FIELD_NUMBER: _ClassVar[int]
    origin: Position
    width_m: float
    height_m: float
    rows: int
    cols: int
    def __init__(self, origin: _Optional[_Union[Position, _Mapping]] = ..., width_m: _Optional[float] = ..., height_m: _Optional[float] = ..., rows: _Optional[int] = ..., cols: _Optional[int] = ...) -> None: ...

class Action(_message.Message):
    __slots__ = ("scan_topography", "scan_channel", "scan_current", "sweep_iv", "read_scalar", "set_light", "move_to", "approach", "withdraw")
    SCAN_TOPOGRAPHY_FIELD_NUMBER: _ClassVar[int]
    SCAN_CHANNEL_FIELD_NUMBER: _ClassVar[int]
    SCAN_CURRENT_FIELD_NUMBER: _ClassVar[int]
    SWEEP_IV_FIELD_NUMBER: _ClassVar[int]
    READ_SCALAR_FIELD_NUMBER: _ClassVar[int]
    SET_LIGHT_FIELD_NUMBER: _ClassVar[int]
    MOVE_TO_FIELD_NUMBER: _ClassVar[int]
    APPROACH_FIELD_NUMBER: _ClassVar[int]
    WITHDRAW_FIELD_NUMBER: _ClassVar[int]
    scan_topography: ScanTopography
    scan_channel: ScanChannel
    scan_current: ScanCurrent
    sweep_iv: SweepIv
    read_scalar: ReadScalar
    set_light: SetLight
    move_to: MoveTo
    approach: Approach
    withdraw: Withdraw
    def __init__(self, scan_topography: _Optional[_Union[ScanTopography, _Mapping]] = ..., scan_channel: _Optional[_Union[ScanChannel, _Mapping]] = ..., scan_current: _Optional[_Union[ScanCurrent, _Mapping]] = ..., sweep_iv: _Optional[_Union[SweepIv, _Mapping]] = ..., read_scalar: _Optional[_Union[ReadScalar, _Mapping]] = ..., set_light: _Optional[_Union[SetLight, _Mapping]] = ..., move_to: _Optional[_Union[MoveTo, _Mapping]] = ..., approach: _Optional[_Union[Approach, _Mapping]] = ..., withdraw: _Optional[_Union[Withdraw, _Mapping]] = ...) -> None: ...

class ScanTopography(_message.Message):
    __slots__ = ("grid",)
    GRID_FIELD_NUMBER: _ClassVar[int]
    grid: ScanGrid
    def __init__(self, grid: _Optional[_Union[ScanGrid, _Mapping]] = ...) -> None: ...

class ScanChannel(_message.Message):
    __slots__ = ("grid", "channel")
    GRID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    grid: ScanGrid
    channel: str
    def __init__(self, grid: _Optional[_Union[ScanGrid, _Mapping]] = ..., channel: _Optional[str] = ...) -> None: ...

class ScanCurrent(_message.Message):
    __slots__ = ("grid", "bias_v")
    GRID_FIELD_NUMBER: _ClassVar[int]
    BIAS_V_FIELD_NUMBER: _ClassVar[int]
    grid: ScanGrid
    bias_v: float
    def __init__(self, grid: _Optional[_Union[ScanGrid, _Mapping]] = ..., bias_v: _Optional[float] = ...) -> None: ...

class SweepIv(_message.Message):
    __slots__ = ("at", "waveform", "repeat")
    AT_FIELD_NUMBER: _ClassVar[int]
    WAVEFORM_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FIELD_NUMBER: _ClassVar[int]
    at: Position
    waveform: Waveform
    repeat: int
    def __init__(self, at: _Optional[_Union[Position, _Mapping]] = ..., waveform: _Optional[_Union[Waveform, _Mapping]] = ..., repeat: _Optional[int] = ...) -> None: ...

class ReadScalar(_message.Message):
    __slots__ = ("at",)
    AT_FIELD_NUMBER: _ClassVar[int]
    at: Position
    def __init__(self, at: _Optional[_Union[Position, _Mapping]] = ...) -> None: ...

class SetLight(_message.Message):
    __slots__ = ("intensity_suns",)
    INTENSITY_SUNS_FIELD_NUMBER: _ClassVar[int]
    intensity_suns: float
    def __init__(self, intensity_suns: _Optional[float] = ...) -> None: ...

class MoveTo(_message.Message):
    __slots__ = ("at",)
    AT_FIELD_NUMBER: _ClassVar[int]
    at: Position
    def __init__(self, at: _Optional[_Union[Position, _Mapping]] = ...) -> None: ...

class Approach(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Withdraw(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Waveform(_message.Message):
    __slots__ = ("triangle", "bipolar", "forc", "list", "conditioned")
    TRIANGLE_FIELD_NUMBER: _ClassVar[int]
    BIPOLAR_FIELD_NUMBER: _ClassVar[int]
    FORC_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    CONDITIONED_FIELD_NUMBER: _ClassVar[int]
    triangle: Triangle
    bipolar: Bipolar
    forc: Forc
    list: BiasList
    conditioned: Conditioned
    def __init__(self, triangle: _Optional[_Union[Triangle, _Mapping]] = ..., bipolar: _Optional[_Union[Bipolar, _Mapping]] = ..., forc: _Optional[_Union[Forc, _Mapping]] = ..., list: _Optional[_Union[BiasList, _Mapping]] = ..., conditioned: _Optional[_Union[Conditioned, _Mapping]] = ...) -> None: ...

class Triangle(_message.Message):
    __slots__ = ("peak_v", "samples", "duration_s")
    PEAK_V_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    peak_v: float
    samples: int
    duration_s: float
    def __init__(self, peak_v: _Optional[float] = ..., samples: _Optional[int] = ..., duration_s: _Optional[float] = ...) -> None: ...

class Bipolar(_message.Message):
    __slots__ = ("peak_v", "samples", "duration_s")
    PEAK_V_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    peak_v: float
    samples: int
    duration_s: float
    def __init__(self, peak_v: _Optional[float] = ..., samples: _Optional[int] = ..., duration_s: _Optional[float] = ...) -> None: ...

class Forc(_message.Message):
    __slots__ = ("step_v", "loops", "samples_per_step", "rate_v_per_s", "rest_s")
    STEP_V_FIELD_NUMBER: _ClassVar[int]
    LOOPS_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_PER_STEP_FIELD_NUMBER: _ClassVar[int]
    RATE_V_PER_S_FIELD_NUMBER: _ClassVar[int]
    REST_S_FIELD_NUMBER: _ClassVar[int]
    step_v: float
    loops: int
    samples_per_step: int
    rate_v_per_s: float
    rest_s: float
    def __init__(self, step_v: _Optional[float] = ..., loops: _Optional[int] = ..., samples_per_step: _Optional[int] = ..., rate_v_per_s: _Optional[float] = ..., rest_s: _Optional[float] = ...) -> None: ...

class BiasList(_message.Message):
    __slots__ = ("bias_v", "interval_s")
    BIAS_V_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_S_FIELD_NUMBER: _ClassVar[int]
    bias_v: _containers.RepeatedScalarFieldContainer[float]
    interval_s: float
    def __init__(self, bias_v: _Optional[_Iterable[float]] = ..., interval_s: _Optional[float] = ...) -> None: ...

class Conditioned(_message.Message):
    __slots__ = ("pre_bias_v", "pre_bias_s", "wait_s", "then")
    PRE_BIAS_V_FIELD_NUMBER: _ClassVar[int]
    PRE_BIAS_S_FIELD_NUMBER: _ClassVar[int]
    WAIT_S_FIELD_NUMBER: _ClassVar[int]
    THEN_FIELD_NUMBER: _ClassVar[int]
    pre_bias_v: float
    pre_bias_s: float
    wait_s: float
    then: Waveform
    def __init__(self, pre_bias_v: _Optional[float] = ..., pre_bias_s: _Optional[float] = ..., wait_s: _Optional[float] = ..., then: _Optional[_Union[Waveform, _Mapping]] = ...) -> None: ...

class Observation(_message.Message):
    __slots__ = ("read_back", "instrument_time_s", "wall_time_s", "image", "curve", "scalar", "done")
    READ_BACK_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_TIME_S_FIELD_NUMBER: _ClassVar[int]
    WALL_TIME_S_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    CURVE_FIELD_NUMBER: _ClassVar[int]
    SCALAR_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    read_back: Position
    instrument_time_s: float
    wall_time_s: float
    image: Image
    curve: IvCurve
    scalar: float
    done: Done
    def __init__(self, read_back: _Optional[_Union[Position, _Mapping]] = ..., instrument_time_s: _Optional[float] = ..., wall_time_s: _Optional[float] = ..., image: _Optional[_Union[Image, _Mapping]] = ..., curve: _Optional[_Union[IvCurve, _Mapping]] = ..., scalar: _Optional[float] = ..., done: _Optional[_Union[Done, _Mapping]] = ...) -> None: ...

class Image(_message.Message):
    __slots__ = ("channel", "unit", "grid", "values")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    GRID_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    channel: str
    unit: str
    grid: ScanGrid
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, channel: _Optional[str] = ..., unit: _Optional[str] = ..., grid: _Optional[_Union[ScanGrid, _Mapping]] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class IvCurve(_message.Message):
    __slots__ = ("bias_v", "current_a", "sample_interval_s", "saturated")
    BIAS_V_FIELD_NUMBER: _ClassVar[int]
    CURRENT_A_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_INTERVAL_S_FIELD_NUMBER: _ClassVar[int]
    SATURATED_FIELD_NUMBER: _ClassVar[int]
    bias_v: _containers.RepeatedScalarFieldContainer[float]
    current_a: _containers.RepeatedScalarFieldContainer[float]
    sample_interval_s: float
    saturated: bool
    def __init__(self, bias_v: _Optional[_Iterable[float]] = ..., current_a: _Optional[_Iterable[float]] = ..., sample_interval_s: _Optional[float] = ..., saturated: bool = ...) -> None: ...
