#!/usr/bin/env python3
"""A robot of two cameras (640x480) and three joints behind PyPI `cyclonedds`, as src/testdata/wire/robot.yaml describes it.

  dds_robot.py stream SECONDS [NAME...]   cameras at 30 Hz and joints at 100 Hz, or those of them that are named, until SECONDS have
                                          passed or standard input ends
  dds_robot.py steps COUNT                lock step in simulated time: each step sends joints, pictures and /clock, and waits for the command

It begins when a node is connected, and says "ready" then. At the end it prints one JSON object: what it sent and what came.
"""
import json
import sys
import threading
import time

import numpy as np
from cyclonedds._clayer import ddspy_write
from cyclonedds.core import Qos
from cyclonedds.qos import Policy

from dds_peer import RELIABLE, STAMP, Peer, ended, ready, watch
from ros_wire_types import Clock, Float64MultiArray, Header, Image, JointState, Time

BEST_EFFORT = Qos(Policy.Reliability.BestEffort, Policy.Durability.Volatile, Policy.History.KeepLast(5))
CAMERAS = {"front": BEST_EFFORT, "wrist": RELIABLE}
JOINTS = ["wrist", "elbow", "shoulder"]  # not in the node's order
CAMERA_RATE, JOINT_RATE = 30, 100
LONGEST_WAIT = 10.0
STEP_NANOSECONDS = 50_000_000


class Stream:
    """Sends one sample again and again with another stamp. It is serialized once: for a picture Python needs 35 ms."""

    def __init__(self, writer, sample):
        self.writer, self.sent = writer, 0
        self.cdr = bytearray(sample.serialize(use_version_2=writer._use_version_2))
        self.cdr.extend(bytes(-len(self.cdr) % 4))

    def send(self, nanoseconds):
        STAMP.pack_into(self.cdr, 4, *divmod(nanoseconds, 1_000_000_000))
        ddspy_write(self.writer._ref, bytes(self.cdr))
        self.sent += 1


class Robot:
    def __init__(self, peer, names):
        header = Header(Time(0, 0), "robot")
        picture = np.random.default_rng(4).integers(0, 255, 640 * 480 * 3, dtype=np.uint8).tobytes()
        self.peer = peer
        image = Image(header, 480, 640, "rgb8", 0, 1920, picture)
        joints = JointState(header, JOINTS, [0.1, 0.2, 0.3], [], [])
        self.streams = {name: Stream(peer.writer("rt/joint_states", JointState), joints) if name == "joints"
                        else Stream(peer.writer(f"rt/camera/{name}/image_raw", Image, CAMERAS[name]), image)
                        for name in names or ["joints", *CAMERAS]}
        self.clock = peer.writer("rt/clock", Clock)
        self.commands = peer.reader("rt/commands", Float64MultiArray)
        self.summary = {"commands": 0, "wrong": 0, "least": [], "most": []}

    def take(self):
        """Takes the commands that have come; how many."""
        commands = [sample.data for sample in self.commands.take(100) if hasattr(sample, "data")]
        for values in commands:
            if len(values) == 3 and np.all(np.isfinite(values)):
                self.summary["least"] = np.minimum(values, self.summary["least"] or values).tolist()
                self.summary["most"] = np.maximum(values, self.summary["most"] or values).tolist()
            else:
                self.summary["wrong"] += 1
        self.summary["commands"] += len(commands)
        return len(commands)

    def connect(self):
        for stream in self.streams.values():
            self.peer.matched(stream.writer, LONGEST_WAIT)
        time.sleep(1)  # the node may see us a moment later than we see it
        ready()

    def stream(self, seconds):
        periods = {name: 1 / (JOINT_RATE if name == "joints" else CAMERA_RATE) for name in self.streams}
        start = time.monotonic()
        due = {name: start for name in self.streams}
        while not ended() and time.monotonic() - start < seconds:
            name = min(due, key=due.get)
            time.sleep(max(0.0, due[name] - time.monotonic()))
            self.streams[name].send(time.time_ns())
            due[name] += periods[name]
            self.take()

    def steps(self, count):
        """Milliseconds from just before a step's first message is written until its command has come."""
        self.summary["milliseconds"] = []
        self.summary["missed"] = 0
        for step in range(count):
            stamp = step * STEP_NANOSECONDS
            time.sleep(STEP_NANOSECONDS / 1e9)  # what it had to do for the step before is over
            begin = time.monotonic()
            for stream in self.streams.values():
                stream.send(stamp)
            self.clock.write(Clock(Time(*divmod(stamp, 1_000_000_000))))
            while not self.take() and time.monotonic() - begin < LONGEST_WAIT:
                time.sleep(0.0002)
            waited = time.monotonic() - begin
            self.summary["milliseconds"].append(round(waited * 1e3, 3))
            self.summary["missed"] += waited >= LONGEST_WAIT

    def finish(self):
        time.sleep(0.5)
        self.take()
        self.summary["sent"] = {name: stream.sent for name, stream in self.streams.items()}
        print(json.dumps(self.summary), flush=True)


if __name__ == "__main__":
    threading.Thread(target=watch, daemon=True).start()
    robot = Robot(Peer(), sys.argv[3:])
    robot.connect()
    {"stream": robot.stream, "steps": robot.steps}[sys.argv[1]](int(sys.argv[2]))
    robot.finish()
    robot.peer.close()
