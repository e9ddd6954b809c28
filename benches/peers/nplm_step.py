"""One step of the NPLM test in torch and in JAX: objective, gradient, Adam, clipping.

Network 5-7-7-1 with sigmoids on 51 000 events, all at once, on one core, as in `benches/nplm.rs`.
Prints one JSON line a library and precision: the median of the repeats, with their range, in nanoseconds a step.

    pip install torch jax
    python3 nplm_step.py
"""

import time

from shared.one_core import tell

import numpy as np

N_EVENTS, N_DATA = 51_000, 8_500
LAYERS = (5, 7, 7, 1)
CLIP, RATE = 1.5, 1e-3
REPEATS, STEPS = 9, 40


def events(dtype):
    random = np.random.default_rng(1)
    x = random.uniform(-1, 1, (N_EVENTS, LAYERS[0])).astype(dtype)
    is_data = np.arange(N_EVENTS) < N_DATA
    weight = N_DATA / (N_EVENTS - N_DATA)
    return x, np.where(is_data, 0, weight).astype(dtype), is_data.astype(dtype)


def parameters(dtype):
    random = np.random.default_rng(2)
    shapes = list(zip(LAYERS[:-1], LAYERS[1:]))
    limits = [np.sqrt(6 / (i + o)) for i, o in shapes]
    return [(random.uniform(-l, l, s).astype(dtype), np.zeros(s[1], dtype)) for s, l in zip(shapes, limits)]


def report(library, version, precision, run):
    """`run(n)` takes n steps; the first call compiles and warms up."""
    run(STEPS)
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter_ns()
        run(STEPS)
        times.append((time.perf_counter_ns() - start) / STEPS)
    tell(f"nplm_step/events={N_EVENTS},network=5-7-7-1,precision={precision},threads=1", f"{library} {version}", times)


def with_torch():
    import torch

    torch.set_num_threads(1)
    for precision in ("f32", "f64"):
        dtype = {"f32": np.float32, "f64": np.float64}[precision]
        x, a, b = (torch.from_numpy(v) for v in events(dtype))
        weights = [torch.from_numpy(v).requires_grad_() for pair in parameters(dtype) for v in pair]
        adam = torch.optim.Adam(weights, lr=RATE, eps=1e-7)

        def run(n):
            for _ in range(n):
                adam.zero_grad()
                h = x
                for depth in range(len(LAYERS) - 1):
                    h = torch.addmm(weights[2 * depth + 1], h, weights[2 * depth])
                    if depth < len(LAYERS) - 2:
                        h = torch.sigmoid(h)
                f = h[:, 0]
                torch.sum(a * torch.expm1(f) - b * f).backward()
                adam.step()
                with torch.no_grad():
                    for w in weights:
                        w.clamp_(-CLIP, CLIP)

        report("torch", torch.__version__, precision, run)


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

    for precision in ("f32", "f64"):
        dtype = {"f32": np.float32, "f64": np.float64}[precision]
        x, a, b = (jnp.asarray(v) for v in events(dtype))
        weights = jax.tree.map(jnp.asarray, parameters(dtype))
        zeros = jax.tree.map(jnp.zeros_like, weights)
        state = (weights, zeros, zeros, jnp.asarray(0, dtype))

        def run(n):
            jax.block_until_ready(loop(state, n, x, a, b))

        report("jax", jax.__version__, precision, run)


if __name__ == "__main__":
    missing = []
    for peer in (with_torch, with_jax):
        try:
            peer()
        except ModuleNotFoundError as error:
            missing.append(error)
    if len(missing) == 2:
        raise missing[0]
