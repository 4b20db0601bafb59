"""What the members read of a film: maps of the fixed backbone, of the window around the chest and of the whole film, each as it is and as if it had come at 64 px.

Half of the training films exist at 64 px only and have another mix of findings, so one half of the features is blind to resolution by construction."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from align import Aligner, cut, seen
from data import SIZE
from pretrained import DEEP_CHANNELS, SHALLOW_CHANNELS, Backbone

SMALL = 64
GRID = 4
# Per version of the film (window, window made small, film, film made small) and depth: the mean of left and right, then their difference, on half a grid.
CHANNELS = (SHALLOW_CHANNELS, DEEP_CHANNELS) * 4
FEATURES = sum(2 * channels * GRID * GRID // 2 for channels in CHANNELS)
# The attention members see the window alone, in both versions.
CELLS = SIZE // 16
MAP_CHANNELS = 2 * DEEP_CHANNELS


def through_small() -> Tensor:
    """[SIZE, SIZE]: makes a line of SIZE pixels SMALL long (bicubic, antialiased) and long again, as the small films were."""
    small = F.interpolate(torch.eye(SIZE)[None, None], (SMALL, SIZE), mode="bicubic", antialias=True, align_corners=False)
    return F.interpolate(small, (SIZE, SIZE), mode="bicubic", align_corners=False)[0, 0]


def evened(pixels: Tensor) -> Tensor:
    """Brightness and contrast evened out, -1…1."""
    mean = pixels.mean((2, 3), keepdim=True)
    spread = ((pixels - mean) ** 2).mean((2, 3), keepdim=True).sqrt()
    return ((pixels - mean) / (spread + 0.02) * 0.5).clamp(-1, 1)


class Reader(nn.Module):
    """film [n, 1, S, S] in 0…1 → features [n, FEATURES] blind to left and right, maps [n, MAP_CHANNELS, CELLS, CELLS] of the window as the film lies,
    and that window as a frame [n, 4] of align.py."""

    def __init__(self, aligner: Aligner, backbone: Backbone):
        super().__init__()
        self.aligner, self.backbone = aligner, backbone
        self.register_buffer("blur", through_small(), persistent=False)

    def forward(self, film: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        frame = seen(self.aligner(film))
        versions = []
        for pixels in (evened(cut(film, frame, SIZE)), evened(film)):
            versions += [pixels, self.blur @ pixels @ self.blur.t()]
        # One pass for all: exported, the backbone is stored once.
        answers = [level.chunk(len(versions)) for level in self.backbone(torch.cat(versions))]
        grids = []
        for version in range(len(versions)):
            for level in (answer[version] for answer in answers):
                side = int(level.shape[2])
                # 14 cells do not divide by GRID: each is read as 2 × 2 first.
                finer = level if side % GRID == 0 else F.interpolate(level, scale_factor=2.0, mode="nearest")
                grid = F.avg_pool2d(finer, int(finer.shape[2]) // GRID)
                other = grid.flip(3)
                grids += [((grid + other) / 2)[:, :, :, :GRID // 2].flatten(1), ((grid - other).abs() / 2)[:, :, :, :GRID // 2].flatten(1)]
        return torch.cat(grids, 1), torch.cat(answers[1][:2], 1), frame
