"""Step 4: a checkpoint becomes language.gguf, projection.npz and language.json. Usage: export.py CHECKPOINT.pt OUT_FOLDER"""
import json
import os
import sys

import numpy as np
import torch

import gguf
from dialogues import SYSTEM
from gguf import ARRAY, BOOL, FLOAT32, INT32, STRING, UINT32

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
        ("general.license", STRING, "apache-2.0"),
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


def main(checkpoint, folder):
    saved = torch.load(checkpoint, map_location="cpu")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "language.gguf")
    language(saved["model"], saved["shape"], saved["vocabulary"], path)
    weight, bias = (saved["projection"][k].numpy().astype(np.float32) for k in ("linear.weight", "linear.bias"))
    part = os.path.join(folder, "projection.new.npz")
    np.savez(part, weight=weight, bias=bias)
    os.replace(part, os.path.join(folder, "projection.npz"))
    note = {"systemPrompt": SYSTEM, "imageTokenIds": [0], "contextTokens": saved["shape"]["context"], "step": saved["step"], "assessed": saved["assessed"]}
    with open(os.path.join(folder, "language.json.new"), "w", encoding="utf-8") as file:
        json.dump(note, file, indent=1)
    os.replace(os.path.join(folder, "language.json.new"), os.path.join(folder, "language.json"))
    print(path, os.path.getsize(path), "bytes; projection", weight.shape, "step", saved["step"])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
