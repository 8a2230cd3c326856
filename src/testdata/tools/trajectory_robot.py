#!/usr/bin/env python3
"""A robot with a controller that plays trajectories, behind PyPI `cyclonedds`, as src/testdata/wire/trajectory_robot.yaml describes it.

The controller does what joint_trajectory_controller does, by its documentation: a message replaces the one before, between two points
it moves by a cubic, before the first point from where it is, after the last it stays. The joints follow perfectly.

It says "ready" when a node is connected, and "moving" each time that a joint has been faster than 0.2 rad/s after it was told to look
for that by a line on standard input. Then it watches: once no trajectory has come for a second, or 10 s have passed, it prints one
JSON object about the time after the last message. It ends when standard input does.
"""
import json
import sys
import threading
import time

import numpy as np

from dds_peer import Peer, ready
from dds_robot import CAMERA_RATE, CAMERAS, Stream
from ros_wire_types import Header, Image, JointState, JointTrajectory, Time

NAMES = ["shoulder", "elbow", "wrist"]
UPDATE = 0.005
FAST = 0.2
SILENCE, LONGEST = 1.0, 10.0


ORIGIN = int(time.time())  # times are counted from here: since 1970 a double has room for 0.2 microseconds only, which shows in accelerations


def seconds(duration):
    return duration.sec + duration.nanosec * 1e-9


def since_origin(stamp):
    return (stamp.sec - ORIGIN) + stamp.nanosec * 1e-9


class Controller:
    def __init__(self):
        self.position, self.velocity, self.acceleration = np.zeros((3, 3))
        self.points, self.refused = None, 0

    def receive(self, message, now):
        stamp = message.header.stamp
        start = since_origin(stamp) if stamp.sec or stamp.nanosec else now
        order = [message.joint_names.index(name) for name in NAMES]
        points = [(start + seconds(p.time_from_start), np.array(p.positions)[order], np.array(p.velocities)[order]) for p in message.points]
        times = [at for at, _, _ in points]
        if not points or times[-1] < now or np.any(points[-1][2]) or any(b <= a for a, b in zip(times, times[1:])):
            self.refused += 1
        else:
            self.points = [(now, self.position, self.velocity), *(p for p in points if p[0] > now)] if times[0] > now else points

    def update(self, now):
        if self.points is None:
            return
        while len(self.points) > 1 and self.points[1][0] <= now:
            self.points.pop(0)
        at, x0, v0 = self.points[0]
        if len(self.points) == 1:
            self.position, self.velocity, self.acceleration = x0, v0, np.zeros(3)
            return
        until, x1, v1 = self.points[1]
        length, t = until - at, now - at
        c2 = (3 * (x1 - x0) - (2 * v0 + v1) * length) / length**2
        c3 = (-2 * (x1 - x0) + (v0 + v1) * length) / length**3
        self.position = x0 + t * (v0 + t * (c2 + t * c3))
        self.velocity = v0 + t * (2 * c2 + t * 3 * c3)
        self.acceleration = 2 * c2 + 6 * c3 * t


class Robot:
    def __init__(self, peer):
        picture = np.random.default_rng(4).integers(0, 255, 640 * 480 * 3, dtype=np.uint8).tobytes()
        image = Image(Header(Time(0, 0), "robot"), 480, 640, "rgb8", 0, 1920, picture)
        self.cameras = [Stream(peer.writer(f"rt/camera/{name}/image_raw", Image, qos), image) for name, qos in CAMERAS.items()]
        self.joints = peer.writer("rt/joint_states", JointState)
        self.trajectories = peer.reader("rt/arm_controller/joint_trajectory", JointTrajectory)
        self.controller = Controller()
        self.heard = self.pictured = 0.0
        for writer in (self.joints, *(camera.writer for camera in self.cameras)):
            peer.matched(writer)

    def turn(self):
        """One turn of the controller's loop; says when it was, in seconds."""
        time.sleep(UPDATE)
        nanoseconds = time.time_ns()
        now = (nanoseconds - ORIGIN * 1_000_000_000) * 1e-9
        for message in self.trajectories.take(100):
            if hasattr(message, "points"):
                self.controller.receive(message, now)
                self.heard = now
        self.controller.update(now)
        self.joints.write(JointState(Header(Time(*divmod(nanoseconds, 1_000_000_000)), "robot"), NAMES, self.controller.position.tolist(), [], []))
        if now - self.pictured >= 1 / CAMERA_RATE:
            self.pictured = now
            for camera in self.cameras:
                camera.send(nanoseconds)
        return now

    def speed(self):
        return float(np.abs(self.controller.velocity).max())

    def watch(self, start):
        """What happens after the last message, which comes soon after now."""
        heard, now, seen = 0.0, start, {}
        while now < max(self.heard + SILENCE, start + SILENCE) and now < start + LONGEST:
            now = self.turn()
            if self.heard != heard:
                heard = self.heard
                seen = {"speed_at_last_message": self.speed(), "rest_after": 0.0, "speed": 0.0, "acceleration": 0.0}
            seen["speed"] = max(seen["speed"], self.speed())
            seen["acceleration"] = max(seen["acceleration"], float(np.abs(self.controller.acceleration).max()))
            if self.speed() > 0:
                seen["rest_after"] = now - heard
        return {**seen, "speed_at_end": self.speed(), "silent": now - heard, "refused": self.controller.refused,
                "position": self.controller.position.tolist()}


ORDERS = threading.Semaphore(0)
END = threading.Event()


def read_orders():
    for _ in sys.stdin:
        ORDERS.release()
    END.set()


if __name__ == "__main__":
    threading.Thread(target=read_orders, daemon=True).start()
    peer = Peer()
    robot = Robot(peer)
    ready()
    while not END.is_set():
        now = robot.turn()
        if robot.speed() > FAST and ORDERS.acquire(blocking=False):
            print("moving", flush=True)
            print(json.dumps(robot.watch(now)), flush=True)
    peer.close()
