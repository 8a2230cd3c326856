"""Runs the node against simulated robots on the ROS 2 wire and checks that what both sides have counted agrees.

  wire.py loop CHECKPOINT            Meta-World (MuJoCo) in lock step: two episodes of 150 steps
  wire.py delay CHECKPOINT           from a picture to the command that follows from it, 300 times
  wire.py parameters CHECKPOINT      a parameter is set 200 times while the robot moves, from the call to the answer
  wire.py death CHECKPOINT           the node dies in the middle of a motion, and nobody but the last trajectory stops the robot
  wire.py soak CHECKPOINT SECONDS    two cameras at 30 Hz, joints at 100 Hz

Memory of the soak is read each 5 s (resident.txt: seconds, bytes, load of the machine). Two slopes are printed for what comes after the first
quarter of the time: the straight line of least squares, which a peak bends, and the median of the slopes between any two samples (Theil
and Sen), which it does not. In half an hour or longer the straight line may rise by 1 MB an hour; every run is judged by its medians too.

Fails where something is missing, else writes what was seen to wire-NAME.json in $FLOWMATCHING_INTEROP_BUILD, for .ci/interop-page.py.
.ci/interop.sh runs it, where no other robot is on the wire.
"""
import atexit
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

HOME = pathlib.Path(__file__).resolve().parent.parent
TOOLS = HOME / "src/testdata/tools"
sys.path.insert(0, str(TOOLS))

import numpy as np  # noqa: E402

from dds_peer import Peer, SetParameters  # noqa: E402
from ros_wire_types import DiagnosticArray, Float64MultiArray, JointTrajectory  # noqa: E402

BUILD = pathlib.Path(os.environ["FLOWMATCHING_INTEROP_BUILD"])
EPISODES, STEPS, DELAYS, SETS = 2, 150, 300, 200
SLOWEST_SET = 20.0  # milliseconds, of the middle one: a busy machine is slow now and then, not each time
LOCK_STEP = ["use_sim_time:=true", "control_rate:=20.0", "rearm_after_clock_jump:=true"]
PATIENCE = 60
LOST = 30  # seconds after which a command is lost, and not late because this machine is busy
SAMPLE_SECONDS = 5
WARM_UP = 4  # memory is judged after this part of the time
# MB of memory between the second and the last quarter of the time. In two minutes it was -1.3 to 2.0 where nothing leaked; a leak of 1 kB a
# message, or of 3 kB a picture, comes to more than 5. The longer it runs, the smaller a leak it finds.
MOST_GROWTH = 5.0
MOST_SLOPE = 1.0  # MB an hour, the straight line
LONG = 1800  # seconds from which a straight line can show that little
LIMIT = 1.0  # of src/testdata/wire/robot.yaml
SPEED, ACCELERATION = 1.0, 10.0  # of src/testdata/wire/trajectory_robot.yaml
LONGEST_WAY = 0.5  # seconds: the lookahead of 0.3, braking from SPEED, and two periods of the control rate


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"failed: {what}: expected {wanted}, found {found}")


def number(pair):
    try:
        return pair.key, json.loads(pair.value)
    except ValueError:
        return pair.key, pair.value


def start(command, **options):
    """A process that does not outlive this one."""
    process = subprocess.Popen([str(word) for word in command], **options)
    atexit.register(process.kill)
    return process


class Node:
    """`./flowmatching run` in a process of its own, and what it says of itself."""

    def __init__(self, robot, checkpoint, commands, *parameters, kind=Float64MultiArray):
        peer = Peer()
        self.diagnostics = peer.reader("rt/diagnostics", DiagnosticArray)
        self.heard = peer.reader(commands, kind)
        self.commands = 0
        flags = [word for parameter in ("autostart:=true", *parameters) for word in ("-p", parameter)]
        self.process = start(["./flowmatching", "run", f"--robot={robot}", f"--policy.path={checkpoint}", "--normalization=none", *flags], cwd=HOME)
        self.report()

    def report(self):
        """Its next diagnostics but one: the last may have been on its way."""
        self.diagnostics.take(1000)
        values, end = [], time.monotonic() + PATIENCE
        while len(values) < 2:
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit("failed: the node sends no diagnostics")
            values += [dict(map(number, sample.status[0].values)) for sample in self.diagnostics.take(10) if hasattr(sample, "status")]
            self.take()
        return values[-1]

    def take(self):
        self.commands += sum(hasattr(sample, "data") or hasattr(sample, "points") for sample in self.heard.take(1000))
        time.sleep(0.01)

    def resident(self):
        """Bytes of memory."""
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * 4096

    def stop(self):
        self.process.terminate()
        expect("the node's exit code", self.process.wait(PATIENCE), 0)


def run_robot(node, script, *arguments):
    """Runs a robot to its end; what it says last, and each SAMPLE_SECONDS the time, the node's resident memory and the machine's load."""
    process = start([sys.executable, TOOLS / script, *arguments], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    resident = []
    while process.poll() is None:
        if not resident or time.monotonic() > resident[-1][0] + SAMPLE_SECONDS:
            resident.append((time.monotonic(), node.resident(), os.getloadavg()[0]))
        node.take()
    expect("the robot's exit code", process.returncode, 0)
    return json.loads(process.stdout.read().splitlines()[-1]), resident


def write(name, peer, what, seen):
    print(f"{name}: {seen}")
    (BUILD / f"wire-{name}.json").write_text(json.dumps({"peer": peer, "what": what, "seen": seen}))


def unread_datagrams():
    names, numbers = (line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Udp:"))
    return int(numbers[names.index("RcvbufErrors")])


def loop(checkpoint):
    node = Node("metaworld", checkpoint, "rt/arm_controller/commands", *LOCK_STEP)
    seen, _ = run_robot(node, "metaworld_robot.py", "--episodes", EPISODES, "--steps", STEPS, "--seed", 101, "--timeout", LOST)
    counts = node.report()
    node.stop()
    expect("episodes", seen["episodes"], EPISODES)
    expect("commands that the simulator missed", seen["missed_commands"], 0)
    expect("commands that the simulator could not use", seen["wrong_commands"], 0)
    expect("instants that the node has answered", counts["command.published"] - counts["command.repeated"], EPISODES * STEPS)
    expect("commands on the wire", node.commands, counts["command.published"])
    expect("jumps of the clock", counts["clock.jumped"], EPISODES - 1)
    expect("ticks that the node missed", counts["tick.missed"], 0)
    write("loop", "Meta-World (MuJoCo) behind Cyclone DDS", f"{EPISODES * STEPS} steps in lock step, no command missed or wrong; a jump of the clock begins an episode",
          f"{EPISODES * STEPS} steps, {node.commands} commands, {counts['command.repeated']} of them asked for again")


def delay(checkpoint):
    node = Node("src/testdata/wire/robot.yaml", checkpoint, "rt/commands", *LOCK_STEP)
    seen, _ = run_robot(node, "dds_robot.py", "steps", DELAYS)
    counts = node.report()
    node.stop()
    expect("commands missed", seen["missed"], 0)
    expect("chunks used, one a picture", counts["chunk.accepted"], DELAYS)
    half, most = np.percentile(seen["milliseconds"], [50, 99])
    write("delay", "Cyclone DDS", f"{DELAYS} pictures, each answered by the command that follows from it",
          f"from picture to command p50 {half:.1f} ms, p99 {most:.1f} ms; a chunk takes p50 {counts['chunk_duration.p50_ms']:.1f} ms, "
          f"p99 {counts['chunk_duration.p99_ms']:.1f} ms")


def parameters(checkpoint):
    node = Node("src/testdata/wire/robot.yaml", checkpoint, "rt/commands")
    robot = start([sys.executable, TOOLS / "dds_robot.py", "stream", PATIENCE], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    expect("the robot", robot.stdout.readline(), "ready\n")
    time.sleep(1)
    client = SetParameters("/flowmatching")
    milliseconds = []
    for number in range(SETS):
        begin = time.monotonic()
        expect("what the node says to a good value", client.set_double("max_velocity_scaling_factor", 0.5 + number % 2 / 2), (True, ""))
        milliseconds.append((time.monotonic() - begin) * 1e3)
        time.sleep(0.03)
    successful, reason = client.set_double("max_velocity_scaling_factor", -1.0)
    if successful or not reason:
        sys.exit(f"failed: expected that the node refuses a speed below 0 and says why, found {successful}, '{reason}'")
    robot.stdin.close()
    expect("the robot's exit code", robot.wait(PATIENCE), 0)
    counts = node.report()
    node.stop()
    if not counts["chunk.accepted"]:
        sys.exit("failed: expected that the policy runs meanwhile")
    half, most = np.percentile(milliseconds, [50, 99])
    if half > SLOWEST_SET:
        sys.exit(f"failed: set_parameters: expected answers within {SLOWEST_SET} ms, found p50 {half:.1f} ms")
    write("parameters", "Cyclone DDS", f"{SETS} sets of a parameter while the robot moves, each answered and half of them within {SLOWEST_SET:.0f} ms",
          f"set_parameters from call to answer p50 {half:.2f} ms, p99 {most:.2f} ms, max {max(milliseconds):.2f} ms")


def death(checkpoint):
    robot = start([sys.executable, TOOLS / "trajectory_robot.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    rests, causes = [], (signal.SIGKILL, signal.SIGABRT, signal.SIGSTOP, signal.SIGTERM)
    for cause in causes:
        node = Node("src/testdata/wire/trajectory_robot.yaml", checkpoint, "rt/arm_controller/joint_trajectory", kind=JointTrajectory)
        if cause == causes[0]:
            expect("the robot", robot.stdout.readline(), "ready\n")
        robot.stdin.write("\n")
        robot.stdin.flush()
        expect("the robot", robot.stdout.readline(), "moving\n")
        node.process.send_signal(cause)
        seen = json.loads(robot.stdout.readline())
        node.process.kill()
        node.process.wait(PATIENCE)
        print(cause.name, seen)
        expect("trajectories that the controller could not play", seen["refused"], 0)
        expect("the robot's speed at the end", seen["speed_at_end"], 0)
        if seen["rest_after"] > LONGEST_WAY or seen["speed"] > SPEED * 1.001 or seen["acceleration"] > ACCELERATION * 1.001:
            sys.exit(f"failed: {cause.name}: expected rest within {LONGEST_WAY} s, {SPEED} rad/s and {ACCELERATION} rad/s^2, found {seen}")
        rests.append(seen["rest_after"])
    robot.stdin.close()
    expect("the robot's exit code", robot.wait(PATIENCE), 0)
    names = ", ".join(cause.name for cause in causes)
    write("death", "Cyclone DDS", f"the node dies while the robot moves ({names}): its last trajectory brakes within the limits and ends at rest",
          f"at rest {min(rests):.2f} to {max(rests):.2f} s after the last trajectory")


def growth(size):
    """MB from the second quarter to the last, by their medians: what a compilation takes is given back within seconds."""
    quarter = len(size) // 4
    return (np.median(size[-quarter:]) - np.median(size[quarter:2 * quarter])) / 1e6


def slopes(at, size):
    """MB an hour: the straight line of least squares, and the median of the slopes between any two samples."""
    first, second = np.triu_indices(len(at), 1)
    median = np.median((size[second] - size[first]) / (at[second] - at[first]))
    return np.polyfit(at - at[0], size, 1)[0] * 3600 / 1e6, median * 3600 / 1e6


def soak(checkpoint, seconds):
    unread = unread_datagrams()
    node = Node("src/testdata/wire/robot.yaml", checkpoint, "rt/commands")
    seen, resident = run_robot(node, "dds_robot.py", "stream", seconds)
    counts = node.report()
    node.stop()
    np.savetxt(BUILD / "resident.txt", np.subtract(resident, [resident[0][0], 0, 0]), fmt=["%.1f", "%.0f", "%.2f"])
    at, size, _ = np.array(resident[len(resident) // WARM_UP:]).T
    slope, median = slopes(at, size)
    grown = growth(np.array(resident)[:, 1])
    print("datagrams that the kernel had no room for:", unread_datagrams() - unread)
    for stream, sent in seen["sent"].items():
        key = "stream.observation." + ("state" if stream == "joints" else "images." + stream)
        expect(f"what became of {key}", sum(counts[f"{key}.{end}"] for end in ("received", "overtaken", "lost", "malformed", "refused")), sent)
        expect(f"{key}.lost", counts[f"{key}.lost"], 0)
    expect("commands that are none", seen["wrong"], 0)
    if grown > MOST_GROWTH:
        sys.exit(f"failed: resident memory: expected at most {MOST_GROWTH} MB more in the last quarter than in the second, found {grown:.1f} MB")
    if int(seconds) >= LONG and slope > MOST_SLOPE:
        sys.exit(f"failed: resident memory: expected at most {MOST_SLOPE} MB an hour more by the straight line, found {slope:.1f}")
    if max(seen["most"]) > LIMIT or min(seen["least"]) < -LIMIT:
        sys.exit(f"failed: commands: expected -{LIMIT} to {LIMIT}, found {seen['least']} to {seen['most']}")
    write("soak", "Cyclone DDS", "two cameras of 640x480 at 30 Hz, joints at 100 Hz: no message lost, and what the node counts adds up to what was sent",
          f"{seconds} s: {seen['sent']['front']} and {seen['sent']['wrist']} pictures, {seen['sent']['joints']} joint states, {node.commands} commands; "
          f"{size[-1] / 1e6:.0f} MB resident, after the first {float(at[0] - resident[0][0]):.0f} s {slope:+.1f} MB an hour by the straight line, "
          f"{median:+.1f} by the median slope")


if __name__ == "__main__":
    {"loop": loop, "delay": delay, "parameters": parameters, "death": death, "soak": soak}[sys.argv[1]](*sys.argv[2:])
