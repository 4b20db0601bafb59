"""A member on fixed texture features: features → vector → heads; cheap to train, and the stronger kind on so few films."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from texture import FEATURES

HIDDEN = 96
VECTOR = 64


class TextureMember(nn.Module):
    def __init__(self, adult_targets: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("std", torch.ones(FEATURES))
        self.keep = nn.Dropout(0.5)
        self.first = nn.Linear(FEATURES, HIDDEN)
        self.first_norm = nn.LayerNorm(HIDDEN)
        self.keep_hidden = nn.Dropout(0.4)
        self.second = nn.Linear(HIDDEN, VECTOR)
        self.norm = nn.LayerNorm(VECTOR)
        self.adult = nn.Linear(VECTOR, adult_targets)
        # Children: abnormal, viral. Never mixed with the adults' labels.
        self.pediatric = nn.Linear(VECTOR, 2)
        # Child or adult: reads the vector but does not shape it.
        self.child = nn.Linear(VECTOR, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """features [n, FEATURES] of texture.py → vector [n, VECTOR], adult logits, pediatric logits, child logit [n]."""
        hidden = F.gelu(self.first_norm(self.first(self.keep((features - self.mean) / self.std))))
        vector = self.norm(self.second(self.keep_hidden(hidden)))
        return vector, self.adult(vector), self.pediatric(vector), self.child(vector.detach())[:, 0]
