"""Prefill of a LLaMA's layers in PyTorch, for comparison: torch_llama.py HIDDEN LAYERS HEADS FEED_FORWARD TOKENS THREADS.

One layer's random weights are used for all layers: the same arithmetic and the same order, in a fraction of the memory.
Prints {"bfloat16": seconds, "version": number}; bfloat16 is what is published.
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F

hidden, layers, heads, inner, tokens, threads = map(int, sys.argv[1:7])
torch.set_num_threads(threads)
size = hidden // heads


def rms(x, weight):
    return x * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-5).to(x.dtype) * weight


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


def prefill(dtype):
    make = lambda rows, columns: (torch.randn(rows, columns) / math.sqrt(columns)).to(dtype)
    q, k, v, o = (make(hidden, hidden) for _ in range(4))
    gate, up, down = make(inner, hidden), make(inner, hidden), make(hidden, inner)
    ones = torch.ones(hidden, dtype=dtype)
    angles = torch.arange(tokens)[:, None] / 10000 ** (torch.arange(0, size, 2) / size)
    cos, sin = torch.cat([angles, angles], -1).cos().to(dtype), torch.cat([angles, angles], -1).sin().to(dtype)
    mask = torch.full([tokens, tokens], float("-inf")).triu(1).to(dtype)
    x = torch.randn(tokens, hidden).to(dtype)
    with torch.no_grad():
        for attempt in range(2):
            # The first layer alone warms the caches of PyTorch's matrix library up.
            count = 1 if attempt == 0 else layers
            start = time.perf_counter()
            y = x
            for _ in range(count):
                n = rms(y, ones)
                split = lambda m: F.linear(n, m).reshape(tokens, heads, size).transpose(0, 1)
                query, key, value = rotate(split(q), cos, sin), rotate(split(k), cos, sin), split(v)
                weights = torch.softmax((query @ key.transpose(1, 2) / math.sqrt(size) + mask).float(), -1).to(dtype)
                y = y + F.linear((weights @ value).transpose(0, 1).reshape(tokens, hidden), o)
                n = rms(y, ones)
                y = y + F.linear(F.silu(F.linear(n, gate)) * F.linear(n, up), down)
            seconds = time.perf_counter() - start
    return seconds


print(json.dumps({"bfloat16": prefill(torch.bfloat16), "version": float(".".join(torch.__version__.split(".")[:2]))}))
