"""Writes the reference values of the tests beside it: pip install mpmath; python make_references.py"""

from pathlib import Path

import mpmath as mp

mp.mp.dps = 40
HERE = Path(__file__).parent
SOURCE = f"closed form, mpmath {mp.__version__}, 40 digits"


def number(x):
    if isinstance(x, list):
        return "[" + ", ".join(number(v) for v in x) + "]"
    return str(x) if isinstance(x, int) else repr(float(x))


def write(name, quantity, tolerance, cases, source=SOURCE):
    lines = [f'quantity = "{quantity}"', f"tolerance = {tolerance}", f'source = "{source}"']
    lines += ['made_by = "make_references.py"']
    for case in cases:
        lines += ["", "[[case]]"] + [f"{key} = {number(value)}" for key, value in case.items()]
    (HERE / f"{name}.toml").write_text("\n".join(lines) + "\n")


def poisson_ratio(n_data, n_reference):
    """t of a network that can only be a constant: the likelihood ratio of two numbers of events."""
    return 2 * (n_data * mp.log(mp.mpf(n_data) / n_reference) - n_data + n_reference)


write(
    "constant",
    "t of a constant f",
    1e-8,
    [
        {"n_reference": r, "n_data": d, "t": poisson_ratio(d, r)}
        for r, d in [(2000, 2100), (2000, 1900), (100, 150), (8500, 8500)]
    ],
)


def normalisation(n_data, n_reference, sigma, centre):
    """L[0, nu] = N0 (e^nu - 1) - ND nu + [(nu - nu0)^2 - nu0^2] / (2 sigma^2)"""
    sigma, centre = mp.mpf(sigma), mp.mpf(centre)
    nu = mp.findroot(lambda v: n_reference * mp.exp(v) - n_data + (v - centre) / sigma**2, 0)
    loss = n_reference * mp.expm1(nu) - n_data * nu + ((nu - centre) ** 2 - centre**2) / (2 * sigma**2)
    return nu, -2 * loss


cases = []
for sigma, centre in [("0.05", "0"), ("0.15", "0"), ("0.05", "0.04"), ("0.15", "-0.1")]:
    nu, delta = normalisation(2100, 2000, sigma, centre)
    cases.append(
        {"n_reference": 2000, "n_data": 2100, "sigma": mp.mpf(sigma), "centre": mp.mpf(centre), "nu": nu, "delta": delta}
    )
write("normalisation", "best normalisation and Delta with nothing else", 1e-8, cases)


def hermite(n):
    """Nodes and weights of Gauss and Hermite for the normal distribution, by the eigenvalues of Jacobi's matrix."""
    jacobi = mp.zeros(n)
    for i in range(n - 1):
        jacobi[i, i + 1] = jacobi[i + 1, i] = mp.sqrt(i + 1)
    nodes, vectors = mp.eigsy(jacobi)
    return [nodes[i] for i in range(n)], [vectors[0, i] ** 2 for i in range(n)]


nodes, weights = hermite(24)
write(
    "gauss_hermite",
    "integration points of the normal distribution, exact for polynomials up to degree 47",
    1e-15,
    [{"nodes": nodes, "weights": weights}],
)
