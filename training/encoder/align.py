"""Where the chest is on a film: a small network puts every film into the same window, so that members find the same anatomy in the same place."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Side of the picture that the network sees.
SIDE = 56
# Half the side of the neighbourhood whose contrast is evened out.
AROUND = 10
# A frame is (log of the width, log of the height, shift right, shift down) of the chest, in halves of the film's side: where it usually is, and how far from there at most.
USUAL = (-0.1, -0.1, 0.0, 0.0)
MOST = (0.35, 0.35, 0.3, 0.3)
# What members see of a frame: a little less than all of it, and a little higher, for its lowest part is abdomen.
ZOOM = 0.87
RAISED = 0.05


def local_contrast(pixels: Tensor) -> Tensor:
    """[n, 1, S, S] in 0…1, S a multiple of SIDE → [n, 1, SIDE, SIDE]: edges as strong in dark as in bright places, whatever the exposure."""
    x = F.avg_pool2d(pixels, int(pixels.shape[2]) // SIDE)
    mean = x.mean((2, 3), keepdim=True)
    x = (x - mean) / (((x - mean) ** 2).mean((2, 3), keepdim=True).sqrt() + 1e-3)
    near = lambda values: F.avg_pool2d(F.pad(values, (AROUND,) * 4, mode="reflect"), 2 * AROUND + 1, 1)
    difference = x - near(x)
    return difference / (near(difference ** 2).sqrt() + 0.03)


def lines(log_size: Tensor, shift: Tensor, inner: int, outer: int) -> Tensor:
    """[n, inner, outer]: `inner` points evenly over a stretch of a line of `outer` pixels, read linearly; beyond its ends the last pixel goes on.
    Products with such matrices instead of a sampling operator, which not every execution provider has."""
    points = (torch.arange(inner, dtype=torch.float32) + 0.5) * (2 / inner) - 1
    at = log_size.exp().unsqueeze(1) * points + shift.unsqueeze(1)
    at = ((at + 1) * (outer / 2) - 0.5).clamp(0, outer - 1).unsqueeze(2)
    return (1 - (at - torch.arange(outer, dtype=torch.float32)).abs()).clamp(min=0)


def cut(pixels: Tensor, frame: Tensor, size: int) -> Tensor:
    """The part of each film [n, 1, S, S] inside its frame [n, 4], as [n, 1, size, size]."""
    side = int(pixels.shape[2])
    rows, columns = lines(frame[:, 1], frame[:, 3], size, side), lines(frame[:, 0], frame[:, 2], size, side)
    return rows.unsqueeze(1) @ pixels @ columns.transpose(1, 2).unsqueeze(1)


def seen(frame: Tensor) -> Tensor:
    """The frame of the window that members see of a chest's frame."""
    zoom = torch.tensor([ZOOM, ZOOM]).log()
    raised = torch.stack([torch.zeros_like(frame[:, 3]), -RAISED * frame[:, 1].exp()], 1)
    return torch.cat([frame[:, :2] + zoom, frame[:, 2:] + raised], 1)


def put_back(attention: Tensor, frame: Tensor) -> Tensor:
    """Attention [n, h, w] over a window of the film → the same over the whole film, h × w; sums to 1 again."""
    side = int(attention.shape[1])
    within = []
    for size, shift in ((frame[:, 1], frame[:, 3]), (frame[:, 0], frame[:, 2])):
        points = (torch.arange(side, dtype=torch.float32) + 0.5) * (2 / side) - 1
        # The film's points as the window counts them; what lies outside gets nothing.
        at = ((points - shift.unsqueeze(1)) / size.exp().unsqueeze(1) + 1) * (side / 2) - 0.5
        within.append((1 - (at.unsqueeze(2) - torch.arange(side, dtype=torch.float32)).abs()).clamp(min=0))
    film = within[0] @ attention @ within[1].transpose(1, 2)
    return film / film.sum((1, 2), keepdim=True)


class Aligner(nn.Module):
    """pixels [n, 1, S, S] in 0…1 → the chest's frame [n, 4]."""

    def __init__(self):
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((1, 16), (16, 32), (32, 48)):
            layers += [nn.Conv2d(inputs, outputs, 3, 2, 1), nn.ReLU()]
        self.convolutions = nn.Sequential(*layers, nn.Conv2d(48, 24, 1), nn.ReLU())
        self.hidden = nn.Linear(24 * (SIDE // 8) ** 2, 64)
        self.last = nn.Linear(64, 4)
        self.register_buffer("usual", torch.tensor(USUAL), persistent=False)
        self.register_buffer("most", torch.tensor(MOST), persistent=False)

    def offsets(self, contrast: Tensor) -> Tensor:
        """Of local_contrast's picture: the frame before it is limited, any number."""
        return self.last(F.relu(self.hidden(self.convolutions(contrast).flatten(1))))

    def limited(self, offsets: Tensor) -> Tensor:
        return self.usual + self.most * torch.tanh(offsets)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.limited(self.offsets(local_contrast(pixels)))
