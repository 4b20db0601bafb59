"""Writes a small random checkpoint in a published layout and what PyTorch answers on it (same form as the shared fixture).

Run by /usr/bin/python3 (Debian's python3-torch, python3-pil): reference.py SPEC_JSON OUT_DIR. It is the converter's independent
reference: written from the published architectures, sharing nothing with the TypeScript code.
"""
import json
import math
import os
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

torch.set_num_threads(1)
CORPUS = """You are a helpful radiologist. Try to interpret chest x ray image and answer to the question that user provides.
Write a radiologic report on the given chest radiograph. What are the possible differential diagnoses for this patient?
The chest radiograph shows a large right pleural effusion with adjacent compressive atelectasis. Heart size is normal.
A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite
answers to the user's questions. USER: ASSISTANT: [INST] [/INST] <<SYS>> <</SYS>> no pneumothorax is seen 0123456789 XYZ"""
SYSTEM = ("You are a helpful radiologist. Try to interpret chest x ray image and answer to the question that user provides.")
QUESTIONS = ["Write a radiologic report on the given chest radiograph.",
             "What are the possible differential diagnoses for this patient?"]


# --- tokenizer: byte-pair encoding as sentencepiece does it -------------------------------------------------------------
def train_bpe(merges):
    words = {}
    for word in CORPUS.split():
        key = tuple("▁" + word)
        words[key] = words.get(key, 0) + 1
    learnt = []
    for _ in range(merges):
        pairs = {}
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] = pairs.get(pair, 0) + count
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        learnt.append("".join(best))
        merged = {}
        for word, count in words.items():
            out, i = [], 0
            while i < len(word):
                if i + 1 < len(word) and (word[i], word[i + 1]) == best:
                    out.append(word[i] + word[i + 1])
                    i += 2
                else:
                    out.append(word[i])
                    i += 1
            merged[tuple(out)] = merged.get(tuple(out), 0) + count
        words = merged
    characters = sorted(set("▁" + CORPUS.replace(" ", "").replace("\n", "")) | set("≥µé"))
    pieces = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3)]
    pieces += [("<0x%02X>" % byte, 0.0, 6) for byte in range(256)]
    pieces += [(piece, -float(rank), 1) for rank, piece in enumerate(dict.fromkeys(learnt + characters))]
    return pieces


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while True:
        low, value = value & 127, value >> 7
        out += bytes([low | (128 if value else 0)])
        if not value:
            return out


def field(number, wire, payload):
    return varint(number << 3 | wire) + payload


def sentencepiece_file(pieces):
    out = b""
    for text, score, kind in pieces:
        raw = text.encode()
        entry = field(1, 2, varint(len(raw)) + raw) + field(2, 5, struct.pack("<f", score))
        if kind != 1:
            entry += field(3, 0, varint(kind))
        out += field(1, 2, varint(len(entry)) + entry)
    trainer = field(3, 0, varint(2)) + field(4, 0, varint(len(pieces))) + field(35, 0, varint(1))
    out += field(2, 2, varint(len(trainer)) + trainer)
    normalizer = field(1, 2, varint(8) + b"identity") + field(3, 0, varint(1)) + field(4, 0, varint(0))
    return out + field(3, 2, varint(len(normalizer)) + normalizer)


def encode(pieces, text, space=True):
    ids = {piece: index for index, (piece, _, kind) in enumerate(pieces) if kind == 1}
    symbols = list(("▁" if space else "") + text.replace(" ", "▁"))
    while True:
        best = None
        for i in range(len(symbols) - 1):
            merged = ids.get(symbols[i] + symbols[i + 1])
            if merged is not None and (best is None or pieces[merged][1] > best[0]):
                best = (pieces[merged][1], i)
        if best is None:
            break
        i = best[1]
        symbols[i:i + 2] = [symbols[i] + symbols[i + 1]]
    out = []
    for symbol in symbols:
        if symbol in ids:
            out.append(ids[symbol])
        else:
            out += [3 + byte for byte in symbol.encode()]
    return out


# --- weights -----------------------------------------------------------------------------------------------------------
class Store:
    def __init__(self, seed, dtype):
        self.generator = torch.Generator().manual_seed(seed)
        self.dtype = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[dtype]
        self.tensors = {}

    def add(self, name, shape, gain=1.0, base=0.0):
        fan = int(np.prod(shape[1:])) if len(shape) > 1 else 1
        scale = gain / math.sqrt(fan) if len(shape) > 1 else gain
        value = base + scale * torch.randn(shape, generator=self.generator)
        self.tensors[name] = value.to(self.dtype)
        return self.tensors[name].float()

    def write(self, directory, shards):
        names = list(self.tensors)
        weight_map = {}
        for shard in range(shards):
            part = names[shard::shards]
            file = "model.safetensors" if shards == 1 else "model-%05d-of-%05d.safetensors" % (shard + 1, shards)
            header, data = {"__metadata__": {"format": "pt"}}, b""
            for name in part:
                tensor = self.tensors[name]
                kind = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}[tensor.dtype]
                view = tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
                raw = view.contiguous().numpy().tobytes()
                header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
                data += raw
                weight_map[name] = file
            text = json.dumps(header).encode()
            text += b" " * (-len(text) % 8)
            with open(os.path.join(directory, file), "wb") as out:
                out.write(struct.pack("<Q", len(text)) + text + data)
        if shards > 1:
            with open(os.path.join(directory, "model.safetensors.index.json"), "w") as out:
                json.dump({"metadata": {}, "weight_map": weight_map}, out)


def linear_weights(store, name, outputs, inputs, bias=True, gain=1.0):
    weight = store.add(name + ".weight", [outputs, inputs], gain)
    return weight, store.add(name + ".bias", [outputs], 0.1) if bias else None


def norm_weights(store, name, width):
    return store.add(name + ".weight", [width], 0.1, 1.0), store.add(name + ".bias", [width], 0.1)


# --- encoders ----------------------------------------------------------------------------------------------------------
def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


def open_clip_vit(store, cfg, channels, embed, prefix="vision_tower."):
    width, patch, size = cfg["width"], cfg["patch_size"], cfg["image_size"]
    heads, layers, inner = width // cfg["head_width"], cfg["layers"], int(width * cfg["mlp_ratio"])
    grid = size // patch
    conv = store.add(prefix + "conv1.weight", [width, channels, patch, patch])
    cls = store.add(prefix + "class_embedding", [width], 0.5)
    pos = store.add(prefix + "positional_embedding", [grid * grid + 1, width], 3.0)
    pre = None if cfg.get("no_ln_pre") else norm_weights(store, prefix + "ln_pre", width)
    blocks = []
    for n in range(layers):
        name = prefix + "transformer.resblocks.%d." % n
        block = {
            "ln_1": norm_weights(store, name + "ln_1", width),
            "qkv": (store.add(name + "attn.in_proj_weight", [3 * width, width], 1.5),
                    store.add(name + "attn.in_proj_bias", [3 * width], 0.1)),
            "out": linear_weights(store, name + "attn.out_proj", width, width),
            "ln_2": norm_weights(store, name + "ln_2", width),
            "up": linear_weights(store, name + "mlp.c_fc", inner, width),
            "down": linear_weights(store, name + "mlp.c_proj", width, inner),
        }
        if cfg.get("ls_init_value") is not None:
            block["ls_1"] = store.add(name + "ls_1.gamma", [width], 0.2, 0.5)
            block["ls_2"] = store.add(name + "ls_2.gamma", [width], 0.2, 0.5)
        blocks.append(block)
    post = norm_weights(store, prefix + "ln_post", width)
    proj = store.add(prefix + "proj", [width, embed])

    def attention(x, block):
        q, k, v = [part.reshape(-1, heads, width // heads).transpose(0, 1) for part in F.linear(x, *block["qkv"]).chunk(3, -1)]
        weights = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(width // heads), -1)
        return F.linear((weights @ v).transpose(0, 1).reshape(-1, width), *block["out"])

    def forward(image):
        x = F.conv2d(image, conv, stride=patch)[0].reshape(width, -1).t()
        x = torch.cat([cls[None], x]) + pos
        if pre:
            x = F.layer_norm(x, [width], *pre)
        for block in blocks:
            a = attention(F.layer_norm(x, [width], *block["ln_1"]), block)
            x = x + a * block.get("ls_1", 1.0)
            m = F.linear(F.gelu(F.linear(F.layer_norm(x, [width], *block["ln_2"]), *block["up"])), *block["down"])
            x = x + m * block.get("ls_2", 1.0)
        if not cfg.get("final_ln_after_pool"):
            x = F.layer_norm(x, [width], *post)
        kind = cfg.get("pool_type", "tok")
        tokens = x if kind == "none" else x[1:]
        if not cfg.get("pooled"):
            return tokens
        pooled = x[1:].mean(0, keepdim=True) if kind == "avg" else x[:1]
        if cfg.get("final_ln_after_pool"):
            pooled = F.layer_norm(pooled, [width], *post)
        return pooled @ proj

    return forward


def hf_clip_vit(store, cfg, select, prefix):
    width, patch, size = cfg["hidden_size"], cfg["patch_size"], cfg["image_size"]
    heads, inner, grid = cfg["num_attention_heads"], cfg["intermediate_size"], size // patch
    conv = store.add(prefix + "embeddings.patch_embedding.weight", [width, 3, patch, patch])
    cls = store.add(prefix + "embeddings.class_embedding", [width], 0.5)
    pos = store.add(prefix + "embeddings.position_embedding.weight", [grid * grid + 1, width], 3.0)
    pre = norm_weights(store, prefix + "pre_layrnorm", width)
    blocks = []
    for n in range(cfg["num_hidden_layers"]):
        name = prefix + "encoder.layers.%d." % n
        blocks.append({
            "ln_1": norm_weights(store, name + "layer_norm1", width),
            "q": linear_weights(store, name + "self_attn.q_proj", width, width, gain=1.5),
            "k": linear_weights(store, name + "self_attn.k_proj", width, width, gain=1.5),
            "v": linear_weights(store, name + "self_attn.v_proj", width, width),
            "out": linear_weights(store, name + "self_attn.out_proj", width, width),
            "ln_2": norm_weights(store, name + "layer_norm2", width),
            "up": linear_weights(store, name + "mlp.fc1", inner, width),
            "down": linear_weights(store, name + "mlp.fc2", width, inner),
        })
    norm_weights(store, prefix + "post_layernorm", width)

    def forward(image):
        x = F.conv2d(image, conv, stride=patch)[0].reshape(width, -1).t()
        x = F.layer_norm(torch.cat([cls[None], x]) + pos, [width], *pre)
        states = [x]
        for block in blocks:
            y = F.layer_norm(x, [width], *block["ln_1"])
            q, k, v = [F.linear(y, *block[part]).reshape(-1, heads, width // heads).transpose(0, 1) for part in "qkv"]
            weights = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(width // heads), -1)
            x = x + F.linear((weights @ v).transpose(0, 1).reshape(-1, width), *block["out"])
            y = F.layer_norm(x, [width], *block["ln_2"])
            x = x + F.linear(quick_gelu(F.linear(y, *block["up"])), *block["down"])
            states.append(x)
        return states[select][1:]

    return forward


def clip_resnet(store, cfg, embed, prefix="vision_tower."):
    width, size = cfg["width"], cfg["image_size"]
    features = width * 32
    heads = features // cfg["head_width"]

    def batch_norm(name, channels):
        return (store.add(name + ".running_mean", [channels], 0.1), store.add(name + ".running_var", [channels], 0.1, 1.0).abs(),
                store.add(name + ".weight", [channels], 0.1, 1.0), store.add(name + ".bias", [channels], 0.1))

    def conv(name, outputs, inputs, kernel):
        return store.add(name + ".weight", [outputs, inputs, kernel, kernel])

    p = prefix
    stem = [(conv(p + "conv1", width // 2, 3, 3), batch_norm(p + "bn1", width // 2)),
            (conv(p + "conv2", width // 2, width // 2, 3), batch_norm(p + "bn2", width // 2)),
            (conv(p + "conv3", width, width // 2, 3), batch_norm(p + "bn3", width))]
    stages, inputs = [], width
    for stage, count in enumerate(cfg["layers"]):
        planes = width * 2 ** stage
        blocks = []
        for n in range(count):
            name = p + "layer%d.%d." % (stage + 1, n)
            stride = 2 if stage > 0 and n == 0 else 1
            block = {"stride": stride,
                     "c1": (conv(name + "conv1", planes, inputs, 1), batch_norm(name + "bn1", planes)),
                     "c2": (conv(name + "conv2", planes, planes, 3), batch_norm(name + "bn2", planes)),
                     "c3": (conv(name + "conv3", planes * 4, planes, 1), batch_norm(name + "bn3", planes * 4))}
            if stride > 1 or inputs != planes * 4:
                block["down"] = (conv(name + "downsample.0", planes * 4, inputs, 1), batch_norm(name + "downsample.1", planes * 4))
            blocks.append(block)
            inputs = planes * 4
        stages.append(blocks)
    grid = size // 32
    pos = store.add(p + "attnpool.positional_embedding", [grid * grid + 1, features], 1.0)
    q, k, v = [linear_weights(store, p + "attnpool." + part + "_proj", features, features, gain=1.5) for part in "qkv"]
    c = linear_weights(store, p + "attnpool.c_proj", embed, features)

    def apply(x, pair, stride=1, padding=0):
        mean, var, gamma, beta = pair[1]
        return F.batch_norm(F.conv2d(x, pair[0], stride=stride, padding=padding), mean, var, gamma, beta)

    def forward(image):
        x = F.relu(apply(image, stem[0], 2, 1))
        x = F.relu(apply(x, stem[1], 1, 1))
        x = F.avg_pool2d(F.relu(apply(x, stem[2], 1, 1)), 2)
        for blocks in stages:
            for block in blocks:
                y = F.relu(apply(x, block["c1"]))
                y = F.relu(apply(y, block["c2"], 1, 1))
                if block["stride"] > 1:
                    y = F.avg_pool2d(y, block["stride"])
                y = apply(y, block["c3"])
                if "down" in block:
                    x = F.avg_pool2d(x, block["stride"]) if block["stride"] > 1 else x
                    x = apply(x, block["down"])
                x = F.relu(x + y)
        x = x[0].reshape(features, -1).t()
        x = torch.cat([x.mean(0, keepdim=True), x]) + pos
        split = lambda y: y.reshape(-1, heads, features // heads).transpose(0, 1)
        query, key, value = split(F.linear(x[:1], *q)), split(F.linear(x, *k)), split(F.linear(x, *v))
        weights = torch.softmax(query @ key.transpose(1, 2) / math.sqrt(features // heads), -1)
        return F.linear((weights @ value).transpose(0, 1).reshape(1, features), *c)

    return forward


# --- LLaMA -------------------------------------------------------------------------------------------------------------
def llama(store, cfg, prefix, head_name):
    hidden, heads, kv = cfg["hidden_size"], cfg["num_attention_heads"], cfg["num_key_value_heads"]
    size = hidden // heads
    embed = store.add(prefix + "embed_tokens.weight", [cfg["vocab_size"], hidden], 3.0 if cfg["tie_word_embeddings"] else math.sqrt(hidden))
    layers = []
    for n in range(cfg["num_hidden_layers"]):
        name = prefix + "layers.%d." % n
        layers.append({
            "in": store.add(name + "input_layernorm.weight", [hidden], 0.1, 1.0),
            "q": store.add(name + "self_attn.q_proj.weight", [heads * size, hidden], 2.0),
            "k": store.add(name + "self_attn.k_proj.weight", [kv * size, hidden], 2.0),
            "v": store.add(name + "self_attn.v_proj.weight", [kv * size, hidden]),
            "o": store.add(name + "self_attn.o_proj.weight", [hidden, heads * size]),
            "post": store.add(name + "post_attention_layernorm.weight", [hidden], 0.1, 1.0),
            "gate": store.add(name + "mlp.gate_proj.weight", [cfg["intermediate_size"], hidden]),
            "up": store.add(name + "mlp.up_proj.weight", [cfg["intermediate_size"], hidden]),
            "down": store.add(name + "mlp.down_proj.weight", [hidden, cfg["intermediate_size"]]),
        })
    norm = store.add(prefix + "norm.weight", [hidden], 0.1, 1.0)
    head = embed if cfg["tie_word_embeddings"] else store.add(head_name, [cfg["vocab_size"], hidden], 4.0)

    def rms(x, weight):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + cfg["rms_norm_eps"]) * weight

    def rotate(x, cos, sin):
        half = x.shape[-1] // 2
        return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin

    def logits(x):
        count = x.shape[0]
        angles = torch.arange(count)[:, None].float() / cfg["rope_theta"] ** (torch.arange(0, size, 2).float() / size)
        cos, sin = torch.cat([angles, angles], -1).cos(), torch.cat([angles, angles], -1).sin()
        mask = torch.full([count, count], float("-inf")).triu(1)
        for layer in layers:
            y = rms(x, layer["in"])
            q = rotate(F.linear(y, layer["q"]).reshape(count, heads, size).transpose(0, 1), cos, sin)
            k = rotate(F.linear(y, layer["k"]).reshape(count, kv, size).transpose(0, 1), cos, sin)
            v = F.linear(y, layer["v"]).reshape(count, kv, size).transpose(0, 1)
            k, v = k.repeat_interleave(heads // kv, 0), v.repeat_interleave(heads // kv, 0)
            weights = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(size) + mask, -1)
            x = x + F.linear((weights @ v).transpose(0, 1).reshape(count, -1), layer["o"])
            y = rms(x, layer["post"])
            x = x + F.linear(F.silu(F.linear(y, layer["gate"])) * F.linear(y, layer["up"]), layer["down"])
        return F.linear(rms(x[-1], norm), head)

    return embed, logits


# --- the whole model ---------------------------------------------------------------------------------------------------
def build(spec, seed, vocab):
    store = Store(seed, spec["dtype"])
    lang = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4, intermediate_size=160,
                vocab_size=vocab, max_position_embeddings=1024, rms_norm_eps=1e-5, hidden_act="silu", rope_theta=10000.0,
                tie_word_embeddings=False, bos_token_id=1, eos_token_id=2)
    lang.update(spec.get("llama", {}))
    layout, hidden = spec["layout"], lang["hidden_size"]
    if layout in ("v1", "v2"):
        cfg = dict(image_size=64, patch_size=16, width=64, layers=2, head_width=32, mlp_ratio=4.0, output_tokens=True, pool_type="tok")
        if layout == "v1":
            cfg = dict(image_size=64, layers=[1, 2, 1, 1], width=8, head_width=32)
        cfg.update(spec.get("vision", {}))
        embed = spec.get("embed", 48)
        channels = spec.get("channels", 1 if layout == "v2" else 3)
        tower = open_clip_vit(store, cfg, channels, embed) if layout == "v2" else clip_resnet(store, cfg, embed)
        from_width = cfg["width"] if layout == "v2" and not cfg.get("pooled") else embed
        parts = [linear_weights(store, "mm_projector", hidden, from_width)]
        mean, std = ([0.48], [0.25]) if channels == 1 else ([0.48, 0.45, 0.4], [0.26, 0.25, 0.27])
        prefix, head = "llama.", "lm_head.weight"
        if spec.get("separate_language"):
            prefix = "model."
        public = {key: value for key, value in cfg.items() if key != "pooled"}
        config = dict(model_type="CXR-LLAVA", llama=lang, clip_vision_cfg=public, clip_embed_dim=embed, mm_projector_dim=from_width,
                      clip_vision_tower_dtype="bf16",
                      image_preprocess_cfg=dict(mean=mean[0] if channels == 1 else mean, std=std[0] if channels == 1 else std))
        size = cfg["image_size"]
    else:
        cfg = dict(image_size=56, patch_size=14, hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=128,
                   hidden_act="quick_gelu", layer_norm_eps=1e-5, num_channels=3)
        cfg.update(spec.get("vision", {}))
        size, channels = cfg["image_size"], 3
        hf = layout == "llava-hf"
        tower_prefix = "vision_tower.vision_model." if hf else "model.vision_tower.vision_tower.vision_model."
        tower = hf_clip_vit(store, cfg, -2, tower_prefix)
        names = ["multi_modal_projector.linear_1", "multi_modal_projector.linear_2"] if hf else (
            ["model.mm_projector"] if spec.get("linear") else ["model.mm_projector.0", "model.mm_projector.2"])
        parts, inputs = [], cfg["hidden_size"]
        for name in names:
            parts.append(linear_weights(store, name, hidden, inputs))
            inputs = hidden
        mean, std = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
        prefix = "language_model.model." if hf else "model."
        head = "language_model.lm_head.weight" if hf else "lm_head.weight"
        if hf:
            config = dict(model_type="llava", architectures=["LlavaForConditionalGeneration"], text_config=dict(lang, model_type="llama"),
                          vision_config=dict(cfg, model_type="clip_vision_model"), vision_feature_layer=-2,
                          vision_feature_select_strategy="default", projector_hidden_act="gelu")
        else:
            config = dict(lang, model_type="llava", architectures=["LlavaLlamaForCausalLM"], mm_hidden_size=cfg["hidden_size"],
                          mm_projector_type="linear" if spec.get("linear") else "mlp2x_gelu", mm_vision_select_layer=-2,
                          mm_vision_select_feature="patch", mm_vision_tower="openai/clip", vision_config=cfg,
                          image_aspect_ratio="pad")
    embed_tokens, logits = llama(store, lang, prefix, head)

    def image_tokens(image):
        x = tower(image)
        for index, part in enumerate(parts):
            x = F.linear(F.gelu(x) if index else x, *part)
        return x

    return store, config, image_tokens, embed_tokens, logits, (size, channels, mean, std)


def prompts(spec, pieces, turns):
    """Ids of the prompt, image as None: text before and after the image is tokenised apart, as the published code does."""
    # With `legacy: false` Hugging Face's tokenizer puts no space between a special token and the text after it.
    legacy = spec.get("legacy", True)
    if spec["layout"] in ("v1", "v2"):
        ids = [1] + encode(pieces, "[INST] <<SYS>>\n%s\n<</SYS>>\n\n" % SYSTEM, legacy) + [None]
        ids += encode(pieces, "\n%s [/INST]" % QUESTIONS[0])
        if turns:
            ids += turns[0] + [2, 1] + encode(pieces, "[INST] %s [/INST]" % QUESTIONS[1], legacy)
        return ids
    system = ("A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, "
              "and polite answers to the user's questions.")
    ids = [1] + encode(pieces, system + " USER: ") + [None] + encode(pieces, "\n%s ASSISTANT:" % QUESTIONS[0])
    if turns:
        ids += turns[0] + [2] + encode(pieces, "USER: %s ASSISTANT:" % QUESTIONS[1], legacy)
    return ids


def main():
    spec, out = json.loads(sys.argv[1]), sys.argv[2]
    os.makedirs(out, exist_ok=True)
    pieces = train_bpe(spec.get("merges", 150))
    vocab = len(pieces) + spec.get("extra_rows", 0)
    for seed in range(spec.get("seed", 0), spec.get("seed", 0) + 50):
        store, config, tower, embed, logits, (size, channels, mean, std) = build(spec, seed, vocab)
        pixels = np.random.default_rng(seed).integers(0, 256, [size, size], dtype=np.uint8)
        scaled = torch.tensor(pixels / 255.0, dtype=torch.float32)
        image = torch.stack([(scaled - mean[c]) / std[c] for c in range(channels)])[None]
        with torch.no_grad():
            tokens = tower(image)
            answers, greedy, gaps = [], [], []
            for question in QUESTIONS:
                ids = prompts(spec, pieces, answers)
                rows = [tokens if i is None else embed[i][None] for i in ids]
                x, answer, first = torch.cat(rows), [], None
                for _ in range(12):
                    scores = logits(x)
                    first = scores if first is None else first
                    top = torch.topk(scores, 2)
                    gaps.append(float(top.values[0] - top.values[1]))
                    if int(top.indices[0]) == 2:
                        break
                    answer.append(int(top.indices[0]))
                    x = torch.cat([x, embed[answer[-1]][None]])
                best = torch.topk(first, 5)
                greedy.append(dict(question=question, prompt_ids=["IMG" if i is None else i for i in ids], answer_ids=answer,
                                   first_logits_top5=[[int(i), float(v)] for v, i in zip(best.values, best.indices)],
                                   first_logprob_top=float(torch.log_softmax(first, -1)[best.indices[0]])))
                answers.append(answer)
        if min(gaps) > 0.03 and all(len(a) > 5 for a in answers):
            break
    else:
        raise SystemExit("no seed gives answers that are clear enough")
    if spec.get("separate_language"):
        language = Store(0, spec["dtype"])
        for name in [n for n in store.tensors if n.startswith("model.") or n == "lm_head.weight"]:
            language.tensors[name] = store.tensors.pop(name)
        folder = os.path.join(out, "language")
        os.makedirs(folder, exist_ok=True)
        language.write(folder, 1)
        json.dump(config.pop("llama"), open(os.path.join(folder, "config.json"), "w"))
    else:
        folder = out
    store.write(out, spec.get("shards", 1))
    json.dump(config, open(os.path.join(out, "config.json"), "w"), indent=1)
    open(os.path.join(folder, "tokenizer.model"), "wb").write(sentencepiece_file(pieces))
    json.dump(dict(add_bos_token=False, legacy=spec.get("legacy", True)), open(os.path.join(folder, "tokenizer_config.json"), "w"))
    json.dump(dict(temperature=0.2, top_p=0.8), open(os.path.join(out, "generation_config.json"), "w"))
    Image.fromarray(pixels, "L").save(os.path.join(out, "image.png"))
    tokens.numpy().astype("<f4").tofile(os.path.join(out, "expected-image-tokens.f32"))
    json.dump(dict(image_tokens=dict(file="expected-image-tokens.f32", shape=list(tokens.shape)), greedy=greedy, seed=seed,
                   min_gap=min(gaps)), open(os.path.join(out, "expected.json"), "w"))


main()
