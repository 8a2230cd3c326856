#!/usr/bin/env python3
"""ROS messages by an implementation that no one of this project wrote: PyPI `rosbags`.

  ros_messages.py write DIR INTERFACES   for each interface of the table INTERFACES: DIR/<n>.little and DIR/<n>.big, the same
                                         random messages in both byte orders, and one line "n name hash" on standard output
  ros_messages.py check DIR INTERFACES   reads DIR/<n>.java and fails unless writing it again gives the same bytes

Files hold several messages, each behind its size (4 bytes, little endian). Messages are those of ROS Jazzy; services, which
rosbags does not have, are taken from the table.
"""
import pathlib
import random
import struct
import sys

import numpy as np
from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

SAMPLES = 40
store = get_typestore(Stores.ROS2_JAZZY)


def interfaces(table: str):
    """Names and fields of a table; a service is two interfaces."""
    found, name = {}, None
    for line in pathlib.Path(table).read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            name = line + "_Request" if "/srv/" in line else line
            found[name] = []
        elif line.strip() == "---":
            name = name.replace("_Request", "_Response")
            found[name] = []
        else:
            found[name].append(line.strip())
    return found


def register(table):
    for name, fields in table.items():
        if name not in store.types:
            parsed = get_types_from_msg("\n".join(fields) or "uint8 structure_needs_at_least_one_member", name)
            store.register({name: definition for definition in parsed.values()})


def number(kind: str):
    if kind == "bool":
        return random.random() < 0.5
    if kind.startswith("float"):
        value = random.choice([0.0, -0.0, random.gauss(0, 1), random.gauss(0, 1e30), float("inf"), float("-inf")])
        return float(np.float32(value)) if kind == "float32" else value
    bits = 8 if kind in ("byte", "octet") else int(kind.lstrip("uint"))
    low = 0 if kind.startswith("u") else -(1 << bits - 1)  # rosbags takes a byte as signed
    return random.choice([low, low + (1 << bits) - 1, random.randrange(low, low + (1 << bits)), random.randrange(0, 100)])


def text(bound: int):
    letters = "".join(random.choice("ab_/ é中🤖") for _ in range(random.choice([0, 1, 3, 4, 17])))
    while bound and len(letters.encode()) > bound:
        letters = letters[:-1]
    return letters


def value(description):
    kind, argument = description
    if kind == Nodetype.NAME:
        return message(argument)
    if kind == Nodetype.BASE:
        return text(argument[1]) if argument[0] == "string" else number(argument[0])
    element, limit = argument
    count = limit if kind == Nodetype.ARRAY else min(random.choice([0, 1, 2, 3, 9]), limit or 9)
    values = [value(element) for _ in range(count)]
    if element[0] == Nodetype.BASE and element[1][0] != "string":
        return np.array(values, dtype="int8" if element[1][0] in ("byte", "octet") else element[1][0])
    return values


def message(name: str):
    fields = store.fielddefs[name][1]
    values = {field: value(description) for field, description in fields}
    if "is_bigendian" in values:
        values["is_bigendian"] %= 2  # a truth value that ROS declares as a number
    if "structure_needs_at_least_one_member" in values:
        values["structure_needs_at_least_one_member"] = 0
    return store.types[name](**values)


def write(directory: pathlib.Path, names):
    random.seed(4)
    for index, name in enumerate(names):
        messages = [message(name) for _ in range(SAMPLES)]
        for suffix, little in (("little", True), ("big", False)):
            with open(directory / f"{index}.{suffix}", "wb") as out:
                for one in messages:
                    sample = bytes(store.serialize_cdr(one, name, little_endian=little))
                    out.write(struct.pack("<i", len(sample)) + sample)
        print(index, name, store.hash_rihs01(name))


def check(directory: pathlib.Path, names):
    for index, name in enumerate(names):
        file = directory / f"{index}.java"
        if not file.exists():
            continue
        data, at = file.read_bytes(), 0
        while at < len(data):
            size, = struct.unpack_from("<i", data, at)
            sample = data[at + 4:at + 4 + size]
            again = bytes(store.serialize_cdr(store.deserialize_cdr(sample, name), name))
            if again != sample:
                sys.exit(f"{name}: {sample.hex()} became {again.hex()}")
            at += 4 + size
        print(index, name)


if __name__ == "__main__":
    command, directory, table = sys.argv[1:]
    all_interfaces = interfaces(table)
    register(all_interfaces)
    {"write": write, "check": check}[command](pathlib.Path(directory), sorted(all_interfaces))
