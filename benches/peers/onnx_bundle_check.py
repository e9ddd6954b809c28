"""Bundles of exported models in onnxruntime and tract: is each file valid, does it compute its reference, and does the README do so too?

A bundle is a folder with `<name>.onnx` files, and with `reference.json`: for each of them `inputs`, `outputs` (by name, with `shape`
and `values`) and a `tolerance`, in units of the larger of 1 and the output.
If it has `sample.json`, the Python in its README.txt is run, which goes from columns to `feed` and `scores` of the network.
Prints one line for each model and runtime: versions, number of events, and the largest difference of each output; fails if one
exceeds the tolerance. tract is asked if it is installed; operators of trees that it lacks are named, and are no failure.
Measures no time. Without folders it checks nothing, so that a run of all peers passes over it.

    cargo run -p hepsys-adversarial --example preserve -- target/preserved
    cargo test -p hepsys-adversarial --test preservation     # leaves target/tmp/trees
    pip install numpy onnx onnxruntime tract
    python3 onnx_bundle_check.py target/preserved target/tmp/trees
"""

import importlib.util
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


def differences_of(run, reference):
    """The largest difference of each output from the reference, in units of the larger of 1 and the output; `run` makes a
    dictionary of outputs of one of inputs."""
    import numpy as np

    inputs = {name: array(values, np.float32) for name, values in reference["inputs"].items()}
    differences = {}
    # One event alone as well: the number of events is free.
    for events in (slice(None), slice(1)):
        found = run({name: rows[events] for name, rows in inputs.items()})
        for name, values in reference["outputs"].items():
            difference = largest(found[name], array(values, np.float64)[events], True)
            differences[name] = max(differences.get(name, 0.0), difference)
    return differences


def by_onnxruntime(path, reference):
    """What onnxruntime finds, and whether the file declares the inputs of the reference."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    declared = {value.name: value.shape for value in session.get_inputs()}
    is_declared = declared == {name: ["N", *rows["shape"][1:]] for name, rows in reference["inputs"].items()}
    names = list(reference["outputs"])
    differences = differences_of(lambda inputs: dict(zip(names, session.run(names, inputs))), reference)
    peer = f"onnxruntime {onnxruntime.__version__}"
    return {"peer": peer, "inputs": declared, "largest_difference": differences}, is_declared


def by_tract(path, model, reference):
    """The same of tract, or which operators of trees it lacks; nothing where it is not installed."""
    try:
        import tract
    except ImportError:
        return None
    line = {"peer": f"tract {tract.version()}"}
    loaded = tract.onnx().load(path)
    inputs = [loaded.input_name(i) for i in range(loaded.input_count())]
    outputs = [loaded.output_name(i) for i in range(loaded.output_count())]
    try:
        runnable = loaded.into_model().into_runnable()
    except tract.TractError as error:
        of_trees = {node.op_type for node in model.graph.node if node.domain == "ai.onnx.ml"}
        lacking = sorted(name for name in of_trees if f"Unimplemented({name})" in str(error))
        if not lacking:
            raise
        return {**line, "lacks": lacking}, None

    def run(feed):
        found = runnable.run([feed[name] for name in inputs])
        return {name: tensor.to_numpy() for name, tensor in zip(outputs, found)}

    is_declared = set(inputs) == set(reference["inputs"])
    return {**line, "largest_difference": differences_of(run, reference)}, is_declared


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

    references = json.loads((folder / "reference.json").read_text())
    is_good = {path.stem for path in folder.glob("*.onnx")} == set(references)
    for name, reference in references.items():
        path = folder / f"{name}.onnx"
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        events = next(iter(reference["inputs"].values()))["shape"][0]
        common = {"file": str(path), "checker": f"onnx {onnx.__version__}", "events": events}
        for answer in (by_onnxruntime(path, reference), by_tract(path, model, reference)):
            if answer is None:
                continue
            line, is_right = answer
            if "lacks" in line:
                print(json.dumps({**common, **line, "is_good": None}), flush=True)
                continue
            differences = line["largest_difference"]
            if "inputs" in line and name == "network" and (folder / "sample.json").exists():
                line["readme"], is_complete = check_readme(folder, reference)
                is_right = is_right and is_complete
                differences = {**differences, **{f"readme {key}": value for key, value in line["readme"].items()}}
            is_right = is_right and all(value < reference["tolerance"] for value in differences.values())
            line = {**common, **line, "tolerance": reference["tolerance"], "is_good": is_right}
            print(json.dumps(line), flush=True)
            is_good = is_good and is_right
    return is_good


if __name__ == "__main__":
    folders = [pathlib.Path(name) for name in sys.argv[1:]]
    if not folders:
        print("nothing to check: name folders with a bundle", file=sys.stderr)
    elif importlib.util.find_spec("tract") is None:
        print("tract is not installed, so onnxruntime alone is asked: pip install tract", file=sys.stderr)
    sys.exit(0 if all([check(folder) for folder in folders]) else 1)
