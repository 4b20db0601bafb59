"""Reads every film once with the fixed backbone, and random views of it: python3 training/encoder/extract.py. The members then train on what was read, in minutes."""
import argparse
import time
from pathlib import Path

import numpy as np
import torch

from align import Aligner
from augment import degrade, warp
from data import SIZE, load
from pretrained import Backbone, read_backbone
from reader import CELLS, FEATURES, MAP_CHANNELS, Reader

ROOT = Path(__file__).resolve().parents[2]
# View 0 is the film itself.
VIEWS = 4
BATCH = 16


def view_rows(films: dict, view: int) -> np.ndarray:
    """Films that a view is made of: all; of random views, all adults and every third child."""
    every = np.arange(len(films["child"]))
    return every if view == 0 else np.concatenate([every[~films["child"]], every[films["child"]][::3]])


@torch.no_grad()
def read(films: dict, reader: Reader, view: int) -> dict[str, np.ndarray]:
    torch.manual_seed(7 + view)
    rows, began = view_rows(films, view), time.time()
    out = {"rows": rows, "features": np.zeros((len(rows), FEATURES), np.float16), "maps": np.zeros((len(rows), MAP_CHANNELS, CELLS, CELLS), np.float16)}
    for start in range(0, len(rows), BATCH):
        chosen = rows[start:start + BATCH]
        if view == 0:
            pixels = torch.from_numpy(films["square"][chosen]).float().unsqueeze(1) / 255
        else:
            pixels = degrade(warp(torch.from_numpy(films["pixels"][chosen]).float().unsqueeze(1) / 255, SIZE, 0.7, torch.from_numpy(films["child"][chosen])))
        features, maps, _ = reader(pixels.contiguous(memory_format=torch.channels_last))
        out["features"][start:start + len(chosen)], out["maps"][start:start + len(chosen)] = features.numpy(), maps.numpy()
        if start % (BATCH * 40) == 0:
            print(f"view {view}: {start}/{len(rows)} films, {time.time() - began:.0f} s", flush=True)
    return out


def read_view(folder: Path, view: int) -> dict[str, np.ndarray]:
    """rows (places among the films), features and maps of one view."""
    with np.load(folder / f"view-{view}.npz") as stored:
        return dict(stored)


def read_views(folder: Path) -> list[dict[str, np.ndarray]]:
    return [read_view(folder, view) for view in range(VIEWS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "runs" / "encoder")
    parser.add_argument("--weights", type=Path, default=ROOT / "training" / "runs" / "pretrained", help="what fetch.sh unpacked")
    parser.add_argument("--recovered", action="store_true", help="take the backbone that recover.py took out of a bundle, instead of --weights")
    parser.add_argument("--views", type=int, nargs="+", default=range(VIEWS), help="which, so that several processes can share the work")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    films = load(options.data, options.out / "films.npz")
    if options.recovered:
        backbone = Backbone().eval()
        backbone.load_state_dict(torch.load(options.out / "backbone.pt")["model"])
    else:
        backbone = read_backbone(options.weights)
        torch.save({"model": backbone.state_dict()}, options.out / "backbone.pt")
    backbone = backbone.to(memory_format=torch.channels_last)
    aligner = Aligner()
    aligner.load_state_dict(torch.load(options.out / "aligner.pt")["model"])
    for view in options.views:
        path = options.out / f"view-{view}.npz"
        if not path.exists():
            np.savez(path, **read(films, Reader(aligner, backbone).eval(), view))


if __name__ == "__main__":
    main()
