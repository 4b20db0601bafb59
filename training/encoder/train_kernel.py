"""Fits the kernel members to the adults' films, and their out-of-fold scores: python3 training/encoder/train_kernel.py."""
import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data import FOLDS, TARGETS, load
from kernel_member import KINDS, KernelMember, feature_weights
from metrics import auroc

ROOT = Path(__file__).resolve().parents[2]
# Spread of the other members' logits, so that the average of all is a fair one.
LOGIT_SPREAD = 0.6


def fit(kind: str, features: Tensor, targets: Tensor, fold: np.ndarray) -> tuple[KernelMember, Tensor]:
    """The member fitted to all films, and each film's scores by one that never saw its fold."""
    member = KernelMember(kind, len(features), len(TARGETS))
    features = features[:, member.kind.first:member.kind.last]
    member.mean.copy_(features.mean(0))
    member.scale.copy_(feature_weights(kind) / (features.std(0) + 1e-3))
    standardised = (features - member.mean) * member.scale
    _, _, directions = torch.linalg.svd(standardised, full_matrices=False)
    member.basis.copy_(directions[:member.kind.components].t())
    centres = standardised @ member.basis
    member.centres.copy_(centres.t())
    square = torch.cdist(centres, centres) ** 2
    member.width.copy_(square.median())
    kernel = torch.exp(-square / member.width).double()

    def solve(rows: np.ndarray) -> Tensor:
        chosen = torch.from_numpy(np.flatnonzero(rows))
        answer = torch.zeros_like(targets)
        matrix = kernel[chosen][:, chosen] + member.kind.ridge * torch.eye(len(chosen), dtype=torch.double)
        answer[chosen] = torch.linalg.solve(matrix, targets[chosen] - targets[chosen].mean(0))
        return answer

    out_of_fold = torch.zeros_like(targets)
    for number in range(FOLDS):
        out_of_fold[fold == number] = (kernel @ solve(fold != number))[fold == number]
    member.alpha.copy_(solve(fold >= 0).float())
    member.gain.copy_((LOGIT_SPREAD / out_of_fold.std(0)).float())
    return member, out_of_fold.float() * member.gain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "runs" / "encoder")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    films = load(options.data, options.out / "films.npz")
    index = np.flatnonzero(~films["child"] & (films["split"] == "train"))
    with np.load(options.out / "view-0.npz") as read:
        features = torch.from_numpy(read["features"][index].astype(np.float32))
    targets, fold = torch.from_numpy(films["targets"][index]).double(), films["fold"][index]
    for kind in KINDS:
        member, out_of_fold = fit(kind, features, targets, fold)
        torch.save({"model": member.state_dict(), "out_of_fold": out_of_fold.numpy()}, options.out / f"kernel-{kind}.pt")
        scores = [auroc(targets[:, column].numpy(), out_of_fold[:, column].numpy()) for column in (0, 3, 10, 8, 1)]
        print(f"kernel member, {kind}, {len(index)} films: out of fold abnormal, effusion, edema, pneumothorax, atelectasis {np.round(scores, 3)}", flush=True)


if __name__ == "__main__":
    main()
