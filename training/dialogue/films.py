"""The films that conversations are about: the encoder's vectors and probabilities, real ones from features.npz or invented ones of the same layout."""
import json
import os

import numpy as np

from belief import CLEAR, PROBABLE, Belief, logit


class Films:
    """Rows of (vector, probabilities, child). `findings`: encoder.json's assessed list, in the order of the vector's first entries."""

    def __init__(self, findings, vectors, probabilities, child, rng):
        self.names = [f["name"] for f in findings]
        self.thresholds = [f["threshold"] for f in findings]
        self.vectors, self.probabilities, self.child = vectors.astype(np.float32), probabilities, child.astype(bool)
        self.rng = rng
        cut = np.array([logit(t) for t in self.thresholds])
        self.cuts = {n: float(c) for n, c in zip(self.names, cut)}
        p = np.clip(np.nan_to_num(probabilities, nan=1e-4), 1e-4, 1 - 1e-4)
        self.margins = np.log(p / (1 - p)) - cut
        self.margins[np.isnan(probabilities)] = np.nan
        adult = ~self.child
        self.pools = [np.flatnonzero(adult & (self.margins[:, j] >= 0)) for j in range(len(self.names))]
        self.pools += [np.flatnonzero(adult & (np.abs(self.margins[:, j]) < 0.6)) for j in range(len(self.names))]
        # Where the words of certainty change.
        near = lambda j, p: np.abs(self.margins[:, j] + cut[j] - logit(p)) < 0.5
        self.pools += [np.flatnonzero(adult & (self.margins[:, j] >= 0) & near(j, p)) for j in range(len(self.names)) for p in (PROBABLE, CLEAR)]
        abnormal = self.names.index("abnormal")
        special = [j for j in range(len(self.names)) if j != abnormal]
        none = (np.nan_to_num(self.margins[:, special], nan=-9) < 0).all(1)
        self.pools += [np.flatnonzero(adult & none & (self.margins[:, abnormal] >= 0)), np.flatnonzero(adult & none & (self.margins[:, abnormal] < 0))]
        self.pools += [np.flatnonzero(self.child & (self.margins[:, abnormal] >= 0)), np.flatnonzero(self.child & (self.margins[:, abnormal] < 0))]
        self.pools = [p for p in self.pools if len(p)]
        self.adults = np.flatnonzero(adult)
        self.special = special
        self.positive = {j: np.flatnonzero(adult & (self.margins[:, j] >= 0)) for j in range(len(self.names))}

    @property
    def assessed(self):
        return [n for n in self.names if n != "abnormal"]

    def belief(self, row):
        return self._belief(self.margins[row], bool(self.child[row]))

    def _belief(self, margins, child):
        return Belief({n: float(m) for n, m in zip(self.names, margins) if not np.isnan(m)}, self.cuts, child)

    def draw(self, mix=0.35, noise=0.05):
        """One film, findings and borderline cases more often than they occur → (vector, Belief). Sometimes findings are exchanged between films."""
        rng = self.rng
        if rng.random() < 0.4:
            row = rng.integers(len(self.vectors))
        else:
            row = rng.choice(self.pools[rng.integers(len(self.pools))])
        vector, margins, child = self.vectors[row].copy(), self.margins[row].copy(), bool(self.child[row])
        if not child and rng.random() < mix:
            for j in range(len(self.names)):
                if rng.random() < 0.6:
                    pool = self.positive[j] if rng.random() < 0.35 and len(self.positive[j]) else self.adults
                    other = rng.choice(pool)
                    vector[j], margins[j] = self.vectors[other, j], self.margins[other, j]
        findings = len(self.names)
        vector[findings + 1 :] += rng.normal(0, noise, len(vector) - findings - 1)
        return vector.astype(np.float32), self._belief(margins, child)


def load(folder, split, rng):
    with open(os.path.join(folder, "encoder.json"), encoding="utf-8") as file:
        about = json.load(file)
    findings = [f for f in about["findings"] if f["assessed"]]
    data = np.load(os.path.join(folder, "features.npz"), allow_pickle=True)
    keep = data["split"].astype(str) == split
    vectors, p = data["vector"][keep], data["probability"][keep]
    p = p.reshape(-1, p.shape[-1])[:, : len(findings)]
    # A child's film is what the encoder takes for one: it assesses nothing but `abnormal` there.
    child = np.isnan(np.delete(p, [f["name"] for f in findings].index("abnormal"), 1)).all(1)
    return Films(findings, vectors.reshape(-1, vectors.shape[-1]), p, child, rng)


def invent(features, rng, count=20000):
    """Films of no encoder at all, in the layout of training/encoder/beliefs.py: half the margins, ±2 for child or adult, then noise.

    Logits are correlated and a finding passes its threshold in about a quarter of films."""
    findings = [{"name": n, "threshold": 0.3} for n in ("abnormal", "effusion", "edema", "atelectasis", "pneumothorax", "cardiomegaly")]
    child = rng.random(count) < 0.2
    margins = rng.normal(0, 0.9, (count, 1)) + rng.normal(0, 1.3, (count, len(findings))) - 1.0
    margins[:, 0] += 1.0
    p = 1 / (1 + np.exp(-(margins + logit(0.3))))
    vectors = rng.normal(0, 1, (count, features))
    vectors[:, : len(findings)] = np.clip(margins, -4, 9) / 2
    vectors[:, len(findings)] = np.where(child, 2.0, -2.0)
    p[child, 1:] = np.nan
    vectors[child, 1 : len(findings)] = 0.0
    return Films(findings, vectors, p, child, rng)
