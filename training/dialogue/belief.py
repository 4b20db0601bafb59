"""What the encoder believes of one film, in the words' terms: present from the threshold on, with degrees of certainty by distance to it."""
import math

from medical import ORDER

# Distance to the threshold in logits from which a finding is spoken of without a hedge, and as likely; below: possible.
CLEAR, LIKELY, BORDERLINE = 1.5, 0.6, -0.4


def logit(p):
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))


class Belief:
    """margins: {finding: logit(probability) − logit(threshold)}, only what is assessed on this film; `child`: a child's film."""

    def __init__(self, margins, child=False):
        self.margins = margins
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
        if m >= CLEAR:
            return "clear"
        if m >= LIKELY:
            return "likely"
        if m >= 0:
            return "possible"
        return "borderline" if m >= BORDERLINE else "absent"
