"""What the encoder believes of one film, in the words' terms: present from the threshold on, with degrees of certainty by probability."""
import math

from medical import ORDER

# Calibrated probability from which a finding is spoken of without a hedge, and as probable; below, down to the threshold: possible.
# The same bounds stand in evaluate.ts.
CLEAR, PROBABLE = 0.7, 0.4
# Distance to the threshold in logits from which what is not present is no more denied outright.
BORDERLINE = -0.4


def logit(p):
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))


class Belief:
    """margins: {finding: logit(probability) − logit(threshold)}, only what is assessed on this film; cuts: {finding: logit(threshold)}; `child`: a child's film."""

    def __init__(self, margins, cuts, child=False):
        self.margins = margins
        self.cuts = cuts
        self.child = child
        found = [] if child else [f for f in ORDER if f in margins and margins[f] >= 0]
        self.present = found
        self.absent = [] if child else [f for f in ORDER if f in margins and margins[f] < 0]
        self.abnormal_alone = margins.get("abnormal", -9.0) >= 0 and not found
        self.normal = not found and not self.abnormal_alone

    def assesses(self, finding):
        return finding in self.margins

    def degree(self, finding):
        m = self.margins[finding]
        if m < 0:
            return "borderline" if m >= BORDERLINE else "absent"
        if m + self.cuts[finding] >= logit(CLEAR):
            return "clear"
        return "likely" if m + self.cuts[finding] >= logit(PROBABLE) else "possible"


def drawn(findings, rng, mean=0.0, spread=1.0):
    """The belief of no film at all, for what needs only its words."""
    margins = {f: rng.gauss(mean, spread) for f in [*findings, "abnormal"]}
    return Belief(margins, dict.fromkeys(margins, logit(0.3)), child=rng.random() < 0.2)
