"""Fits the kernel member to the adults' films and its out-of-fold scores: python3 training/encoder/train_kernel.py."""
import argparse
from pathlib import Path

import numpy as np
import torch

from data import FOLDS, TARGETS, load
from kernel_member import COMPONENTS, KernelMember, feature_weights
from metrics import auroc
from texture import FEATURES, Texture

ROOT = Path(__file__).resolve().parents[2]
RIDGE = 0.5
# Spread of the other members' logits, so that the average of both is a fair one.
LOGIT_SPREAD = 0.6


@torch.no_grad()
def adult_features(films: dict, index: np.ndarray, cache: Path) -> torch.Tensor:
    if not cache.exists():
        texture = Texture()
        parts = [texture(torch.from_numpy(films["square"][index[start:start + 32]]).float().unsqueeze(1) / 255) for start in range(0, len(index), 32)]
        np.save(cache, torch.cat(parts).numpy())
    return torch.from_numpy(np.load(cache))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "runs" / "encoder")
    options = parser.parse_args()
    films = load(options.data, options.out / "films.npz")
    index = np.flatnonzero(~films["child"])
    features = adult_features(films, index, options.out / "texture-adults.npy")
    train = films["split"][index] == "train"
    targets = torch.from_numpy(films["targets"][index][train]).double()
    fold = films["fold"][index][train]
    member = KernelMember(int(train.sum()), len(TARGETS))
    member.mean.copy_(features[train].mean(0))
    member.scale.copy_(feature_weights() / (features[train].std(0) + 1e-3))
    standardised = (features[train] - member.mean) * member.scale
    # Main components from every second film: enough, and a quarter of the time.
    _, _, directions = torch.linalg.svd(standardised[::2], full_matrices=False)
    member.basis.copy_(directions[:COMPONENTS].t())
    member.centres.copy_(standardised @ member.basis)
    square = torch.cdist(member.centres, member.centres) ** 2
    member.width.copy_(square.median())
    kernel = torch.exp(-square / member.width).double()

    def solve(rows: np.ndarray) -> torch.Tensor:
        chosen = torch.from_numpy(np.flatnonzero(rows))
        answer = torch.zeros_like(targets)
        matrix = kernel[chosen][:, chosen] + RIDGE * torch.eye(len(chosen), dtype=torch.double)
        answer[chosen] = torch.linalg.solve(matrix, targets[chosen] - targets[chosen].mean(0))
        return answer

    out_of_fold = torch.zeros_like(targets)
    for number in range(FOLDS):
        out_of_fold[fold == number] = (kernel @ solve(fold != number))[fold == number]
    member.alpha.copy_(solve(fold >= 0).float())
    member.gain.copy_((LOGIT_SPREAD / out_of_fold.std(0)).float())
    torch.save({"model": member.state_dict(), "out_of_fold": (out_of_fold.float() * member.gain).numpy()}, options.out / "kernel.pt")
    scores = [auroc(targets[:, column].numpy(), out_of_fold[:, column].numpy()) for column in (0, 3, 10, 8, 1)]
    print(f"kernel member, {FEATURES} features, {COMPONENTS} components, {int(train.sum())} films: out of fold abnormal, effusion, edema, pneumothorax, atelectasis {np.round(scores, 3)}")


if __name__ == "__main__":
    main()
