#!/usr/bin/env python3
"""Records a data set again with LeRobot's own writer: for tests that compare.

  copy_dataset.py FROM_DIR TO_DIR

Needs lerobot 0.6.1 (Python 3.12).
"""
import argparse

import numpy as np
import torch
from lerobot.datasets.lerobot_dataset import LeRobotDataset

ADDED = {"timestamp", "frame_index", "episode_index", "index", "task_index"}


def frame(item, features):
    values = {"task": item["task"]}
    for key, feature in features.items():
        value = item[key]
        if feature["dtype"] in ("image", "video"):
            value = (value * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
        else:
            value = np.asarray(value.numpy(), dtype=feature["dtype"]).reshape(feature["shape"])
        values[key] = value
    return values


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("source")
    p.add_argument("target")
    a = p.parse_args()
    torch.set_num_threads(1)
    source = LeRobotDataset("local/source", root=a.source, video_backend="pyav")
    features = {k: {n: v for n, v in f.items() if n != "info"} for k, f in source.features.items() if k not in ADDED}
    target = LeRobotDataset.create("local/target", fps=source.fps, features=features, root=a.target, robot_type=source.meta.robot_type,
                                   use_videos=any(f["dtype"] == "video" for f in features.values()))
    for episode in source.meta.episodes:
        for index in range(episode["dataset_from_index"], episode["dataset_to_index"]):
            target.add_frame(frame(source[index], features))
        target.save_episode()
    target.finalize()


if __name__ == "__main__":
    main()
