"""Writes nsid_small.h5 with pyNSID: an image of two channels and a map of curves, small.

    pip install pyNSID==0.0.7.2 sidpy==0.12.9 h5py numpy
    python nsid_small.py
"""
import pathlib

import h5py
import numpy as np
import pyNSID
import sidpy

path = pathlib.Path(__file__).parent / "nsid_small.h5"
rows, cols, samples = 6, 5, 4
r, c = np.mgrid[:rows, :cols]


def dataset(values, title, quantity, units, kind, spectral=None):
    d = sidpy.Dataset.from_array(values, title=title)
    d.data_type, d.units, d.quantity = kind, units, quantity
    d.modality, d.source = "AFM", "made up"
    for k, (name, n, step) in enumerate([("rows", rows, 4e-9), ("cols", cols, 5e-9)]):
        d.set_dimension(k, sidpy.Dimension(step * np.arange(n), name=name, units="m", quantity="length", dimension_type="spatial"))
    if spectral is not None:
        d.set_dimension(2, sidpy.Dimension(spectral, name="bias", units="V", quantity="bias", dimension_type="spectral"))
    d.original_metadata = {"ScanRate": 1.5, "Tip": "PtIr"}
    return d


with h5py.File(path, "w") as h5:
    for k, (quantity, units, values) in enumerate([("Height", "m", 1e-9 * (10.0 * r + c)), ("Phase", "deg", (10.0 * r - c).astype("f4"))]):
        group = h5.create_group(f"Measurement_000/Channel_{k:03}")
        pyNSID.hdf_io.write_nsid_dataset(dataset(values, f"channel{k}", quantity, units, "image"), group)
    bias = np.array([-1.0, 0.0, 1.0, 0.5])
    curves = 1e-9 * bias * (1.0 + r + 10.0 * c)[..., None]
    group = h5.create_group("Measurement_000/Channel_002")
    pyNSID.hdf_io.write_nsid_dataset(dataset(curves, "curves", "Current", "A", "spectral_image", bias), group)
