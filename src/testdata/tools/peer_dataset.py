#!/usr/bin/env python3
"""Items a second of LeRobot's own reader, for side-by-side figures: one JSON line.

  peer_dataset.py DATASET_DIR [--steps 50] [--items 500] [--backend pyav]

Items have every camera and a window of `--steps` actions, as in training. Needs lerobot 0.6.1 (Python 3.12).
"""
import argparse
import json
import random
import time

import torch
from lerobot.datasets.lerobot_dataset import LeRobotDataset


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("root")
    p.add_argument("--steps", type=int, default=50)
    p.add_argument("--items", type=int, default=500)
    p.add_argument("--backend", default="pyav")
    a = p.parse_args()
    torch.set_num_threads(1)
    fps = json.load(open(f"{a.root}/meta/info.json"))["fps"]
    data = LeRobotDataset("local/set", root=a.root, delta_timestamps={"action": [i / fps for i in range(a.steps)]}, video_backend=a.backend)
    row = {"peer": "lerobot", "backend": a.backend}
    random.seed(0)
    for name, indices in {"sequential": list(range(a.items)), "random": [random.randrange(len(data)) for _ in range(a.items)]}.items():
        for i in indices[:20]:
            data[i]
        start = time.perf_counter()
        for i in indices:
            data[i]
        row[f"{name}_items_per_second"] = round(len(indices) / (time.perf_counter() - start), 1)
    print(json.dumps(row))


if __name__ == "__main__":
    main()
