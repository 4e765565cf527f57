"""A real driver over an emulated controller that takes its time."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Serve, Server

import tiptwin_client as tt

# A sweep of 40 s on the instrument's clock takes 4 s here.
SLOW = tt.Triangle(peak_v=1.5, samples=51, duration_s=40.0)
TIME_SCALE = "0.1"
REST = """
[scan]
size_um = 1.0
pixels = 24
[explore]
window_px = 8
"""
WAITS = ("settle_command_s = 0", "settle_move_s = 0", "settle_light_s = 0", "file_stable_s = 0", "poll_s = 0.001", "answer_timeout_s = 20")


@pytest.fixture
def slow(tiptwin: str, serve_instrument: Serve, tmp_path: Path) -> Iterator[Server]:
    """The server of an emulated microscope."""
    command = [tiptwin, "instrument", "emulate", "--time-scale", TIME_SCALE, "--folder", str(tmp_path / "afm")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as emulator:
        assert emulator.stdout is not None
        table = ""
        for line in emulator.stdout:
            if line.startswith("# emulating"):
                break
            table += line
        table += "".join(f"{wait}\n" for wait in WAITS if wait.split()[0] not in table)
        yield serve_instrument("--arm", "EMULATED-1", scenario=table + REST)
        emulator.kill()


def middle(instrument: tt.Instrument) -> tt.Position:
    """A place that can be measured."""
    reach = instrument.describe().reach
    return tt.Position(reach.origin.x_m + reach.width_m / 2, reach.origin.y_m + reach.height_m / 2)


def test_a_sweep_that_takes_longer_than_the_patience_is_waited_for_while_heartbeats_are_answered(slow: Server) -> None:
    with tt.Instrument(slow.address, patience_s=3.0) as instrument:
        assert instrument.describe().serial == "EMULATED-1" and not instrument.describe().simulated
        results: list[tt.Observation | None] = []
        with instrument.lease() as control:
            id = control.next_id()
            later = threading.Timer(2.0, lambda: results.append(instrument.get_result(id)))
            later.start()
            curve = control.execute(tt.SweepIv(middle(instrument), SLOW), id)
            later.join()
        assert isinstance(curve, tt.IvCurve) and curve.current_a.shape == (51,)
        assert curve.wall_time_s > 3.0, "longer than the patience"
        assert results == [None], "in the middle it was under way"
        assert instrument.status().begun == 1 and instrument.status().safe


def test_leaving_in_the_middle_of_a_sweep_makes_safe_when_it_is_over(slow: Server) -> None:
    with tt.Instrument(slow.address) as instrument:
        control = instrument.lease()
        sweep = threading.Thread(target=control.execute, args=(tt.SweepIv(middle(instrument), SLOW),))
        sweep.start()
        time.sleep(1.5)
        assert instrument.status().busy
        control.release()
        assert instrument.status().safe and not instrument.status().busy
        sweep.join()
