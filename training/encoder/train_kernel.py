"""Fits the kernel members to the adults' films, and their out-of-fold scores: python3 training/encoder/train_kernel.py."""
import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data import FOLDS, TARGETS, load, patient_weights
from extract import read_views
from kernel_member import KINDS, KernelMember, feature_weights
from metrics import auroc

ROOT = Path(__file__).resolve().parents[2]
# Spread of the other members' logits, so that the average of all is a fair one.
LOGIT_SPREAD = 0.6
# What one random view of a film counts against the film itself.
VIEW_WEIGHT = 0.25


def fit(kind: str, views: list[Tensor], targets: Tensor, films: dict[str, np.ndarray]) -> tuple[KernelMember, Tensor]:
    """The member fitted to all films and random views of them, and each film's scores by one that never saw its fold.

    views: features [n, FEATURES] of the films themselves, then of each random view; films: fold, small and patient of the n films.
    Only the films themselves become centres; the views are further equations (subset of regressors, Quiñonero-Candela and Rasmussen 2005)."""
    member = KernelMember(kind, len(targets), targets.shape[1])
    features = [view[:, member.kind.first:member.kind.last] for view in views]
    member.mean.copy_(features[0].mean(0))
    member.scale.copy_(feature_weights(kind) / (features[0].std(0) + 1e-3))
    _, _, directions = torch.linalg.svd((features[0] - member.mean) * member.scale, full_matrices=False)
    member.basis.copy_(directions[:member.kind.components].t())
    components = [((view - member.mean) * member.scale) @ member.basis for view in features]
    centres = components[0]
    member.centres.copy_(centres.t())
    member.width.copy_((torch.cdist(centres, centres) ** 2).median())
    kernels = [torch.exp(-torch.cdist(view, centres) ** 2 / member.width).double() for view in components]
    weights = torch.from_numpy(patient_weights(films["patient"])).double()[:, None]

    def solve(rows: np.ndarray) -> Tensor:
        chosen = torch.from_numpy(np.flatnonzero(rows))
        wanted = targets[chosen].clone()
        # Each source by its own mean: nothing is gained by telling the sources apart.
        for source in (False, True):
            members = torch.from_numpy(films["small"][rows] == source)
            own = weights[chosen][members]
            wanted[members] -= (wanted[members] * own).sum(0) / own.sum()
        matrix = member.kind.ridge * kernels[0][chosen][:, chosen]
        right = torch.zeros_like(wanted)
        for number, kernel in enumerate(kernels):
            weighed = weights[chosen] * (1 if number == 0 else VIEW_WEIGHT) * kernel[chosen][:, chosen]
            matrix = matrix + kernel[chosen][:, chosen].t() @ weighed
            right = right + weighed.t() @ wanted
        answer = torch.zeros_like(targets)
        answer[chosen] = torch.linalg.solve(matrix + 1e-6 * torch.eye(len(chosen), dtype=torch.double), right)
        return answer

    out_of_fold = torch.zeros_like(targets)
    for number in range(FOLDS):
        left_out = films["fold"] == number
        out_of_fold[left_out] = (kernels[0] @ solve(~left_out))[left_out]
    member.alpha.copy_(solve(films["fold"] >= 0).float())
    member.gain.copy_((LOGIT_SPREAD / out_of_fold.std(0)).float())
    return member, out_of_fold.float() * member.gain


def rows_of(values: np.ndarray, rows: np.ndarray, wanted: np.ndarray) -> Tensor:
    """Of values [len(rows), …] those of the films `wanted`."""
    place = {int(row): at for at, row in enumerate(rows)}
    return torch.from_numpy(values[[place[int(row)] for row in wanted]].astype(np.float32))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "runs" / "encoder")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    films = load(options.data, options.out / "films.npz")
    index = np.flatnonzero(~films["child"] & (films["split"] == "train"))
    views = [rows_of(read["features"], read["rows"], index) for read in read_views(options.out)]
    learnt = {name: films[name][index] for name in ("fold", "small", "patient")}
    targets = torch.from_numpy(films["targets"][index]).double()
    for kind in KINDS:
        member, out_of_fold = fit(kind, views, targets, learnt)
        torch.save({"model": member.state_dict(), "out_of_fold": out_of_fold.numpy()}, options.out / f"kernel-{kind}.pt")
        scores = [auroc(targets[:, column].numpy(), out_of_fold[:, column].numpy()) for column in (0, 3, 10, 8, 1)]
        print(f"kernel member, {kind}, {len(index)} films: out of fold abnormal, effusion, edema, pneumothorax, atelectasis {np.round(scores, 3)}", flush=True)


if __name__ == "__main__":
    main()
