"""Fails where a test was skipped, or where none ran. Reads Surefire's reports.

  skipped-tests.py [FILE...]    FILE names tests that may be skipped

Where CI is not "true" skipped tests are listed only: a developer's machine need not have every peer and data set.
"""
import os
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

here = pathlib.Path(__file__).resolve().parent


def allowed_skips(path):
    """Lines of `package.Class#method: reason`; `package.Class#*` names all of a class."""
    names = set()
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            name, colon, reason = line.partition(":")
            if not colon or "#" not in name or not reason.strip():
                sys.exit(f"{path}:{number}: expected 'package.Class#method: reason', found '{line}'")
            names.add(name.strip())
    return names


def main():
    allowed = set().union(*map(allowed_skips, sys.argv[1:]))
    ran, skipped = 0, {}
    for report in sorted(here.parent.glob("src/*/target/surefire-reports/TEST-*.xml")):
        suite = ElementTree.parse(report).getroot()
        if not list(suite.iter("testcase")):
            # An assumption for the whole class: Surefire lists no test of it, not even as skipped.
            skipped[f"{suite.get('name')}#*"] = "the whole class"
        for case in suite.iter("testcase"):
            mark = case.find("skipped")
            if mark is None:
                ran += 1
            else:
                # Parameters follow the method's name.
                method = case.get("name").split("(")[0].split("{")[0].split("[")[0]
                skipped[f"{case.get('classname')}#{method}"] = mark.get("message") or "no reason given"
    refused = {}
    for name, reason in skipped.items():
        known = name in allowed or name.split("#")[0] + "#*" in allowed
        print(f"skipped{' (allowed)' if known else ''}: {name}: {reason}")
        if not known:
            refused[name] = reason
    print(f"{ran} tests ran, {len(skipped)} skipped, {len(refused)} of them not allowed")
    if ran == 0:
        sys.exit("failed: no test ran")
    if refused and os.environ.get("CI") == "true":
        sys.exit("failed: tests were skipped; give them what they need")


main()
