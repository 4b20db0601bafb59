"""The gate: P(chest radiograph) from the same square picture that the encoder gets. Small enough to ride in its ONNX file."""
import torch
from torch import nn


class GateNet(nn.Module):
    """float32 [N, 1, S, S] in 0..1 (S = 192, letterboxed on black) -> P(frontal, upright chest radiograph) [N]."""

    def __init__(self) -> None:
        super().__init__()

        def stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            )

        self.stages = nn.Sequential(
            stage(1, 16, 2), stage(16, 24, 2), stage(24, 32, 1), stage(32, 40, 2), stage(40, 56, 2)
        )
        # Where things lie matters (an upside-down film is refused), so the last 6 x 6 map is read cell by cell.
        self.head = nn.Sequential(nn.Conv2d(56, 12, 1), nn.ReLU(), nn.Flatten(), nn.Dropout(0.2), nn.Linear(12 * 36, 1))

    def logits96(self, x96: torch.Tensor) -> torch.Tensor:
        """Logits of pictures that are 96 pixels wide already (training)."""
        return self.head(self.stages((x96 - 0.5) / 0.25)).flatten()

    def forward(self, x01: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.logits96(nn.functional.avg_pool2d(x01, 2)))
