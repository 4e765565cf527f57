"""What igor2 reads in the two real binary waves: channels, sums, corners, units, note keys.

    pip install igor2==0.5.15 numpy==2.4.6
    python read_waves.py > igor2.json

igor2 does not cut labels at their first zero byte; that is done here.
"""
import json
import pathlib

import numpy as np
from igor2 import binarywave

here = pathlib.Path(__file__).parent
found = {}
for name in ["cypher_image.ibw", "asylum_force_curve.ibw"]:
    raw = (here / name).read_bytes()
    wave = binarywave.load(here / name)["wave"]
    data, header = wave["wData"], wave["wave_header"]
    dims = [int(n) for n in header["nDim"] if n]
    # Labels from the bytes: igor2 leaves what stood behind the zero byte.
    stale = [label.decode("latin-1") for label in wave["labels"][len(dims) - 1][1:]]
    at = 384 + int(wave["bin_header"]["wfmSize"]) - 320 + len(wave["note"])
    fields = [raw[at + 32 * (k + 1) : at + 32 * (k + 2)] for k in range(dims[-1])]
    labels = [f.split(b"\0")[0].decode() for f in fields]
    assert all(s.startswith(l) for s, l in zip(stale, labels)), (stale, labels)
    channels = {}
    for k, label in enumerate(labels):
        layer = data[..., k].astype(float)
        index = tuple(n // 3 for n in layer.shape)
        channels[label] = {
            "sum": float(layer.sum()),
            "least": float(layer.min()),
            "largest": float(layer.max()),
            "first": float(layer.flat[0]),
            "index": [int(i) for i in index],
            "value_there": float(layer[index]),
        }
    notes = [line.split(":", 1) for line in wave["note"].decode("cp1252").split("\r") if line.strip("\0 ")]
    found[name] = {
        "shape": dims,
        "steps": [float(x) for x in header["sfA"][: len(dims)]],
        "unit": b"".join(header["dataUnits"]).decode(),
        "dimension_units": [b"".join(u).decode() for u in header["dimUnits"][: len(dims)]],
        "created_modified_s": [int(header["creationDate"]), int(header["modDate"])],
        "name": header["bname"].decode() if isinstance(header["bname"], bytes) else str(header["bname"]),
        "channels": channels,
        "notes": [[n[0].strip(), n[1].strip() if len(n) > 1 else ""] for n in notes],
    }
print(json.dumps(found, indent=1, ensure_ascii=False))
