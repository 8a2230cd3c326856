#!/usr/bin/env python3
"""Loads a checkpoint of a run the way LeRobot resumes one:  peer_training_state.py CHECKPOINT

The reference loads the weights, strictly; lerobot loads optimizer, scheduler, random numbers and step. Prints the step, the learning
rate, and the sums of weights and of both moments.
"""
import sys
from pathlib import Path

import torch
from lerobot.common.train_utils import load_training_state

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reference"))
from flowmatching_reference import Policy  # noqa: E402

checkpoint = Path(sys.argv[1])
policy = Policy.load(checkpoint / "pretrained_model")
optimizer = torch.optim.AdamW(policy.parameters(), lr=1.0)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
step, optimizer, scheduler = load_training_state(checkpoint, optimizer, scheduler)
states = [optimizer.state[parameter] for parameter in policy.parameters()]
print(step, scheduler.last_epoch, optimizer.param_groups[0]["lr"])
print(*(sum(t.double().abs().sum().item() for t in tensors) for tensors in (
    [p.detach() for p in policy.parameters()], [s["exp_avg"] for s in states], [s["exp_avg_sq"] for s in states])))
torch.rand(3), __import__("random").random(), __import__("numpy").random.rand()
