"""What the members read of a film: fixed texture features, and maps of the fixed backbone, of the film as it is and as if it had come at 64 px.

Half of the training films exist at 64 px only and have another mix of findings, so one half of the backbone's features is blind to resolution by construction."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from data import SIZE
from pretrained import DEEP_CHANNELS, SHALLOW_CHANNELS, Backbone
from texture import FEATURES as TEXTURES
from texture import SIDE, Texture

SMALL = 64
GRID = 4
# Per version of the film (as it is, small) and depth: the mean of left and right, then their difference, on half a grid.
CHANNELS = (SHALLOW_CHANNELS, DEEP_CHANNELS) * 2
# The backbone's features come first, then those of texture.py.
BACKBONE_FEATURES = sum(2 * channels * GRID * GRID // 2 for channels in CHANNELS)
FEATURES = BACKBONE_FEATURES + TEXTURES
CELLS = SIZE // 16
MAP_CHANNELS = 2 * DEEP_CHANNELS


def resampling(side: int) -> Tensor:
    """[side, SIZE]: makes a line of SIZE pixels `side` long (bicubic, antialiased)."""
    return F.interpolate(torch.eye(SIZE)[None, None], (side, SIZE), mode="bicubic", antialias=True, align_corners=False)[0, 0]


def through_small() -> Tensor:
    """[SIZE, SIZE]: makes a line of pixels SMALL long and long again, as the small films were."""
    return F.interpolate(resampling(SMALL)[None, None], (SIZE, SIZE), mode="bicubic", align_corners=False)[0, 0]


class Reader(nn.Module):
    """pixels [n, 1, S, S] in 0…1 → features [n, FEATURES] blind to left and right, maps [n, MAP_CHANNELS, CELLS, CELLS] as the film lies.

    With `mirrored` the backbone sees the film and its mirror image, and their answers are averaged."""

    def __init__(self, backbone: Backbone, mirrored: bool = True):
        super().__init__()
        self.backbone, self.mirrored, self.texture = backbone, mirrored, Texture()
        self.register_buffer("shrink", resampling(SIDE), persistent=False)
        self.register_buffer("blur", through_small(), persistent=False)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        mean = pixels.mean((2, 3), keepdim=True)
        spread = ((pixels - mean) ** 2).mean((2, 3), keepdim=True).sqrt()
        even = ((pixels - mean) / (spread + 0.02) * 0.5).clamp(-1, 1)
        versions = [even, self.blur @ even @ self.blur.t()]
        if self.mirrored:
            versions += [version.flip(3) for version in versions]
        # One pass for all: exported, the backbone is stored once.
        answers = [level.chunk(len(versions)) for level in self.backbone(torch.cat(versions))]
        grids, maps = [], []
        for version in (0, 1):
            levels = [(level[version] + level[version + 2].flip(3)) / 2 if self.mirrored else level[version] for level in answers]
            maps.append(levels[1])
            for level in levels:
                side = int(level.shape[2])
                # 14 cells do not divide by GRID: each is read as 2 × 2 first.
                finer = level if side % GRID == 0 else F.interpolate(level, scale_factor=2.0, mode="nearest")
                grid = F.avg_pool2d(finer, int(finer.shape[2]) // GRID)
                other = grid.flip(3)
                grids += [((grid + other) / 2)[:, :, :, :GRID // 2].flatten(1), ((grid - other).abs() / 2)[:, :, :, :GRID // 2].flatten(1)]
        return torch.cat([*grids, self.texture(self.shrink @ pixels @ self.shrink.t())], 1), torch.cat(maps, 1)
