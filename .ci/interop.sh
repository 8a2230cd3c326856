#!/usr/bin/env bash
# Meets independent peers on the ROS 2 wire, in a network namespace of its own whose loopback has multicast: nothing leaves the
# machine. Needs root (or the right to create namespaces), the Debian packages g++ libfastrtps-dev iproute2, Rust, Python.
#
#   .ci/interop.sh            builds the peers, runs the tests that need multicast, then measures; what it prints is docs/interop.md's
set -euo pipefail
cd "$(dirname "$0")/.."

build=${FLOWMATCHING_INTEROP_BUILD:-$PWD/target/interop}
mkdir -p "$build"
if [ -z "${FLOWMATCHING_PYTHON:-}" ]; then
  [ -x "$build/python/bin/python" ] || python3 -m venv "$build/python"
  "$build/python/bin/pip" install --quiet cyclonedds==11.0.1 rosbags==0.11.9
  export FLOWMATCHING_PYTHON=$build/python/bin/python
fi
if [ -z "${FLOWMATCHING_ROS2_CLIENT:-}" ]; then
  cargo build --quiet --release --locked --manifest-path src/testdata/tools/ros2_client_peer/Cargo.toml --target-dir "$build/rust"
  export FLOWMATCHING_ROS2_CLIENT=$build/rust/release/ros2-client-peer
fi
./mvnw -B -q -pl src/core,src/ros test-compile dependency:build-classpath -Dmdep.outputFile="$build/classpath" -Dmdep.includeScope=test

# Several large pictures wait in a socket; the limit belongs to the whole machine, so a lower one is only reported.
largest=$(cat /proc/sys/net/core/rmem_max)
[ "$largest" -ge 4194304 ] || echo "net.core.rmem_max is $largest: pictures may be lost, set it to 4194304"

# Everything is here now: from here on without a network but this one.
exec unshare --net -- bash -euo pipefail -c '
  ip link set lo up multicast on
  ip route add 224.0.0.0/4 dev lo
  export ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET
  ./mvnw -B -o -q -pl src/core,src/ros test -Dtest="*InteropTest" -Dsurefire.failIfNoSpecifiedTests=false
  sed -n "s/.*<testcase name=\"\([^\"]*\)\" classname=\"[^\"]*\.\([^.\"]*\)\".*/\2 \1/p" src/ros/target/surefire-reports/TEST-*InteropTest.xml
  java -Dflowmatching.home=. -cp "src/ros/target/test-classes:src/ros/target/classes:src/core/target/classes:$(cat "$1")" \
    flowmatching.ros.dds.WireFigures 600 30 2000 100
' interop "$build/classpath"
