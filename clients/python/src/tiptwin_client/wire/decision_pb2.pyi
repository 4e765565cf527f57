from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KIND_UNSPECIFIED: _ClassVar[Kind]
    KIND_SCALAR: _ClassVar[Kind]
    KIND_CURVE: _ClassVar[Kind]
KIND_UNSPECIFIED: Kind
KIND_SCALAR: Kind
KIND_CURVE: Kind

class Grid(_message.Message):
    __slots__ = ("origin_x_m", "origin_y_m", "width_m", "height_m", "rows", "cols")
    ORIGIN_X_M_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_Y_M_FIELD_NUMBER: _ClassVar[int]
    WIDTH_M_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_M_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    COLS_FIELD_NUMBER: _ClassVar[int]
    origin_x_m: float
    origin_y_m: float
    width_m: float
    height_m: float
    rows: int
    cols: int
    def __init__(self, origin_x_m: _Optional[float] = ..., origin_y_m: _Optional[float] = ..., width_m: _Optional[float] = ..., height_m: _Optional[float] = ..., rows: _Optional[int] = ..., cols: _Optional[int] = ...) -> None: ...

class Image(_message.Message):
    __slots__ = ("channel", "unit", "values")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    channel: str
    unit: str
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, channel: _Optional[str] = ..., unit: _Optional[str] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class OpenRequest(_message.Message):
    __slots__ = ("grid", "images", "kind", "scenario", "seed", "current_noise_a", "scalar_noise")
    GRID_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    CURRENT_NOISE_A_FIELD_NUMBER: _ClassVar[int]
    SCALAR_NOISE_FIELD_NUMBER: _ClassVar[int]
    grid: Grid
    images: _containers.RepeatedCompositeFieldContainer[Image]
    kind: Kind
    scenario: str
    seed: int
    current_noise_a: float
    scalar_noise: float
    def __init__(self, grid: _Optional[_Union[Grid, _Mapping]] = ..., images: _Optional[_Iterable[_Union[Image, _Mapping]]] = ..., kind: _Optional[_Union[Kind, str]] = ..., scenario: _Optional[str] = ..., seed: _Optional[int] = ..., current_noise_a: _Optional[float] = ..., scalar_noise: _Optional[float] = ...) -> None: ...

class Target(_message.Message):
    __slots__ = ("name", "unit")
    NAME_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    unit: str
    def __init__(self, name: _Optional[str] = ..., unit: _Optional[str] = ...) -> None: ...

class OpenReply(_message.Message):
    __slots__ = ("session", "targets", "strategy", "acquisition", "steps", "batch", "expires_after_s")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    ACQUISITION_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AFTER_S_FIELD_NUMBER: _ClassVar[int]
    session: str
    targets: _containers.RepeatedCompositeFieldContainer[Target]
    strategy: str
    acquisition: str
    steps: int
    batch: int
    expires_after_s: float
    def __init__(self, session: _Optional[str] = ..., targets: _Optional[_Iterable[_Union[Target, _Mapping]]] = ..., strategy: _Optional[str] = ..., acquisition: _Optional[str] = ..., steps: _Optional[int] = ..., batch: _Optional[int] = ..., expires_after_s: _Optional[float] = ...) -> None: ...

class Pixel(_message.Message):
    __slots__ = ("row", "col")
    ROW_FIELD_NUMBER: _ClassVar[int]
    COL_FIELD_NUMBER: _ClassVar[int]
    row: int
    col: int
    def __init__(self, row: _Optional[int] = ..., col: _Optional[int] = ...) -> None: ...

class Position(_message.Message):
    __slots__ = ("x_m", "y_m")
    X_M_FIELD_NUMBER: _ClassVar[int]
    Y_M_FIELD_NUMBER: _ClassVar[int]
    x_m: float
    y_m: float
    def __init__(self, x_m: _Optional[float] = ..., y_m: _Optional[float] = ...) -> None: ...

class Curve(_message.Message):
    __slots__ = ("bias_v", "current_a", "sample_interval_s")
    BIAS_V_FIELD_NUMBER: _ClassVar[int]
    CURRENT_A_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_INTERVAL_S_FIELD_NUMBER: _ClassVar[int]
    bias_v: _containers.RepeatedScalarFieldContainer[float]
    current_a: _containers.RepeatedScalarFieldContainer[float]
    sample_interval_s: float
    def __init__(self, bias_v: _Optional[_Iterable[float]] = ..., current_a: _Optional[_Iterable[float]] = ..., sample_interval_s: _Optional[float] = ...) -> None: ...

class Measurement(_message.Message):
    __slots__ = ("number", "pixel", "position", "scalar", "curve", "failed")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PIXEL_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    SCALAR_FIELD_NUMBER: _ClassVar[int]
    CURVE_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    number: int
    pixel: Pixel
    position: Position
    scalar: float
    curve: Curve
    failed: str
    def __init__(self, number: _Optional[int] = ..., pixel: _Optional[_Union[Pixel, _Mapping]] = ..., position: _Optional[_Union[Position, _Mapping]] = ..., scalar: _Optional[float] = ..., curve: _Optional[_Union[Curve, _Mapping]] = ..., failed: _Optional[str] = ...) -> None: ...

class TellRequest(_message.Message):
    __slots__ = ("session", "measurements")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    MEASUREMENTS_FIELD_NUMBER: _ClassVar[int]
    session: str
    measurements: _containers.RepeatedCompositeFieldContainer[Measurement]
    def __init__(self, session: _Optional[str] = ..., measurements: _Optional[_Iterable[_Union[Measurement, _Mapping]]] = ...) -> None: ...

class Told(_message.Message):
    __slots__ = ("number", "value", "censored", "reason")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    CENSORED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    number: int
    value: float
    censored: bool
    reason: str
    def __init__(self, number: _Optional[int] = ..., value: _Optional[float] = ..., censored: bool = ..., reason: _Optional[str] = ...) -> None: ...

class TellReply(_message.Message):
    __slots__ = ("told", "touched")
    TOLD_FIELD_NUMBER: _ClassVar[int]
    TOUCHED_FIELD_NUMBER: _ClassVar[int]
    told: _containers.RepeatedCompositeFieldContainer[Told]
    touched: int
    def __init__(self, told: _Optional[_Iterable[_Union[Told, _Mapping]]] = ..., touched: _Optional[int] = ...) -> None: ...

class AskRequest(_message.Message):
    __slots__ = ("session", "count")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    session: str
    count: int
    def __init__(self, session: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class Point(_message.Message):
    __slots__ = ("pixel", "position", "mean", "sigma", "acquisition")
    PIXEL_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    ACQUISITION_FIELD_NUMBER: _ClassVar[int]
    pixel: Pixel
    position: Position
    mean: float
    sigma: float
    acquisition: float
    def __init__(self, pixel: _Optional[_Union[Pixel, _Mapping]] = ..., position: _Optional[_Union[Position, _Mapping]] = ..., mean: _Optional[float] = ..., sigma: _Optional[float] = ..., acquisition: _Optional[float] = ...) -> None: ...

class AskReply(_message.Message):
    __slots__ = ("points", "touched", "steps")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    TOUCHED_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[Point]
    touched: int
    steps: int
    def __init__(self, points: _Optional[_Iterable[_Union[Point, _Mapping]]] = ..., touched: _Optional[int] = ..., steps: _Optional[int] = ...) -> None: ...

class MapRequest(_message.Message):
    __slots__ = ("session", "target")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    session: str
    target: int
    def __init__(self, session: _Optional[str] = ..., target: _Optional[int] = ...) -> None: ...

class MapReply(_message.Message):
    __slots__ = ("first", "rows", "cols", "mean", "sigma", "measured")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    COLS_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    MEASURED_FIELD_NUMBER: _ClassVar[int]
    first: Pixel
    rows: int
    cols: int
    mean: _containers.RepeatedScalarFieldContainer[float]
    sigma: _containers.RepeatedScalarFieldContainer[float]
    measured: int
    def __init__(self, first: _Optional[_Union[Pixel, _Mapping]] = ..., rows: _Optional[int] = ..., cols: _Optional[int] = ..., mean: _Optional[_Iterable[float]] = ..., sigma: _Optional[_Iterable[float]] = ..., measured: _Optional[int] = ...) -> None: ...

class CloseRequest(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: str
    def __init__(self, session: _Optional[str] = ...) -> None: ...

class CloseReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
