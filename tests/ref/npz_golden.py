#!/usr/bin/python3
"""Goldens of .npz archives: bytes as numpy.savez and savez_compressed write them, into golden/npz_golden.h.

Every array holds 0, 1, 2, ... in row order. Needs python3-numpy.
"""
import io
import zipfile
from pathlib import Path
import numpy as np

TITLE = np.arange(6, dtype="<f4").reshape(2, 3)
IDS = np.arange(3, dtype="<i8")
LONG = np.arange(600, dtype="<i4").reshape(200, 3)


def bytes_of(save, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


def zip64_of(save, **arrays):
    """As if the archive were larger than 4 GiB: all sizes and offsets in 64 bits."""
    limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 1
    try:
        return bytes_of(save, **arrays)
    finally:
        zipfile.ZIP64_LIMIT = limit


def with_comment(data):
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = b"made by hand PK\x05\x06"
        archive.writestr("notes.txt", "no array")
    return out.getvalue()


CASES = [
    ("stored", bytes_of(np.savez, title=TITLE, ids=IDS)),
    ("deflated", bytes_of(np.savez_compressed, title=LONG)),
    ("wide", zip64_of(np.savez, title=TITLE, ids=IDS)),
    ("wide_deflated", zip64_of(np.savez_compressed, title=LONG)),
    ("commented", with_comment(bytes_of(np.savez, title=TITLE))),
    ("empty", bytes_of(np.savez)),
]


def main():
    lines = ["/* Written by tests/ref/npz_golden.py with numpy %s: do not edit. */" % np.__version__]
    for name, data in CASES:
        rows = [", ".join("0x%02x" % b for b in data[k:k + 16]) for k in range(0, len(data), 16)]
        lines.append("static const unsigned char npz_%s[] = {\n    %s};" % (name, ",\n    ".join(rows)))
    Path(__file__).with_name("golden").joinpath("npz_golden.h").write_text("\n".join(lines) + "\n")


main()
