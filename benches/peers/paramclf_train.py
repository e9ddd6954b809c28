"""Training of the strategies of hepsys-paramclf in torch and in JAX, at the workload of the toy.

100 000 events, six epochs of batches of 2000, networks of two layers of 64 ReLUs, Adam: the same as in
`benches/paramclf.rs`. The adversary guesses the mean of z through a reversed gradient. JAX runs each epoch as one
compiled scan, torch batch by batch. Prints one JSON line a library and strategy: the median of the repeats, with
their range, in nanoseconds a training.

    pip install torch jax
    python3 paramclf_train.py
    HEPSYS_PEER_THREADS=2 python3 paramclf_train.py
"""

import time

from shared.cores import THREADS, tell

import numpy as np

EVENTS, EPOCHS, BATCH, WIDTH, RATE = 100_000, 6, 2000, 64, 4e-3
STRATEGIES = ("baseline", "augmented", "adversarial", "aware")
STRENGTH = 10.0
REPEATS = 5


def events(strategy):
    random = np.random.default_rng(1)
    nominal = np.pi / 4
    z = np.full(EVENTS, nominal) if strategy == "baseline" else random.uniform(0, np.pi / 2, EVENTS)
    target = (np.arange(EVENTS) % 2).astype(np.float32)
    sign = 2 * target - 1
    centre = np.stack([np.cos(z), np.sin(z)], 1) * sign[:, None]
    x = (centre + 0.7 * random.normal(size=(EVENTS, 2))).astype(np.float32)
    z = ((z - nominal) / nominal).astype(np.float32)[:, None]
    inputs = np.concatenate([x, z], 1) if strategy == "aware" else x
    return inputs, target[:, None], z


def report(library, version, strategy, train):
    """`train()` does one training; the first call compiles and warms up."""
    train()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter_ns()
        train()
        times.append(time.perf_counter_ns() - start)
    tell(f"paramclf_train/strategy={strategy},events={EVENTS},epochs={EPOCHS},threads={THREADS}", f"{library} {version}", times)


def with_torch():
    import torch

    torch.set_num_threads(THREADS)

    class Reversed(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            return x.view_as(x)

        @staticmethod
        def backward(context, gradient):
            return -STRENGTH * gradient

    def network(n_inputs):
        layers = [torch.nn.Linear(n_inputs, WIDTH), torch.nn.ReLU(), torch.nn.Linear(WIDTH, WIDTH), torch.nn.ReLU()]
        return torch.nn.Sequential(*layers, torch.nn.Linear(WIDTH, 1))

    for strategy in STRATEGIES:
        inputs, target, z = (torch.from_numpy(v) for v in events(strategy))

        def train():
            torch.manual_seed(1)
            classifier = network(inputs.shape[1])
            adversary = network(1) if strategy == "adversarial" else None
            parameters = list(classifier.parameters()) + (list(adversary.parameters()) if adversary else [])
            adam = torch.optim.Adam(parameters, lr=RATE)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, EPOCHS)
            entropy = torch.nn.BCEWithLogitsLoss()
            for _ in range(EPOCHS):
                order = torch.randperm(EVENTS)
                for begin in range(0, EVENTS, BATCH):
                    batch = order[begin : begin + BATCH]
                    output = classifier(inputs[batch])
                    loss = entropy(output, target[batch])
                    if adversary:
                        guess = adversary(Reversed.apply(torch.sigmoid(output)))
                        loss = loss + ((guess - z[batch]) ** 2).mean()
                    adam.zero_grad(set_to_none=True)
                    loss.backward()
                    adam.step()
                schedule.step()

        report("torch", torch.__version__.split("+")[0], strategy, train)


def with_jax():
    import jax
    import jax.numpy as jnp

    def start(n_inputs, random):
        shapes = [(n_inputs, WIDTH), (WIDTH, WIDTH), (WIDTH, 1)]
        uniform = lambda i, o: random.uniform(-1, 1, (i, o)).astype(np.float32) * np.float32(np.sqrt(6 / (i + o)))
        return [(jnp.asarray(uniform(i, o)), jnp.zeros(o, jnp.float32)) for i, o in shapes]

    def forward(network, x):
        for weights, biases in network[:-1]:
            x = jax.nn.relu(x @ weights + biases)
        return x @ network[-1][0] + network[-1][1]

    def loss(networks, inputs, target, z):
        classifier, adversary = networks
        output = forward(classifier, inputs)
        value = jnp.mean(jax.nn.softplus(output) - target * output)
        if adversary is None:
            return value
        still = jax.lax.stop_gradient(output)
        guess = forward(adversary, jax.nn.sigmoid(still * (1 + STRENGTH) - output * STRENGTH))
        return value + jnp.mean((guess - z) ** 2)

    for strategy in STRATEGIES:
        inputs, target, z = (jnp.asarray(v) for v in events(strategy))

        @jax.jit
        def epoch(state, order, rate):
            def step(state, batch):
                networks, first, second, n = state
                gradient = jax.grad(loss)(networks, inputs[batch], target[batch], z[batch])
                n = n + 1
                first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
                second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
                move = lambda p, m, v: p - rate * (m / (1 - 0.9**n)) / (jnp.sqrt(v / (1 - 0.999**n)) + 1e-8)
                return (jax.tree.map(move, networks, first, second), first, second, n), None

            return jax.lax.scan(step, state, order)[0]

        def train():
            random = np.random.default_rng(2)
            adversary = start(1, random) if strategy == "adversarial" else None
            networks = (start(inputs.shape[1], random), adversary)
            zeros = jax.tree.map(jnp.zeros_like, networks)
            state = (networks, zeros, zeros, jnp.float32(0))
            for number in range(EPOCHS):
                order = jnp.asarray(random.permutation(EVENTS).reshape(-1, BATCH))
                state = epoch(state, order, RATE * 0.5 * (1 + np.cos(np.pi * number / EPOCHS)))
            jax.block_until_ready(state)

        report("jax", jax.__version__, strategy, train)


if __name__ == "__main__":
    with_torch()
    with_jax()
