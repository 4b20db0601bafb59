"""Takes the encoder's trained parts back out of a shipped bundle, as the training steps left them: python3 training/encoder/recover.py --bundle models/micro (needs Debian's python3-onnx).

Writes aligner.pt, backbone.pt, attention-N.pt, kernel.pt and calibration.json. What only training used (scores out of fold, the pediatric shift) is not in a bundle."""
import argparse
import json
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from beliefs import FINDINGS
from data import FOLDS

ROOT = Path(__file__).resolve().parents[2]


def part_of(stored: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """The state of one part: its tensors, by their names within it."""
    prefix = f"beliefs.{name}."
    state = {key[len(prefix):]: value for key, value in stored.items() if key.startswith(prefix)}
    if not state:
        raise SystemExit(f"The bundle's encoder has no part {name}: it was made by another recipe.")
    return state


def calibration_of(stored: dict[str, Tensor]) -> dict:
    belief = lambda name: stored[f"beliefs.{name}"].tolist()
    rows = zip(FINDINGS, belief("slope"), belief("offset"), torch.sigmoid(stored["beliefs.cut"]).tolist())
    return {
        "findings": {name: {"slope": slope, "offset": offset, "threshold": cut} for (name, _, _), slope, offset, cut in rows},
        "pediatric": {"slope": belief("child_slope"), "offset": belief("child_offset")},
        "child": {"mean": belief("child_mean"), "direction": belief("child_direction"), "cut": belief("child_cut")},
        "vector": {"mean": belief("vector_mean"), "std": belief("vector_std")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "runs" / "encoder")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    graph = onnx.load(str(options.bundle / "encoder.onnx")).graph
    stored = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    parts = {"aligner": "ensemble.reader.aligner", "backbone": "ensemble.reader.backbone", "kernel": "ensemble.kernel"}
    parts |= {f"attention-{fold}": f"ensemble.attentions.{fold}" for fold in range(FOLDS)}
    for file, name in parts.items():
        torch.save({"model": part_of(stored, name)}, options.out / f"{file}.pt")
    (options.out / "calibration.json").write_text(json.dumps(calibration_of(stored)))


if __name__ == "__main__":
    main()
