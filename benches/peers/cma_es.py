"""CMA-ES in numpy, beside that of hepsys-rl: the same algorithm (Hansen's tutorial, arXiv:1604.00772, active weights).

Two things are told. One JSON line for each dimension: ten generations on a sphere without counting the objective's own time, the
median of the repeats, as `cmaes_generation` in `benches/rl.rs`. And for the problem of `hepsys-advocate`'s example `angular`
(44 coefficients of an efficiency of angles, evaluations on 20 000 of 60 000 events drawn with replacement) the evaluations to
χ²/N < 0.1, and their time, for five seeds; a hit is not confirmed here.

    pip install numpy
    python3 cma_es.py
"""

import time

from shared.cores import THREADS, tell

import numpy as np

REPEATS = 15
MEASURED = np.array([0.70, 0.01, -0.22, -0.20, 0.02, 0.0, 0.0, 0.0])
SIGMA = np.array([0.028, 0.03, 0.04, 0.045, 0.02, 0.04, 0.04, 0.03])
MODEL = np.array([0.77, -0.01, -0.22, -0.32, 0.12, 0.0, 0.0, 0.0])
FACTORS = np.array([2.5, 3.125, 3.125, 2.5, 1.875, 2.5, 3.125, 3.125])


class CmaEs:
    """Minimises; `ask` gives a population row by row."""

    def __init__(self, mean, sigma, seed):
        n = self.n = len(mean)
        self.random = np.random.default_rng(seed)
        self.mean, self.sigma = np.array(mean, float), sigma
        lam = self.lam = 4 + int(3 * np.log(n))
        raw = np.log((lam + 1) / 2) - np.log(np.arange(1, lam + 1))
        mu = self.mu = lam // 2
        better, worse = raw[:mu], raw[mu:]
        self.mueff = better.sum() ** 2 / (better**2).sum()
        mueffm = worse.sum() ** 2 / (worse**2).sum()
        self.cs = (self.mueff + 2) / (n + self.mueff + 5)
        self.ds = 1 + 2 * max(0, np.sqrt((self.mueff - 1) / (n + 1)) - 1) + self.cs
        self.cc = (4 + self.mueff / n) / (n + 4 + 2 * self.mueff / n)
        self.c1 = 2 / ((n + 1.3) ** 2 + self.mueff)
        self.cmu = min(1 - self.c1, 2 * (0.25 + self.mueff + 1 / self.mueff - 2) / ((n + 2) ** 2 + self.mueff))
        most = min(
            1 + self.c1 / self.cmu, 1 + 2 * mueffm / (self.mueff + 2), (1 - self.c1 - self.cmu) / (n * self.cmu)
        )
        self.w = np.where(raw >= 0, raw / better.sum(), -most * raw / worse[worse < 0].sum())
        self.chi = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))
        self.every = max(1, int(1 / (10 * n * (self.c1 + self.cmu))))
        self.ps, self.pc, self.g, self.decomposed = np.zeros(n), np.zeros(n), 0, 0
        self.C, self.B, self.D = np.eye(n), np.eye(n), np.ones(n)

    def ask(self):
        self.y = (self.random.standard_normal((self.lam, self.n)) * self.D) @ self.B.T
        return self.mean + self.sigma * self.y

    def tell(self, values):
        y = self.y[np.argsort(values, kind="stable")]
        half = (self.B / self.D) @ self.B.T
        step = self.w[: self.mu] @ y[: self.mu]
        self.mean = self.mean + self.sigma * step
        self.ps = (1 - self.cs) * self.ps + np.sqrt(self.cs * (2 - self.cs) * self.mueff) * (half @ step)
        length = np.linalg.norm(self.ps)
        self.sigma *= np.exp(min(1, self.cs / self.ds * (length / self.chi - 1)))
        self.g += 1
        h = float(length / np.sqrt(1 - (1 - self.cs) ** (2 * self.g)) < (1.4 + 2 / (self.n + 1)) * self.chi)
        self.pc = (1 - self.cc) * self.pc + h * np.sqrt(self.cc * (2 - self.cc) * self.mueff) * step
        w = np.where(self.w >= 0, self.w, self.w * self.n / np.maximum(((y @ half) ** 2).sum(1), 1e-300))
        kept = 1 + self.c1 * (1 - h) * self.cc * (2 - self.cc) - self.c1 - self.cmu * self.w.sum()
        self.C = kept * self.C + self.c1 * np.outer(self.pc, self.pc) + self.cmu * (y.T * w) @ y
        if self.g >= self.decomposed + self.every:
            values, self.B = np.linalg.eigh((self.C + self.C.T) / 2)
            self.D = np.sqrt(np.maximum(values, values.max() * np.finfo(float).eps))
            self.decomposed = self.g


def generations():
    for n in (5, 10, 20, 44, 100):
        times = []
        for _ in range(REPEATS):
            search = CmaEs(np.ones(n), 0.3, 1)
            for g in range(60):
                if g == 50:
                    start = time.perf_counter_ns()
                x = search.ask()
                search.tell((x * x).sum(1))
            times.append(time.perf_counter_ns() - start)
        tell(f"cmaes_generation/dimensions={n}", f"numpy {np.__version__}", times)


def functions(ck, cl, phi):
    sk, sl = np.sqrt(1 - ck * ck), np.sqrt(1 - cl * cl)
    s2k, s2l = 2 * sk * ck, 2 * sl * cl
    columns = [ck * ck, sk**2 * sl**2 * np.cos(2 * phi), s2k * s2l * np.cos(phi), s2k * sl * np.cos(phi)]
    columns += [sk**2 * cl, s2k * sl * np.sin(phi), s2k * s2l * np.sin(phi), sk**2 * sl**2 * np.sin(2 * phi)]
    return np.stack(columns, 1)


def density(v, ck, cl, phi):
    fl, s3, s4, s5, afb, s7, s8, s9 = v
    sk2, c2l, f = 1 - ck * ck, 2 * cl * cl - 1, functions(ck, cl, phi)
    free = 0.75 * (1 - fl) * sk2 + fl * ck * ck + 0.25 * (1 - fl) * sk2 * c2l - fl * ck * ck * c2l
    return 9 / (32 * np.pi) * (free + f[:, 1:] @ np.array([s3, s4, s5, 4 / 3 * afb, s7, s8, s9]))


def events(n, seed):
    random, parts, found = np.random.default_rng(seed), [], 0
    while found < n:
        ck, cl = random.uniform(-1, 1, (2, 4 * n))
        phi = random.uniform(-np.pi, np.pi, 4 * n)
        ok = random.uniform(0, 0.75, 4 * n) < density(MODEL, ck, cl, phi)
        parts.append(np.stack([ck, cl, phi], 1)[ok])
        found += ok.sum()
    return np.concatenate(parts)[:n].T


def search_for_an_efficiency():
    ck, cl, phi = events(60_000, 0)
    legendre = lambda x: [np.ones_like(x), x, 0.5 * (3 * x * x - 1)]
    turns = [np.ones_like(phi), np.cos(phi), np.sin(phi), np.cos(2 * phi), np.sin(2 * phi)]
    terms = np.stack([x * y * z for x in legendre(ck) for y in legendre(cl) for z in turns][1:], 1)
    f = functions(ck, cl, phi)
    for seed in range(5):
        search, random = CmaEs(np.zeros(44), 0.05, seed + 1), np.random.default_rng(seed)
        evaluations, hit, start = 0, None, time.perf_counter()
        while hit is None and evaluations < 6000:
            values = []
            for x in search.ask():
                drawn = random.integers(0, len(f), 20_000)
                w = np.clip(1 + terms[drawn] @ x, 0.5, 1.5)
                moments = FACTORS * (w @ f[drawn]) / w.sum()
                moments[0] -= 0.5
                values.append((((moments - MEASURED) / SIGMA) ** 2).mean())
                evaluations += 1
                if hit is None and values[-1] < 0.1:
                    hit = evaluations
            search.tell(np.array(values))
        took = time.perf_counter() - start
        print(
            f"efficiency of angles, seed {seed}: {hit} evaluations, {took:.2f} s, {1e3 * took / evaluations:.2f} ms each, {THREADS} threads"
        )


if __name__ == "__main__":
    generations()
    search_for_an_efficiency()
