"""Figures of merit, small and without further packages."""
import numpy as np


def auroc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve by ranks, ties counted half; NaN when a class is missing."""
    positive, negative = scores[labels > 0.5], scores[labels <= 0.5]
    if len(positive) == 0 or len(negative) == 0:
        return float("nan")
    order = np.sort(negative)
    below = np.searchsorted(order, positive, "left")
    not_above = np.searchsorted(order, positive, "right")
    return float(((below + not_above) / 2).mean() / len(negative))


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over `bins` bins of equal width in [0, 1]."""
    index = np.minimum((probabilities * bins).astype(int), bins - 1)
    total = 0.0
    for one in range(bins):
        chosen = index == one
        if chosen.any():
            total += chosen.mean() * abs(labels[chosen].mean() - probabilities[chosen].mean())
    return float(total)
