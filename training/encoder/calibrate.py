"""Fits calibration and thresholds out of fold and measures the ensemble: python3 training/encoder/calibrate.py. Prints the model card's table."""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from beliefs import FINDINGS, kind_features, load_ensemble
from data import TARGETS, load
from extract import read_views
from metrics import auroc, calibration_error
from model import Ensemble, adult_logits

ROOT = Path(__file__).resolve().parents[2]


def platt(labels: np.ndarray, logits: np.ndarray) -> tuple[float, float]:
    """Slope and offset of Platt's scaling, with his smoothed targets (Platt 1999), by Newton's method."""
    positives, negatives = labels.sum(), (1 - labels).sum()
    targets = np.where(labels > 0.5, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    features = np.stack([logits, np.ones_like(logits)], 1).astype(np.float64)
    weights = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-features @ weights))
        gradient = features.T @ (p - targets)
        hessian = (features * (p * (1 - p))[:, None]).T @ features + 1e-4 * np.eye(2)
        weights -= np.linalg.solve(hessian, gradient)
    return float(weights[0]), float(weights[1])


def threshold(labels: np.ndarray, probabilities: np.ndarray, skill: float) -> float:
    """The cut with the best Youden index (sensitivity + specificity − 1) among those that keep specificity ≥ 0.75;
    ≥ 0.88 for a finding that is told poorly (`skill`, an AUROC, < 0.7), so that reports stay sober."""
    least = 0.75 if skill >= 0.7 else 0.88
    best, cut = -1.0, 0.5
    for candidate in np.unique(np.round(np.quantile(probabilities, np.linspace(0.02, 0.98, 97)), 4)):
        positive = probabilities >= candidate
        sensitivity, specificity = positive[labels > 0.5].mean(), 1 - positive[labels < 0.5].mean()
        if specificity >= least and sensitivity + specificity - 1 > best:
            best, cut = sensitivity + specificity - 1, float(candidate)
    return cut


@torch.no_grad()
def read_members(ensemble: Ensemble, read: dict[str, np.ndarray]) -> tuple[list[dict[str, np.ndarray]], np.ndarray]:
    """Of all films: vector, adult and pediatric logits of each attention member; and the kernel member's scores."""
    members: list[list] = [[] for _ in ensemble.attentions]
    for start in range(0, len(read["rows"]), 64):
        maps = torch.from_numpy(read["maps"][start:start + 64]).float()
        for parts, member in zip(members, ensemble.attentions):
            parts.append(member(maps)[:3])
    names, features = ("vector", "adult", "pediatric"), torch.from_numpy(read["features"]).float()
    return [{name: torch.cat(column).numpy() for name, column in zip(names, zip(*parts))} for parts in members], ensemble.kernel(features).numpy()


def children_out_of_fold(films: dict, reads: list[list[dict]], rows: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Labels and logits of `abnormal` of the training children, in every view, each read by the member that never saw the patient."""
    labels, logits = [], []
    for members, index in zip(reads, rows):
        fold = films["fold"][index]
        scores = np.stack([one["pediatric"][:, 0] for one in members])[fold, np.arange(len(index))]
        chosen = ((films["split"] == "train") & films["child"])[index]
        labels.append(films["abnormal"][index][chosen])
        logits.append(scores[chosen])
    return np.concatenate(labels), np.concatenate(logits)


def bootstrap(labels: np.ndarray, scores: np.ndarray, patients: np.ndarray, count: int = 500) -> tuple[float, float]:
    """95 % interval of the AUROC, patients drawn with replacement."""
    generator = np.random.default_rng(0)
    names = np.unique(patients)
    rows = {name: np.flatnonzero(patients == name) for name in names}
    values = []
    for _ in range(count):
        index = np.concatenate([rows[name] for name in generator.choice(names, len(names))])
        values.append(auroc(labels[index], scores[index]))
    return tuple(np.nanquantile(values, (0.025, 0.975)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "cxr")
    parser.add_argument("--runs", type=Path, default=ROOT / "training" / "runs" / "encoder")
    options = parser.parse_args()
    torch.set_num_threads(1)
    films = load(options.data, options.runs / "films.npz")
    ensemble = load_ensemble(options.runs)
    plain, *views = read_views(options.runs)
    read, scores = read_members(ensemble, plain)
    reads = [read, *(read_members(ensemble, view)[0] for view in views)]
    rows = [view["rows"] for view in (plain, *views)]
    mean = lambda name: np.mean([one[name] for one in read], 0)
    vector = np.concatenate([one["vector"] for one in read], 1)
    adult, pediatric = adult_logits(mean("adult"), scores), mean("pediatric")
    # Out of fold: each film read only by the member that never saw its patient, and by a kernel member fitted without it.
    adult_fold = np.zeros_like(adult)
    for number, one in enumerate(read):
        left_out = films["fold"] == number
        adult_fold[left_out] = one["adult"][left_out]
    learnt = np.flatnonzero(~films["child"] & (films["split"] == "train"))
    adult_fold[learnt] = adult_logits(adult_fold[learnt], torch.load(options.runs / "kernel.pt")["out_of_fold"])
    train_rows = films["split"] == "train"
    adults, adult_scores = np.flatnonzero(train_rows & ~films["child"]), adult_fold[train_rows & ~films["child"]]
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    calibration: dict = {"findings": {}}
    by_source: dict[str, list[float]] = {}
    for name, _, target in FINDINGS:
        column = TARGETS.index(target)
        labels, logits = films["targets"][adults, column], adult_scores[:, column]
        slope, offset = platt(labels, logits)
        # Within a source: what telling the sources apart cannot help.
        by_source[name] = [auroc(labels[source], logits[source]) for source in (~films["small"][adults], films["small"][adults])]
        cut = threshold(labels, sigmoid(slope * logits + offset), float(np.mean(by_source[name])))
        calibration["findings"][name] = {"slope": slope, "offset": offset, "threshold": cut, "outOfFoldAuroc": auroc(labels, logits)}
    # The children's head is shifted so that its own best cut falls on the adults' threshold of `abnormal`: one finding, one threshold.
    labels, logits = children_out_of_fold(films, reads, rows)
    slope, offset = platt(labels, logits)
    cut = threshold(labels, sigmoid(slope * logits + offset), auroc(labels, logits))
    adult_cut = calibration["findings"]["abnormal"]["threshold"]
    shift = np.log(adult_cut / (1 - adult_cut)) - np.log(cut / (1 - cut))
    calibration["pediatric"] = {"slope": slope, "offset": offset + float(shift), "shift": float(shift)}

    train = films["split"] == "train"
    centre, spread = vector[train & ~films["child"]].mean(0), vector[train].std(0) + 1e-3
    # Child or adult by a linear discriminant on the backbone's maps, cut a third of the way from the last grown patients to nearly all children: there is room between them, and films that were
    # not squashed as the data set's are lie nearer to the adults. Of children random views count as well: in them some have their width back, which the data set took from
    # them and a film as it is uploaded has. Adults have nothing to get back.
    every = np.concatenate(rows)
    is_plain = np.arange(len(every)) < len(vector)
    known = torch.cat([kind_features(torch.from_numpy(part).float()) for view in (plain, *views) for part in np.array_split(view["maps"], 16)]).numpy()
    middle, scale = known[is_plain].mean(0), known[is_plain].std(0) + 1e-3
    standard = (known - middle) / scale
    grown, young = is_plain & (train & ~films["child"] & (films["age"] >= 13))[every], (train & films["child"])[every]
    within = np.cov(np.concatenate([standard[grown] - standard[grown].mean(0), standard[young] - standard[young].mean(0)]).T)
    direction = np.linalg.solve(within + np.eye(within.shape[0]), standard[young].mean(0) - standard[grown].mean(0)) / scale
    child = (known - middle) @ direction
    high, low = np.quantile(child[grown], 0.999), np.quantile(child[young], 0.05)
    calibration["child"] = {"mean": middle.tolist(), "direction": direction.tolist(), "cut": float(high + (low - high) / 3)}
    calibration["vector"] = {"mean": centre.tolist(), "std": spread.tolist()}
    (options.runs / "calibration.json").write_text(json.dumps(calibration))

    val = np.flatnonzero((films["split"] == "val") & ~films["child"])
    print(f"{len(read)} attention members and a kernel member; {len(val)} adult validation films of {len(np.unique(films['patient'][val]))} patients")
    print("finding        positives  AUROC (95 % CI)        64 px only  out of fold (large, 64 px)  ECE    threshold  sensitivity  specificity")
    main_five = []
    for name, _, target in FINDINGS:
        column, row = TARGETS.index(target), calibration["findings"][name]
        labels, logits = films["targets"][val, column], adult[val, column]
        p = sigmoid(row["slope"] * logits + row["offset"])
        small = films["small"][val]
        low, high = bootstrap(labels, logits, films["patient"][val])
        positive = p >= row["threshold"]
        score = auroc(labels, logits)
        if name != "cardiomegaly":
            main_five.append(score)
        print(f"{name:14} {int(labels.sum()):9}  {score:.3f} ({low:.2f}–{high:.2f})    {auroc(labels[small], logits[small]):10.3f}  {row['outOfFoldAuroc']:11.3f} ({by_source[name][0]:.3f}, {by_source[name][1]:.3f})  {calibration_error(labels, p):.3f}  {row['threshold']:9.3f}  {positive[labels > 0.5].mean():11.2f}  {1 - positive[labels < 0.5].mean():11.2f}")
    print(f"mean AUROC of the five: {np.mean(main_five):.3f} (out of fold {np.mean([calibration['findings'][n]['outOfFoldAuroc'] for n, _, _ in FINDINGS[:5]]):.3f})")
    kids = np.flatnonzero((films["split"] == "val") & films["child"])
    p = sigmoid(slope * pediatric[kids, 0] + offset)
    positive = p >= cut
    labels = films["abnormal"][kids]
    print(f"children ({len(kids)} held-out films): abnormal AUROC {auroc(labels, p):.3f}, ECE {calibration_error(labels, p):.3f}, sensitivity {positive[labels > 0.5].mean():.2f}, specificity {1 - positive[labels < 0.5].mean():.2f}")
    is_child = child[:len(vector)] > calibration["child"]["cut"]
    print(f"child told from adult: {np.mean(is_child[kids]):.3f} of held-out children, {np.mean(is_child[val]):.4f} of adult validation films taken for a child")


if __name__ == "__main__":
    main()
