"""Reads an exported run with the programs that people have, and compares every number with the run folder.

    tiptwin explore scenarios/library/demo.toml --out out/run
    tiptwin export out/run --format parquet,npz,gwyddion,ibw,nsid,events
    pip install -r tests/interchange/requirements.txt
    python tests/interchange/check.py out/run
"""
import json
import pathlib
import sys

import event_model
import gsffile
import h5py
import numpy as np
import pyarrow.parquet
from igor2 import binarywave
from pyNSID.io.hdf_utils import check_if_main, read_h5py_dataset

run = pathlib.Path(sys.argv[1])
out = run / "export"

# What the folder says, read without any of tiptwin's code.
events = [json.loads(line)["event"] for line in (run / "journal.jsonl").read_text().splitlines()]
start = events[0]
picks = [e for e in events if e["type"] == "measurement"]
scan = next(e for e in events if e["type"] == "scan")
structure = np.load(run / "structure.npy")
maps = dict(np.load(run / "maps.npz"))
row, col = maps.pop("offset")
images = {scan["channel"]: structure}
for name, m in maps.items():
    whole = np.full(structure.shape, np.nan)
    r, c = (0, 0) if m.shape == structure.shape else (row, col)
    whole[r : r + m.shape[0], c : c + m.shape[1]] = m
    images[name] = whole
values = np.array([p["value"] for p in picks])
x = np.array([p["position"]["x_m"] for p in picks])
y = np.array([p["position"]["y_m"] for p in picks])
with_curve = [p for p in picks if p["curve"] is not None]
if with_curve:
    table = np.fromfile(run / "curves.f64").reshape(max(p["curve"] for p in with_curve) + 2, -1)
    bias, currents = table[0], table[1:]
checked = 0


def same(what, found, expected):
    global checked
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected), err_msg=what)
    checked += 1


# NumPy.
npz = np.load(out / "run.npz")
for name, image in images.items():
    same(f"run.npz {name}", npz[name], image)
same("run.npz picks_value", npz["picks_value"], values)
head = json.loads(bytes(npz["metadata_json"]))
same("run.npz seed", head["seed"], str(start["seed"]))
if with_curve:
    same("run.npz bias_v", npz["bias_v"], bias)
    same("run.npz current_a", npz["current_a"], currents)

# Parquet.
table = pyarrow.parquet.read_table(out / "picks.parquet")
same("picks.parquet value", table["value"].to_numpy(), values)
same("picks.parquet x_m", table["x_m"].to_numpy(), x)
same("picks.parquet row", table["row"].to_numpy(), [p["pixel"]["row"] for p in picks])
for name in picks[0]["descriptors"]:
    expected = [p["descriptors"].get(name, np.nan) for p in picks]
    same(f"picks.parquet {name}", table[f"descriptor_{name}"].to_numpy(), np.array(expected, float))
same("picks.parquet metadata", table.schema.metadata[b"strategy"].decode(), start["strategy"])
if with_curve:
    table = pyarrow.parquet.read_table(out / "curves.parquet")
    index = table["index"].to_numpy()
    for p in with_curve:
        same("curves.parquet", table["current_a"].to_numpy()[index == p["index"]], currents[p["curve"]])

# Gwyddion.
for name, image in images.items():
    file = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "-_") else "-" for ch in name)
    data, meta = gsffile.read_gsf(out / f"{file}.gsf")
    known = np.isfinite(image)
    same(f"{file}.gsf", data[known], image[known].astype("f4"))
    np.testing.assert_allclose([float(meta["XReal"]), float(meta["YReal"])], [scan["grid"]["width_m"], scan["grid"]["height_m"]])
    same(f"{file}.gsf unit", meta["XYUnits"], "m")
    if not known.all():
        mask, _ = gsffile.read_gsf(out / f"{file}-mask.gsf")
        same(f"{file}-mask.gsf", mask > 0, known)
raw = (out / "picks.gxyzf").read_bytes()
text = raw[: raw.index(b"\0")].decode()
count = int(text.split("NChannels = ")[1].split("\n")[0])
numbers = np.frombuffer(raw[(len(text.encode()) // 8 + 1) * 8 :]).reshape(len(picks), count + 2)
same("picks.gxyzf", numbers[:, :3], np.c_[x, y, values])

# Igor.
wave = binarywave.load(out / "run.ibw")["wave"]
labels = [l.decode() for l in wave["labels"][2][1:]]
for name, image in images.items():
    layer = wave["wData"][:, :, labels.index(name)]
    # Igor: x first, the bottom line first.
    same(f"run.ibw {name}", layer.T[::-1], image.astype("f4"))
same("run.ibw note", b"strategy: " + start["strategy"].encode() in wave["note"].split(b"\r"), True)
for p in with_curve:
    curve = binarywave.load(out / "curves" / f"Point{p['index']:04}.ibw")["wave"]
    same("curve", curve["wData"], np.c_[bias, currents[p["curve"]]])
    same("curve labels", curve["labels"][1][1:], [b"Bias", b"Current"])

# NSID, opened as its reader does: for reading and writing.
with h5py.File(out / "run.h5", "r+") as file:
    mains = {}
    file.visititems(lambda _, o: mains.update({o.name.split("/")[-1]: o}) if check_if_main(o) else None)
    datasets = {name: read_h5py_dataset(main) for name, main in mains.items()}
grid = scan["grid"]
for name, image in images.items():
    dataset = datasets["".join(ch if ch.isascii() and ch.isalnum() else "_" for ch in name)]
    same(f"run.h5 {name}", dataset, image)
    same(f"run.h5 {name} type", dataset.data_type.name, "IMAGE")
    for axis, label, origin, length, n in [(0, "y", "y_m", "height_m", grid["rows"]), (1, "x", "x_m", "width_m", grid["cols"])]:
        dimension = dataset._axes[axis]
        same(f"run.h5 {name} {label}", [dimension.name, dimension.units, dimension.dimension_type.name], [label, "m", "SPATIAL"])
        np.testing.assert_allclose(dimension.values, grid["origin"][origin] + np.arange(n) * grid[length] / n, rtol=1e-12)
    same(f"run.h5 {name} metadata", dataset.original_metadata["strategy"], start["strategy"])
same("run.h5 unit", datasets["mean"].units, start["target_unit"] or "generic")
same("run.h5 values", datasets[f"picks_{start['target']}"], values)
same("run.h5 x", datasets["picks_x"], x)
if with_curve:
    same("run.h5 bias", datasets["current"]._axes[1].values, bias)
    same("run.h5 current", datasets["current"], currents)

# Event model.
documents = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
for d in documents:
    event_model.schema_validators[event_model.DocumentNames[d["name"]]].validate(d["doc"])
data = [d["doc"]["data"] for d in documents if d["name"] == "event"]
same("events.jsonl value", [d["value"] for d in data], values)
same("events.jsonl order", [d["name"] for d in documents], ["start", "descriptor"] + ["event"] * len(picks) + ["stop"])
print(f"{run}: {checked} comparisons, all equal")
