"""What scikit-learn's models make of the same 200 points of the real scan.

    for s in 1 2 3 4 5; do
        tiptwin explore tests/data/scans/pfm.toml --seed $s --set explore.acquisition=random --out out/pfm/$s
    done
    pip install numpy==2.4.6 scikit-learn==1.9.1
    python rivals.py out/pfm > scikit_learn.json

Points and values come from the journals, so that every model sees what tiptwin saw. Inputs: 16 x 16 patches of the topography, each
minus its plane, whitened by the principal components of all patches (20 kept), without and with the coordinates. Hyper-parameters by
five-fold cross-validation on the 200 points. R2 is over all pixels with a whole window that were not measured, as tiptwin's own.
"""
import json
import pathlib
import sys

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor

WINDOW = 16
here = pathlib.Path(__file__).parent
scan = np.load(here / "pfm_pto.npz")
topography, amplitude = scan["topography_m"].astype(float), scan["amplitude_m"].astype(float)

windows = sliding_window_view(topography, (WINDOW, WINDOW))
rows, cols = windows.shape[:2]
patches = windows.reshape(rows * cols, -1)
yy, xx = np.mgrid[:WINDOW, :WINDOW]
plane = np.c_[np.ones(WINDOW**2), yy.ravel(), xx.ravel()]
patches = patches - patches @ plane @ np.linalg.inv(plane.T @ plane) @ plane.T
components = PCA(20, whiten=True, random_state=0).fit_transform(patches)
# The pixel a window stands for is the one right of and below its middle, as in tiptwin.
row, col = (a.ravel() + WINDOW // 2 for a in np.mgrid[:rows, :cols])
coordinates = np.c_[row, col].astype(float)
coordinates = (coordinates - coordinates.mean(0)) / coordinates.std(0)
truth = amplitude[row, col]

MODELS = {
    "kernel ridge": (KernelRidge(kernel="rbf"), {"gamma": [1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10], "alpha": [1e-3, 1e-2, 0.1, 0.3, 1, 3]}),
    "random forest": (RandomForestRegressor(500, random_state=0), {"max_features": [0.33, 1.0]}),
    "k-nearest neighbours": (KNeighborsRegressor(weights="distance"), {"n_neighbors": [2, 3, 5, 8, 12, 20]}),
}
INPUTS = {
    "patches": components,
    "patches and coordinates": np.c_[components, 3 * coordinates],
    "coordinates": coordinates,
}
found = {f"{m} on {i}": [] for m in MODELS for i in INPUTS}
for seed in range(1, 6):
    events = [json.loads(line)["event"] for line in open(pathlib.Path(sys.argv[1]) / str(seed) / "journal.jsonl")]
    picks = [e for e in events if e["type"] == "measurement"]
    index = np.array([(p["pixel"]["row"] - WINDOW // 2) * cols + p["pixel"]["col"] - WINDOW // 2 for p in picks])
    y = np.array([p["value"] for p in picks])
    assert np.allclose(y, truth[index], rtol=1e-5), "a pixel is not where the window says"
    mean, deviation = y.mean(), y.std()
    open_ = np.setdiff1d(np.arange(len(truth)), index)
    for name_m, (model, grid) in MODELS.items():
        for name_i, x in INPUTS.items():
            best = GridSearchCV(model, grid, cv=5, scoring="r2").fit(x[index], (y - mean) / deviation)
            score = r2_score(truth[open_], best.predict(x[open_]) * deviation + mean)
            found[f"{name_m} on {name_i}"].append(round(float(score), 4))
print(json.dumps({"measurements": 200, "seeds": [1, 2, 3, 4, 5], "r2": found}, indent=1))
