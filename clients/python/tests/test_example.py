"""User code picks the points of a whole exploration."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Serve

import tiptwin_client as tt
from examples import your_own_model as example


def test_user_code_explores_a_served_twin_and_leaves_it_safe(serve_instrument: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    server = serve_instrument()
    image, learner = example.main(server.address, size_m=1e-6, pixels=40, steps=40)
    assert "seed 4" in capsys.readouterr().out
    assert len(set(learner.measured)) == 40, "no location twice"
    with tt.Instrument(server.address) as instrument:
        status = instrument.status()
        assert (status.begun, status.safe, status.lease_name) == (1 + 40, True, "")
        # Every location that the model has not seen, measured now.
        pixels, _ = example.windows(image, window_px=8)
        unseen = [c for c in range(len(pixels)) if c not in learner.measured]
        with instrument.lease("judge") as control:
            truth = [float(control.sweep_iv(image.grid.position(pixels[c])).current_a.max()) for c in unseen]
    mean, sigma = learner.predict()
    assert np.corrcoef(mean[unseen], truth)[0, 1] > 0.2, "guesses would have 0"
    assert np.median(sigma[learner.measured]) < np.median(sigma[unseen])


def test_a_lost_service_does_not_end_an_exploration(serve_instrument: Serve, serve_decisions: Serve) -> None:
    service = serve_decisions()
    with (
        tt.Instrument(serve_instrument().address) as instrument,
        instrument.lease("fallback") as control,
        tt.Decisions(service.address, patience_s=1.0) as decisions,
    ):
        image = control.scan_topography(tt.ScanGrid.square(1e-6, 40))
        pixels, features = example.windows(image, window_px=8)
        own = example.GaussianProcess(features)
        scenario = "[explore]\nwindow_px = 8\nsteps = 40\n"
        session = decisions.open(image.grid, [image], kind="scalar", scenario=scenario, seed=4)
        learner = example.Fallback(session, pixels, own)
        example.explore(control, image, pixels, learner, steps=8)
        assert learner.lost is None and session.touched == 8
        by_service = list(own.measured)
        service.kill()
        example.explore(control, image, pixels, learner, steps=8)
        assert learner.lost is not None and session.touched == 8
        assert own.measured[:8] == by_service and len(set(own.measured)) == 16, "goes on from what both were told, no location twice"
        assert instrument.status().lease_name == "fallback"
    with tt.Instrument(instrument.address) as again:
        assert again.status().safe
