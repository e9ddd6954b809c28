"""Two generations of CMA-ES by the formulas of Hansen's tutorial (arXiv:1604.00772, Fig. 6 and Table 1), in numpy.

The steps y of both generations are given, so that nothing is random; the second has a covariance matrix that is not the identity.
Prints what `src/cmaes/tests.rs` compares with. Written from the paper and not from the Rust code: matrices instead of loops,
the inverse square root from `numpy.linalg.eigh`.

    python3 cmaes_generation.py
"""

import numpy as np

n, lam = 2, 6
mean, sigma = np.array([0.5, -0.25]), 0.3
Y1 = np.array([[0.9, 0.1], [0.4, 1.2], [1.5, -0.3], [-0.2, 0.8], [-1.1, -0.6], [0.3, -1.7]])
Y2 = np.array([[1.1, 0.6], [0.7, -0.2], [-0.1, 0.9], [0.2, -0.4], [-0.8, 0.5], [-1.3, -1.0]])

raw = np.log((lam + 1) / 2) - np.log(np.arange(1, lam + 1))
mu = lam // 2
mueff = raw[:mu].sum() ** 2 / (raw[:mu] ** 2).sum()
mueffm = raw[mu:].sum() ** 2 / (raw[mu:] ** 2).sum()
cs = (mueff + 2) / (n + mueff + 5)
ds = 1 + 2 * max(0, np.sqrt((mueff - 1) / (n + 1)) - 1) + cs
cc = (4 + mueff / n) / (n + 4 + 2 * mueff / n)
c1 = 2 / ((n + 1.3) ** 2 + mueff)
cmu = min(1 - c1, 2 * (1 / 4 + mueff + 1 / mueff - 2) / ((n + 2) ** 2 + 2 * mueff / 2))
am = min(1 + c1 / cmu, 1 + 2 * mueffm / (mueff + 2), (1 - c1 - cmu) / (n * cmu))
w = np.where(raw >= 0, raw / raw[raw > 0].sum(), am * raw / -raw[raw < 0].sum())
chi = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n**2))

ps, pc, C = np.zeros(n), np.zeros(n), np.eye(n)
for g, Y in enumerate((Y1, Y2)):
    values, B = np.linalg.eigh(C)
    half = B @ np.diag(values**-0.5) @ B.T
    y = w[:mu] @ Y[:mu]
    mean = mean + sigma * y
    ps = (1 - cs) * ps + np.sqrt(cs * (2 - cs) * mueff) * half @ y
    length = np.linalg.norm(ps)
    sigma = sigma * np.exp(cs / ds * (length / chi - 1))
    h = float(length / np.sqrt(1 - (1 - cs) ** (2 * (g + 1))) < (1.4 + 2 / (n + 1)) * chi)
    pc = (1 - cc) * pc + h * np.sqrt(cc * (2 - cc) * mueff) * y
    wo = np.array([a if a >= 0 else a * n / np.linalg.norm(half @ b) ** 2 for a, b in zip(w, Y)])
    C = (1 + c1 * (1 - h) * cc * (2 - cc) - c1 - cmu * w.sum()) * C + c1 * np.outer(pc, pc) + cmu * sum(
        a * np.outer(b, b) for a, b in zip(wo, Y)
    )
    print("mean", mean.tolist(), "sigma", sigma, "h", h, "C", C.ravel().tolist())
