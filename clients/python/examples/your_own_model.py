"""A whole exploration in which your own code picks the points.

tiptwin link serve-instrument scenarios/library/demo.toml     # in one terminal
python examples/your_own_model.py 127.0.0.1:50551             # in another

`explore` is everything that an automated experiment needs of the instrument. What decides is one object with `tell` and `ask`;
`GaussianProcess` below is one in twenty lines of scikit-learn, and a model of AtomAI or BoTorch goes in the same place (see the README).
"""

from __future__ import annotations

import sys
from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

import tiptwin_client as tt

Array = NDArray[np.float64]


class Learner(Protocol):
    """What decides where to measure: candidates are numbers into the features that it was made with."""

    def tell(self, candidate: int, value: float) -> None:
        """Takes in what was measured at a candidate."""

    def ask(self) -> int:
        """The candidate to measure next."""


class GaussianProcess:
    """Measures where a Gaussian process on the features is least certain.

    `features` has the shape (candidates, d), of order 1.
    """

    def __init__(self, features: Array, seed: int = 0) -> None:
        self.features = features
        self.measured: list[int] = []
        self.values: list[float] = []
        self._rng = np.random.default_rng(seed)
        self._model = GaussianProcessRegressor(RBF(1.0) + WhiteKernel(0.1), optimizer=None, normalize_y=True)

    def tell(self, candidate: int, value: float) -> None:
        """Takes in what was measured at a candidate."""
        self.measured.append(candidate)
        self.values.append(value)

    def ask(self) -> int:
        """The candidate to measure next: at random until there is something to learn from."""
        if len(self.values) < 5:
            return int(self._rng.choice(np.setdiff1d(np.arange(len(self.features)), self.measured)))
        _, sigma = self.predict()
        sigma[self.measured] = -np.inf
        return int(sigma.argmax())

    def predict(self) -> tuple[Array, Array]:
        """Mean and standard deviation at every candidate, shape (candidates,)."""
        # Numbers of order 1, whatever the unit.
        scale = float(np.abs(self.values).max())
        self._model.fit(self.features[self.measured], np.array(self.values) / scale)
        mean, sigma = self._model.predict(self.features, return_std=True)
        return scale * mean, scale * sigma


class Fallback:
    """Asks a decision service while it answers, and from then on a learner of your own. Both are told the same.

    The session is one of numbers (`kind="scalar"`); `pixels` are the candidates, and have the session's window.
    """

    def __init__(self, session: tt.Session, pixels: list[tt.Pixel], own: Learner) -> None:
        self.pixels = pixels
        self.own = own
        self.session: tt.Session | None = session
        self.lost: tt.LinkLost | None = None

    def tell(self, candidate: int, value: float) -> None:
        """Takes in what was measured at a candidate."""
        self.own.tell(candidate, value)
        if self.session is not None:
            try:
                self.session.tell(self.pixels[candidate], value)
            except tt.LinkLost as lost:
                self.session, self.lost = None, lost

    def ask(self) -> int:
        """The candidate to measure next."""
        if self.session is not None:
            try:
                return self.pixels.index(self.session.ask(1)[0].pixel)
            except tt.LinkLost as lost:
                self.session, self.lost = None, lost
        return self.own.ask()


def windows(image: tt.Image, window_px: int, components: int = 4) -> tuple[list[tt.Pixel], Array]:
    """The pixels that have a complete window around them, and features: what each window looks like, and where it is.

    Features have the shape (pixels, components + 2): principal components of the windows, and row and column in windows.
    """
    patches = sliding_window_view(image.values, (window_px, window_px))
    rows, cols = patches.shape[:2]
    flat = patches.reshape(rows * cols, -1)
    scores = PCA(components, random_state=0).fit_transform(flat - flat.mean(axis=1, keepdims=True))
    where = np.indices((rows, cols)).reshape(2, -1).T / window_px
    pixels = [tt.Pixel(r + window_px // 2, c + window_px // 2) for r in range(rows) for c in range(cols)]
    return pixels, np.hstack([scores / scores.std(axis=0), where])


def explore(control: tt.Control, image: tt.Image, pixels: list[tt.Pixel], learner: Learner, steps: int) -> list[tt.IvCurve]:
    """Measures a curve where the learner says, and tells it the largest current in A, `steps` times."""
    curves = []
    for _ in range(steps):
        candidate = learner.ask()
        curve = control.sweep_iv(image.grid.position(pixels[candidate]))
        learner.tell(candidate, float(curve.current_a.max()))
        curves.append(curve)
    return curves


def main(address: str, size_m: float = 2e-6, pixels: int = 48, steps: int = 40) -> tuple[tt.Image, GaussianProcess]:
    """Scans, explores, and says what was learnt."""
    with tt.Instrument(address) as instrument, instrument.lease("your own model") as control:
        print(instrument.describe().identity)
        image = control.scan_topography(tt.ScanGrid.square(size_m, pixels))
        places, features = windows(image, window_px=8)
        learner = GaussianProcess(features)
        explore(control, image, places, learner, steps)
    mean, sigma = learner.predict()
    print(f"{steps} of {len(places)} locations measured; largest currents of {mean.min():.3g} to {mean.max():.3g} A expected,")
    print(f"with a standard deviation of {np.median(sigma):.2g} A at most places")
    return image, learner


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50551")
