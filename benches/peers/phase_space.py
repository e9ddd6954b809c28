"""Three-body phase space in the package phasespace, which runs on TensorFlow: B+ → K+ μμ at rest, with weights.

The decay of `phase_space/weighted,daughters=3` in `benches/sim.rs`, there 10 000 events a call; here so many a call that what
a call itself costs does not show. Prints one JSON line for each number of events: the median of the repeats, with their range, in
nanoseconds a call, the events a second, and the mean of the weights, the products of the momenta of the two-body steps. Another
generator that does the same work finds the same mean, 1.819 GeV².

    pip install phasespace==1.10.4
    python3 phase_space.py
    HEPSYS_PEER_THREADS=2 python3 phase_space.py
"""

import os
import time

from shared.cores import THREADS, tell

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import phasespace
import tensorflow as tf

B_PLUS, K_PLUS, MUON = 5.27934, 0.493677, 0.1056584  # GeV, as in hepsys-sim
EVENTS = (100_000, 1_000_000)
REPEATS, WARM_UP = 9, 2


def measure(n_events):
    children = [phasespace.GenParticle(*child) for child in (("K+", K_PLUS), ("mu+", MUON), ("mu-", MUON))]
    decay = phasespace.GenParticle("B+", B_PLUS).set_children(*children)
    generator = tf.random.Generator.from_seed(1)

    def make():
        weights, _, momenta = decay.generate(n_events, normalize_weights=False, seed=generator)
        assert momenta["K+"].shape == (n_events, 4)
        return weights.numpy()

    weights = [make().mean() for _ in range(WARM_UP)]
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter_ns()
        found = make()
        times.append(time.perf_counter_ns() - start)
        weights.append(found.mean())
    peer = f"phasespace {phasespace.__version__} with tensorflow {tf.__version__}"
    name = f"phase_space/weighted,daughters=3,events={n_events},threads={THREADS}"
    rate = round(n_events / sorted(times)[REPEATS // 2] * 1e9)
    tell(name, peer, times, events_per_second=rate, mean_weight=round(float(sum(weights)) / len(weights), 5))


if __name__ == "__main__":
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    for n_events in EVENTS:
        measure(n_events)
