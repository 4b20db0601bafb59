"""The encoder: one fixed backbone, attention members on its maps and kernel members on features, side by side."""
import torch
from torch import Tensor, nn

from attention_member import AttentionMember
from kernel_member import KernelMember
from reader import Reader


class Ensemble(nn.Module):
    """Vectors concatenated, logits averaged by shares."""

    def __init__(self, reader: Reader, attentions: list[AttentionMember], kernels: list[KernelMember]):
        super().__init__()
        self.reader, self.attentions, self.kernels = reader, nn.ModuleList(attentions), nn.ModuleList(kernels)

    def judge(self, features: Tensor, maps: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """What the reader read → vector [n, sum of the members' vectors], adult logits, pediatric logits, child logit [n], attention [n, h, w]."""
        vectors, *heads = zip(*(member(maps) for member in self.attentions))
        adult, pediatric, child, attention = (torch.stack(parts).mean(0) for parts in heads)
        return torch.cat(vectors, 1), self.adult(adult, [kernel(features) for kernel in self.kernels]), pediatric, child, attention

    def adult(self, attended, scores: list):
        """The adults' logits of the attention members together and the kernel members' scores (tensors or arrays), each by its share."""
        total = attended * (1 - sum(kernel.kind.share for kernel in self.kernels))
        for kernel, score in zip(self.kernels, scores):
            total = total + kernel.kind.share * score
        return total

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        return self.judge(*self.reader(pixels))
