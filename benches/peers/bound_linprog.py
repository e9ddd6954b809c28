"""The linear programs of the devil's advocate in scipy: the small ones of a training, and the binned bound.

Exactly the programs of `benches/advocate.rs`. The matrices are made beforehand and not timed; hepsys' times include making
them, and a certificate from the prices. scipy's include its own checks of what it is given. Prints one JSON line a program and
method: the median of the repeats, with their range, in nanoseconds a solution, and the value.

    pip install scipy
    python3 bound_linprog.py
"""

import time

from shared.cores import tell

import numpy as np
import scipy
import scipy.sparse as sparse
from scipy.optimize import linprog

METHODS = ("highs", "highs-ds", "highs-ipm")


def small(n_variables, n_controls):
    def mean(channel):
        h = 1.1 + np.cos(np.arange(1, n_variables + 1) * (channel + 1.7))
        return h / h.sum()

    rows = [sign * mean(channel) for channel in range(1, n_controls + 1) for sign in (1, -1)]
    return mean(0), np.stack(rows), np.tile([1.03, -0.97], n_controls)


def plane(n_bins, neighbours):
    edges = np.linspace(-3.2, 3.2, n_bins + 1)
    x, y = np.meshgrid((edges[1:] + edges[:-1]) / 2, (edges[1:] + edges[:-1]) / 2, indexing="ij")

    def gaussian(at_x, at_y):
        p = np.exp(-0.5 * ((x - at_x) ** 2 + (y - at_y) ** 2)).ravel()
        return p / p.sum()

    X, Y, signal = gaussian(0, 0), gaussian(0.3, -0.1), gaussian(1.1, -0.8)
    rows = [sparse.csr_matrix(np.stack([X, -X, Y - 1.01 * X, 0.99 * X - Y]))]
    limits = [np.array([1.03, -0.97, 0, 0])]
    number = np.arange(n_bins**2).reshape(n_bins, n_bins)
    steps = {"none": [], "axes": [(1, 0), (0, 1)]}
    steps["sixteen"] = steps["axes"] + [(1, 1), (1, -1), (2, 1), (2, -1), (1, 2), (1, -2)]
    for i, j in steps[neighbours]:
        first = number[: n_bins - i, max(0, -j) : n_bins - max(0, j)].ravel()
        second = number[i:, max(0, j) : n_bins - max(0, -j)].ravel()
        n = len(first)
        ones, at = np.ones(n), np.arange(n)
        step = sparse.coo_matrix((np.r_[ones, -ones], (np.r_[at, at], np.r_[first, second])), shape=(n, n_bins**2))
        rows += [step.tocsr(), -step.tocsr()]
        limits.append(np.full(2 * n, 0.1 * 6.4 / n_bins * np.hypot(i, j)))
    return signal, sparse.vstack(rows).tocsr(), np.concatenate(limits)


def measure(name, program, repeats):
    objective, rows, limits = program
    bounds = [(0.8, 1.2)] * len(objective)
    for method in METHODS:
        solve = lambda: linprog(-objective, A_ub=rows, b_ub=limits, bounds=bounds, method=method)
        found = solve()
        assert found.status == 0, found.message
        times = []
        for _ in range(repeats):
            start = time.perf_counter_ns()
            solve()
            times.append(time.perf_counter_ns() - start)
        tell(name, f"scipy {scipy.__version__} {method}", times, value=round(-found.fun, 9))


if __name__ == "__main__":
    for n_variables, n_controls in ((3, 2), (5, 3), (10, 5)):
        name = f"advocate_program/variables={n_variables},rows={2 * n_controls}"
        measure(name, small(n_variables, n_controls), 200)
    for n_bins in (10, 20, 30):
        for neighbours in ("none", "axes", "sixteen"):
            name = f"advocate_bound/bins={n_bins}x{n_bins},neighbours={neighbours}"
            measure(name, plane(n_bins, neighbours), 10)
