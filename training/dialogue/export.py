"""Step 6: a checkpoint becomes language.gguf, projection.npz and language.json. Usage: export.py CHECKPOINT.pt OUT_FOLDER [encoder.json]

With encoder.json the projection is laid out for that encoder: a checkpoint trained on invented films listens to the belief alone, which
stands in front of every encoder's vector, so its columns are moved to their places by name and all others are zero."""
import json
import os
import sys

import numpy as np
import torch

import gguf
from dialogues import SYSTEM
from gguf import ARRAY, BOOL, FLOAT32, INT32, STRING, UINT32

# Longer conversations are rare in training, and evaluate.ts (long talks) was right throughout with this. Old turns leave before that; the films and their reports stay.
CONTEXT_TOKENS = 768
# The most that a conversation in training has.
MAX_IMAGES = 4
LAYER = {"attention_norm": "attn_norm", "q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output", "ffn_norm": "ffn_norm", "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down"}


def tensor_name(name):
    if name.startswith("layers."):
        _, n, part, _ = name.split(".")
        return f"blk.{n}.{LAYER[part]}.weight"
    return {"embed.weight": "token_embd.weight", "norm.weight": "output_norm.weight", "head.weight": "output.weight"}[name]


def language(state, shape, vocabulary, path):
    pieces, scores, types = zip(*vocabulary)
    metadata = [
        ("general.architecture", STRING, "llama"),
        ("general.name", STRING, "micro"),
        ("general.license", STRING, "cc-by-4.0"),
        ("general.file_type", UINT32, 0),
        ("llama.context_length", UINT32, shape["context"]),
        ("llama.embedding_length", UINT32, shape["width"]),
        ("llama.block_count", UINT32, shape["layers"]),
        ("llama.feed_forward_length", UINT32, shape["feed_forward"]),
        ("llama.attention.head_count", UINT32, shape["heads"]),
        ("llama.attention.head_count_kv", UINT32, shape["heads"]),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, shape["epsilon"]),
        ("llama.rope.dimension_count", UINT32, shape["width"] // shape["heads"]),
        ("llama.rope.freq_base", FLOAT32, shape["rope_base"]),
        ("llama.vocab_size", UINT32, len(vocabulary)),
        ("tokenizer.ggml.model", STRING, "llama"),
        ("tokenizer.ggml.tokens", (ARRAY, STRING), pieces),
        ("tokenizer.ggml.scores", (ARRAY, FLOAT32), scores),
        ("tokenizer.ggml.token_type", (ARRAY, INT32), types),
        ("tokenizer.ggml.bos_token_id", UINT32, 1),
        ("tokenizer.ggml.eos_token_id", UINT32, 2),
        ("tokenizer.ggml.unknown_token_id", UINT32, 0),
        ("tokenizer.ggml.add_bos_token", BOOL, True),
        ("tokenizer.ggml.add_eos_token", BOOL, False),
        ("tokenizer.ggml.add_space_prefix", BOOL, True),
    ]
    tensors = []
    for name, value in state.items():
        array = value.detach().numpy().astype(np.float32)
        if name == "embed.weight":
            array = array.copy()
            array[0] = 0.0  # <unk> never occurs in text; zero, as in LLaMA-2, so that the soft token replaces nothing
        tensors.append((tensor_name(name), array))
    gguf.write(path, metadata, tensors)


def placed(weight, trained, about):
    """Columns of `weight` moved to where encoder.json has the same finding; the one after the findings tells child from adult."""
    names = [f["name"] for f in about["findings"] if f["assessed"]]
    if names == trained and weight.shape[1] == about["D"]:
        return weight
    out = np.zeros((weight.shape[0], about["D"]), np.float32)
    for n, name in enumerate(names):
        out[:, n] = weight[:, trained.index(name)]
    out[:, len(names)] = weight[:, len(trained)]
    return out


def main(checkpoint, folder, encoder=None):
    saved = torch.load(checkpoint, map_location="cpu")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "language.gguf")
    language(saved["model"], saved["shape"], saved["vocabulary"], path)
    stored = saved["projection"]
    weight, bias = (stored["linear.weight"] * stored["scale"]).numpy().astype(np.float32), stored["linear.bias"].numpy().astype(np.float32)
    if encoder:
        with open(encoder, encoding="utf-8") as file:
            weight = placed(weight, saved["assessed"], json.load(file))
    part = os.path.join(folder, "projection.new.npz")
    np.savez(part, weight=weight, bias=bias)
    os.replace(part, os.path.join(folder, "projection.npz"))
    note = {"systemPrompt": SYSTEM, "imageTokenIds": [0], "contextTokens": CONTEXT_TOKENS, "maxImages": MAX_IMAGES, "sampling": {"temperature": 0.4, "topP": 0.8, "maxTokens": 192}, "step": saved["step"], "assessed": saved["assessed"]}
    with open(os.path.join(folder, "language.json.new"), "w", encoding="utf-8") as file:
        json.dump(note, file, indent=1)
    os.replace(os.path.join(folder, "language.json.new"), os.path.join(folder, "language.json"))
    print(path, os.path.getsize(path), "bytes; projection", weight.shape, "step", saved["step"])


if __name__ == "__main__":
    main(*sys.argv[1:4])
