"""Writes what the dialogue learns from: image vectors and beliefs of every film and of augmented views of it: python3 training/encoder/features.py."""
import argparse
import json
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from augment import degrade, warp
from beliefs import FINDINGS, NOT_ASSESSED, load_beliefs
from data import SIZE, load

ROOT = Path(__file__).resolve().parents[2]


def chosen_films(films: dict) -> np.ndarray:
    """All adults; of the children every tenth: to the dialogue they are all alike (normal or abnormal)."""
    return np.concatenate([np.flatnonzero(~films["child"]), np.flatnonzero(films["child"])[::10]])


@torch.no_grad()
def view(task: tuple[int, Path, Path]) -> tuple[np.ndarray, np.ndarray]:
    """Probability and vector of every chosen film: as it is (view 0) or changed at random (the others)."""
    number, data, runs = task
    torch.set_num_threads(1)
    torch.manual_seed(7 + number)
    films = load(data, runs / "films.npz")
    index, beliefs, parts = chosen_films(films), load_beliefs(runs), []
    source = films["square"] if number == 0 else films["pixels"]
    for start in range(0, len(index), 32):
        pixels = torch.from_numpy(source[index[start:start + 32]]).float().unsqueeze(1) / 255
        parts.append(beliefs(pixels if number == 0 else degrade(warp(pixels, SIZE, 0.7)))[:2])
    return tuple(torch.cat(column).numpy() for column in zip(*parts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--runs", type=Path, default=ROOT / "training" / "runs" / "encoder")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "runs")
    parser.add_argument("--views", type=int, default=3, help="views of each film; the first is the film itself")
    options = parser.parse_args()
    films = load(options.data, options.runs / "films.npz")
    index = chosen_films(films)
    with get_context("spawn").Pool(2) as pool:
        results = pool.map(view, [(number, options.data, options.runs) for number in range(options.views)], chunksize=1)
    probability, vector = (np.stack(column, 1) for column in zip(*results))
    calibration = json.loads((options.runs / "calibration.json").read_text())
    findings = [
        {"name": name, "label": label, "assessed": True, "threshold": round(calibration["findings"][name]["threshold"], 4)} for name, label, _ in FINDINGS
    ] + [{"name": name, "label": label, "assessed": False} for name, label in NOT_ASSESSED]
    (options.out / "encoder.json").write_text(json.dumps({"findings": findings, "D": int(vector.shape[2])}, indent=1))
    temporary = options.out / "features.tmp.npz"
    np.savez(temporary, vector=vector, probability=probability, name=films["name"][index], split=films["split"][index], child=films["child"][index])
    temporary.replace(options.out / "features.npz")


if __name__ == "__main__":
    main()
