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
