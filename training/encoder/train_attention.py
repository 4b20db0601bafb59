"""Trains the attention members, one per fold of the training patients: python3 training/encoder/train_attention.py."""
import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from attention_member import AttentionMember
from data import FOLDS, TARGETS, load, patient_weights, source_weights
from extract import read_views
from metrics import auroc

ROOT = Path(__file__).resolve().parents[2]
BATCH = 64
RATE = 1e-3


def importance() -> torch.Tensor:
    """Weight of each target in the loss: what the bundle assesses counts most, the rest only shapes the vector."""
    weights = torch.full((len(TARGETS),), 0.4)
    for name, value in (("abnormal", 1.5), ("Effusion", 1.2), ("Edema", 1.0), ("Atelectasis", 1.2), ("Pneumothorax", 1.0), ("Cardiomegaly", 0.8)):
        weights[TARGETS.index(name)] = value
    return weights


def gather(views: list[dict], films: dict) -> tuple[np.ndarray, np.ndarray]:
    """Training films' rows and their maps in every view [views, n, …]; a film that a random view lacks is itself there."""
    rows = np.flatnonzero(films["split"] == "train")
    place = np.full(len(films["split"]), -1)
    place[rows] = np.arange(len(rows))
    plain = views[0]["maps"][rows]
    maps = np.stack([plain] * len(views))
    for view, read in enumerate(views[1:], 1):
        kept = place[read["rows"]] >= 0
        maps[view, place[read["rows"][kept]]] = read["maps"][kept]
    return rows, maps


def train(maps: np.ndarray, films: dict, rows: np.ndarray, member: int, epochs: int) -> AttentionMember:
    torch.manual_seed(2000 + member)
    generator = np.random.default_rng(2000 + member)
    child, targets = films["child"][rows], torch.from_numpy(films["targets"][rows])
    pediatric = torch.from_numpy(np.stack([films["abnormal"][rows], films["viral"][rows]], 1))
    usable = np.flatnonzero(films["fold"][rows] != member)
    adults = usable[~child[usable]]
    balance = np.ones((len(rows), len(TARGETS)), np.float32)
    balance[adults] = source_weights(films["targets"][rows[adults]], films["small"][rows[adults]]) * patient_weights(films["patient"][rows[adults]])[:, None]
    balance = torch.from_numpy(balance)
    model = AttentionMember(len(TARGETS))
    sample = model.both_sides(torch.from_numpy(maps[0, usable[::3]]).float())
    model.mean.copy_(sample.mean((0, 2, 3)))
    model.std.copy_(sample.std((0, 2, 3)) + 1e-2)
    average = copy.deepcopy(model).eval()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.3)
    total, step, weights = epochs * (len(usable) // BATCH), 0, importance()
    for _ in range(epochs):
        order = generator.permutation(usable)
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[start:start + BATCH]
            kind = child[chosen]
            partner, share = np.arange(BATCH), torch.ones(BATCH, 1)
            # Mixup, only between films of the same kind (adult with adult, child with child).
            if generator.random() < 0.5:
                for value in (True, False):
                    same = np.flatnonzero(kind == value)
                    partner[same] = generator.permutation(same)
                share = torch.from_numpy(generator.beta(0.4, 0.4, (BATCH, 1)).astype(np.float32))
            mixed = lambda values: share * values + (1 - share) * values[partner]
            x = torch.from_numpy(maps[generator.integers(0, len(maps), BATCH), chosen]).float()
            whole = share.reshape(-1, 1, 1, 1)
            x = whole * x + (1 - whole) * x[partner]
            is_child = torch.from_numpy(kind)
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1, (step + 1) / 50) * (0.5 + 0.5 * math.cos(math.pi * step / total))
            _, adult_logits, pediatric_logits, _ = model(x)
            # Text-mined labels are about 90 % right: never ask for certainty.
            wrong = F.binary_cross_entropy_with_logits(adult_logits[~is_child], mixed(targets[chosen])[~is_child] * 0.94 + 0.03, reduction="none")
            loss = (wrong * weights * mixed(balance[chosen])[~is_child]).mean()
            if is_child.any():
                loss = loss + 0.5 * F.binary_cross_entropy_with_logits(pediatric_logits[is_child], mixed(pediatric[chosen])[is_child] * 0.96 + 0.02)
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
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--members", type=int, nargs="+", default=range(FOLDS), help="which, so that several processes can share the work")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    films = load(options.data, options.out / "films.npz")
    rows, maps = gather(read_views(options.out), films)
    began = time.time()
    for member in options.members:
        model = train(maps, films, rows, member, options.epochs)
        torch.save({"model": model.state_dict()}, options.out / f"attention-{member}.pt")
        left_out = np.flatnonzero((films["fold"][rows] == member) & ~films["child"][rows])
        with torch.no_grad():
            logits = model(torch.from_numpy(maps[0, left_out]).float())[1].numpy()
        scores = [auroc(films["targets"][rows[left_out], column], logits[:, column]) for column in (0, 3, 10, 8, 1)]
        print(f"attention member {member}: out of fold abnormal, effusion, edema, pneumothorax, atelectasis {np.round(scores, 3)} {time.time() - began:.0f}s", flush=True)


if __name__ == "__main__":
    main()
