"""What every peer's script begins and ends with. Import it before NumPy and what stands on it.

It keeps the process on as many cores as HEPSYS_PEER_THREADS says, one by default: libraries read these variables when they are
imported, and the affinity holds for whatever they start.
"""

import json
import os
import statistics

THREADS = int(os.environ.get("HEPSYS_PEER_THREADS", "1"))

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = str(THREADS)
os.environ["JAX_PLATFORMS"] = "cpu"
if THREADS == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
# Kernels for older processors that some machines choose by default would slow NumPy's callers down.
for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def tell(benchmark, peer, times, **more):
    """Prints one JSON line: the median of the times, in nanoseconds, and their range."""
    line = {
        "benchmark": benchmark,
        "peer": peer,
        "median_ns": round(statistics.median(times)),
        "low_ns": round(min(times)),
        "high_ns": round(max(times)),
        "repeats": len(times),
    }
    print(json.dumps(line | more), flush=True)
