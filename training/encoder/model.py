"""The encoder: a small residual network with attention pooling, and the ensemble of it and the texture members."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from data import SIZE
from kernel_member import KernelMember
from texture import Texture
from texture_member import TextureMember

WIDTHS = (32, 64, 128)
STEM = 16
QUERIES = 8
CELLS = SIZE // 16
VECTOR = 96


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential() if stride == 1 and inputs == outputs else nn.Sequential(
            nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity(), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.second_norm(self.second(inner)) + self.shortcut(x))


class Trunk(nn.Module):
    """One network: pixels [n, 1, S, S] in 0…1 → vector [n, VECTOR], attention [n, S/16, S/16] (sums to 1)."""

    def __init__(self, adult_targets: int):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, STEM, 5, 2, 2, bias=False), nn.BatchNorm2d(STEM), nn.ReLU())
        layers: list[nn.Module] = []
        for before, width in zip((STEM, *WIDTHS), WIDTHS):
            layers += [Residual(before, width, 2), Residual(width, width, 1)]
        self.layers = nn.Sequential(*layers)
        self.queries = nn.Conv2d(WIDTHS[-1], QUERIES, 1)
        # Where each query likes to look: films are aligned, and an effusion lies low.
        self.places = nn.Parameter(torch.zeros(1, QUERIES, CELLS, CELLS))
        self.project = nn.Linear(WIDTHS[-1] * (QUERIES + 1), VECTOR)
        self.norm = nn.LayerNorm(VECTOR)
        self.dropout = nn.Dropout(0.3)
        self.adult = nn.Linear(VECTOR, adult_targets)
        # Children: abnormal, viral. Never mixed with the adults' labels.
        self.pediatric = nn.Linear(VECTOR, 2)
        # Child or adult: reads the vector but does not shape it.
        self.child = nn.Linear(VECTOR, 1)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        mean = pixels.mean((2, 3), keepdim=True)
        spread = ((pixels - mean) ** 2).mean((2, 3), keepdim=True).sqrt()
        features = self.layers(self.stem((pixels - mean) / (spread + 0.02)))
        n, channels, height, width = features.shape
        attention = (self.queries(features) + self.places).flatten(2).softmax(2)
        values = features.flatten(2)
        pooled = torch.cat([(attention @ values.transpose(1, 2)).flatten(1), values.mean(2)], 1)
        return self.norm(self.project(pooled)), attention.mean(1).reshape(n, height, width)

    def heads(self, vector: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        dropped = self.dropout(vector)
        return self.adult(dropped), self.pediatric(dropped), self.child(vector.detach())[:, 0]


class Ensemble(nn.Module):
    """Convolutional and texture members side by side, each film seen with its mirror image: vectors concatenated, logits averaged."""

    def __init__(self, trunks: list[Trunk], textures: list[TextureMember], kernel: KernelMember | None = None):
        super().__init__()
        self.trunks, self.textures, self.texture, self.kernel = nn.ModuleList(trunks), nn.ModuleList(textures), Texture(), kernel

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """→ vector [n, sum of the members' vectors], adult logits, pediatric logits, child logit [n], attention [n, h, w]."""
        mirrored = pixels.flip(3)
        vectors, heads, maps = [], [], []
        for trunk in self.trunks:
            (vector, attention), (other, mirrored_attention) = trunk(pixels), trunk(mirrored)
            vectors.append((vector + other) / 2)
            heads.append([(first + second) / 2 for first, second in zip(trunk.heads(vector), trunk.heads(other))])
            maps.append((attention + mirrored_attention.flip(2)) / 2)
        if len(self.textures) > 0 or self.kernel is not None:
            features = self.texture(pixels)
            for member in self.textures:
                vector, *logits = member(features)
                vectors.append(vector)
                heads.append(logits)
        adult, pediatric, child = (torch.stack(parts).mean(0) for parts in zip(*heads))
        if self.kernel is not None:
            # The kernel member counts as much as all others together: it is the best of them and the most different.
            adult = (adult + self.kernel(features)) / 2
        if len(maps) == 0:
            maps.append(torch.full((len(pixels), CELLS, CELLS), 1 / CELLS ** 2))
        return torch.cat(vectors, 1), adult, pediatric, child, torch.stack(maps).mean(0)
