"""Writes the reference values of the tests beside it: pip install scipy numpy mpmath; python make_references.py"""

from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
from scipy import optimize, stats
from scipy.stats import _ksstats

mp.mp.dps = 60
HERE = Path(__file__).parent


def number(x):
    if isinstance(x, (list, tuple, np.ndarray)):
        return "[" + ", ".join(number(v) for v in x) + "]"
    return str(int(x)) if isinstance(x, (int, np.integer)) else repr(float(x))


def write(name, quantity, tolerance, source, cases):
    lines = [f'quantity = "{quantity}"', f"tolerance = {tolerance}", f'source = "{source}"']
    lines += ['made_by = "make_references.py"']
    for case in cases:
        lines += ["", "[[case]]"] + [f"{key} = {number(value)}" for key, value in case.items()]
    (HERE / f"{name}.toml").write_text("\n".join(lines) + "\n")


SCIPY = f"scipy {scipy.__version__}"
MPMATH = f"mpmath {mp.__version__}, 60 digits"


def ln_chi2_sf(t, dof):
    return mp.log(mp.gammainc(mp.mpf(dof) / 2, mp.mpf(t) / 2, mp.inf, regularized=True))


write(
    "chi_squared_ln_survival",
    "ln P(chi2_dof >= t)",
    1e-12,
    MPMATH,
    [
        {"dof": float(dof), "t": float(t), "value": ln_chi2_sf(t, dof)}
        for dof in (0.5, 1, 2, 13, 106, 1000.5)
        for t in (0.01, 1, 12.3, 106, 300, 1500, 20000)
    ],
)

write(
    "chi_squared_quantile",
    "the t below which a fraction q of chi2_dof lies",
    1e-11,
    f"{SCIPY}, stats.chi2.ppf",
    [
        {"dof": float(dof), "q": q, "value": stats.chi2.ppf(q, dof)}
        for dof in (1, 2, 13, 106)
        for q in (0.001, 0.16, 0.5, 0.84, 0.999)
    ],
)


def z_of_ln_p(ln_p):
    ln_p = mp.mpf(ln_p)
    start = mp.sqrt(-2 * ln_p) if ln_p < -1 else mp.mpf(0)
    return mp.findroot(lambda z: mp.log(mp.erfc(z / mp.sqrt(2)) / 2) - ln_p, start)


write(
    "normal_quantile",
    "Z with ln(1 - Phi(Z)) = ln_p; chi2_1 has twice that probability above Z^2",
    1e-12,
    MPMATH,
    [{"ln_p": float(x), "value": z_of_ln_p(float(x))} for x in (-0.01, -0.3, -0.6931, -0.7, -3, -15, -700, -2302.6, -1e5)],
)

write(
    "significance",
    "Z of a p-value",
    1e-12,
    f"{SCIPY}, stats.norm.isf",
    [{"p": p, "value": stats.norm.isf(p)} for p in (0.99, 0.5, 0.16, 0.05, 2.866515718791939e-07, 1e-20, 1e-100, 1e-300)],
)

write(
    "binomial_interval",
    "Clopper-Pearson interval",
    1e-8,
    f"{SCIPY}, stats.binomtest(k, n).proportion_ci(level, 'exact')",
    [
        {"k": k, "n": n, "level": level, "value": list(stats.binomtest(k, n).proportion_ci(level, "exact"))}
        for level in (0.6826894921370859, 0.95)
        for k, n in ((0, 10), (1, 10), (5, 100), (100, 100), (3, 10000), (4321, 10000))
    ],
)



def kolmogorov_sf(d, n):
    """kstwo.sf uses an expansion that is good to 1e-6 above n = 140; the matrix power is exact, but not in the far tail."""
    return stats.kstwo.sf(d, n) if n <= 140 or 4 <= n * d * d else _ksstats._kolmogn_DMTW(n, d, cdf=False)


KOLMOGOROV = f"{SCIPY}, stats.kstwo.sf, and scipy.stats._ksstats._kolmogn_DMTW in the bulk above n = 140"
rng = np.random.default_rng(1)
uniform = [list(np.round(rng.random(n) ** power, 6)) for n, power in ((5, 1.0), (20, 1.3), (100, 1.0), (100, 1.6), (300, 1.1))]
write(
    "kolmogorov_smirnov_one_sample",
    "D and p-value of values in [0, 1] against the uniform distribution",
    1e-9,
    KOLMOGOROV,
    [
        {"values": v, "statistic": r.statistic, "p_value": kolmogorov_sf(r.statistic, len(v))}
        for v in uniform
        for r in [stats.kstest(v, "uniform", method="exact")]
    ],
)

write(
    "kolmogorov_smirnov_distribution",
    "P(D_n >= d), reached by n values whose largest distance is d",
    1e-8,
    KOLMOGOROV,
    [
        {"n": n, "d": float(d), "p_value": kolmogorov_sf(d, n)}
        for n in (10, 80, 400, 2000)
        for d in np.array([0.5, 0.8, 1.0, 1.36, 1.9, 2.5]) / np.sqrt(n)
    ],
)

pairs = [(8, 8, 0.0), (10, 15, 0.4), (60, 100, 0.3), (150, 40, 0.7)]
sets = [(list(np.round(rng.normal(size=n), 6)), list(np.round(rng.normal(shift, size=m), 6))) for n, m, shift in pairs]
write(
    "kolmogorov_smirnov_two_sample",
    "D and p-value of two sets",
    1e-9,
    f"{SCIPY}, stats.ks_2samp(first, second, method='exact')",
    [
        {"first": a, "second": b, "statistic": r.statistic, "p_value": r.pvalue}
        for a, b in sets
        for r in [stats.ks_2samp(a, b, method="exact")]
    ],
)


def chi2_fit(values):
    def negative(dof):
        return -np.sum(stats.chi2.logpdf(values, dof))

    dof = optimize.minimize_scalar(negative, bounds=(0.1, 100), method="bounded", options={"xatol": 1e-10}).x
    half = mp.mpf(dof) / 2
    return dof, 2 / mp.sqrt(len(values) * mp.psi(1, half))


toys = [list(np.round(rng.chisquare(dof, size=n), 6)) for dof, n in ((13.0, 40), (2.0, 25), (11.5, 100))]
write(
    "chi_squared_fit",
    "maximum-likelihood degrees of freedom and their uncertainty",
    1e-6,
    f"{SCIPY}, stats.chi2.logpdf maximised with optimize.minimize_scalar; uncertainty from the trigamma of {MPMATH}",
    [
        {"values": v, "dof": dof, "uncertainty": sigma}
        for v in toys
        for dof, sigma in [chi2_fit(v)]
    ],
)

values = list(np.round(rng.normal(size=37), 6))
write(
    "quantiles",
    "quantiles of some values; mean and standard deviation",
    1e-13,
    f"numpy {np.__version__}, quantile(method='linear'), mean, std(ddof=1)",
    [
        {
            "values": values,
            "q": [0.1, 0.25, 0.5, 0.77],
            "value": list(np.quantile(values, [0.1, 0.25, 0.5, 0.77])),
            "mean": np.mean(values),
            "standard_deviation": np.std(values, ddof=1),
        }
    ],
)
