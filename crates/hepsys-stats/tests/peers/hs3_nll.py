"""What pyhs3 and pyhf make of the same models: pyhs3 of our HS3 documents, pyhf of the workspaces they were written from.

    python -m venv venv && venv/bin/pip install pyhf==0.7.6 pyhs3==0.4.2
    HEPSYS_BLESS=1 cargo test -p hepsys-stats --test hs3 documents
    venv/bin/python crates/hepsys-stats/tests/peers/hs3_nll.py

writes tests/reference/hs3_nll.json: points, and -ln L with all constants at each.

pyhs3 takes ln Γ of round auxiliary measurements in single precision, so that it differs by a constant.
pyhs3 0.4.2 cannot build its model of a channel with a staterror in the mode "lite", although its channels can: for these
documents the terms of the channels are put together here.
"""

import json
import math
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyhf
import pyhs3
import pytensor
import pytensor.tensor as pt
from pyhs3.context import Context
from pyhs3.distributions.histfactory.modifiers import StatErrorModifier
from pytensor.graph.traversal import explicit_graph_inputs

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
WORKSPACES = Path(__file__).resolve().parents[4] / "datasets" / "stats"


def points(model):
    """Around where fits begin, within the bounds."""
    config = model.config
    parameters = list(zip(config.suggested_init(), config.suggested_bounds(), config.suggested_fixed()))
    for k in range(5):
        yield [
            init if fixed else min(max(init + 0.35 * math.sin((i + 1) * 1.7 * k), low), high)
            for i, (init, (low, high), fixed) in enumerate(parameters)
        ]


def of_model(workspace, analysis):
    """ln L as pyhs3's model has it."""
    return workspace.model(analysis).log_prob


def of_channels(workspace, analysis):
    """ln L from the parts of pyhs3's channels."""
    init = workspace.parameter_points[analysis.init]
    context = {p.name: pt.scalar(p.name) for p in init if not p.name.startswith("nom_")}
    context |= {p.name: pt.constant(p.value) for p in init if p.name.startswith("nom_")}
    likelihood = workspace.likelihoods[analysis.likelihood.name]
    terms, seen = [], set()
    for channel, data in zip(likelihood.distributions, likelihood.data):
        here = Context(context | {f"{channel.name}_observed": pt.constant(np.array(data.contents))} | channel.constants)
        terms.append(pt.log(channel.likelihood(here)))
        for key, modifier, sample in channel.constraint_specs():
            if isinstance(modifier, StatErrorModifier) or key in seen:
                continue
            if key is not None:
                seen.add(key)
            terms.append(pt.log(modifier.make_constraint(here, sample)))
        lite = channel._make_barlow_beeston_lite_constraint(here)
        if lite is not None:
            terms.append(pt.log(lite))
    for auxiliary in likelihood.aux_distributions or []:
        terms.append(pt.log(auxiliary.likelihood(Context(context | auxiliary.constants))))
    return sum(terms)


def compute(name):
    """Of a document NAME.json, or NAME.NORMSYS_HISTOSYS.json with codes of interpolation."""
    stem, _, codes = name.partition(".")
    normsys, histosys = codes.split("_") if codes else ("code4", "code4p")
    spec = json.loads((WORKSPACES / f"{stem}.json").read_text())
    workspace = pyhf.Workspace(spec)
    settings = {"normsys": {"interpcode": normsys}, "histosys": {"interpcode": histosys}}
    model = workspace.model(modifier_settings=settings)
    data = workspace.data(model)

    document = pyhs3.Workspace.load(REFERENCE / "hs3" / f"{name}.json")
    analysis = document.analyses[0]
    has_staterror = '"staterror"' in json.dumps(spec)
    log_prob = (of_channels if has_staterror else of_model)(document, analysis)
    inputs = list(explicit_graph_inputs([log_prob]))
    function = pytensor.function(inputs, log_prob)
    constants = {p.name: p.value for p in document.parameter_points[analysis.init]}

    def hs3_name(parameter):
        modifier, bracket, index = parameter.partition("[")
        return f"gamma_{modifier}_bin_{index.rstrip(']')}" if bracket else parameter

    result = {"parameters": model.config.par_names, "pyhs3_by": "channels" if has_staterror else "model", "points": []}
    for point in points(model):
        values = constants | dict(zip(map(hs3_name, model.config.par_names), point))
        result["points"].append(
            {
                "parameters": point,
                "nll_pyhf": -float(model.logpdf(point, data)[0]),
                "nll_pyhs3": -float(function(*[np.float64(values[i.name]) for i in inputs])),
            }
        )
    return result


def main():
    result = {
        "made_by": "tests/peers/hs3_nll.py",
        "versions": {name: version(name) for name in ("pyhs3", "pyhf", "pytensor", "numpy")}
        | {"python": platform.python_version()},
        "documents": {path.stem: compute(path.stem) for path in sorted((REFERENCE / "hs3").glob("*.json"))},
    }
    for name, document in result["documents"].items():
        differences = [p["nll_pyhs3"] - p["nll_pyhf"] for p in document["points"]]
        spread = max(differences) - min(differences)
        print(f"{name}: pyhs3 by {document['pyhs3_by']} is {differences[0]:.1e} off pyhf, constant to {spread:.1e}")
    (REFERENCE / "hs3_nll.json").write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
