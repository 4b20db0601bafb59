"""The gate's error table on held-out films and on negatives of sources that training never saw: python3 evaluate.py --data … --negatives … --weights gate.pt."""
import argparse
import pathlib
import pickle
from collections import defaultdict

import numpy as np
import torch
from PIL import Image

import sources
from model import GateNet
from train import augment, letterbox


def scores(net: GateNet, pictures) -> np.ndarray:
    """P(chest) of pictures as the product computes it: letterboxed to 192."""
    out = []
    with torch.no_grad():
        for start in range(0, len(pictures), 128):
            batch = np.stack([letterbox(Image.fromarray(picture), 192) for picture in pictures[start : start + 128]])
            out.append(net(torch.from_numpy(batch.astype(np.float32) / 255)[:, None]).numpy())
    return np.concatenate(out)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--negatives", type=pathlib.Path, required=True)
    parser.add_argument("--weights", type=pathlib.Path, required=True)
    parser.add_argument("--phantoms", type=pathlib.Path, help="a folder of phantom films (PNG), which must be accepted")
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--worst", type=pathlib.Path, help="writes a sheet of the wrongly judged pictures")
    parser.add_argument("--cache", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    net = GateNet()
    net.load_state_dict(torch.load(options.weights, map_location="cpu"))
    net.eval()
    if options.cache and options.cache.exists():
        films, others = pickle.loads(options.cache.read_bytes())
    else:
        _, films = sources.films(options.data)
        others = sources.negatives(options.negatives, False, films, seed=11)
        if options.cache:
            options.cache.write_bytes(pickle.dumps((films, others)))
    if options.phantoms:
        films = films + [("films: phantoms", sources.shrink(Image.open(path))) for path in sorted(options.phantoms.glob("*.png"))]
    g = np.random.default_rng(5)
    # As photographed from a screen or light box: cropped, tilted, framed, blurred, unevenly lit, grainy.
    spoilt = [("films: spoilt on purpose", (augment(picture, g, True) * 255).astype(np.uint8)) for _, picture in films for _ in range(2)]
    films = films + spoilt
    wrong, totals = [], {}
    print(f"threshold {options.threshold}\n{'held-out source':44} {'n':>5} {'right':>7}  worst score")
    for is_film, pictures in ((True, films), (False, others)):
        by_source = defaultdict(list)
        for source, picture in pictures:
            by_source[source].append(picture)
        right = total = 0
        for source in sorted(by_source):
            p = scores(net, by_source[source])
            good = p >= options.threshold if is_film else p < options.threshold
            wrong += [(float(p[i]), by_source[source][i]) for i in np.flatnonzero(~good)]
            print(f"{source:44} {len(p):5d} {100 * good.mean():6.1f} %  {p.min() if is_film else p.max():.3f}")
            right, total = right + int(good.sum()), total + len(p)
        totals[is_film] = (right, total)
        print(f"{'FILMS ACCEPTED' if is_film else 'OTHERS REFUSED':44} {total:5d} {100 * right / total:6.2f} %\n")
    if options.worst and wrong:
        tiles = [letterbox(Image.fromarray(picture), 96) for _, picture in sorted(wrong, key=lambda w: w[0])[:120]]
        tiles += [np.zeros((96, 96), np.uint8)] * (-len(tiles) % 12)
        Image.fromarray(np.vstack([np.hstack(tiles[i : i + 12]) for i in range(0, len(tiles), 12)])).save(options.worst)


if __name__ == "__main__":
    main()
