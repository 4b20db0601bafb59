"""Trains the texture members, one per fold of the training patients: python3 training/encoder/train_texture.py."""
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
from texture import FEATURES, Texture
from texture_member import TextureMember
from train import importance

ROOT = Path(__file__).resolve().parents[2]
VIEWS = 4
BATCH = 64


@torch.no_grad()
def views(films: dict, index: np.ndarray, cache: Path) -> np.ndarray:
    """Features float16 [VIEWS, n, FEATURES] of the films `index`: the film itself, then random views of it."""
    if cache.exists():
        return np.load(cache)
    torch.manual_seed(3)
    texture = Texture()
    out = np.zeros((VIEWS, len(index), FEATURES), np.float16)
    for view in range(VIEWS):
        for start in range(0, len(index), 32):
            chosen = index[start:start + 32]
            if view == 0:
                pixels = torch.from_numpy(films["square"][chosen]).float().unsqueeze(1) / 255
            else:
                pixels = degrade(warp(torch.from_numpy(films["pixels"][chosen]).float().unsqueeze(1) / 255, SIZE, 0.7))
            out[view, start:start + len(chosen)] = texture(pixels).numpy()
        print(f"features {view + 1}/{VIEWS}", flush=True)
    np.save(cache, out)
    return out


def train(features: torch.Tensor, films: dict, index: np.ndarray, member: int, epochs: int) -> TextureMember:
    torch.manual_seed(2000 + member)
    generator = np.random.default_rng(2000 + member)
    child, targets = films["child"][index], torch.from_numpy(films["targets"][index])
    pediatric = torch.from_numpy(np.stack([films["abnormal"][index], films["viral"][index]], 1))
    usable = np.flatnonzero(films["fold"][index] != member)
    model = TextureMember(len(TARGETS))
    model.mean.copy_(features[0, usable].mean(0))
    model.std.copy_(features[0, usable].std(0) + 1e-2)
    average = copy.deepcopy(model).eval()
    rate = 1e-3
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.3)
    total, step, weights = epochs * (len(usable) // BATCH), 0, importance()
    for _ in range(epochs):
        order = generator.permutation(usable)
        for start in range(0, len(order) - BATCH + 1, BATCH):
            rows = order[start:start + BATCH]
            kind = child[rows]
            partner, share = np.arange(BATCH), torch.ones(BATCH, 1)
            if generator.random() < 0.5:
                for value in (True, False):
                    same = np.flatnonzero(kind == value)
                    partner[same] = generator.permutation(same)
                share = torch.from_numpy(generator.beta(0.4, 0.4, (BATCH, 1)).astype(np.float32))
            mixed = lambda values: share * values + (1 - share) * values[partner]
            x = mixed(features[generator.integers(0, VIEWS, BATCH), rows].float())
            is_child = torch.from_numpy(kind)
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1, (step + 1) / 50) * (0.5 + 0.5 * math.cos(math.pi * step / total))
            _, adult_logits, pediatric_logits, child_logit = model(x)
            # Text-mined labels are about 90 % right: never ask for certainty.
            loss = (F.binary_cross_entropy_with_logits(adult_logits[~is_child], mixed(targets[rows])[~is_child] * 0.94 + 0.03, reduction="none") * weights).mean()
            if is_child.any():
                loss = loss + 0.5 * F.binary_cross_entropy_with_logits(pediatric_logits[is_child], mixed(pediatric[rows])[is_child] * 0.96 + 0.02)
            loss = loss + F.binary_cross_entropy_with_logits(child_logit, is_child.float() * 0.98 + 0.01)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
            with torch.no_grad():
                for kept, current in zip(average.parameters(), model.parameters()):
                    kept.lerp_(current, 1 - min(0.99, step / (step + 20)))
    return average


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "runs" / "encoder")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    films = load(options.data, options.out / "films.npz")
    train_rows = films["split"] == "train"
    index = np.concatenate([np.flatnonzero(train_rows & ~films["child"]), np.flatnonzero(train_rows & films["child"])[::4]])
    features = torch.from_numpy(views(films, index, options.out / "texture.npy"))
    began = time.time()
    for member in range(FOLDS):
        model = train(features, films, index, member, options.epochs)
        torch.save({"model": model.state_dict()}, options.out / f"texture-{member}.pt")
        left_out = np.flatnonzero((films["fold"][index] == member) & ~films["child"][index])
        with torch.no_grad():
            _, logits, _, _ = model(features[0, left_out].float())
        scores = [auroc(films["targets"][index[left_out], column], logits[:, column].numpy()) for column in (0, 3, 10, 8, 1)]
        print(f"texture member {member}: out of fold abnormal, effusion, edema, pneumothorax, atelectasis {np.round(scores, 3)} {time.time() - began:.0f}s", flush=True)


if __name__ == "__main__":
    main()
