"""Bundles of exported models in onnxruntime: is each file valid, does it compute its reference, and does the README do so too?

A bundle is a folder with `<name>.onnx` files, and with `reference.json`: for each of them `inputs`, `outputs` (by name, with `shape`
and `values`) and a `tolerance`, in units of the larger of 1 and the output.
If it has `sample.json`, the Python in its README.txt is run, which goes from columns to `feed` and `scores` of the network.
Prints one line a model: versions, number of events, and the largest difference of each output; fails if one exceeds the tolerance.
Measures no time. Without folders it checks nothing, so that a run of all peers passes over it.

    cargo run -p hepsys-adversarial --example preserve -- target/preserved
    cargo test -p hepsys-adversarial --test preservation     # leaves target/tmp/trees
    pip install numpy onnx onnxruntime
    python3 onnx_bundle_check.py target/preserved target/tmp/trees
"""

import json
import os
import pathlib
import sys


def array(values, dtype):
    import numpy as np

    return np.asarray(values["values"], dtype).reshape(values["shape"])


def largest(found, expected, is_relative):
    """The largest difference; a NaN or another shape is one, too."""
    import numpy as np

    if found.shape != expected.shape:
        return float("inf")
    unit = np.maximum(1.0, np.abs(expected)) if is_relative else 1.0
    difference = float(np.max(np.abs(found - expected) / unit, initial=0.0))
    return difference if difference == difference else float("inf")


def check_model(path, reference):
    """The largest difference of each output from the reference, in units of the larger of 1 and the output."""
    import numpy as np
    import onnx
    import onnxruntime

    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = {name: array(values, np.float32) for name, values in reference["inputs"].items()}
    declared = {value.name: value.shape for value in session.get_inputs()}
    is_declared = declared == {name: ["N", *rows.shape[1:]] for name, rows in inputs.items()}
    names = list(reference["outputs"])
    differences = {}
    # One event alone as well: the number of events is free.
    for events in (slice(None), slice(1)):
        found = session.run(names, {name: rows[events] for name, rows in inputs.items()})
        for name, values in zip(names, found):
            expected = array(reference["outputs"][name], np.float64)[events]
            differences[name] = max(differences.get(name, 0.0), largest(values, expected, True))
    return differences, declared, is_declared


def check_readme(folder, reference):
    """The largest difference of what the README's Python makes of the columns: of the inputs, and of the scores."""
    import numpy as np

    lines = (folder / "README.txt").read_text().splitlines()
    code = "\n".join(line[4:] for line in lines if line.startswith("    "))
    before, names = os.getcwd(), {}
    os.chdir(folder)
    try:
        exec(compile(code, "README.txt", "exec"), names)
    finally:
        os.chdir(before)
    expected = {name: array(values, np.float32) for name, values in reference["inputs"].items()}
    feed = names["feed"]
    differences = {f"feed {name}": largest(feed[name], rows, True) for name, rows in expected.items() if name in feed}
    differences["scores"] = largest(names["scores"], array(reference["outputs"]["scores"], np.float64), True)
    return differences, set(feed) == set(expected)


def check(folder):
    """Whether all files are valid and everything is within the tolerance."""
    import onnx
    import onnxruntime

    references = json.loads((folder / "reference.json").read_text())
    is_good = {path.stem for path in folder.glob("*.onnx")} == set(references)
    for name, reference in references.items():
        path = folder / f"{name}.onnx"
        differences, declared, is_right = check_model(path, reference)
        line = {
            "file": str(path),
            "peer": f"onnxruntime {onnxruntime.__version__}",
            "checker": f"onnx {onnx.__version__}",
            "inputs": declared,
            "events": next(iter(reference["inputs"].values()))["shape"][0],
            "largest_difference": differences,
        }
        if name == "network" and (folder / "sample.json").exists():
            line["readme"], is_complete = check_readme(folder, reference)
            is_right = is_right and is_complete
            differences = {**differences, **{f"readme {key}": value for key, value in line["readme"].items()}}
        is_right = is_right and all(value < reference["tolerance"] for value in differences.values())
        print(json.dumps({**line, "tolerance": reference["tolerance"], "is_good": is_right}), flush=True)
        is_good = is_good and is_right
    return is_good


if __name__ == "__main__":
    folders = [pathlib.Path(name) for name in sys.argv[1:]]
    if not folders:
        print("nothing to check: name folders with a bundle", file=sys.stderr)
    sys.exit(0 if all([check(folder) for folder in folders]) else 1)
