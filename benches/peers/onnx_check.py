"""Exported networks in onnxruntime: is each file valid, and does it compute what hepsys says?

Beside each `<name>.onnx` lies a `<name>.json` with `inputs` and `outputs` (rows of values by name) and a `tolerance`.
Prints one line a file: versions, number of events, and the largest difference of each output; fails if one exceeds the tolerance.
Measures no time. Without files it checks nothing, so that a run of all peers passes over it.

    cargo test -p hepsys-nn --test onnx     # leaves files in target/tmp/onnx
    pip install numpy onnx onnxruntime
    python3 onnx_check.py target/tmp/onnx/*.onnx
"""

import json
import pathlib
import sys


def check(path):
    """Whether the file is valid and its outputs are within the tolerance."""
    import numpy as np
    import onnx
    import onnxruntime

    onnx.checker.check_model(onnx.load(path), full_check=True)
    reference = json.loads(path.with_suffix(".json").read_text())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = {name: np.asarray(rows, np.float32) for name, rows in reference["inputs"].items()}
    declared = {value.name: value.shape for value in session.get_inputs()}
    expected_shapes = {name: ["N", rows.shape[1]] for name, rows in inputs.items()}
    names = list(reference["outputs"])
    differences = {}
    # One event alone as well: the number of events is free.
    for events in (slice(None), slice(1)):
        found = session.run(names, {name: rows[events] for name, rows in inputs.items()})
        for name, values in zip(names, found):
            expected = np.asarray(reference["outputs"][name], np.float64)[events]
            # A NaN or another shape is a difference, too.
            same_shape = values.shape == expected.shape
            difference = float(np.max(np.abs(values - expected))) if same_shape else float("nan")
            differences[name] = max(differences.get(name, 0.0), difference if difference == difference else float("inf"))
    is_good = declared == expected_shapes and all(d < reference["tolerance"] for d in differences.values())
    line = {
        "file": path.name,
        "peer": f"onnxruntime {onnxruntime.__version__}",
        "checker": f"onnx {onnx.__version__}",
        "inputs": declared,
        "events": len(next(iter(inputs.values()))),
        "largest_difference": differences,
        "tolerance": reference["tolerance"],
        "is_good": is_good,
    }
    print(json.dumps(line), flush=True)
    return is_good


if __name__ == "__main__":
    files = [pathlib.Path(name) for name in sys.argv[1:]]
    if not files:
        print("nothing to check: name .onnx files", file=sys.stderr)
    sys.exit(0 if all([check(path) for path in files]) else 1)
