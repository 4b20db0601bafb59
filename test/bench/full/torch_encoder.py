"""Times an encoder in PyTorch, for comparison.

torch_encoder.py resnet SIZE WIDTH LAYERS(comma) THREADS | vit SIZE PATCH WIDTH LAYERS HEADS THREADS
Prints {"float32": seconds, "bfloat16": seconds, "version": number}; the median of five runs.
"""
import json
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Bottleneck(nn.Module):
    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.c1, self.b1 = nn.Conv2d(inputs, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.c2, self.b2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False), nn.BatchNorm2d(planes)
        self.c3, self.b3 = nn.Conv2d(planes, planes * 4, 1, bias=False), nn.BatchNorm2d(planes * 4)
        self.pool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.down = None
        if stride > 1 or inputs != planes * 4:
            self.down = nn.Sequential(nn.AvgPool2d(stride), nn.Conv2d(inputs, planes * 4, 1, bias=False), nn.BatchNorm2d(planes * 4))

    def forward(self, x):
        y = F.relu(self.b1(self.c1(x)))
        y = self.b3(self.c3(self.pool(F.relu(self.b2(self.c2(y))))))
        return F.relu(y + (x if self.down is None else self.down(x)))


class AttentionPool(nn.Module):
    def __init__(self, features, heads):
        super().__init__()
        self.attention = nn.MultiheadAttention(features, heads)

    def forward(self, x):
        x = x.flatten(2).permute(2, 0, 1)
        x = torch.cat([x.mean(0, keepdim=True), x])
        return self.attention(x[:1], x, x, need_weights=False)[0]


def resnet(width, layers):
    half = width // 2
    parts = []
    for inputs, outputs, stride in ((3, half, 2), (half, half, 1), (half, width, 1)):
        parts += [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    parts.append(nn.AvgPool2d(2))
    inputs = width
    for stage, count in enumerate(layers):
        planes = width * 2 ** stage
        for n in range(count):
            parts.append(Bottleneck(inputs, planes, 2 if stage > 0 and n == 0 else 1))
            inputs = planes * 4
    return nn.Sequential(*parts, AttentionPool(width * 32, width * 32 // 64))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        q, k, v = (p.reshape(len(x), self.heads, -1).transpose(0, 1) for p in self.qkv(self.n1(x)).chunk(3, -1))
        a = torch.softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1) @ v
        x = x + self.out(a.transpose(0, 1).reshape(len(x), -1))
        return x + self.down(F.gelu(self.up(self.n2(x))))


class Vit(nn.Module):
    def __init__(self, patch, width, layers, heads):
        super().__init__()
        self.conv = nn.Conv2d(1, width, patch, patch, bias=False)
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        return self.norm(self.blocks(self.conv(x)[0].flatten(1).t()))


kind, size, numbers = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
torch.set_num_threads(int(numbers[-1]))
if kind == "resnet":
    model, channels = resnet(int(numbers[0]), [int(n) for n in numbers[1].split(",")]), 3
else:
    model, channels = Vit(*[int(n) for n in numbers[:4]]), 1
model.eval()
result = {"version": float(".".join(torch.__version__.split(".")[:2]))}
with torch.no_grad():
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        try:
            model.to(dtype)
            image = torch.randn(1, channels, size, size, dtype=dtype)
            times = []
            for _ in range(6):
                start = time.perf_counter()
                model(image)
                times.append(time.perf_counter() - start)
            result[name] = statistics.median(times[1:])
        except RuntimeError:
            # Not every PyTorch has every operator in bfloat16 on a CPU.
            pass
print(json.dumps(result))
