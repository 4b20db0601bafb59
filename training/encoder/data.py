"""Radiographs as one array: reads the two data sets, crops every film to one square and splits by patient."""
import csv
import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 224
# Larger than SIZE so that crops and rotations have something to take.
CACHE_SIZE = 248
NIH_LABELS = [
    "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia", "Pneumothorax",
    "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Hernia",
]
# Targets of the adult head: `abnormal` and NIH's 14.
TARGETS = ["abnormal"] + NIH_LABELS
FOLDS = 4
# Of the children to learn from, one in so many: they are told apart easily.
CHILDREN = 4


def cropped(image: Image.Image, size: int) -> np.ndarray:
    """Grey uint8 [size, size]: shortest edge to `size` (bicubic, antialiased), then the middle, as bundle.json's `crop`."""
    grey = image.convert("L")
    scale = size / min(grey.size)
    width, height = (max(size, round(edge * scale)) for edge in grey.size)
    left, top = (width - size) // 2, (height - size) // 2
    return np.asarray(grey.resize((width, height), Image.BICUBIC).crop((left, top, left + size, top + size)))


def bucket(patient: str, count: int) -> int:
    """A stable pseudo-random number in 0 … count-1 for a patient: the same on every machine."""
    return int.from_bytes(hashlib.sha256(patient.encode()).digest()[:4], "big") % count


def patient_weights(patients: np.ndarray) -> np.ndarray:
    """Weight of each film, 1 on average: a patient with many films counts as much as the root of their number."""
    _, place, counts = np.unique(patients, return_inverse=True, return_counts=True)
    weights = 1 / np.sqrt(counts[place])
    return (weights / weights.mean()).astype(np.float32)


def source_weights(targets: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Weights [n, targets] under which a target says nothing about the source, small or large films (reweighing, Kamiran and Calders 2012), at most 5."""
    weights = np.ones_like(targets)
    for value in (0, 1):
        for group in (False, True):
            here = (targets == value) & (small == group)[:, None]
            share, expected = here.sum(0) / (small == group).sum(), (targets == value).mean(0)
            weights = np.where(here, np.minimum(expected / np.maximum(share, 1e-6), 5), weights)
    return weights.astype(np.float32)


def load(root: Path, cache: Path) -> dict[str, np.ndarray]:
    """All films: pixels uint8 [n, CACHE_SIZE, CACHE_SIZE] for training, square [n, SIZE, SIZE] as the engine makes it, targets float32 [n, 15] (NaN for children), child, abnormal,
    viral, native 64 px, split ('train' | 'val') and fold (0 … FOLDS-1, by patient)."""
    if cache.exists():
        with np.load(cache, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
    rows = []
    for row in csv.DictReader(open(root / "nih.csv")):
        targets = [1 - int(row["no_finding"])] + [int(row[label]) for label in NIH_LABELS]
        age = int(row["age"]) if row["age"].isdigit() else -1
        rows.append((row["file"], row["patient"], row["split"], targets, False, 1 - int(row["no_finding"]), 0, row["native_px"] == "64", age))
    children = list(csv.DictReader(open(root / "kermany.csv")))
    for number, row in enumerate(children):
        # Kermany's own test part is the paper's pediatric test set and is not here; every eighth child is held out instead.
        split = "val" if bucket(row["patient"], 8) == 0 else "train"
        if split == "train" and number % CHILDREN != 0:
            continue
        rows.append((row["file"], row["patient"], split, [np.nan] * len(TARGETS), True, int(row["abnormal"]), int(row["kind"] == "virus"), False, 3))
    films = {
        "name": np.array([row[0] for row in rows]),
        "patient": np.array([row[1] for row in rows]),
        "split": np.array([row[2] for row in rows]),
        "targets": np.array([row[3] for row in rows], np.float32),
        "child": np.array([row[4] for row in rows]),
        "abnormal": np.array([row[5] for row in rows], np.float32),
        "viral": np.array([row[6] for row in rows], np.float32),
        "small": np.array([row[7] for row in rows]),
        "age": np.array([row[8] for row in rows], np.int16),
        "fold": np.array([bucket("fold" + row[1], FOLDS) for row in rows]),
    }
    films["pixels"] = np.stack([cropped(Image.open(root / name), CACHE_SIZE) for name in films["name"]])
    films["square"] = np.stack([cropped(Image.open(root / name), SIZE) for name in films["name"]])
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez(cache, **films)
    return films
