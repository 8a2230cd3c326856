#!/usr/bin/env python3
"""Goes on with a run in PyTorch: the policy is loaded strictly, the training state by LeRobot's own code. Needs lerobot.

  peer_checkpoint.py CHECKPOINT GOLDEN.safetensors STEPS TOTAL_STEPS

Each step sees the golden inputs, in step k with the noise and times of the sample k places further, and does what `lerobot-train` does. Prints
a JSON line: loss, gradient norm and learning rate of each step, and the number of the step that the checkpoint was written after.
"""
import json
import sys
from pathlib import Path

import torch
from lerobot.common.train_utils import load_training_state
from lerobot.optim.schedulers import CosineDecayWithWarmupSchedulerConfig
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reference"))
from flowmatching_reference import Policy  # noqa: E402


def main(checkpoint, golden, steps, total):
    torch.set_num_threads(1)
    policy = Policy.load(Path(checkpoint) / "pretrained_model", strict=True)   # eval mode: no dropout
    inputs = {k[3:].removesuffix(".u8"): v.float() / 255 if k.endswith(".u8") else v for k, v in load_file(golden).items() if k.startswith("in.")}
    groups = json.loads((Path(checkpoint) / "training_state/optimizer_param_groups.json").read_text())
    # The original's vision transformer, torchvision's, declares ln_2 after self_attention; the reference before it.
    named = list(policy.named_parameters())
    for at in [i for i, (n, _) in enumerate(named) if n.endswith(".ln_2.weight")]:
        named[at:at + 6] = named[at + 2:at + 6] + named[at:at + 2]
    vision = [p for n, p in named if n.startswith("model.vision_encoder.")]
    others = [p for n, p in named if not n.startswith("model.vision_encoder.")]
    parameters = [p for _, p in named] if len(groups) == 1 else [{"params": others}, {"params": vision, "lr": groups[1]["initial_lr"]}]
    optimizer = torch.optim.AdamW(parameters, lr=groups[0]["initial_lr"])
    scheduler = CosineDecayWithWarmupSchedulerConfig(num_warmup_steps=4, num_decay_steps=12, peak_lr=1e-3, decay_lr=1e-5).build(optimizer, int(total))
    first, optimizer, scheduler = load_training_state(Path(checkpoint), optimizer, scheduler)
    out = {"step": first, "loss": [], "norm": [], "lr": []}
    for k in range(first, first + int(steps)):
        out["lr"].append(optimizer.param_groups[0]["lr"])
        loss = policy(inputs, inputs["noise"].roll(-k, 0), inputs["time"].roll(-k, 0))
        loss.backward()
        out["norm"].append(torch.nn.utils.clip_grad_norm_(policy.parameters(), 0.5).item())
        out["loss"].append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()
    print(json.dumps(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
