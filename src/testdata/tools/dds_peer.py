#!/usr/bin/env python3
"""Peers on the ROS 2 wire that no one of this project wrote: PyPI `cyclonedds`, another DDS implementation than ours.

  dds_peer.py echo          sends each JointState, Image, Float64MultiArray of /NAME back on /NAME_echo, field by field
  dds_peer.py graph         prints what it sees of the graph once it has seen all endpoints of a node, or after 20 s, as one JSON object
  dds_peer.py node GID [NAME...]   announces a node /peer/robot, or nodes of other names, on ros_discovery_info, with gids of 16 or 24 bytes
  dds_peer.py call          calls std_srvs/Trigger on /node/enable as rmw_cyclonedds does, prints the answers
  dds_peer.py serve         serves std_srvs/Trigger on /peer/enable as rmw_cyclonedds does
  dds_peer.py garbage N TOPIC=TYPE...   N samples each of random bytes under these names and on ros_discovery_info; then one good
                            JointState on /joint_states; again and again, because some may be overwritten before they are read
  dds_peer.py lies          JointStates and pictures of /camera/front/image_raw that contradict themselves
  dds_peer.py sizes         pictures on /camera/front/image_raw whose size changes each time
  dds_peer.py mistyped      publishes on /joint_states and /camera/front/image_raw, and listens to /commands, as if all were of other types
  dds_peer.py images N HZ   N pictures of 640x480 on /camera, stamped with the time at which they are written
  dds_peer.py flood N       a small picture on /camera; N of 640x480 as fast as they can be written; then a small one now and then. Each of the first
                            two waits for a line on standard input. Says at its end how many it wrote
  dds_peer.py joints N HZ   N JointStates of 7 joints on /joint_states, stamped likewise
  dds_peer.py restart N     N times a new publisher of one JointState on /joint_states, that is then closed

It says "ready" once it has joined, and ends when its standard input does.
"""
import json
import os
import random
import struct
import sys
import threading
import time
import types
from dataclasses import dataclass

import cyclonedds.idl as idl
import cyclonedds.idl.annotations as annotate
import cyclonedds.idl.types as t
from cyclonedds._clayer import ddspy_write
from cyclonedds.builtin import BuiltinDataReader, BuiltinTopicDcpsParticipant, BuiltinTopicDcpsPublication, BuiltinTopicDcpsSubscription
from cyclonedds.core import Qos
from cyclonedds.domain import DomainParticipant
from cyclonedds.pub import DataWriter
from cyclonedds.qos import Policy
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from cyclonedds.util import duration

from ros_wire_types import Float64MultiArray, Header, Image, JointState, MultiArrayLayout, Time

RELIABLE = Qos(Policy.Reliability.Reliable(duration(seconds=2)), Policy.Durability.Volatile, Policy.History.KeepLast(100))
LATCHED = Qos(Policy.Reliability.Reliable(duration(seconds=2)), Policy.Durability.TransientLocal, Policy.History.KeepLast(1))
STAMP = struct.Struct("<iI")
JOINTS = ["shoulder", "elbow", "wrist", "a", "b", "c", "gripper"]


def wire_type(name: str, /, **fields):
    """A type of this name on the wire, whatever it really is."""
    made = types.new_class(name.split("::")[-1], (idl.IdlStruct,), {"typename": name}, lambda body: body.update(__annotations__=fields))
    return annotate.final(annotate.autoid("sequential")(dataclass(made)))


def gid_types(size: int):
    gid = wire_type("rmw_dds_common::msg::dds_::Gid_", data=t.array[t.uint8, size])
    node = wire_type("rmw_dds_common::msg::dds_::NodeEntitiesInfo_", node_namespace=str, node_name=str,
                  reader_gid_seq=t.sequence[gid], writer_gid_seq=t.sequence[gid])
    info = wire_type("rmw_dds_common::msg::dds_::ParticipantEntitiesInfo_", gid=gid, node_entities_info_seq=t.sequence[node])
    return gid, node, info


class Peer:
    def __init__(self):
        self.participant = DomainParticipant(int(os.environ.get("ROS_DOMAIN_ID", "0")), qos=Qos(Policy.Userdata(b"enclave=/;")))

    def writer(self, name, kind, qos=RELIABLE):
        return DataWriter(self.participant, Topic(self.participant, name, kind), qos=qos)

    def reader(self, name, kind, qos=RELIABLE):
        return DataReader(self.participant, Topic(self.participant, name, kind), qos=qos)

    def close(self):
        """Says goodbye to the other participants, who else miss this one after 10 s; the package's own destructor does not."""
        self.participant._delete(self.participant._ref)

    def matched(self, writer, seconds=10.0):
        end = time.monotonic() + seconds
        while not writer.get_matched_subscriptions() and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.2)


def echo(peer):
    pairs = [(peer.reader("rt/" + name, kind), peer.writer("rt/" + name + "_echo", kind))
             for name, kind in (("joint_states", JointState), ("image", Image), ("command", Float64MultiArray))]
    ready()
    while not ended():
        for reader, writer in pairs:
            for sample in reader.take(100):
                if hasattr(sample, "__dataclass_fields__"):
                    writer.write(type(sample)(**{field: getattr(sample, field) for field in sample.__dataclass_fields__}))
        time.sleep(0.002)


def graph(peer):
    _, _, info_type = gid_types(16)
    infos = peer.reader("ros_discovery_info", info_type, LATCHED)
    readers = {kind: BuiltinDataReader(peer.participant, topic) for kind, topic in (
        ("participants", BuiltinTopicDcpsParticipant), ("writers", BuiltinTopicDcpsPublication), ("readers", BuiltinTopicDcpsSubscription))}

    def look():
        seen = {"nodes": []}
        for kind, reader in readers.items():
            seen[kind] = []
            for sample in reader.read(1000):
                data = [policy.data.decode() for policy in sample.qos if isinstance(policy, Policy.Userdata)]
                seen[kind].append({"key": str(sample.key).replace("-", ""), "user_data": "".join(data), "topic": getattr(sample, "topic_name", ""),
                                   "type": getattr(sample, "type_name", "")})
        for sample in infos.read(1000):
            for node in sample.node_entities_info_seq:
                seen["nodes"].append({"name": node.node_name, "namespace": node.node_namespace, "participant": bytes(sample.gid.data).hex(),
                                      "readers": [bytes(g.data).hex() for g in node.reader_gid_seq],
                                      "writers": [bytes(g.data).hex() for g in node.writer_gid_seq]})
        return seen

    def complete(seen):
        return seen["nodes"] and all({*node[kind]} <= {one["key"] for one in seen[kind]} for node in seen["nodes"] for kind in ("readers", "writers"))

    ready()
    end = time.monotonic() + 20
    while not complete(seen := look()) and time.monotonic() < end:
        time.sleep(0.1)
    print(json.dumps(seen), flush=True)


def node(peer, size, *names):
    announced = list(names or ["robot"])
    gid, node_type, info_type = gid_types(int(size))
    joints = peer.writer("rt/joint_states", JointState)
    infos = peer.reader("ros_discovery_info", info_type, LATCHED)
    writer = peer.writer("ros_discovery_info", info_type, LATCHED)

    def padded(entity):
        return gid([int(b) for b in entity.get_guid().bytes] + [0] * (int(size) - 16))

    writer.write(info_type(padded(peer.participant), [node_type("/peer", name, [], [padded(joints)]) for name in announced]))
    ready()
    while not ended():
        for sample in infos.take(100):
            names = [n.node_name for n in getattr(sample, "node_entities_info_seq", [])]
            if names and names != announced:
                print("heard " + " ".join(names), flush=True)
        time.sleep(0.05)


HEADER = {"guid": t.uint64, "seq": t.int64}
REQUEST = wire_type("std_srvs::srv::dds_::Trigger_Request_", **HEADER, structure_needs_at_least_one_member=t.uint8)
RESPONSE = wire_type("std_srvs::srv::dds_::Trigger_Response_", **HEADER, success=bool, message=str)


class SetParameters:
    """Sets parameters of a node as rmw_cyclonedds does."""

    VALUE = wire_type("rcl_interfaces::msg::dds_::ParameterValue_", type=t.uint8, bool_value=bool, integer_value=t.int64, double_value=t.float64,
                      string_value=str, byte_array_value=t.sequence[t.uint8], bool_array_value=t.sequence[bool],
                      integer_array_value=t.sequence[t.int64], double_array_value=t.sequence[t.float64], string_array_value=t.sequence[str])
    PARAMETER = wire_type("rcl_interfaces::msg::dds_::Parameter_", name=str, value=VALUE)
    RESULT = wire_type("rcl_interfaces::msg::dds_::SetParametersResult_", successful=bool, reason=str)
    REQUEST = wire_type("rcl_interfaces::srv::dds_::SetParameters_Request_", **HEADER, parameters=t.sequence[PARAMETER])
    RESPONSE = wire_type("rcl_interfaces::srv::dds_::SetParameters_Response_", **HEADER, results=t.sequence[RESULT])
    DOUBLE, GUID = 3, 4712

    def __init__(self, node):
        self.peer, self.sequence = Peer(), 0
        self.responses = self.peer.reader(f"rr{node}/set_parametersReply", self.RESPONSE)
        self.requests = self.peer.writer(f"rq{node}/set_parametersRequest", self.REQUEST)
        self.peer.matched(self.requests)

    def set_double(self, name, value):
        """Waits for the answer: whether the node has set it, and its reason where it has not."""
        self.sequence += 1
        value = self.VALUE(self.DOUBLE, False, 0, value, "", [], [], [], [], [])
        self.requests.write(self.REQUEST(self.GUID, self.sequence, [self.PARAMETER(name, value)]))
        for answer in self.responses.take_iter(timeout=duration(seconds=20)):
            if hasattr(answer, "guid") and (answer.guid, answer.seq) == (self.GUID, self.sequence):
                return answer.results[0].successful, answer.results[0].reason
        raise TimeoutError(f"no answer to {name}")


def call(peer):
    responses = peer.reader("rr/node/enableReply", RESPONSE)
    requests = peer.writer("rq/node/enableRequest", REQUEST)
    peer.matched(requests)
    while not responses.get_matched_publications():  # rmw_cyclonedds looks for both too before a service is there
        time.sleep(0.01)
    ready()
    for sequence in range(1, 6):
        requests.write(REQUEST(4711, sequence, 0))
        answer, end = None, time.monotonic() + 20
        while answer is None and time.monotonic() < end:
            answer = next((s for s in responses.take(10) if hasattr(s, "guid") and s.guid == 4711), None)
            time.sleep(0.002)
        print(f"{sequence} {answer and answer.seq} {answer and answer.success} {answer and answer.message}", flush=True)


def serve(peer):
    responses = peer.writer("rr/peer/enableReply", RESPONSE)
    requests = peer.reader("rq/peer/enableRequest", REQUEST)
    ready()
    while not ended():
        for sample in requests.take(10):
            if hasattr(sample, "guid"):
                responses.write(RESPONSE(sample.guid, sample.seq, True, f"request {sample.seq}"))
        time.sleep(0.002)


def garbage(peer, count, *names):
    random.seed(4)
    targets = [(*name.split("="), RELIABLE) for name in names]
    writers = []
    for name, type_name, qos in [*targets, ("ros_discovery_info", "rmw_dds_common::msg::dds_::ParticipantEntitiesInfo_", LATCHED)]:
        words = wire_type(type_name, words=t.sequence[t.uint32])
        writers.append((peer.writer(name, words, qos), words))
        peer.matched(writers[-1][0])
    ready()
    while not ended():
        for writer, words in writers:
            for _ in range(int(count)):
                writer.write(words([random.choice([0, 1, 5, 0x7fffffff, 0xffffffff, random.getrandbits(32)])
                                    for _ in range(random.randrange(40))]))
                time.sleep(0.001)
            time.sleep(0.5)
        restart(peer, 1)


def picture(height, width, encoding="rgb8", step=None, size=None):
    step = 3 * width if step is None else step
    return Image(Header(stamp(), "lies"), height, width, encoding, 0, step, bytes(height * step if size is None else size))


def lies(peer):
    joints, camera = peer.writer("rt/joint_states", JointState), peer.writer("rt/camera/front/image_raw", Image)
    peer.matched(joints)
    peer.matched(camera)
    names, positions, much = ["shoulder", "elbow", "wrist"], [0.1, 0.2, 0.3], 0xffffffff
    ready()
    while not ended():
        for wrong_names, wrong in ((names + ["elbow"], positions + [9.0]), (["shoulder"] * 3, positions), (names[:2], positions[:2]),
                                   (names, positions[:1]), ([], []), (names, [float("nan")] * 3), (names, [float("inf")] * 3), (names, [1e300] * 3)):
            joints.write(JointState(Header(stamp(), "lies"), wrong_names, wrong, [], []))
        for wrong in (picture(600, 800, size=100), picture(480, 640, "16UC1"), picture(480, 640, "no such encoding"), picture(0, 0),
                      picture(much, much, step=much, size=30), picture(480, 640, step=1, size=480)):
            camera.write(wrong)
        time.sleep(0.01)


def sizes(peer):
    camera = peer.writer("rt/camera/front/image_raw", Image)
    peer.matched(camera)
    ready()
    while not ended():
        camera.write(picture(*random.choice([(480, 640), (240, 320), (1, 1), (97, 1001)])))
        time.sleep(0.01)


def mistyped(peer):
    joints, camera = peer.writer("rt/joint_states", Image), peer.writer("rt/camera/front/image_raw", Float64MultiArray)
    commands = peer.reader("rt/commands", JointState)
    time.sleep(2)
    for _ in range(100):
        joints.write(picture(48, 64))
        camera.write(Float64MultiArray(MultiArrayLayout([], 0), [1e9] * 3))
    print(len(joints.get_matched_subscriptions()), len(camera.get_matched_subscriptions()), len(commands.take(10)), flush=True)


def stamp():
    now = time.time_ns()
    return Time(now // 1_000_000_000, now % 1_000_000_000)


def restart(peer, count):
    for number in range(int(count)):
        own = Peer()
        writer = own.writer("rt/joint_states", JointState)
        own.matched(writer)
        writer.write(JointState(Header(stamp(), "restart"), ["a"], [float(number)], [], []))
        writer.wait_for_acks(duration(seconds=20))
        own.close()


def paced(writer, count, rate, sample):
    """Writes the sample again and again with a new stamp. It is serialized once: for a picture Python needs 35 ms, which are none of DDS."""
    cdr = bytearray(sample.serialize(use_version_2=writer._use_version_2))
    cdr.extend(bytes(-len(cdr) % 4))
    start = time.monotonic()
    for number in range(int(count)):
        time.sleep(max(0.0, start + number / float(rate) - time.monotonic()))
        STAMP.pack_into(cdr, 4, *divmod(time.time_ns(), 1_000_000_000))
        ddspy_write(writer._ref, bytes(cdr))


def images(peer, count, rate):
    writer = peer.writer("rt/camera", Image)
    picture = bytes(640 * 480 * 3)
    peer.matched(writer)
    ready()
    paced(writer, count, rate, Image(Header(stamp(), "camera"), 480, 640, "rgb8", 0, 1920, picture))
    time.sleep(2)


def flood(peer, count):
    writer = peer.writer("rt/camera", Image)
    peer.matched(writer)
    ready()
    LINES.acquire()
    paced(writer, 1, 1, picture(6, 8))
    LINES.acquire()
    paced(writer, count, 1e9, picture(480, 640))
    written = 1 + int(count)
    while not ended():
        time.sleep(0.2)
        paced(writer, 1, 1, picture(6, 8))
        written += 1
    print(written, flush=True)


def joints(peer, count, rate):
    writer = peer.writer("rt/joint_states", JointState)
    peer.matched(writer)
    ready()
    paced(writer, count, rate, JointState(Header(stamp(), "base"), JOINTS, [0.5] * 7, [0.1] * 7, []))
    time.sleep(1)


def ready():
    print("ready", flush=True)


END, LINES = threading.Event(), threading.Semaphore(0)


def ended():
    return END.is_set()


def watch():
    while sys.stdin.readline():
        LINES.release()
    END.set()


if __name__ == "__main__":
    threading.Thread(target=watch, daemon=True).start()
    own = Peer()
    globals()[sys.argv[1]](own, *sys.argv[2:])
    own.close()
