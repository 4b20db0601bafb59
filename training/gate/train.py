"""Trains the gate: python3 train.py --data SHARED_DATA --negatives FOLDER --out gate.pt (one thread, about a quarter of an hour)."""
import argparse
import pathlib
import pickle
import time

import numpy as np
import torch
from PIL import Image, ImageFilter

import sources
from model import GateNet

SIDE = 96


def letterbox(image: Image.Image, side: int = SIDE) -> np.ndarray:
    scale = side / max(image.size)
    size = tuple(max(1, int(n * scale)) for n in image.size)
    square = Image.new("L", (side, side))
    square.paste(image.resize(size, Image.BICUBIC), ((side - size[0]) // 2, (side - size[1]) // 2))
    return np.asarray(square)


def augment(picture: np.ndarray, g, is_film: bool) -> np.ndarray:
    """The same for films and for everything else, so that frame, sharpness, grain and proportions tell nothing."""
    image = Image.fromarray(picture)
    w, h = image.size
    keep = g.uniform(0.8, 1.0) if is_film else g.uniform(0.6, 1.0)
    cw, ch = w * keep * g.uniform(0.85, 1), h * keep * g.uniform(0.85, 1)
    x, y = g.uniform(0, w - cw), g.uniform(0, h - ch)
    if g.random() < 0.5:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    image = image.rotate(g.normal(0, 4), Image.BICUBIC).crop((int(x), int(y), int(x + cw), int(y + ch)))
    if g.random() < 0.35:
        # A phone photograph or a screenshot of a viewer: a frame of some tone around it.
        pad = [int(g.uniform(0, 0.14) * side) for side in (image.width, image.width, image.height, image.height)]
        framed = Image.new("L", (image.width + pad[0] + pad[1], image.height + pad[2] + pad[3]), int(g.choice([0, 0, 255, g.uniform(0, 255)])))
        framed.paste(image, (pad[0], pad[2]))
        image = framed
    if g.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(g.uniform(0.3, 1.6)))
    values = letterbox(image).astype(np.float32) / 255
    values = values ** np.exp(g.normal(0, 0.35))
    values = (values - 0.5) * np.exp(g.normal(0, 0.25)) + 0.5 + g.normal(0, 0.1)
    if g.random() < 0.3:
        yy, xx = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
        values = values + (xx * g.normal() + yy * g.normal()) * 0.3
    if g.random() < 0.5:
        values = values + g.normal(0, g.uniform(0, 0.06), values.shape)
    return np.clip(values, 0, 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the shared data folder (cxr/, samples/)")
    parser.add_argument("--negatives", type=pathlib.Path, required=True, help="the folder that fetch.sh filled")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--per-epoch", type=int, default=9000)
    parser.add_argument("--minutes", type=float, default=20, help="stops early, with the schedule at its end")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--cache", type=pathlib.Path, help="keeps the shrunk pictures between runs")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    g = np.random.default_rng(options.seed)
    if options.cache and options.cache.exists():
        films, negatives = pickle.loads(options.cache.read_bytes())
    else:
        films, _ = sources.films(options.data)
        negatives = sources.negatives(options.negatives, True, films, options.seed)
        if options.cache:
            options.cache.write_bytes(pickle.dumps((films, negatives)))
    print(f"{len(films)} films, {len(negatives)} others", flush=True)
    by_source: dict[str, list[np.ndarray]] = {}
    for source, picture in negatives:
        by_source.setdefault(source, []).append(picture)
    adults = [picture for source, picture in films if "child" not in source]
    children = [picture for source, picture in films if "child" in source]
    kinds = sorted(by_source)
    print({kind: len(by_source[kind]) for kind in kinds}, flush=True)
    # Films in disguise are half of what the gate could confuse, so they are drawn more often.
    weight = np.array([2.5 if kind.startswith(("other X-rays: ", "films")) else 1.0 for kind in kinds])
    weight /= weight.sum()
    net = GateNet()
    print(f"{sum(p.numel() for p in net.parameters())} parameters", flush=True)
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=2e-2)
    began, batch = time.time(), 64
    steps_per_epoch = options.per_epoch // batch
    step = 0
    for epoch in range(options.epochs):
        net.train()
        losses = []
        for _ in range(steps_per_epoch):
            done = max(step / (options.epochs * steps_per_epoch), (time.time() - began) / 60 / options.minutes)
            if done >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = 2e-3 * min(1, step / 100) * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-6
            xs, ys = [], []
            for _ in range(batch):
                is_film = g.random() < 0.5
                if is_film:
                    pool = adults if g.random() < 0.6 else children
                else:
                    pool = by_source[kinds[int(g.choice(len(kinds), p=weight))]]
                xs.append(augment(pool[int(g.integers(0, len(pool)))], g, is_film))
                ys.append(float(is_film))
            x = torch.from_numpy(np.stack(xs).astype(np.float32))[:, None]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net.logits96(x), torch.tensor(ys) * 0.98 + 0.01)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
            step += 1
        if not losses:
            break
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, {time.time() - began:.0f} s", flush=True)
        net.eval()
        torch.save(net.state_dict(), options.out)
    print(f"saved {options.out.name}: {options.out.stat().st_size} bytes", flush=True)


if __name__ == "__main__":
    main()
