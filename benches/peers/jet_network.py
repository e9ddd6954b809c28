"""An epoch of the classifier of displaced jets in torch: 20 000 jets in batches of 512, alone and with an adversary.

The network of `benches/adversarial.rs`: three sequences through convolutions of kernel 1 and an LSTM each, dense layers of 512 and
64, dropout of 0.2, Adam. Convolutions are written twice, as `Conv1d` and as dense layers for every object, of which the faster one
counts. With three steps the adversary, batch normalisation and tanh layers, learns twice from fresh batches of the control region
before the classifier's step on a batch of both. Prints one JSON line each: the median of the repeats and their range, in
nanoseconds an epoch.

    pip install torch
    python3 jet_network.py
    HEPSYS_PEER_THREADS=2 python3 jet_network.py
"""

import time

from shared.cores import THREADS, tell

import torch
from torch import nn
from torch.nn import functional

JETS, BATCH = 20_000, 512
REPEATS, WARM_UP = 5, 1
SEQUENCES = ((15, 12, (64, 32, 32, 16), 10), (20, 10, (64, 32, 32, 16), 10), (20, 6, (32, 16, 8), 5))


class Branch(nn.Module):
    def __init__(self, features, widths, memory, dense):
        super().__init__()
        self.dense = dense
        self.layers = nn.ModuleList()
        for width in widths:
            self.layers.append(nn.Linear(features, width) if dense else nn.Conv1d(features, width, 1))
            features = width
        self.memory = nn.LSTM(features, memory, batch_first=True)

    def forward(self, x):
        h = x if self.dense else x.transpose(1, 2)
        for layer in self.layers:
            h = functional.dropout(functional.relu(layer(h)), 0.2, self.training)
        h = h if self.dense else h.transpose(1, 2).contiguous()
        return self.memory(h)[1][0][0]


class Classifier(nn.Module):
    def __init__(self, dense):
        super().__init__()
        self.branches = nn.ModuleList(Branch(f, w, m, dense) for _, f, w, m in SEQUENCES)
        joined = sum(m for *_, m in SEQUENCES) + 3
        self.head = nn.Sequential(
            nn.Linear(joined, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 3)
        )

    def forward(self, jets):
        return self.head(torch.cat([branch(x) for branch, x in zip(self.branches, jets)] + [jets[-1]], 1))


class Adversary(nn.Module):
    def __init__(self):
        super().__init__()
        self.normal = nn.BatchNorm1d(3)
        self.layers = nn.Sequential(nn.Linear(3, 24), nn.Tanh(), nn.Linear(24, 12), nn.Tanh(), nn.Linear(12, 2))

    def forward(self, scores):
        return self.layers(self.normal(scores))


def log_scores(outputs):
    return functional.log_softmax(outputs, 1).clamp_min(-12)


def jets(n):
    return [torch.randn(n, length, features) for length, features, *_ in SEQUENCES] + [torch.randn(n, 3)]


def batches(*tensors):
    order = torch.randperm(len(tensors[-1]))
    for begin in range(0, len(order), BATCH):
        part = order[begin : begin + BATCH]
        yield [[x[part] for x in group] if isinstance(group, list) else group[part] for group in tensors]


def measure(dense):
    torch.manual_seed(0)
    classifier, adversary = Classifier(dense), Adversary()
    assert sum(p.numel() for p in classifier.parameters()) == 60_167
    assert sum(p.numel() for p in adversary.parameters()) == 428
    of_classifier = torch.optim.Adam(classifier.parameters(), lr=1e-3)
    of_adversary = torch.optim.Adam(adversary.parameters(), lr=5e-3)
    main, classes = jets(JETS), torch.randint(0, 3, (JETS,))
    control, kinds = jets(JETS), torch.randint(0, 2, (JETS,))

    def plain():
        for x, y in batches(main, classes):
            of_classifier.zero_grad()
            functional.cross_entropy(classifier(x), y).backward()
            of_classifier.step()

    def fresh():
        while True:
            yield from batches(control, kinds)

    drawn = fresh()

    def three_steps():
        for x, y in batches(main, classes):
            for _ in range(2):
                c, k = next(drawn)
                classifier.eval()
                with torch.no_grad():
                    scores = log_scores(classifier(c))
                adversary.train()
                of_adversary.zero_grad()
                functional.cross_entropy(adversary(scores), k).backward()
                of_adversary.step()
            c, k = next(drawn)
            classifier.train()
            adversary.eval()
            of_classifier.zero_grad()
            outputs = classifier([torch.cat(pair) for pair in zip(x, c)])
            own, other = outputs[: len(y)], outputs[len(y) :]
            loss = functional.cross_entropy(own, y) - 3 * functional.cross_entropy(adversary(log_scores(other)), k)
            loss.backward()
            of_classifier.step()

    for name, epoch in (("plain", plain), ("three_steps", three_steps)):
        times = []
        for repeat in range(WARM_UP + REPEATS):
            start = time.perf_counter_ns()
            epoch()
            if repeat >= WARM_UP:
                times.append(time.perf_counter_ns() - start)
        form = "dense layers" if dense else "convolutions"
        tell(f"jet_epoch/{name},jets={JETS},batch={BATCH},threads={THREADS}", f"torch {torch.__version__}, {form}", times)


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    for dense in (False, True):
        measure(dense)
