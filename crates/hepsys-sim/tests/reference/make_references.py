"""Writes the reference values of the tests beside it: pip install numpy; python make_references.py

An implementation of its own: other random numbers, boosts by velocities, rotations by Euler angles.
"""

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SOURCE = f"simulation with NumPy {np.__version__}"
B_PLUS, B_ZERO, K_PLUS, K_STAR, PI_PLUS, MUON = 5.27934, 5.27966, 0.493677, 0.89555, 0.13957, 0.1056584
J_PSI, PSI_2S = 3.0969, 3.6861
STANDARD_MODEL = [0.77, -0.01, -0.22, -0.32, 0.12, 0.0, 0.0, 0.0]
J_PSI_K_STAR = [0.572, -0.013, -0.250, 0.0, 0.0, 0.0, -0.048, -0.084]


def momentum(m, a, b):
    return np.sqrt((m * m - (a + b) ** 2) * (m * m - (a - b) ** 2)) / (2 * m)


def boost(k, v):
    gamma = 1 / np.sqrt(1 - (v * v).sum(1))
    along = (v * k[:, 1:]).sum(1)
    factor = gamma * gamma / (gamma + 1) * along + gamma * k[:, 0]
    return np.column_stack([gamma * (k[:, 0] + along), k[:, 1:] + factor[:, None] * v])


def with_mass(m, p):
    return np.column_stack([np.sqrt((p * p).sum(1) + m * m), p])


def produce(rng, n, m):
    pt = 7 * np.sqrt((1 - rng.uniform(size=n)) ** (1 / (1 - 2.8)) - 1)
    eta, phi = rng.uniform(1.8, 5.2, n), rng.uniform(0, 2 * np.pi, n)
    return with_mass(m, np.column_stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)]))


def decay(rng, k, m, a, b):
    cos, phi = rng.uniform(-1, 1, len(k)), rng.uniform(0, 2 * np.pi, len(k))
    sin = np.sqrt(1 - cos * cos)
    p = momentum(m, a, b) * np.column_stack([sin * np.cos(phi), sin * np.sin(phi), cos])
    v = k[:, 1:] / k[:, :1]
    return boost(with_mass(a, p), v), boost(with_mass(b, -p), v)


def size(k):
    return np.sqrt((k[:, 1:] ** 2).sum(1))


def pt(k):
    return np.hypot(k[:, 1], k[:, 2])


def eta(k):
    return np.arcsinh(k[:, 3] / pt(k))


def accepted(particles, least_pt):
    inside = [(2 < eta(k)) & (eta(k) < 5) & (size(k) > 3) & (pt(k) > least_pt) for k in particles]
    return np.all(inside, axis=0)


def branching_ratio(m, n, rng):
    b = produce(rng, n, B_PLUS)
    resonance, kaon = decay(rng, b, B_PLUS, m, K_PLUS)
    first, second = decay(rng, resonance, m, MUON, MUON)
    keep = accepted([first, second, kaon], 0.3)
    harder = np.maximum(pt(first), pt(second))
    keep &= rng.uniform(size=n) < 1 / (1 + np.exp(-(harder - 1.5) / 0.3))
    first, second, kaon = first[keep], second[keep], kaon[keep]
    cos = (first[:, 1:] * second[:, 1:]).sum(1) / (size(first) * size(second))
    a, b, c = [pt(k) * (1 + 0.005 * rng.standard_normal(len(k))) for k in (first, second, kaon)]
    angle = np.log(np.arccos(np.clip(cos, -1, 1)) + 1e-4)
    return keep.mean(), [np.log(np.maximum(a, b)), np.log(np.minimum(a, b)), np.log(c), eta(kaon), angle]


def functions(c, l, phi):
    s, t = np.sqrt(1 - c * c), np.sqrt(1 - l * l)
    a, b = 2 * s * c, 2 * t * l
    return np.stack([
        c * c, s * s * t * t * np.cos(2 * phi), a * b * np.cos(phi), a * t * np.cos(phi),
        s * s * l, a * t * np.sin(phi), a * b * np.sin(phi), s * s * t * t * np.sin(2 * phi),
    ])


def density(v, c, l, phi):
    f, s2, c2l = functions(c, l, phi), 1 - c * c, 2 * l * l - 1
    factors = np.array([0, v[1], v[2], v[3], 4 / 3 * v[4], v[5], v[6], v[7]])
    return (0.75 + 0.25 * c2l) * (1 - v[0]) * s2 + v[0] * c * c * (1 - c2l) + factors @ f


def angular(v, q, n, rng):
    c, l, phi = rng.uniform(-1, 1, n), rng.uniform(-1, 1, n), rng.uniform(-np.pi, np.pi, n)
    f = density(v, c, l, phi)
    assert 0 <= f.min() and f.max() < 2
    keep = rng.uniform(0, 2, n) < f
    c, l, phi = c[keep], l[keep], phi[keep]
    n, zero = len(c), np.zeros(len(c))
    s, t = np.sqrt(1 - c * c), np.sqrt(1 - l * l)
    k = momentum(K_STAR, K_PLUS, PI_PLUS) * np.column_stack([s, zero, c])
    mu = momentum(q, MUON, MUON) * np.column_stack([t * np.cos(phi), t * np.sin(phi), -l])
    p = momentum(B_ZERO, K_STAR, q)
    up, down = [np.column_stack([zero, zero, zero + x]) for x in (p / np.hypot(p, K_STAR), -p / np.hypot(p, q))]
    particles = [
        boost(with_mass(K_PLUS, k), up), boost(with_mass(PI_PLUS, -k), up),
        boost(with_mass(MUON, mu), down), boost(with_mass(MUON, -mu), down),
    ]
    first, third = rng.uniform(0, 2 * np.pi, (2, n))
    cos = rng.uniform(-1, 1, n)
    sin = np.sqrt(1 - cos * cos)

    def turned(k):
        x, y, z = k[:, 1:].T
        x, y = np.cos(first) * x - np.sin(first) * y, np.sin(first) * x + np.cos(first) * y
        y, z = cos * y - sin * z, sin * y + cos * z
        x, y = np.cos(third) * x - np.sin(third) * y, np.sin(third) * x + np.cos(third) * y
        return np.column_stack([k[:, 0], x, y, z])

    b = produce(rng, n, B_ZERO)
    keep = accepted([boost(turned(k), b[:, 1:] / b[:, :1]) for k in particles], 0.25)
    f = functions(c, l, phi)[:, keep]
    factors = np.array([2.5, 3.125, 3.125, 2.5, 1.875, 2.5, 3.125, 3.125])
    offset = np.array([0.5] + 7 * [0])
    return keep.mean(), n, factors * f.mean(1) - offset, factors * f.std(1) / np.sqrt(keep.sum())


def number(x):
    if isinstance(x, (list, np.ndarray)):
        return "[" + ", ".join(number(v) for v in x) + "]"
    return str(x) if isinstance(x, int) else f"{float(x):.6g}"


def write(name, quantity, cases):
    lines = [f'quantity = "{quantity}"', f'source = "{SOURCE}"', 'made_by = "make_references.py"']
    for case in cases:
        lines += ["", "[[case]]"] + [f"{key} = {number(value)}" for key, value in case.items()]
    (HERE / f"{name}.toml").write_text("\n".join(lines) + "\n")


rng = np.random.default_rng(1)
cases = []
for m in (0.5, 1.0, 2.0, J_PSI, PSI_2S, 4.5):
    parts = [branching_ratio(m, 500_000, rng) for _ in range(8)]
    columns = [np.concatenate([part[1][i] for part in parts]) for i in range(5)]
    cases.append({
        "resonance_mass": m, "n_produced": 4_000_000, "efficiency": np.mean([part[0] for part in parts]),
        "n_events": len(columns[0]), "means": [c.mean() for c in columns],
        "standard_deviations": [c.std() for c in columns],
        "errors_of_standard_deviations": [
            np.sqrt((((c - c.mean()) ** 2).var()) / len(c)) / (2 * c.std()) for c in columns
        ],
    })
write("branching_ratio", "features and efficiency of B+ -> K+ V(-> mu mu) in a forward detector", cases)

cases = []
for v, q in ((STANDARD_MODEL, np.sqrt(5)), (J_PSI_K_STAR, J_PSI)):
    parts = [angular(v, q, 800_000, rng) for _ in range(5)]
    cases.append({
        "dimuon_mass": q, "observables": v, "n_produced": sum(part[1] for part in parts),
        "acceptance": np.mean([part[0] for part in parts]),
        "accepted_moments": np.mean([part[2] for part in parts], axis=0),
        "errors_of_moments": np.mean([part[3] for part in parts], axis=0) / np.sqrt(5),
    })
write("kstar_mu_mu", "acceptance of B0 -> K*0 mu mu, and moments of accepted events", cases)
