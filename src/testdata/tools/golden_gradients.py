#!/usr/bin/env python3
"""What the reference's gradients are, for the trainer's tests. Needs torch and safetensors.

  golden_gradients.py GOLDEN_MODEL OUT.safetensors

The loss is the one of training without dropout: inputs, noise, time and padding of golden.safetensors. For each parameter: `norm.NAME`, the
Euclidean norm of its gradient, and `values.NAME`, at most 256 of its values, evenly spaced (every k-th of the flattened tensor, k = ceil(count / 256)).
The header's `parameters` lists the names, `loss` is the loss.
"""
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reference"))
from flowmatching_reference import Policy  # noqa: E402

VALUES = 256


def main(model, out):
    torch.set_num_threads(1)
    policy = Policy.load(model)          # eval mode: no dropout
    golden = load_file(str(Path(model) / "golden.safetensors"))
    batch = {k[3:].removesuffix(".u8"): v.float() / 255 if k.endswith(".u8") else v for k, v in golden.items() if k.startswith("in.")}
    loss = policy(batch, batch["noise"], batch["time"])
    loss.backward()
    tensors, names = {}, []
    for name, parameter in policy.named_parameters():
        gradient = parameter.grad.flatten()
        names.append(name)
        tensors["norm." + name] = gradient.double().norm().float().reshape(1)
        tensors["values." + name] = gradient[:: math.ceil(gradient.numel() / VALUES)].clone()
    save_file(tensors, out, metadata={"loss": repr(loss.item()), "parameters": " ".join(names), "torch": torch.__version__})


if __name__ == "__main__":
    main(*sys.argv[1:])
