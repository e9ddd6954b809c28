"""One step of the NPLM test in torch and in JAX: objective, gradient, Adam, clipping.

Networks 5-7-7-1 on 51 000 events and 1-4-1 on 202 000, with sigmoids, all events at once, as in
`benches/nplm.rs`. Prints one JSON line a library and precision: the median of the repeats, with their range, in nanoseconds a step.

    pip install torch jax
    python3 nplm_step.py
    HEPSYS_PEER_THREADS=2 python3 nplm_step.py
"""

import itertools
import time

from shared.cores import THREADS, tell

import numpy as np

SEARCHES = [((5, 7, 7, 1), 51_000, 8_500), ((1, 4, 1), 202_000, 2_000)]
CLIP, RATE = 1.5, 1e-3
REPEATS, STEPS = 9, 40


def events(dtype, layers, n_events, n_data):
    random = np.random.default_rng(1)
    x = random.uniform(-1, 1, (n_events, layers[0])).astype(dtype)
    is_data = np.arange(n_events) < n_data
    weight = n_data / (n_events - n_data)
    return x, np.where(is_data, 0, weight).astype(dtype), is_data.astype(dtype)


def parameters(dtype, layers):
    random = np.random.default_rng(2)
    shapes = list(zip(layers[:-1], layers[1:]))
    limits = [np.sqrt(6 / (i + o)) for i, o in shapes]
    return [(random.uniform(-l, l, s).astype(dtype), np.zeros(s[1], dtype)) for s, l in zip(shapes, limits)]


def report(library, version, precision, layers, n_events, run):
    """`run(n)` takes n steps; the first call compiles and warms up."""
    run(STEPS)
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter_ns()
        run(STEPS)
        times.append((time.perf_counter_ns() - start) / STEPS)
    tell(f"nplm_step/events={n_events},network={'-'.join(map(str, layers))},precision={precision},threads={THREADS}", f"{library} {version}", times)


def with_torch():
    import torch

    torch.set_num_threads(THREADS)
    for (layers, n_events, n_data), precision in itertools.product(SEARCHES, ("f32", "f64")):
        dtype = {"f32": np.float32, "f64": np.float64}[precision]
        x, a, b = (torch.from_numpy(v) for v in events(dtype, layers, n_events, n_data))
        weights = [torch.from_numpy(v).requires_grad_() for pair in parameters(dtype, layers) for v in pair]
        adam = torch.optim.Adam(weights, lr=RATE, eps=1e-7)

        def run(n):
            for _ in range(n):
                adam.zero_grad()
                h = x
                for depth in range(len(layers) - 1):
                    h = torch.addmm(weights[2 * depth + 1], h, weights[2 * depth])
                    if depth < len(layers) - 2:
                        h = torch.sigmoid(h)
                f = h[:, 0]
                torch.sum(a * torch.expm1(f) - b * f).backward()
                adam.step()
                with torch.no_grad():
                    for w in weights:
                        w.clamp_(-CLIP, CLIP)

        report("torch", torch.__version__, precision, layers, n_events, run)


def with_jax():
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def loss(weights, x, a, b):
        h = x
        for depth, (w, bias) in enumerate(weights):
            h = h @ w + bias
            if depth < len(weights) - 1:
                h = jax.nn.sigmoid(h)
        f = h[:, 0]
        return jnp.sum(a * jnp.expm1(f) - b * f)

    def step(state, x, a, b):
        weights, mean, square, k = state
        gradient = jax.grad(loss)(weights, x, a, b)
        k = k + 1
        mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
        square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, square, gradient)

        def move(w, m, s):
            update = (m / (1 - 0.9**k)) / (jnp.sqrt(s / (1 - 0.999**k)) + 1e-7)
            return jnp.clip(w - RATE * update, -CLIP, CLIP)

        return jax.tree.map(move, weights, mean, square), mean, square, k

    @jax.jit
    def loop(state, n, x, a, b):
        return jax.lax.fori_loop(0, n, lambda _, state: step(state, x, a, b), state)

    for (layers, n_events, n_data), precision in itertools.product(SEARCHES, ("f32", "f64")):
        dtype = {"f32": np.float32, "f64": np.float64}[precision]
        x, a, b = (jnp.asarray(v) for v in events(dtype, layers, n_events, n_data))
        weights = jax.tree.map(jnp.asarray, parameters(dtype, layers))
        zeros = jax.tree.map(jnp.zeros_like, weights)
        state = (weights, zeros, zeros, jnp.asarray(0, dtype))

        def run(n):
            jax.block_until_ready(loop(state, n, x, a, b))

        report("jax", jax.__version__, precision, layers, n_events, run)


if __name__ == "__main__":
    missing = []
    for peer in (with_torch, with_jax):
        try:
            peer()
        except ModuleNotFoundError as error:
            missing.append(error)
    if len(missing) == 2:
        raise missing[0]
