"""docs/interop.md says what .ci/interop.sh has run: fails where the table of peers and tests is another; --write writes table and figures.

Figures differ from run to run, so only the table is compared. Run by the Python that has the peers, which says their versions.
"""
import datetime
import os
import pathlib
import platform
import re
import sys
import xml.etree.ElementTree as ElementTree
from importlib.metadata import version
from json import loads

HOME = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("FLOWMATCHING_INTEROP_BUILD", HOME / "target/interop"))
PAGE = HOME / "docs/interop.md"
LOCK = HOME / "src/testdata/tools/ros2_client_peer/Cargo.lock"


def crate(name):
    return re.search(rf'name = "{name}"\nversion = "(.*)"', LOCK.read_text()).group(1)


def peers():
    cyclone = f"Cyclone DDS (PyPI `cyclonedds` {version('cyclonedds')})"
    return {
        "IndependentCodecTest": f"PyPI `rosbags` {version('rosbags')}",
        "CycloneInteropTest": cyclone,
        "PolicyNodeInteropTest": f"{cyclone}, against the whole node",
        "Ros2ClientInteropTest": f"crates.io `ros2-client` {crate('ros2-client')} (RustDDS)",
    }


def words(method):
    return re.sub(r"([A-Z0-9])", r" \1", re.sub(r"\W.*", "", method)).lower().strip()


def tests():
    for name, peer in peers().items():
        report = ElementTree.parse(next((HOME / "src/ros/target/surefire-reports").glob(f"TEST-*.{name}.xml")))
        results = {}
        for case in report.iter("testcase"):
            bad = [mark for mark in ("failure", "error", "skipped") if case.find(mark) is not None]
            results[words(case.get("name"))] = " ".join(bad) or results.get(words(case.get("name")), "passes")
        yield from ((peer, what, result, name) for what, result in sorted(results.items()))


def runs():
    return [loads((BUILD / f"wire-{name}.json").read_text()) for name in ("loop", "delay", "parameters", "death", "soak")]


def table():
    lines = ["| Peer | What | Result | Seen by |", "| --- | --- | --- | --- |"]
    lines += [f"| {peer} | {what} | {result} | `{test}` |" for peer, what, result, test in tests()]
    return "\n".join(lines + [f"| {run['peer']} | {run['what']} | passes | `.ci/wire.py` |" for run in runs()])


def figures():
    machine = f"{os.cpu_count()} shared cores, {platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.machine()}"
    lines = (BUILD / "figures.txt").read_text().splitlines() + [run["seen"] for run in runs()[1:]]
    return "\n".join([f"{datetime.date.today()}, {machine}:", "", *(f"- {line}" for line in lines)])


def put(page, name, text):
    return re.sub(f"(<!-- {name}.*?-->\n).*?(\n<!-- end -->)", lambda found: found.group(1) + text + found.group(2), page, flags=re.DOTALL)


written = PAGE.read_text()
if "--write" in sys.argv:
    PAGE.write_text(put(put(written, "table", table()), "figures", figures()))
elif put(written, "table", table()) != written:
    print(table())
    sys.exit("failed: docs/interop.md says something else than what ran (above); run: python3 .ci/interop-page.py --write")
else:
    print(f"docs/interop.md: {table().count('| passes |')} rows, all of them ran")
