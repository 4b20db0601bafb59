"""Trains the encoder's members, one per fold of the training patients: python3 training/encoder/train.py [--members 0,1,2,3] [--epochs N]."""
import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from augment import degrade, warp
from data import FOLDS, SIZE, TARGETS, load
from metrics import auroc
from model import Trunk

ROOT = Path(__file__).resolve().parents[2]
BATCH = 40
MIXUP = 0.25


def batches(films: dict, member: int, generator: np.random.Generator):
    """One epoch: every adult of the other folds, films with findings drawn a second time, and as many children."""
    usable = (films["split"] == "train") & (films["fold"] != member)
    adults = np.flatnonzero(usable & ~films["child"])
    rare = films["targets"][adults][:, [TARGETS.index(name) for name in ("Effusion", "Edema", "Pneumothorax", "Atelectasis", "Cardiomegaly")]].max(1) > 0
    adults = np.concatenate([adults, adults[rare]])
    children = generator.choice(np.flatnonzero(usable & films["child"]), len(adults) // 3, replace=False)
    order = generator.permutation(np.concatenate([adults, children]))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        yield order[start:start + BATCH]


def importance() -> torch.Tensor:
    """Weight of each target in the loss: what the bundle assesses counts most, the rest only shapes the vector."""
    weights = torch.full((len(TARGETS),), 0.4)
    for name, value in (("abnormal", 1.5), ("Effusion", 1.2), ("Edema", 1.0), ("Atelectasis", 1.2), ("Pneumothorax", 1.0), ("Cardiomegaly", 0.8)):
        weights[TARGETS.index(name)] = value
    return weights


def losses(model: Trunk, pixels: torch.Tensor, films: dict, index: np.ndarray) -> torch.Tensor:
    n = len(index)
    child = torch.from_numpy(films["child"][index])
    targets = torch.from_numpy(films["targets"][index])
    pediatric = torch.from_numpy(np.stack([films["abnormal"][index], films["viral"][index]], 1))
    # Mixup inside the batch, only between films of the same kind (adult with adult, child with child).
    share = torch.ones(n)
    partner = torch.arange(n)
    if torch.rand(1) < MIXUP:
        for kind in (True, False):
            members = torch.nonzero(child == kind)[:, 0]
            partner[members] = members[torch.randperm(len(members))]
        share = torch.distributions.Beta(0.4, 0.4).sample((n,))
    weight = share.reshape(n, 1, 1, 1)
    vector, _ = model(weight * pixels + (1 - weight) * pixels[partner])
    adult_logits, pediatric_logits, child_logit = model.heads(vector)
    share = share[:, None]

    def mixed(values: torch.Tensor) -> torch.Tensor:
        # Text-mined labels are about 90 % right: never ask for certainty.
        return (share * values + (1 - share) * values[partner]) * 0.96 + 0.02

    adult_loss = F.binary_cross_entropy_with_logits(adult_logits[~child], mixed(targets)[~child], reduction="none")
    loss = (adult_loss * importance()).mean()
    if child.any():
        loss = loss + 0.5 * F.binary_cross_entropy_with_logits(pediatric_logits[child], mixed(pediatric)[child])
    return loss + 0.3 * F.binary_cross_entropy_with_logits(child_logit, child.float() * 0.98 + 0.01)


@torch.no_grad()
def predict(model: Trunk, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Adult logits, pediatric logits and child logit of uint8 films [n, SIZE, SIZE], film and mirror averaged."""
    model.eval()
    parts = []
    for start in range(0, len(pixels), 64):
        batch = torch.from_numpy(pixels[start:start + 64]).float().unsqueeze(1) / 255
        outputs = [model.heads(model(view)[0]) for view in (batch, batch.flip(3))]
        parts.append([(first + second) / 2 for first, second in zip(*outputs)])
    return tuple(torch.cat(column).numpy() for column in zip(*parts))


def report(model: Trunk, films: dict, member: int) -> str:
    chosen = np.flatnonzero((films["split"] == "val") & ~films["child"])
    left_out = np.flatnonzero((films["split"] == "train") & (films["fold"] == member) & ~films["child"])
    children = np.flatnonzero((films["split"] == "val") & films["child"])[:300]
    lines = []
    seen = np.flatnonzero((films["split"] == "train") & (films["fold"] != member) & ~films["child"])[::2]
    for name, index in (("val", chosen), ("fold", left_out), ("seen", seen)):
        logits, _, child = predict(model, films["square"][index])
        scores = {t: auroc(films["targets"][index, TARGETS.index(t)], logits[:, TARGETS.index(t)]) for t in ("abnormal", "Effusion", "Edema", "Pneumothorax", "Atelectasis", "Cardiomegaly", "Consolidation", "Pneumonia")}
        lines.append(f"{name} mean5 {np.mean(list(scores.values())[:5]):.3f} " + " ".join(f"{key[:6]} {value:.2f}" for key, value in scores.items()) + f" child {np.mean(child > 0):.3f}")
    _, pediatric, child = predict(model, films["square"][children])
    lines.append(f"children abnormal {auroc(films['abnormal'][children], pediatric[:, 0]):.3f} child {np.mean(child > 0):.3f}")
    return "\n  ".join(lines)


def train(films: dict, member: int, epochs: int, out: Path) -> None:
    torch.manual_seed(1000 + member)
    generator = np.random.default_rng(1000 + member)
    model = Trunk(len(TARGETS))
    average = copy.deepcopy(model).eval()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05, betas=(0.9, 0.98))
    steps_per_epoch = sum(1 for _ in batches(films, member, np.random.default_rng(0)))
    total, step, began = epochs * steps_per_epoch, 0, time.time()
    for epoch in range(epochs):
        model.train()
        for index in batches(films, member, generator):
            progress = step / total
            rate = 2e-3 * (min(1, step / 200) * (0.5 + 0.5 * math.cos(math.pi * progress)) + 0.002)
            for group in optimizer.param_groups:
                group["lr"] = rate
            pixels = torch.from_numpy(films["pixels"][index]).float().unsqueeze(1) / 255
            loss = losses(model, degrade(warp(pixels, SIZE, 0.7)), films, index)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
            step += 1
            decay = min(0.997, step / (step + 50))
            with torch.no_grad():
                for kept, current in zip(average.state_dict().values(), model.state_dict().values()):
                    if kept.dtype.is_floating_point:
                        kept.lerp_(current, 1 - decay)
        if epoch % 4 == 3 or epoch == epochs - 1:
            torch.save({"model": average.state_dict(), "epoch": epoch + 1}, out.with_suffix(".tmp"))
            out.with_suffix(".tmp").replace(out)
            print(f"member {member} epoch {epoch + 1}/{epochs} loss {loss.item():.3f} {time.time() - began:.0f}s\n  {report(average, films, member)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "runs" / "encoder")
    parser.add_argument("--members", default=",".join(str(member) for member in range(FOLDS)))
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    films = load(options.data, options.out / "films.npz")
    for member in (int(text) for text in options.members.split(",")):
        train(films, member, options.epochs, options.out / f"member-{member}.pt")


if __name__ == "__main__":
    main()
