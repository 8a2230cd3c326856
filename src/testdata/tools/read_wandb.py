#!/usr/bin/env python3
"""What an offline run of wandb holds, one JSON line a record: its run, configuration, history, artifacts and exit. Needs wandb 0.31.

  read_wandb.py RUN_DIR        a directory that wandb made (wandb/offline-run-...)

The file is a header of 7 bytes and a log in LevelDB's format: blocks of 32 KiB, each record with checksum (4), length (2), kind (1).
"""
import glob
import json
import struct
import sys

from wandb.proto import wandb_internal_pb2

HEADER, BLOCK, WHOLE, LAST = 7, 32768, 1, 4


def records(data):
    at, parts = HEADER, b""
    while at + HEADER <= len(data):
        left = BLOCK - at % BLOCK
        if left < HEADER:
            at += left
            continue
        _, length, kind = struct.unpack("<IHB", data[at:at + HEADER])
        parts += data[at + HEADER:at + HEADER + length]
        at += HEADER + length
        if kind in (WHOLE, LAST):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(parts)
            yield record
            parts = b""


def items(entries):
    return {entry.key or ".".join(entry.nested_key): json.loads(entry.value_json) for entry in entries}


def main():
    with open(glob.glob(f"{sys.argv[1]}/*.wandb")[0], "rb") as file:
        data = file.read()
    for record in records(data):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run = record.run
            print(json.dumps({"run": run.run_id, "project": run.project, "name": run.display_name, "tags": list(run.tags), "config": items(run.config.update)}))
        elif kind == "history":
            print(json.dumps({"history": items(record.history.item), "step": record.history.step.num}))
        elif kind == "request" and record.request.WhichOneof("request_type") == "log_artifact":
            print(json.dumps({"artifact": record.request.log_artifact.artifact.name}))
        elif kind == "artifact":
            print(json.dumps({"artifact": record.artifact.name}))
        elif kind == "exit":
            print(json.dumps({"exit": record.exit.exit_code}))


if __name__ == "__main__":
    main()
