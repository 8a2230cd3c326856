#!/usr/bin/env python3
"""Training steps of the reference policy in PyTorch, eager, with fused AdamW, for side-by-side figures. One JSON line.

  peer_training.py CKPT_DIR|CONFIG.json [--batch 4] [--threads 2] [--precision fp32|bf16] [--warm-up 2] [--steps 5] [--device cpu|cuda]

A step is what `lerobot-train` does with a batch that is in memory: picture to float, forward, backward, gradient norm clipped at 10, AdamW, gradients dropped.
`step_ms` are all measured steps; `peak_resident_mib` is the process's. Weights are random where only a config is given.
"""
import argparse
import json
import resource
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reference"))
from flowmatching_reference import Config, Policy  # noqa: E402


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("path")
    ap.add_argument("--batch", type=int, default=4)
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    ap.add_argument("--warm-up", type=int, default=2)
    ap.add_argument("--steps", type=int, default=5)
    ap.add_argument("--device", default="cpu")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    path = Path(a.path)
    policy = (Policy.load(path) if path.is_dir() else Policy(Config.load(path))).to(a.device).train()
    config = policy.config
    optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-4, weight_decay=0.01, fused=True)
    shapes = config.raw["input_features"]
    pictures = {k: torch.randint(0, 256, (a.batch, *shapes[k]["shape"]), dtype=torch.uint8) for k in config.cameras}
    state = torch.randn(a.batch, config.state_dim)
    action = torch.randn(a.batch, config.n_action_steps, config.action_dim)
    is_pad = torch.zeros(a.batch, config.n_action_steps, dtype=torch.bool)

    def step():
        batch = {k: v.to(a.device).float() / 255 for k, v in pictures.items()}
        batch |= {"observation.state": state.to(a.device), "action": action.to(a.device), "action_is_pad": is_pad.to(a.device)}
        with torch.autocast(a.device, dtype=torch.bfloat16, enabled=a.precision == "bf16"):
            loss = policy(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 10.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    figures = []
    for i in range(a.warm_up + a.steps):
        start = time.perf_counter()
        step()
        if i >= a.warm_up:
            figures.append(round((time.perf_counter() - start) * 1e3, 1))
    print(json.dumps({"runtime": f"PyTorch {torch.__version__}", "device": a.device, "precision": a.precision, "threads": a.threads, "batch": a.batch,
                      "step_ms": figures, "peak_resident_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
