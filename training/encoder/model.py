"""The encoder: one aligner and one fixed backbone; attention members on its maps and a kernel member on features, side by side."""
import torch
from torch import Tensor, nn

from attention_member import AttentionMember
from kernel_member import SHARE, KernelMember
from reader import Reader


class Ensemble(nn.Module):
    """Vectors concatenated, logits averaged by shares."""

    def __init__(self, reader: Reader, attentions: list[AttentionMember], kernel: KernelMember):
        super().__init__()
        self.reader, self.attentions, self.kernel = reader, nn.ModuleList(attentions), kernel

    def judge(self, features: Tensor, maps: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What the reader read → vector [n, sum of the members' vectors], adult logits, pediatric logits, attention [n, h, w] over the window."""
        vectors, *heads = zip(*(member(maps) for member in self.attentions))
        adult, pediatric, attention = (torch.stack(parts).mean(0) for parts in heads)
        return torch.cat(vectors, 1), adult_logits(adult, self.kernel(features)), pediatric, attention


def adult_logits(attended, score):
    """The adults' logits of the attention members together and the kernel member's score (tensors or arrays), each by its share."""
    return (1 - SHARE) * attended + SHARE * score
