"""Fits, scans and toy fits of pyhf's workspaces with pyhf: numpy with scipy and with minuit, and jax with scipy.

The same workspaces and the work of `benches/stats.rs` (whose scans also fit all parameters once, and whose toys draw auxiliary
measurements too), on one core: those of `datasets/stats`, and those in the folder
`workspaces` of `HEPSYS_STATS_REFERENCE`. What would take longer than a budget is done fewer times, once at least for a fit.
Prints one JSON line a measurement: the median of the repeats, with their range, in nanoseconds; a fit also tells -2 ln L where
it ended, and what it raised if it did.

    pip install 'pyhf[jax,minuit]'
    python3 stats_fits.py [part of a workspace's name]
"""

import json
import logging
import os
import pathlib
import sys
import time
import warnings

from shared.cores import tell

import numpy as np
import pyhf

logging.disable(logging.ERROR)
warnings.simplefilter("ignore")

REPEATS = 9
BUDGET = 30.0  # seconds a measurement
SETTINGS = {"normsys": {"interpcode": "code4"}, "histosys": {"interpcode": "code4p"}}
BACKENDS = (("numpy", "scipy"), ("numpy", "minuit"), ("jax", "scipy"))


def workspaces():
    root = pathlib.Path(__file__).resolve().parents[2] / "datasets" / "stats"
    folders = [root]
    if "HEPSYS_STATS_REFERENCE" in os.environ:
        folders.append(pathlib.Path(os.environ["HEPSYS_STATS_REFERENCE"]) / "workspaces")
    found = {}
    for folder in folders:
        for path in sorted(folder.glob("*.json")):
            if path.stem != "reference":
                found.setdefault(path.stem, json.loads(path.read_text()))
    chosen = {name: w for name, w in found.items() if len(sys.argv) < 2 or sys.argv[1] in name}
    return sorted(chosen.items(), key=lambda item: len(json.dumps(item[1])))


def report(name, peer, work):
    """Times `work` after one call that compiles and warms up; gives what that call gave."""
    start = time.perf_counter()
    first = work()
    once = time.perf_counter() - start
    # What takes half of the budget is not done again: its only time is a cold one, and told as such.
    is_cold = once > BUDGET / 2
    times = [once] if is_cold else []
    while len(times) < REPEATS and sum(times) + once < BUDGET:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    cold = {"cold": True} if is_cold else {}
    tell(name, peer, [t * 1e9 for t in times or [once]], **cold, **(first if isinstance(first, dict) else {}))


def tried(fit):
    """What a fit says: where it ended, or what it raised."""
    try:
        _, twice_nll = fit()
        return {"twice_nll": float(twice_nll)}
    except Exception as error:  # whatever a minimiser raises is its answer
        return {"problem": f"{type(error).__name__}: {error}"[:120]}


def measure(name, spec, backend, optimizer):
    pyhf.set_backend(backend, optimizer, precision="64b")
    workspace = pyhf.Workspace(spec)
    model = workspace.model(modifier_settings=SETTINGS)
    data = workspace.data(model)
    scale = f"workspace={name},bins={model.config.nmaindata},parameters={model.config.npars},threads=1"
    peer = f"pyhf {pyhf.__version__} {backend}+{optimizer}"
    start = np.array(model.config.suggested_init())

    if backend == "jax":
        import jax

        function = jax.jit(jax.value_and_grad(lambda x: model.logpdf(x, data)[0]))
        report(f"stats_gradient/{scale}", peer, lambda: function(start)[1].block_until_ready())
    elif optimizer == "scipy":
        report(f"stats_value/{scale}", peer, lambda: model.logpdf(start, data))

    fit = lambda d: tried(lambda: pyhf.infer.mle.fit(d, model, return_fitted_val=True))
    report(f"stats_fit/{scale}", peer, lambda: fit(data))

    random = np.random.default_rng(1)
    expected = np.array(model.expected_data(start))
    n_main = model.config.nmaindata

    def toy_fit():
        # Auxiliary measurements as they are, which spares the peer their drawing.
        counts = random.poisson(expected[:n_main]).astype(float)
        fit(counts.tolist() + list(data[n_main:]))

    report(f"stats_toy_fit/{scale}", peer, toy_fit)

    def scan():
        for mu in np.linspace(0.02, 2.0, 21):
            tried(lambda: pyhf.infer.mle.fixed_poi_fit(float(mu), data, model, return_fitted_val=True))

    began = time.perf_counter()
    fit(data)
    if 21 * (time.perf_counter() - began) < 2 * BUDGET:
        report(f"stats_scan/{scale},points=21", peer, scan)


if __name__ == "__main__":
    for name, spec in workspaces():
        for backend, optimizer in BACKENDS:
            try:
                measure(name, spec, backend, optimizer)
            except ImportError as error:
                print(json.dumps({"peer": f"pyhf {backend}+{optimizer}", "problem": str(error)}), flush=True)
