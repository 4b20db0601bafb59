"""Trains the aligner without any label: python3 training/encoder/train_align.py. First the adults' films are laid on their own mean, again and again (congealing,
Learned-Miller 2006); then the network learns to lay any view of a film, a child's too, on that mean."""
import argparse
import math
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from align import SIDE, Aligner, cut, local_contrast
from augment import degrade, uniform
from data import load

ROOT = Path(__file__).resolve().parents[2]
WINDOW = 48
BATCH = 64
RATE = 2e-3
ROUNDS = 3


def middle() -> Tensor:
    """Weight of each point of the window: its corners say little."""
    line = torch.linspace(-1, 1, WINDOW) ** 4
    return torch.exp(-(line[None, :] + line[:, None]))[None, None]


def unit(pictures: Tensor, weights: Tensor) -> Tensor:
    """Pictures with weighed mean 0 and weighed length 1."""
    even = pictures - (pictures * weights).sum((2, 3), keepdim=True) / weights.sum()
    return even / ((even ** 2 * weights).sum((2, 3), keepdim=True) + 1e-3).sqrt()


def likeness(contrast: Tensor, frames: Tensor, mean: Tensor, weights: Tensor) -> Tensor:
    """Correlation [n] of each film's frame with the mean film."""
    return (unit(cut(contrast, frames, WINDOW), weights) * mean * weights).sum((1, 2, 3))


def congealed(contrast: Tensor, aligner: Aligner, weights: Tensor) -> Tensor:
    """The mean film [1, 1, WINDOW, WINDOW], both sides alike, after each film was moved to fit it best."""
    offsets, mean = torch.zeros(len(contrast), 4), torch.empty(0)
    for number in range(ROUNDS + 1):
        with torch.no_grad():
            mean = cut(contrast, aligner.limited(offsets), WINDOW).mean(0, keepdim=True)
            mean = unit((mean + mean.flip(3)) / 2, weights)
        if number == ROUNDS:
            break
        moved = offsets.clone().requires_grad_()
        optimizer = torch.optim.Adam([moved], 0.06)
        for _ in range(40):
            like = likeness(contrast, aligner.limited(moved), mean, weights)
            loss = 0.01 * (moved ** 2).sum() - like.sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"congealing, round {number}: mean correlation {like.mean():.3f}", flush=True)
        # All moving together moves the mean, not the films.
        offsets = moved.detach() - moved.detach().mean(0, keepdim=True)
    return mean


def disturbed(pixels: Tensor) -> Tensor:
    """The films [n, 1, s, s] moved, scaled, turned and mirrored at random, as [n, 1, 2 · SIDE, 2 · SIDE]."""
    n = len(pixels)
    zoom, aspect, angle = uniform(n, -0.2, 0.12), uniform(n, -0.1, 0.1), uniform(n, -0.1, 0.1)
    width, height = (zoom + aspect).exp(), (zoom - aspect).exp()
    mirror = (torch.rand(n) < 0.5).float() * -2 + 1
    right, down = uniform(n, -0.12, 0.12), uniform(n, -0.12, 0.12)
    theta = torch.stack([torch.stack([mirror * width * angle.cos(), -angle.sin() * width, right], 1), torch.stack([mirror * height * angle.sin(), height * angle.cos(), down], 1)], 1)
    return F.grid_sample(pixels, F.affine_grid(theta, [n, 1, 2 * SIDE, 2 * SIDE], align_corners=False), mode="bilinear", padding_mode="zeros", align_corners=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "runs" / "encoder")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    films = load(options.data, options.out / "films.npz")
    child, learnt = torch.from_numpy(films["child"]), torch.from_numpy(films["split"] == "train")
    contrast = local_contrast(torch.from_numpy(films["square"]).float().unsqueeze(1) / 255)
    pixels = F.interpolate(torch.from_numpy(films["pixels"]).float().unsqueeze(1) / 255, (124, 124), mode="area")
    aligner, weights, began = Aligner(), middle(), time.time()
    aligner.last.weight.data *= 0.1
    mean = congealed(contrast[learnt & ~child], aligner, weights)
    rows = torch.nonzero(learnt)[:, 0]
    optimizer = torch.optim.AdamW(aligner.parameters(), lr=RATE, weight_decay=1e-3)
    step, total = 0, options.epochs * (len(rows) // BATCH)
    for epoch in range(options.epochs):
        order = rows[torch.randperm(len(rows))]
        for start in range(0, len(order) - BATCH + 1, BATCH):
            view = local_contrast(degrade(disturbed(pixels[order[start:start + BATCH]])))
            offsets = aligner.offsets(view)
            loss = 0.003 * (offsets ** 2).sum(1).mean() - likeness(view, aligner.limited(offsets), mean, weights).mean()
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * step / total))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
        if epoch % 5 == 4 or epoch == options.epochs - 1:
            with torch.no_grad():
                like = likeness(contrast, aligner.limited(aligner.offsets(contrast)), mean, weights)
            print(f"epoch {epoch}: held-out adults {like[~learnt & ~child].mean():.3f}, held-out children {like[~learnt & child].mean():.3f}, {time.time() - began:.0f} s", flush=True)
    torch.save({"model": aligner.state_dict()}, options.out / "aligner.pt")


if __name__ == "__main__":
    main()
