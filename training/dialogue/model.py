"""LLaMA-2's architecture at miniature size, with llama.cpp's interleaved rotary layout, and the projection before it (torch)."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

SHAPE = {"width": 192, "layers": 5, "heads": 6, "feed_forward": 512, "context": 2048, "epsilon": 1e-5, "rope_base": 10000.0}


class Norm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


def rotate(x, cos, sin):
    """Rotary position on neighbouring pairs (Meta's layout, what llama.cpp's `llama` expects). x: [batch, heads, time, dim]."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        width, hidden = shape["width"], shape["feed_forward"]
        self.heads = shape["heads"]
        self.attention_norm = Norm(width, shape["epsilon"])
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.ffn_norm = Norm(width, shape["epsilon"])
        self.gate, self.up = nn.Linear(width, hidden, bias=False), nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x, cos, sin, mask, past=None):
        batch, time, width = x.shape
        h = self.attention_norm(x)
        q, k, v = (f(h).view(batch, time, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if past is not None:
            k, v = torch.cat((past[0], k), 2), torch.cat((past[1], v), 2)
        scores = torch.matmul(q, k.transpose(-1, -2)) * (1.0 / math.sqrt(q.shape[-1]))
        if mask is not None:
            scores = scores + mask
        mixed = torch.matmul(scores.softmax(-1), v).transpose(1, 2).reshape(batch, time, width)
        x = x + self.o(mixed)
        h = self.ffn_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h)), (k, v)


class Llama(nn.Module):
    def __init__(self, vocabulary, shape=SHAPE):
        super().__init__()
        self.shape = dict(shape)
        self.embed = nn.Embedding(vocabulary, shape["width"])
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape["layers"]))
        self.norm = Norm(shape["width"], shape["epsilon"])
        self.head = nn.Linear(shape["width"], vocabulary, bias=False)
        dim = shape["width"] // shape["heads"]
        frequency = shape["rope_base"] ** (-torch.arange(0, dim, 2).float() / dim)
        angle = torch.outer(torch.arange(shape["context"]).float(), frequency)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        for name, p in self.named_parameters():
            if p.dim() > 1:
                deep = name.endswith(("o.weight", "down.weight"))
                nn.init.normal_(p, std=0.04 / math.sqrt(2 * shape["layers"]) if deep else 0.04)

    def hidden(self, embedded, past=None, branches=None):
        """embedded: [batch, time, width] → last hidden states and the keys and values of each layer.

        branches: [batch, time], the branch of each token: 0 is the stem, which every branch continues without seeing the others."""
        time = embedded.shape[1]
        start = past[0][0].shape[2] if past else 0
        cos, sin = self.cos[start : start + time], self.sin[start : start + time]
        mask = None
        if time > 1:
            mask = torch.full((time, start + time), float("-inf")).triu(start + 1)
        if branches is not None:
            same = branches.unsqueeze(2) == branches.unsqueeze(1)
            stem = branches == 0
            mask = mask.masked_fill(~(same | stem.unsqueeze(1)), float("-inf")).unsqueeze(1)
            # A token's position is the number of tokens before it that it sees.
            positions = (mask == 0).sum(-1).squeeze(1) - 1
            cos, sin = self.cos[positions].unsqueeze(1), self.sin[positions].unsqueeze(1)
        kept = []
        x = embedded
        for n, layer in enumerate(self.layers):
            x, kv = layer(x, cos, sin, mask, past[n] if past else None)
            kept.append(kv)
        return self.norm(x), kept


class Projection(nn.Module):
    """One linear map from the encoder's image vector to the width of the language model, as in the paper.

    The vector's first entries are the encoder's belief (margins, child or adult); its other features are hushed by a fixed factor while
    training, or Adam, which steps every weight alike, would let a hundred of them drown the belief. export.py folds the factor into the weight."""

    HUSH = 0.02

    def __init__(self, features, width, findings):
        super().__init__()
        self.linear = nn.Linear(features, width)
        scale = torch.full((features,), self.HUSH)
        scale[: findings + 1] = 1.0
        self.register_buffer("scale", scale)
        with torch.no_grad():
            self.linear.weight.normal_(0, 0.5 / math.sqrt(width))
            self.linear.weight[:, findings + 1 :] = 0
            self.linear.bias.normal_(0, 0.04)

    def forward(self, vectors):
        return self.linear(vectors * self.scale)
