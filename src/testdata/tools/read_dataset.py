#!/usr/bin/env python3
"""What LeRobot's own reader gives of a data set, as one JSON object: for tests that compare.

  read_dataset.py DATASET_DIR [--items 0,5,9] [--steps 4]

Per item every number, and of every picture its size and mean by channel; statistics and tasks of the set. Needs lerobot 0.6.1 (Python 3.12).
"""
import argparse
import json

import torch
from lerobot.datasets.lerobot_dataset import LeRobotDataset


def value(v):
    if isinstance(v, str):
        return v
    if v.ndim >= 3:  # a picture, channels first
        return {"shape": list(v.shape), "mean": v.double().mean(dim=(-2, -1)).flatten().tolist()}
    return v.tolist()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("root")
    p.add_argument("--items", default="")
    p.add_argument("--steps", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(1)
    fps = json.load(open(f"{a.root}/meta/info.json"))["fps"]
    deltas = {"action": [i / fps for i in range(a.steps)]}
    data = LeRobotDataset("local/set", root=a.root, delta_timestamps=deltas, video_backend="pyav")
    items = [int(i) for i in a.items.split(",") if i] or range(len(data))
    print(json.dumps({
        "frames": len(data),
        "episodes": data.num_episodes,
        "tasks": list(data.meta.tasks.index),
        "lengths": [e["length"] for e in data.meta.episodes],
        "stats": {k: {n: v.flatten().tolist() for n, v in s.items()} for k, s in (data.meta.stats or {}).items()},
        "items": {i: {k: value(v) for k, v in data[i].items()} for i in items},
    }))


if __name__ == "__main__":
    main()
