"""A served twin, driven from Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import TWIN, Serve

import tiptwin_client as tt
from tiptwin_client.wire import instrument_pb2 as wire

GRID = tt.ScanGrid.square(1e-6, 40)
AT = tt.Position(4e-7, 6e-7)


def same(a: tt.Observation | None, b: tt.Observation | None) -> bool:
    """Whether two curves are one, to the last bit."""
    assert isinstance(a, tt.IvCurve) and isinstance(b, tt.IvCurve)
    bits = a.bias_v.tobytes() == b.bias_v.tobytes() and a.current_a.tobytes() == b.current_a.tobytes()
    return bits and a.instrument_time_s == b.instrument_time_s and a.read_back == b.read_back


def test_it_says_who_it_is_and_what_it_can_do(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument:
        d, status = instrument.describe(), instrument.status()
    assert d.driver == "twin" and d.simulated and d.serial is None and "seed 4" in d.identity
    assert d.structure == tt.ChannelKind("height", "m") and tt.ChannelKind("phase", "°") in d.further_channels
    assert d.can_sweep_iv and d.can_scan_current and d.can_set_light and d.can_scan_any_grid and d.scalar_unit is None
    assert d.current_noise_a is not None and d.current_noise_a > 0 and d.scalar_noise is None
    assert (d.bias_max_v, d.reach.width_m) == (10.0, 6e-6)
    assert status == tt.Status("", None, safe=True, busy=False, begun=0)


def test_every_action_is_carried_out_and_brings_arrays_of_its_shape(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument, instrument.lease("tests") as control:
        height = control.scan_topography(GRID)
        assert height.values.shape == (40, 40) and height.values.dtype == np.float64 and height.unit == "m"
        assert height.grid == GRID and 1e-9 < np.ptp(height.values) < 1e-6
        phase = control.scan_channel(tt.ScanGrid(tt.Position(1e-7, 2e-7), 5e-7, 3e-7, 6, 10), "phase")
        assert phase.values.shape == (6, 10) and phase.unit == "°"
        current = control.scan_current(GRID, bias_v=1.5)
        assert current.unit == "A" and float(np.median(current.values)) > 0
        assert isinstance(control.set_light(0.1), tt.Done)
        assert control.move_to(AT).read_back is not None
        control.approach()
        for waveform, samples in [
            (None, 251),
            (tt.Bipolar(peak_v=1.0, samples=41, duration_s=0.5), 41),
            (tt.Forc(step_v=0.5, loops=2, samples_per_step=10, rate_v_per_s=2.0), None),
            (tt.BiasList(np.array([0.0, 0.5, -0.0, -0.5]), interval_s=0.01), 4),
            (tt.Conditioned(pre_bias_v=-0.5, pre_bias_s=0.1, wait_s=0.2, then=tt.Triangle(1.0, 11, 0.1)), 11),
        ]:
            curve = control.sweep_iv(AT, waveform)
            assert curve.bias_v.shape == curve.current_a.shape and np.isfinite(curve.current_a).all()
            assert samples is None or curve.bias_v.size == samples
            assert curve.sample_interval_s > 0 and curve.read_back is not None
        control.withdraw()
        assert instrument.status().begun == 12


def test_a_sweep_says_how_the_film_conducts_and_light_adds_a_photocurrent(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument, instrument.lease() as control:
        dark = control.sweep_iv(AT, repeat=0)
        control.set_light(1.0)
        light = control.sweep_iv(AT, repeat=1)
    assert dark.bias_v.max() == 1.5 and dark.bias_v[0] == 0.0
    assert light.current_a[0] < dark.current_a[0] - 1e-12, "a photocurrent flows at 0 V"


def test_a_recording_is_read_as_numbers(serve_instrument: Serve, tmp_path: Path) -> None:
    values = np.arange(24 * 30, dtype=np.float64).reshape(24, 30)
    np.savez(tmp_path / "recorded.npz", topo=np.sin(values), values=values)
    replay = """
[instrument]
driver = "replay"
[instrument.replay]
file = "recorded.npz"
structure = "topo"
pixel_nm = 10.0
values = "values"
structure_unit = "nm"
values_unit = "nA"
[explore]
window_px = 8
"""
    with tt.Instrument(serve_instrument(scenario=replay).address) as instrument, instrument.lease() as control:
        d = instrument.describe()
        assert (d.driver, d.scalar_unit, d.can_sweep_iv) == ("replay", "A", False)
        np.testing.assert_allclose(control.scan_topography(d.reach).values, 1e-9 * np.sin(values), rtol=1e-15)
        pixel = tt.Pixel(row=5, col=7)
        at = d.reach.position(pixel)
        assert d.reach.pixel_at(at) == pixel
        assert control.read_scalar(at).value == pytest.approx(1e-9 * values[5, 7], rel=1e-15)
        with pytest.raises(tt.InstrumentError) as refused:
            control.sweep_iv(at)
        assert refused.value.kind is tt.ErrorKind.UNSUPPORTED


def test_the_same_id_twice_is_one_touch_and_one_result(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument:
        with instrument.lease() as control:
            action = tt.SweepIv(AT, tt.Triangle())
            first = control.execute(action)
            assert same(control.execute(action, first.id), first)
            assert instrument.status().begun == 1, "nothing was touched a second time"
            assert not same(control.execute(action), first), "a new id is a new measurement"
            assert instrument.status().begun == 2
        assert same(instrument.get_result(first.id), first), "also when control is over"


def test_another_action_under_a_used_id_is_refused_and_touches_nothing(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument, instrument.lease() as control:
        first = control.sweep_iv(AT)
        with pytest.raises(tt.IdReused, match="was another action") as refused:
            control.execute(tt.SweepIv(AT, tt.Triangle(peak_v=1.0)), first.id)
        assert refused.value.reason is tt.RefusalReason.ID_REUSED
        assert instrument.status().begun == 1


def test_a_hash_that_is_not_that_of_the_action_is_refused(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument, instrument.lease() as control:
        id = control.next_id()
        request = wire.ExecuteRequest(
            lease_id=control.lease_id,
            id=wire.MeasurementId(client_id=id.client_id, number=id.number),
            action=wire.Action(set_light=wire.SetLight(intensity_suns=0.1)),
            action_sha256=tt.action_sha256(tt.SetLight(0.2)),
        )
        assert instrument._stub.Execute(request).refusal.reason == wire.Refusal.REASON_MALFORMED
        request.action_sha256 = tt.action_sha256(tt.SetLight(0.1))
        assert instrument._stub.Execute(request).HasField("observation"), "and that of the action is followed"


def test_what_the_instrument_refuses_comes_as_an_error_with_its_kind(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument, instrument.lease() as control:
        refusals: list[tuple[tt.Action, tt.ErrorKind]] = [
            (tt.SetLight(50.0), tt.ErrorKind.OUT_OF_LIMITS),
            (tt.SweepIv(tt.Position(1.0, 1.0), tt.Triangle()), tt.ErrorKind.OUT_OF_LIMITS),
            (tt.SweepIv(AT, tt.Triangle(samples=4)), tt.ErrorKind.INVALID_REQUEST),
            (tt.ScanChannel(GRID, "no such channel"), tt.ErrorKind.UNSUPPORTED),
            (tt.ReadScalar(AT), tt.ErrorKind.UNSUPPORTED),
        ]
        for action, kind in refusals:
            with pytest.raises(tt.InstrumentError) as refused:
                control.execute(action)
            assert refused.value.kind is kind, f"{action}: {refused.value}"
            assert refused.value.id is not None
            with pytest.raises(tt.InstrumentError) as stored:
                instrument.get_result(refused.value.id)
            assert str(stored.value) == str(refused.value), "stored like an observation"


def test_an_id_that_was_never_begun_is_said_to_be_unknown(serve_instrument: Serve) -> None:
    with tt.Instrument(serve_instrument().address) as instrument, pytest.raises(tt.Refused) as refused:
        instrument.get_result(tt.MeasurementId(bytes(16), 1))
    assert refused.value.reason is tt.RefusalReason.ID_UNKNOWN


def test_a_result_outlives_the_server(serve_instrument: Serve) -> None:
    server = serve_instrument()
    with tt.Instrument(server.address) as instrument, instrument.lease() as control:
        first = control.sweep_iv(AT)
    server.kill()
    with tt.Instrument(serve_instrument().address) as instrument:
        assert same(instrument.get_result(first.id), first)
        assert instrument.status().begun == 0


def test_more_requests_than_the_server_follows_are_only_slower(serve_instrument: Serve) -> None:
    server = serve_instrument("--requests-per-s", "40", scenario=TWIN)
    with tt.Instrument(server.address) as instrument, instrument.lease() as control:
        for _ in range(60):
            control.set_light(0.1)
        assert instrument.status().begun == 60


def test_a_server_that_was_cut_off_in_a_sweep_does_not_know_and_never_does_it_again(serve_instrument: Serve, tmp_path: Path) -> None:
    server = serve_instrument()
    action = tt.SweepIv(AT, tt.Triangle())
    with tt.Instrument(server.address) as instrument, instrument.lease() as control:
        first = control.execute(action)
    server.kill()
    # A power cut takes the end of what was being written: the intent was on the disk before the tip moved, the result is torn.
    journal = tmp_path / "twin.touches"
    journal.write_bytes(journal.read_bytes()[:-100])
    with tt.Instrument(serve_instrument().address) as instrument, instrument.lease() as control:
        with pytest.raises(tt.UnknownOutcome, match="not touched again") as unknown:
            instrument.get_result(first.id)
        assert unknown.value.id == first.id and unknown.value.kind is tt.ErrorKind.UNKNOWN_OUTCOME
        with pytest.raises(tt.UnknownOutcome):
            control.execute(action, first.id)
        assert instrument.status().begun == 0
