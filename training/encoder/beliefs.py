"""What the ensemble believes of a film: calibrated probabilities, thresholds and the image vector; the same code trains the dialogue and is exported."""
import json
from pathlib import Path

import torch
from torch import Tensor, nn

from align import Aligner, put_back
from attention_member import AttentionMember
from data import FOLDS, TARGETS
from kernel_member import KernelMember
from model import Ensemble
from pretrained import Backbone
from reader import Reader

# Name, label and NIH target of each finding of the bundle, in the manifest's order. `abnormal` holds for children as well.
FINDINGS = [
    ("abnormal", "abnormal radiograph", "abnormal"),
    ("effusion", "pleural effusion", "Effusion"),
    ("edema", "pulmonary edema", "Edema"),
    ("atelectasis", "atelectasis", "Atelectasis"),
    ("pneumothorax", "pneumothorax", "Pneumothorax"),
    ("cardiomegaly", "cardiomegaly", "Cardiomegaly"),
]
# Named so that people see that nobody looked; a handful of positives teaches nothing.
NOT_ASSESSED = [
    ("consolidation", "consolidation"), ("pneumonia", "pneumonia"), ("lung-lesion", "lung nodule or mass"), ("emphysema", "emphysema"), ("fibrosis", "fibrosis"),
    ("pleural-other", "pleural thickening"), ("fracture", "fracture"), ("support-devices", "support devices"),
]
# Logits of an encoder that learnt from few films keep close to their thresholds. Stretched, and never nearer than GAP, they let the language hear
# on which side of the threshold a film is, as the thresholds alone decide it.
STRETCH = 2.0
GAP = 1.6
# What is far below its threshold is all one; above it the language needs to hear how far, as its words of certainty follow the probability.
LOWEST, HIGHEST = -4.0, 9.0
# From here on steps are shorter, so that a sure finding does not drown the others.
KNEE, BEYOND = 4.0, 0.75


def kind_features(maps: Tensor) -> Tensor:
    """What tells a child from an adult: mean and spread of every map [n, C, h, w] over the window → [n, 2 C]."""
    mean = maps.mean((2, 3), keepdim=True)
    spread = ((maps - mean) ** 2).mean((2, 3)).sqrt()
    return torch.cat([mean.flatten(1), spread], 1)


class Beliefs(nn.Module):
    """pixels [n, 1, S, S] in 0…1 → probability [n, F] (NaN where not assessed), vector [n, D]: margins, kind, standardised member vectors, attention [n, h, w] (sums to 1).

    `calibration` holds per finding the slope and offset of Platt's scaling and the threshold as a probability."""

    def __init__(self, ensemble: Ensemble, calibration: dict):
        super().__init__()
        self.ensemble = ensemble
        self.columns = [TARGETS.index(target) for _, _, target in FINDINGS]
        rows = [calibration["findings"][name] for name, _, _ in FINDINGS]
        child = calibration["pediatric"]
        as_buffer = lambda name, values: self.register_buffer(name, torch.tensor(values, dtype=torch.float32))
        as_buffer("slope", [row["slope"] for row in rows])
        as_buffer("offset", [row["offset"] for row in rows])
        as_buffer("cut", [torch.logit(torch.tensor(row["threshold"])).item() for row in rows])
        as_buffer("child_slope", child["slope"])
        as_buffer("child_offset", child["offset"])
        as_buffer("child_mean", calibration["child"]["mean"])
        as_buffer("child_direction", calibration["child"]["direction"])
        as_buffer("child_cut", calibration["child"]["cut"])
        as_buffer("vector_mean", calibration["vector"]["mean"])
        as_buffer("vector_std", calibration["vector"]["std"])

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features, maps, frame = self.ensemble.reader(pixels)
        probability, vector, attention = self.judge(features, maps)
        return probability, vector, put_back(attention, frame)

    def judge(self, features: Tensor, maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The same from what the reader read of the films (extract.py), the attention over its window."""
        vector, adult, pediatric, attention = self.ensemble.judge(features, maps)
        standardised = (vector - self.vector_mean) / self.vector_std
        is_child = (((kind_features(maps) - self.child_mean) * self.child_direction).sum(1) > self.child_cut).float().unsqueeze(1)
        adult_logits = adult[:, self.columns] * self.slope + self.offset
        # A child's film: `abnormal` by the children's head on the adults' threshold scale, everything else not assessed.
        child_abnormal = pediatric[:, :1] * self.child_slope + self.child_offset
        first = adult_logits[:, :1] * (1 - is_child) + child_abnormal * is_child
        rest = adult_logits[:, 1:]
        logits = torch.cat([first, rest], 1)
        distance = logits - self.cut
        stretched = STRETCH * distance + GAP * torch.sign(distance)
        heard = torch.where(stretched > KNEE, KNEE + BEYOND * (stretched - KNEE), stretched).clamp(LOWEST, HIGHEST)
        margin = heard / 2 * torch.cat([torch.ones_like(first), (1 - is_child).expand_as(rest)], 1)
        nan = torch.full_like(rest, float("nan"))
        probability = torch.cat([torch.sigmoid(first), torch.where(is_child.expand_as(rest) > 0.5, nan, torch.sigmoid(rest))], 1)
        kind = is_child * 4 - 2
        return probability, torch.cat([margin, kind, standardised], 1), attention


def load_ensemble(folder: Path) -> Ensemble:
    """The trained parts: aligner.pt, backbone.pt, attention-N.pt by the fold N of patients that each left out, and kernel.pt."""

    def load(part: nn.Module, name: str) -> nn.Module:
        part.load_state_dict(torch.load(folder / name, map_location="cpu")["model"])
        return part.eval()

    films, targets = torch.load(folder / "kernel.pt", map_location="cpu")["model"]["alpha"].shape
    attentions = [load(AttentionMember(len(TARGETS)), f"attention-{fold}.pt") for fold in range(FOLDS)]
    reader = Reader(load(Aligner(), "aligner.pt"), load(Backbone(), "backbone.pt"))
    return Ensemble(reader, attentions, load(KernelMember(films, targets), "kernel.pt")).eval()


def load_beliefs(folder: Path) -> Beliefs:
    """The encoder as trained and calibrated in `folder` (load_ensemble's parts and calibration.json)."""
    return Beliefs(load_ensemble(folder), json.loads((folder / "calibration.json").read_text())).eval()
