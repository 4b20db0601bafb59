"""Writes features.npz from a shipped encoder, as training/encoder/features.py does from its members: restore_features.py RUNS [--data DIR] [--views N]

RUNS holds restore.py's vector.onnx and encoder.json. The films' pixels go to print-vectors.ts on its stdin, the vectors come back."""
import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "encoder"))
from augment import degrade, warp  # noqa: E402
from data import SIZE, load  # noqa: E402
from extract import view_rows  # noqa: E402

PART = 32


def view(number, films, index):
    """View 0 is the film itself; the others are changed at random, as training/encoder/extract.py does it."""
    torch.manual_seed(7 + number)
    source = films["square"] if number == 0 else films["pixels"]
    for start in range(0, len(index), PART):
        chosen = index[start : start + PART]
        pixels = torch.from_numpy(source[chosen]).float().unsqueeze(1) / 255
        yield (pixels if number == 0 else degrade(warp(pixels, SIZE, 0.7, torch.from_numpy(films["child"][chosen])))).numpy()


def encoded(node, parts, columns):
    """Rows of vector and beliefs of every film in `parts` (float32 [n, 1, S, S])."""
    rows = []
    for part in parts:
        node.stdin.write(np.ascontiguousarray(part, np.float32).tobytes())
        node.stdin.flush()
        data = node.stdout.read(len(part) * columns * 4)
        if len(data) != len(part) * columns * 4:
            raise RuntimeError("print-vectors stopped early")
        rows.append(np.frombuffer(data, np.float32).reshape(len(part), columns))
    return np.concatenate(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--views", type=int, default=3, help="views of each film; the first is the film itself")
    options = parser.parse_args()
    torch.set_num_threads(1)
    films = load(options.data, options.runs / "films.npz")
    index = view_rows(films, 1)
    about = json.loads((options.runs / "encoder.json").read_text())
    width, findings = about["D"], len(about["findings"])
    command = ["node", str(ROOT / "dist/training/dialogue/print-vectors.js"), str(options.runs / "vector.onnx"), str(SIZE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as node:
        rows = np.stack([encoded(node, view(number, films, index), width + findings) for number in range(options.views)], 1)
        node.stdin.close()
    if node.returncode != 0:
        raise RuntimeError("print-vectors failed")
    # Assessed findings come first in a bundle; the rest has no belief.
    assessed = sum(f["assessed"] for f in about["findings"])
    temporary = options.runs / "features.tmp.npz"
    np.savez(temporary, vector=rows[..., :width], probability=rows[..., width : width + assessed], name=films["name"][index], split=films["split"][index], child=films["child"][index])
    temporary.replace(options.runs / "features.npz")
    print(f"{rows.shape[0]} films, {rows.shape[1]} views, vectors of {width}")


if __name__ == "__main__":
    main()
