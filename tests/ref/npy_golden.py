#!/usr/bin/python3
"""Goldens of .npy files: bytes as numpy.save writes them, into golden/npy_golden.h.

Every array holds 0, 1, 2, ... in row order (bool: parity; float16: also halves that are odd), so
that the test needs no second copy of the values. Needs python3-numpy.
"""
import io
from pathlib import Path
import numpy as np
from numpy.lib import format as npy


def bytes_of(array, version=None):
    out = io.BytesIO()
    npy.write_array(out, array, version=version)
    return out.getvalue()


def arange(shape, dtype, order="C"):
    return np.asarray(np.arange(np.prod(shape)).reshape(shape), dtype=dtype, order=order)


CASES = [
    ("f4", arange((3, 4), "<f4"), (1, 0)),
    ("f8", arange((5,), "<f8"), (1, 0)),
    ("i4", arange((2, 3), "<i4"), (1, 0)),
    ("i8", arange((2, 2, 2), "<i8"), (1, 0)),
    ("u1", arange((2, 1, 2, 2), "u1"), (1, 0)),
    ("b1", arange((4,), "i4") % 2 == 1, (1, 0)),
    ("f2", arange((6,), "<f2"), (1, 0)),
    ("f4_columns", arange((3, 4), "<f4", "F"), (1, 0)),
    ("i8_columns", arange((2, 3, 4), "<i8", "F"), (1, 0)),
    ("version_2", arange((3, 4), "<f4"), (2, 0)),
    ("version_3", arange((3, 4), "<f4"), (3, 0)),
    ("empty", arange((0, 4), "<f4"), (1, 0)),
    ("big_endian", arange((3,), ">f4"), (1, 0)),
    ("complex", arange((3,), "<c8"), (1, 0)),
    ("scalar", np.array(1.0), (1, 0)),
    ("five", arange((1, 1, 1, 1, 2), "<f4"), (1, 0)),
    ("fields", np.zeros(2, [("a", "<f4"), ("b", "<i4")]), (1, 0)),
]
HALVES = np.array([0, -0.0, 1, -2, 65504, 6.1e-5, 5.96e-8, -1e-6, np.inf, -np.inf, 0.333], "<f2")


def main():
    lines = ["/* Written by tests/ref/npy_golden.py with numpy %s: do not edit. */" % np.__version__]
    for name, array, version in CASES + [("halves", HALVES, (1, 0))]:
        data = bytes_of(array, version)
        rows = [", ".join("0x%02x" % b for b in data[k:k + 16]) for k in range(0, len(data), 16)]
        lines.append("static const unsigned char npy_%s[] = {\n    %s};" % (name, ",\n    ".join(rows)))
    values = ", ".join({"inf": "INFINITY", "-inf": "-INFINITY"}.get(repr(float(x)), "%.9gF" % x if "." in "%.9g" % x or "e" in "%.9g" % x else "%.9g.0F" % x) for x in HALVES.astype("f4"))
    lines.append("static const float npy_halves_values[] = {%s};" % values)
    Path(__file__).with_name("golden").joinpath("npy_golden.h").write_text("\n".join(lines) + "\n")


main()
