"""A decision service, asked and told from Python."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import TWIN, Serve

import tiptwin_client as tt

GRID = tt.ScanGrid.square(1e-6, 24)
SCENARIO = "[explore]\nwindow_px = 8\nsteps = 12\n"


def hills() -> tuple[tt.Channel, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """A structure image, and a property that follows from it."""
    row, col = np.mgrid[0:24, 0:24] / 24
    height = 1e-8 * np.sin(9 * col) * np.cos(7 * row)
    return tt.Channel("height", "m", height), 1e-9 * (1 + height / 1e-8)


def test_a_session_is_told_and_asked_until_its_steps_are_done(serve_decisions: Serve) -> None:
    image, truth = hills()
    with (
        tt.Decisions(serve_decisions().address) as decisions,
        decisions.open(GRID, [image], kind="scalar", scenario=SCENARIO, seed=3, scalar_noise=1e-12) as session,
    ):
        assert (session.strategy, session.steps, session.batch, len(session.targets)) == ("tiptwin", 12, 1, 1)
        assert session.map().mean is None
        seen: list[tt.Pixel] = []
        while points := session.ask():
            assert session.ask() == points, "asking again gives the same"
            (point,) = points
            assert point.position == GRID.position(point.pixel)
            assert (point.mean is None) == (not seen)
            told = session.tell(point.pixel, truth[point.pixel.row, point.pixel.col])
            assert (told.number, told.value) == (len(seen), truth[point.pixel.row, point.pixel.col])
            seen.append(point.pixel)
        assert len(set(seen)) == 12 == session.touched
        believed = session.map()
    assert believed.mean is not None and believed.sigma is not None and believed.measured == 12
    assert believed.mean.shape == believed.sigma.shape == (24 - 7, 24 - 7)
    assert (believed.sigma > 0).all()
    first = believed.first
    window = truth[first.row : first.row + 17, first.col : first.col + 17]
    assert np.corrcoef(believed.mean.ravel(), window.ravel())[0, 1] > 0.5, "it has learnt something"


def test_a_location_where_nothing_could_be_measured_is_closed(serve_decisions: Serve) -> None:
    image, truth = hills()
    with (
        tt.Decisions(serve_decisions().address) as decisions,
        decisions.open(GRID, [image], kind="scalar", scenario=SCENARIO) as session,
    ):
        (point,) = session.ask()
        told = session.tell(point.pixel, tt.Failed("no contact"))
        assert told.value is None and "no contact" in told.reason
        assert session.touched == 1
        (again,) = session.ask()
        assert again.pixel != point.pixel
        told_all = session.tell_all([(tt.Pixel(9, r), float(truth[9, r])) for r in range(9, 12)])
        assert [t.number for t in told_all] == [1, 2, 3]


def test_what_is_refused_changes_nothing(serve_decisions: Serve) -> None:
    image, _ = hills()
    with tt.Decisions(serve_decisions().address) as decisions:
        with pytest.raises(tt.DecisionError, match=r"shape \(24, 23\); accepted: \(24, 24\)"):
            decisions.open(GRID, [tt.Channel("height", "m", np.zeros((24, 23)))], kind="scalar")
        with pytest.raises(tt.DecisionError, match=r"row 2, column 5") as refused:
            holed = np.zeros((24, 24))
            holed[2, 5] = np.nan
            decisions.open(GRID, [tt.Channel("height", "m", holed)], kind="scalar")
        assert refused.value.problem is tt.SessionProblem.INVALID
        with pytest.raises(tt.DecisionError, match="window_pixels"):
            decisions.open(GRID, [image], kind="scalar", scenario="[explore]\nwindow_pixels = 8\n")
        with decisions.open(GRID, [image], kind="scalar", scenario=SCENARIO) as session:
            session.tell(tt.Pixel(10, 10), 1e-9)
            wrong: list[tuple[tt.Pixel | tt.Position, tt.Outcome, tt.SessionProblem]] = [
                (tt.Pixel(0, 0), 1e-9, tt.SessionProblem.INVALID),
                (tt.Position(2e-6, 0.0), 1e-9, tt.SessionProblem.INVALID),
                (tt.Pixel(11, 10), float("nan"), tt.SessionProblem.INVALID),
                (tt.Pixel(11, 10), tt.Curve([0.0, 1.0], [0.0, 1e-9], 0.01), tt.SessionProblem.INVALID),
                (tt.Pixel(10, 10), 1e-9, tt.SessionProblem.WRONG_TIME),
            ]
            for at, outcome, problem in wrong:
                with pytest.raises(tt.DecisionError) as refused:
                    session.tell_all([(tt.Pixel(12, 10), 1e-9), (at, outcome)])
                assert refused.value.problem is problem, str(refused.value)
            assert session.touched == 1
            assert session.tell(tt.Pixel(12, 10), 1e-9).number == 1
        with pytest.raises(tt.DecisionError) as refused:
            session.ask()
        assert refused.value.problem is tt.SessionProblem.NO_SESSION, "it was closed"


def test_nobody_at_the_address_is_a_lost_link() -> None:
    image, _ = hills()
    with tt.Decisions("127.0.0.1:1", patience_s=0.5) as decisions, pytest.raises(tt.LinkLost):
        decisions.open(GRID, [image], kind="scalar")


@pytest.mark.parametrize("explore", ["", 'acquisition = "expected-improvement"\nbatch = 3\n'])
def test_an_exploration_asked_and_told_from_python_is_the_one_that_tiptwin_makes(
    explore: str, tiptwin: str, serve_instrument: Serve, serve_decisions: Serve, tmp_path: Path
) -> None:
    scenario = TWIN + explore
    served = serve_instrument(scenario=scenario)
    command = [tiptwin, "explore", str(tmp_path / "twin.toml"), "--quiet", "--out", str(tmp_path / "run")]
    subprocess.run(command, check=True, capture_output=True)
    lines = (tmp_path / "run" / "journal.jsonl").read_text().splitlines()
    events = [json.loads(line)["event"] for line in lines]
    picked = [(e["pixel"]["row"], e["pixel"]["col"]) for e in events if e["type"] == "decision"]
    values = [e["value"] for e in events if e["type"] == "measurement"]
    table = "[explore]\nwindow_px = 8\nsteps = 20\n" + explore
    with (
        tt.Instrument(served.address) as instrument,
        instrument.lease("notebook") as control,
        tt.Decisions(serve_decisions().address) as decisions,
    ):
        noise_a = instrument.describe().current_noise_a
        control.set_light(0.0)
        image = control.scan_topography(tt.ScanGrid.square(1e-6, 40))
        control.set_light(0.1)
        with decisions.open(image.grid, [image], kind="curve", scenario=table, seed=4, current_noise_a=noise_a) as session:
            pixels, told = [], []
            while points := session.ask(1):
                for point in points:
                    pixels.append((point.pixel.row, point.pixel.col))
                    told.append(session.tell(point.pixel, control.sweep_iv(point.position)).value)
    assert len(picked) == 20
    assert pixels == picked, "pick for pick"
    assert told == values, "value for value, to the last bit"
