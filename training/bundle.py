"""Fuses encoder, projection and gate into encoder.onnx and writes the bundle folder: python3 training/bundle.py --out models/micro.

With --encoder-of a shipped bundle's encoder and gate stay as they are and only the projection is exchanged (needs python3-onnx)."""
import argparse
import hashlib
import importlib.util
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "encoder"))
from beliefs import FINDINGS, NOT_ASSESSED, load_beliefs  # noqa: E402
from data import SIZE  # noqa: E402

GATE_THRESHOLD = 0.5
INTENDED_USE = (
    "A demonstration and teaching model of the CXR-LLaVA method, far too small and too little trained for patients. "
    "It drafts text for people who check it against the film; it is not a medical device and must not be used for diagnosis or treatment. "
    "A finding is named from its threshold on, which may be a few percent: \"possible\" stands for a probability below 40 %, \"probable\" for one below 70 %."
)


class Gate(nn.Module):
    """The gate on the encoder's square: it was trained at 96 px, halved from 192."""

    def __init__(self, weights: Path):
        super().__init__()
        # Two folders have a model.py, so this one is loaded by its path.
        spec = importlib.util.spec_from_file_location("gate_model", HERE / "gate" / "model.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.net = module.GateNet()
        self.net.load_state_dict(torch.load(weights, map_location="cpu"))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.net(F.interpolate(pixels, (192, 192), mode="bilinear", align_corners=False))


class Fused(nn.Module):
    """pixels [1, 1, S, S] in 0…1 → image_tokens [1, 1, width], findings [1, n] (NaN: not assessed), attention [1, h, w], gate [1]."""

    def __init__(self, beliefs: nn.Module, weight: np.ndarray, bias: np.ndarray, gate: nn.Module | None):
        super().__init__()
        self.beliefs, self.gate = beliefs, gate
        self.projection = nn.Linear(weight.shape[1], weight.shape[0])
        self.projection.weight.data, self.projection.bias.data = torch.from_numpy(weight).float(), torch.from_numpy(bias).float()

    def forward(self, pixels: Tensor):
        probability, vector, attention = self.beliefs(pixels)
        findings = torch.cat([probability, torch.full((1, len(NOT_ASSESSED)), float("nan"))], 1)
        outputs = (self.projection(vector).unsqueeze(1), findings, attention)
        return outputs if self.gate is None else (*outputs, self.gate(pixels).reshape(1))


def export_encoder(runs: Path, weight: np.ndarray, bias: np.ndarray, path: Path) -> bool:
    """Writes the encoder from its trained members; true with a gate."""
    gate = Gate(runs / "gate.pt") if (runs / "gate.pt").exists() else None
    fused = Fused(load_beliefs(runs / "encoder"), weight, bias, gate).eval()
    names = ["image_tokens", "findings", "attention"] + (["gate"] if gate is not None else [])
    # Unfolded, the halves of kernel_member.py stay halves in the file; the runtime unfolds them when it loads.
    torch.onnx.export(fused, torch.rand(1, 1, SIZE, SIZE), path, input_names=["pixels"], output_names=names, opset_version=14, do_constant_folding=False)
    return gate is not None


def exchange_projection(shipped: Path, weight: np.ndarray, bias: np.ndarray, path: Path) -> bool:
    """Writes the shipped encoder with another projection; true with a gate."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(shipped / "encoder.onnx"))
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, value in (("projection.weight", weight), ("projection.bias", bias)):
        if list(tensors[name].dims) != list(value.shape):
            raise ValueError(f"{name} is {list(tensors[name].dims)} in {shipped} and {list(value.shape)} here")
        tensors[name].CopyFrom(numpy_helper.from_array(value.astype(np.float32), name))
    onnx.save(model, str(path))
    return any(output.name == "gate" for output in model.graph.output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=HERE / "runs", help="encoder/, projection.npz, language.gguf, gate.pt")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--encoder-of", type=Path, metavar="BUNDLE", help="a bundle whose encoder stays, with this projection")
    parser.add_argument("--version", default="1.5.0")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with np.load(options.runs / "projection.npz") as stored:
        weight, bias = stored["weight"], stored["bias"]
    path = options.out / "encoder.onnx"
    has_gate = exchange_projection(options.encoder_of, weight, bias, path) if options.encoder_of else export_encoder(options.runs, weight, bias, path)
    shutil.copyfile(options.runs / "language.gguf", options.out / "language.gguf")
    described = json.loads((options.runs / "encoder.json").read_text())
    language = json.loads((options.runs / "language.json").read_text()) if (options.runs / "language.json").exists() else {}
    manifest = {
        "format": "cxr-bundle/1",
        "name": "micro",
        "version": options.version,
        "license": "CC-BY-4.0 (weights; trained on NIH ChestX-ray14 and Kermany et al. 2018; the backbone is MobileNetV2, Apache-2.0; see README.md)",
        "intendedUse": INTENDED_USE,
        "source": "training/README.md",
        "encoder": {
            "file": "encoder.onnx", "input": "pixels", "size": SIZE, "channels": 1, "fit": "crop", "mean": [0], "std": [1],
            "outputs": {"imageTokens": "image_tokens", "findings": "findings", "attention": "attention", **({"gate": "gate"} if has_gate else {})},
            **({"gateThreshold": GATE_THRESHOLD} if has_gate else {}),
        },
        "findings": described["findings"],
        "language": {
            "file": "language.gguf", "chat": "llama2", **({"systemPrompt": language["systemPrompt"]} if "systemPrompt" in language else {}),
            "imageTokenIds": [0], "contextTokens": language.get("contextTokens", 1024), **({"maxImages": language["maxImages"]} if "maxImages" in language else {}),
        },
        "sampling": language.get("sampling", {"temperature": 0.4, "topP": 0.8, "maxTokens": 256}),
        "sha256": {name: hashlib.sha256((options.out / name).read_bytes()).hexdigest() for name in ("encoder.onnx", "language.gguf")},
    }
    (options.out / "bundle.json").write_text(json.dumps(manifest, indent=2) + "\n")
    for name in manifest["sha256"]:
        print(f"{name}: {(options.out / name).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
