"""How well a bundle's encoder reads the adult validation films when they are cropped, framed or shifted: python3 training/encoder/recrop.py [--bundle DIR]

Runs `cxr encode` of the built program (npm run build) on pictures in a temporary folder. Small films are enlarged first, so that the gate's limits do not matter."""
import argparse
import csv
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from beliefs import FINDINGS
from metrics import auroc

ROOT = Path(__file__).resolve().parents[2]
LEAST = 256
DARK = 5


def placed(film: Image.Image, size: tuple[int, int], corner: tuple[int, int]) -> Image.Image:
    out = Image.new("L", size, DARK)
    out.paste(film, corner)
    return out


def views(film: Image.Image) -> dict[str, Image.Image]:
    """The film, without a margin of 8 % on each side, with a dark one of 12 %, and moved by 10 % to the right and 5 % up."""
    side = film.width
    crop, margin = round(0.08 * side), round(0.12 * side)
    return {
        "as it is": film,
        "cropped": film.crop((crop, crop, side - crop, film.height - crop)),
        "framed": placed(film, (side + 2 * margin, film.height + 2 * margin), (margin, margin)),
        "shifted": placed(film, film.size, (round(0.1 * side), -round(0.05 * side))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--bundle", type=Path, default=ROOT / "models" / "micro")
    options = parser.parse_args()
    rows = [row for row in csv.DictReader(open(options.data / "nih.csv")) if row["split"] == "val"]
    truth = {name: np.array([1 - int(row["no_finding"]) if name == "abnormal" else int(row[target]) for row in rows]) for name, _, target in FINDINGS}
    with tempfile.TemporaryDirectory() as folder:
        paths: dict[str, list[str]] = {}
        for number, row in enumerate(rows):
            film = Image.open(options.data / row["file"]).convert("L")
            if film.width < LEAST:
                film = film.resize((LEAST, LEAST), Image.BICUBIC)
            for name, view in views(film).items():
                paths.setdefault(name, []).append(f"{folder}/{number}-{name.replace(' ', '-')}.png")
                view.save(paths[name][-1])
        print(f"{len(rows)} films; AUROC of {', '.join(truth)}; refused, or taken for a child's")
        for name, files in paths.items():
            # Exit code 3 where one was refused.
            ran = subprocess.run(["node", str(ROOT / "dist/cli/cxr.js"), "encode", *files, "--bundle", str(options.bundle), "--json"], stdout=subprocess.PIPE, text=True)
            read = [{each["name"]: each["probability"] for each in json.loads(line).get("findings", [])} for line in ran.stdout.splitlines()]
            taken = np.array([finding.get("effusion") is not None for finding in read])
            scores = [auroc(labels[taken], np.array([finding[target] for finding in np.array(read)[taken]], float)) for target, labels in truth.items()]
            print(f"{name:9} {' '.join(f'{score:.3f}' for score in scores)}   mean of the first five {np.mean(scores[:5]):.3f}   {int((~taken).sum())}", flush=True)


if __name__ == "__main__":
    main()
