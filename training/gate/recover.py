"""Takes the trained gate back out of a shipped bundle: python3 training/gate/recover.py --bundle models/micro --out gate.pt (needs Debian's python3-onnx).

The export folds batch normalisation into the convolutions; here it becomes one that changes nothing, so the network answers the same."""
import argparse
import pathlib

import onnx
import torch
from onnx import numpy_helper

from model import GateNet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    graph = onnx.load(str(options.bundle / "encoder.onnx")).graph
    stored = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    inputs = {node.name: node.input for node in graph.node}
    net = GateNet().eval()
    state = net.state_dict()
    for number, stage in enumerate(net.stages):
        _, weight, bias = inputs[f"/gate/net/stages/stages.{number}/stages.{number}.0/Conv"]
        state[f"stages.{number}.0.weight"] = stored[weight]
        state[f"stages.{number}.1.bias"] = stored[bias]
        state[f"stages.{number}.1.running_var"] = torch.full_like(stored[bias], 1 - stage[1].eps)
    for name in ("head.0.weight", "head.0.bias", "head.4.weight", "head.4.bias"):
        state[name] = stored[f"gate.net.{name}"]
    net.load_state_dict(state)
    torch.save(net.state_dict(), options.out)


if __name__ == "__main__":
    main()
