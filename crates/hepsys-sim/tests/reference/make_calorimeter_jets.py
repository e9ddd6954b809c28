"""Writes calorimeter_jets.toml beside it: pip install numpy; python make_calorimeter_jets.py

The prototype of the benchmark, which came before the generator: whole arrays of jets, objects beyond the number of a jet
made and thrown away.
"""

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
C = 299.792458
CLUSTERS, TRACKS, SEGMENTS = 15, 20, 20
RADII = np.array([1450, 1560, 1720, 1930, 2400, 3000, 3700, 3850.0])
PLACES = np.array([3650, 3750, 3950, 4200, 4450, 5000, 5600, 5950.0])


def layer_positions(eta):
    barrel = (np.abs(eta) < 1.4)[:, None]
    sinh = np.sinh(eta)[:, None]
    r = np.where(barrel, RADII, PLACES / np.abs(np.where(np.abs(sinh) < 1e-3, 1e-3, sinh)))
    return r, np.where(barrel, RADII * sinh, np.sign(sinh) * PLACES)


def layers(rng, mean, sigma):
    x = np.arange(8.0)
    f = np.exp(-0.5 * ((x - mean[:, :, None]) / sigma[:, :, None]) ** 2)
    f *= np.exp(0.3 * rng.standard_normal(f.shape))
    return f / f.sum(-1, keepdims=True)


def shares(rng, number, power):
    w = rng.exponential(size=(len(number), CLUSTERS)) ** power
    w *= np.arange(CLUSTERS) < number[:, None]
    return -np.sort(-w / w.sum(1, keepdims=True), axis=1)


def measured(rng, t, pt, hadronic):
    shift = -0.20 * (1 - hadronic) - 0.60 * hadronic - 0.15 * np.log(np.maximum(pt, 1) / 10)
    t = t + shift + (0.30 * (1 - hadronic) + 0.70 * hadronic) * rng.standard_normal(t.shape)
    return np.where(rng.random(t.shape) < 0.03, t + 3 * rng.standard_normal(t.shape), t)


def jets(rng, n, process, is_data, excess):
    pt = np.clip(40 + rng.exponential(excess, n), 40, 500)
    eta = rng.uniform(-2.4, 2.4, n)
    r, z = layer_positions(eta)

    def at_depth(depth):
        i = np.clip(np.round(depth).astype(int), 0, 7)
        return r[np.arange(n), i], z[np.arange(n), i]

    if process == "multijet":
        n_clusters, width, power = np.clip(rng.poisson(6 + 0.03 * pt), 2, CLUSTERS), 0.13, 1.6
        depth = np.clip(rng.normal(3.0, 1.2, n), 0, 6)
        centres = depth[:, None] + rng.normal(0, 1.2, (n, CLUSTERS))
        lengths = rng.uniform(0.7, 1.6, (n, CLUSTERS))
        n_tracks = rng.poisson(2.5 + 0.02 * pt)
        n_segments = rng.poisson(0.25 + 0.5 * (depth > 5))
        arrival = np.zeros(n)
    elif process == "signal":
        n_clusters, width, power = np.clip(rng.poisson(4 + 0.02 * pt), 1, CLUSTERS), 0.08, 1.8
        depth = np.where(rng.random(n) < 0.75, rng.uniform(3.2, 6.5, n), rng.uniform(1.5, 3.2, n))
        centres = depth[:, None] + np.abs(rng.normal(0, 0.7, (n, CLUSTERS))) + 0.2
        lengths = rng.uniform(0.5, 1.2, (n, CLUSTERS))
        n_tracks = rng.poisson(0.8, n) + (rng.random(n) < 0.15) * rng.poisson(3, n)
        n_segments = rng.poisson(0.3 + 1.5 * (depth > 5.2))
        beta = np.sqrt(1 - 1 / np.maximum(1 + rng.gamma(2.0, 1.6, n), 1.25) ** 2)
        arrival = np.hypot(*at_depth(depth)) / C * (1 / beta - 1)
    else:
        n_clusters, width, power = np.clip(rng.poisson(3 + 0.015 * pt), 1, CLUSTERS), 0.05, 1.8
        depth = np.clip(rng.normal(4.4, 1.4, n), 0, 7)
        centres = depth[:, None] + rng.normal(0, 0.7, (n, CLUSTERS))
        lengths = rng.uniform(0.5, 1.2, (n, CLUSTERS))
        n_tracks = rng.poisson(0.9, n)
        n_segments = np.where(rng.random(n) < 0.55, rng.poisson(1.2, n), 0)
        rr, zz = at_depth(depth)
        side = np.where(rng.random(n) < 0.7, np.sign(zz), -np.sign(zz))
        arrival = -(np.hypot(rr, zz) - side * zz) / C
        side = np.where(arrival < -12, np.sign(zz), side)
        arrival = -(np.hypot(rr, zz) - side * zz) / C
    n_tracks, n_segments = np.minimum(n_tracks, TRACKS), np.minimum(n_segments, SEGMENTS)

    cluster_pt = pt[:, None] * shares(rng, n_clusters, power)
    f = layers(rng, centres, lengths)
    hadronic = f[:, :, 4:].sum(-1)
    is_pile_up = (rng.random((n, CLUSTERS)) < 0.15) & (np.arange(CLUSTERS) > 1)
    sigma = np.sqrt(0.25**2 + 0.5 * (1.5 * (1 + hadronic)) ** 2 / np.maximum(cluster_pt, 0.5))
    t = np.where(is_pile_up, 0, arrival[:, None]) + sigma * rng.standard_normal((n, CLUSTERS))
    t = np.where(rng.random((n, CLUSTERS)) < 0.03, t + 4 * rng.standard_normal((n, CLUSTERS)), t)
    t = t + 0.15 * rng.standard_normal((n, 1))
    if is_data:
        t = measured(rng, t, cluster_pt, hadronic)
    cluster_phi = width * (0.5 if process == "beam_induced" else 1) * rng.standard_normal((n, CLUSTERS))

    is_multijet, is_halo = process == "multijet", process == "beam_induced"
    track_pt = 1 + rng.exponential(0.06 * pt[:, None] if is_multijet else 4.0, (n, TRACKS))
    track_pt = -np.sort(-track_pt, axis=1)
    vertex = np.where(rng.random((n, TRACKS)) < (0.85 if is_multijet else 0.5), 30, 8)
    vertex = vertex + rng.poisson(5, (n, TRACKS))
    segment_phi = (0.08 if is_halo else 0.2) * rng.standard_normal((n, SEGMENTS))
    direction = eta[:, None] + 0.3 * rng.standard_normal((n, SEGMENTS))
    parallel = np.sign(eta)[:, None] * rng.uniform(2.0, 4.5, (n, SEGMENTS))
    is_parallel = is_halo & (rng.random((n, SEGMENTS)) < 0.6)
    direction = np.where(is_parallel, parallel, direction)
    segment_t0 = rng.normal(-2, 4, (n, SEGMENTS)) if is_halo else rng.normal(0, 3, (n, SEGMENTS))

    has_cluster = np.arange(CLUSTERS) < n_clusters[:, None]
    has_track = np.arange(TRACKS) < n_tracks[:, None]
    has_segment = np.arange(SEGMENTS) < n_segments[:, None]
    leading = t[:, 0]
    second = t[n_clusters > 1, 1]
    third_hadronic = hadronic[n_clusters > 2, 2]
    return {
        "jet_pt": pt.mean(),
        "clusters": n_clusters.mean(),
        "tracks": n_tracks.mean(),
        "without_tracks": (n_tracks == 0).mean(),
        "segments": n_segments.mean(),
        "without_segments": (n_segments == 0).mean(),
        "leading_share": (cluster_pt[:, 0] / pt).mean(),
        "leading_hadronic_fraction": hadronic[:, 0].mean(),
        "leading_hadronic_median": np.median(hadronic[:, 0]),
        "third_hadronic_fraction": third_hadronic.mean(),
        "layers_of_leading": f[:, 0].mean(0),
        "leading_time": leading.mean(),
        "leading_time_quantiles": np.quantile(leading, [0.16, 0.5, 0.84]),
        "second_time_quantiles": np.quantile(second, [0.16, 0.5, 0.84]),
        "time_quantiles": np.quantile(t[has_cluster], [0.01, 0.16, 0.5, 0.84, 0.99]),
        "cluster_abs_phi": np.abs(cluster_phi[has_cluster]).mean(),
        "leading_track_pt": track_pt[n_tracks > 0, 0].mean(),
        "track_pt": track_pt[has_track].mean(),
        "vertex_particles": vertex[has_track].mean(),
        "segment_abs_phi": np.abs(segment_phi[has_segment]).mean(),
        "segment_abs_direction": np.abs(direction[has_segment]).mean(),
        "segment_t0": segment_t0[has_segment].mean(),
    }


def text(value):
    if isinstance(value, np.ndarray):
        return "[" + ", ".join(text(v) for v in value) + "]"
    return f"{float(value):.6g}"


N, BATCHES = 20_000, 20
lines = [
    'quantity = "means and quantiles of calorimeter jets, and the standard deviations of those of n_jets jets"',
    f'source = "simulation with NumPy {np.__version__}, the mean of {BATCHES} batches"',
    'made_by = "make_calorimeter_jets.py"',
]
rng = np.random.default_rng(1)
for process, is_data, excess in [
    ("signal", False, 60),
    ("multijet", False, 60),
    ("beam_induced", True, 60),
    ("multijet", False, 75),
    ("multijet", True, 75),
]:
    batches = [jets(rng, N, process, is_data, excess) for _ in range(BATCHES)]
    lines += ["", "[[case]]", f'process = "{process}"', f'origin = "{"data" if is_data else "simulation"}"']
    lines += [f'region = "{"main" if excess == 60 else "control"}"', f"n_jets = {N}", f"n_batches = {BATCHES}"]
    for part, reduce in (("values", lambda x: x.mean(0)), ("deviations", lambda x: x.std(0, ddof=1))):
        lines += ["", f"[case.{part}]"]
        for key in batches[0]:
            value = reduce(np.array([batch[key] for batch in batches]))
            lines.append(f"{key} = {text(value if value.ndim else float(value))}")
(HERE / "calorimeter_jets.toml").write_text("\n".join(lines) + "\n")
