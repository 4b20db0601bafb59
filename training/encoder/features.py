"""Writes what the dialogue learns from: image vectors and beliefs of every film and of augmented views of it: python3 training/encoder/features.py."""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from beliefs import FINDINGS, NOT_ASSESSED, Beliefs, load_beliefs
from data import load
from extract import read_views, view_rows

ROOT = Path(__file__).resolve().parents[2]


@torch.no_grad()
def believe(beliefs: Beliefs, read: dict[str, np.ndarray], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probability and vector of the films `rows`, as one view read them."""
    place = {int(row): at for at, row in enumerate(read["rows"])}
    places, parts = np.array([place[int(row)] for row in rows]), []
    for start in range(0, len(places), 64):
        chosen = places[start:start + 64]
        parts.append(beliefs.judge(torch.from_numpy(read["features"][chosen]).float(), torch.from_numpy(read["maps"][chosen]).float())[:2])
    return tuple(torch.cat(column).numpy() for column in zip(*parts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--runs", type=Path, default=ROOT / "training" / "runs" / "encoder")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "runs")
    options = parser.parse_args()
    films = load(options.data, options.runs / "films.npz")
    index, beliefs = view_rows(films, 1), load_beliefs(options.runs)
    results = [believe(beliefs, read, index) for read in read_views(options.runs)]
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
