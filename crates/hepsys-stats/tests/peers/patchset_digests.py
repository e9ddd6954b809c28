"""Digests by pyhf 0.7.6 of documents whose numbers and letters are written in many ways.

    venv/bin/python crates/hepsys-stats/tests/peers/patchset_digests.py

prints the tables of tests/patchset.rs: digests of documents, of the workspaces in datasets/stats, and of what the
patches of tests/reference/patchset.json make of one of them.
"""

import json
from pathlib import Path

import pyhf

DOCUMENTS = [
    '{"a": 2.0, "b": 3.0, "c": 1.0}',
    '{"c":1,"a":2,"b":[1e-5,1E5,1e16,123456789012345680.0,0.1,1e22,-0.0,5e-324]}',
    '{"\\u00e9t\\u00e9": "\\u03b1\\n\\u0007\\"/", "z": {"b": null, "a": [true, false, [], {}]}, "Z": -7}',
    "[0.30000000000000004, 100.0, 9007199254740993, 1.7976931348623157e308, 0.0001, 0.00009999]",
]

for document in DOCUMENTS:
    print(document, pyhf.utils.digest(json.loads(document)))
WORKSPACES = Path(__file__).resolve().parents[4] / "datasets" / "stats"
for path in sorted(WORKSPACES.glob("*_*.json")):
    print(path.stem, pyhf.utils.digest(json.loads(path.read_text())))

reference = Path(__file__).resolve().parents[1] / "reference"
patchset = pyhf.PatchSet(json.loads((reference / "patchset.json").read_text()))
background = pyhf.Workspace(json.loads((WORKSPACES / "pyhf_2bin_uncorr.json").read_text()))
for patch in patchset:
    print(patch.name, pyhf.utils.digest(patchset.apply(background, patch.name)))
