"""Takes a shipped bundle apart, so that training goes on from it: restore.py BUNDLE OUT_FOLDER (needs python3-onnx).

Writes restored.pt (a checkpoint for train.py), tokenizer.json and encoder.json. What the encoder says of the films comes from training/encoder:
recover.py, extract.py --recovered and features.py. Adam's moments are not in a
bundle; they build up anew."""
import json
import os
import sys

import onnx
import torch
from onnx import numpy_helper

import gguf
from export import tensor_name
from model import SHAPE, Llama, Projection
from tokenizer import Tokenizer


def shape_of(metadata):
    key = lambda name: metadata["llama." + name]
    return {
        "width": key("embedding_length"), "layers": key("block_count"), "heads": key("attention.head_count"), "feed_forward": key("feed_forward_length"),
        "context": key("context_length"), "epsilon": SHAPE["epsilon"], "rope_base": key("rope.freq_base"),
    }


def language(path):
    """→ (model, vocabulary) of a language.gguf that export.py wrote."""
    metadata, tensors = gguf.read(path)
    vocabulary = list(zip(*(metadata["tokenizer.ggml." + name] for name in ("tokens", "scores", "token_type"))))
    model = Llama(len(vocabulary), shape_of(metadata))
    model.load_state_dict({name: torch.from_numpy(tensors[tensor_name(name)]) for name in model.state_dict()})
    return model, vocabulary


def projection_of(encoder, findings):
    """The projection as training has it: the hushing factor taken out of the weight again."""
    weight, bias = (torch.from_numpy(numpy_helper.to_array(encoder[name]).copy()) for name in ("projection.weight", "projection.bias"))
    projection = Projection(weight.shape[1], weight.shape[0], findings)
    with torch.no_grad():
        projection.linear.weight.copy_(weight / projection.scale)
        projection.linear.bias.copy_(bias)
    return projection


def main(bundle, folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(bundle, "bundle.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    assessed = [f["name"] for f in manifest["findings"] if f["assessed"]]
    encoder = onnx.load(os.path.join(bundle, manifest["encoder"]["file"]))
    model, vocabulary = language(os.path.join(bundle, manifest["language"]["file"]))
    projection = projection_of({tensor.name: tensor for tensor in encoder.graph.initializer}, len(assessed))
    torch.save({"model": model.state_dict(), "projection": projection.state_dict(), "shape": model.shape, "vocabulary": vocabulary, "assessed": assessed, "step": 0}, os.path.join(folder, "restored.pt"))
    Tokenizer(vocabulary).save(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "encoder.json"), "w", encoding="utf-8") as file:
        json.dump({"findings": manifest["findings"], "D": projection.linear.in_features}, file, indent=1)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(vocabulary)} tokens, projection {tuple(projection.linear.weight.shape)}, {assessed}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
