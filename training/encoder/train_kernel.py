"""Fits the kernel member to the adults' films, and its out-of-fold scores: python3 training/encoder/train_kernel.py."""
import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data import FOLDS, TARGETS, load, patient_weights
from extract import read_view
from kernel_member import COMPONENTS, RIDGE, KernelMember, feature_weights
from metrics import auroc

ROOT = Path(__file__).resolve().parents[2]
# Spread of the other members' logits, so that the average of all is a fair one.
LOGIT_SPREAD = 0.6


def fit(features: Tensor, targets: Tensor, films: dict[str, np.ndarray]) -> tuple[KernelMember, Tensor]:
    """The member fitted to all films, and each film's scores by one that never saw its fold.

    features: [n, FEATURES] of the films; films: fold, small and patient of each."""
    member = KernelMember(len(targets), targets.shape[1])
    member.mean.copy_(features.mean(0))
    member.scale.copy_(feature_weights() / (features.std(0) + 1e-3))
    _, _, directions = torch.linalg.svd((features - member.mean) * member.scale, full_matrices=False)
    member.basis.copy_(directions[:COMPONENTS].t())
    centres = member.components(features)
    member.centres.copy_(centres.t())
    member.width.copy_((torch.cdist(centres, centres) ** 2).median())
    kernel = member.similarity(member.components(features)).double()
    weights = torch.from_numpy(patient_weights(films["patient"])).double()[:, None]

    def solve(rows: np.ndarray) -> Tensor:
        chosen = torch.from_numpy(np.flatnonzero(rows))
        wanted = targets[chosen].clone()
        # Each source by its own mean: nothing is gained by telling the sources apart.
        for source in (False, True):
            members = torch.from_numpy(films["small"][rows] == source)
            counts = weights[chosen][members]
            wanted[members] -= (wanted[members] * counts).sum(0) / counts.sum()
        own = kernel[chosen][:, chosen]
        weighed = weights[chosen] * own
        matrix = RIDGE * own + own.t() @ weighed + 1e-6 * torch.eye(len(chosen), dtype=torch.double)
        answer = torch.zeros_like(targets)
        answer[chosen] = torch.linalg.solve(matrix, weighed.t() @ wanted)
        return answer

    out_of_fold = torch.zeros_like(targets)
    for number in range(FOLDS):
        left_out = films["fold"] == number
        out_of_fold[left_out] = (kernel @ solve(~left_out))[left_out]
    member.alpha.copy_(solve(films["fold"] >= 0).float())
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
    # View 0 has every film, in the films' own order.
    features = torch.from_numpy(read_view(options.out, 0)["features"][index].astype(np.float32))
    learnt = {name: films[name][index] for name in ("fold", "small", "patient")}
    targets = torch.from_numpy(films["targets"][index]).double()
    member, out_of_fold = fit(features, targets, learnt)
    torch.save({"model": member.state_dict(), "out_of_fold": out_of_fold.numpy()}, options.out / "kernel.pt")
    scores = [auroc(targets[:, column].numpy(), out_of_fold[:, column].numpy()) for column in (0, 3, 10, 8, 1)]
    print(f"kernel member, {len(index)} films: out of fold abnormal, effusion, edema, pneumothorax, atelectasis {np.round(scores, 3)}", flush=True)


if __name__ == "__main__":
    main()
