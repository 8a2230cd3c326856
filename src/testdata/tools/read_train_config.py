#!/usr/bin/env python3
"""What LeRobot makes of a train_config.json: one JSON line, as LeRobot itself would write it. Needs lerobot 0.6.1.

  read_train_config.py TRAIN_CONFIG.json [FLAG ...]    the file with the command line's flags, through lerobot-train's own parser
  read_train_config.py --defaults                      LeRobot's defaults

PyPI's lerobot has no `flowmatching` policy. The one registered here takes every key of the file's policy that LeRobot's base class
does not have, so that the check of all other keys is LeRobot's own.
"""
import dataclasses
import json
import sys
from typing import Any

import draccus
from lerobot.configs.default import DatasetConfig
from lerobot.configs.policies import PreTrainedConfig
from lerobot.configs.train import TrainPipelineConfig
from lerobot.optim import AdamWConfig, CosineDecayWithWarmupSchedulerConfig


def register(keys):
    base = {field.name for field in dataclasses.fields(PreTrainedConfig)}
    own = [(key, Any, dataclasses.field(default=None)) for key in keys if key not in base and key != "type"]
    members = {
        "observation_delta_indices": property(lambda self: None),
        "action_delta_indices": property(lambda self: list(range(self.n_action_steps))),
        "reward_delta_indices": property(lambda self: None),
        "get_optimizer_preset": lambda self: AdamWConfig(lr=1e-4),
        "get_scheduler_preset": lambda self: CosineDecayWithWarmupSchedulerConfig(1000, 30000, 1e-4, 2.5e-6),
        "validate_features": lambda self: None,
    }
    policy = dataclasses.make_dataclass("FlowMatchingConfig", own, bases=(PreTrainedConfig,), namespace=members)
    PreTrainedConfig.register_subclass("flowmatching")(policy)


def main():
    if sys.argv[1] == "--defaults":
        config = TrainPipelineConfig(dataset=DatasetConfig(repo_id="x"), optimizer=AdamWConfig())
    else:
        with open(sys.argv[1]) as file:
            register(json.load(file)["policy"])
        config = TrainPipelineConfig.from_pretrained(sys.argv[1], cli_args=sys.argv[2:])
    print(json.dumps(draccus.encode(config)))


if __name__ == "__main__":
    main()
