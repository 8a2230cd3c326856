#!/usr/bin/env python3
"""What PyTorch makes of a golden model in six training steps, for the trainer's tests. Needs torch and safetensors; lerobot for its scheduler.

  golden_training.py GOLDEN_MODEL OUT.safetensors

As `lerobot-train` does it, without dropout: loss, gradients clipped at a norm of 0.5, AdamW, cosine schedule with warm-up. Two groups: the vision encoder
learns at a tenth of the rate. Every step sees the inputs of golden.safetensors; in step k its noise and times are those of the sample k places further.
`values.NAME` are at most 256 evenly spaced values of a parameter afterwards, `average.NAME` of its moving average; `loss`, `norm` and `lr` are by step.
"""
import math
import sys
from pathlib import Path

import torch
from lerobot.optim.schedulers import CosineDecayWithWarmupSchedulerConfig
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reference"))
from flowmatching_reference import Policy  # noqa: E402

STEPS, VALUES, DECAY = 6, 256, 0.9


def sampled(tensor):
    flat = tensor.detach().flatten()
    return flat[:: math.ceil(flat.numel() / VALUES)].clone()


def main(model, out):
    torch.set_num_threads(1)
    policy = Policy.load(model)          # eval mode: no dropout
    golden = load_file(str(Path(model) / "golden.safetensors"))
    batch = {k[3:].removesuffix(".u8"): v.float() / 255 if k.endswith(".u8") else v for k, v in golden.items() if k.startswith("in.")}
    named = list(policy.named_parameters())
    vision = [p for n, p in named if n.startswith("model.vision_encoder.")]
    others = [p for n, p in named if not n.startswith("model.vision_encoder.")]
    optimizer = torch.optim.AdamW([{"params": others}, {"params": vision, "lr": 1e-4}], lr=1e-3, weight_decay=0.01)
    schedule = CosineDecayWithWarmupSchedulerConfig(num_warmup_steps=4, num_decay_steps=12, peak_lr=1e-3, decay_lr=1e-5)
    scheduler = schedule.build(optimizer, STEPS)
    average = {n: p.detach().clone() for n, p in named}
    history = {"loss": [], "norm": [], "lr": []}
    for k in range(STEPS):
        history["lr"].append(optimizer.param_groups[0]["lr"])
        loss = policy(batch, batch["noise"].roll(-k, 0), batch["time"].roll(-k, 0))
        loss.backward()
        history["norm"].append(torch.nn.utils.clip_grad_norm_(policy.parameters(), 0.5).item())
        history["loss"].append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()
        for n, p in named:
            average[n].lerp_(p.detach(), 1 - min(DECAY, (1 + k) / (10 + k)))
    tensors = {"values." + n: sampled(p) for n, p in named} | {"average." + n: sampled(v) for n, v in average.items()}
    tensors |= {k: torch.tensor(v, dtype=torch.float64) for k, v in history.items()}
    save_file(tensors, out, metadata={"torch": torch.__version__})


if __name__ == "__main__":
    main(*sys.argv[1:])
