#!/usr/bin/env bash
# Meets independent peers on the ROS 2 wire, in a network namespace of its own whose loopback has multicast: nothing leaves the
# machine. Needs root (or the right to create namespaces), the Debian packages g++ libfastrtps-dev iproute2 libosmesa6 libgl1
# python3-venv, and cargo 1.78 or later (Debian 12: cargo-web).
#
#   .ci/interop.sh [SECONDS]           builds the peers, runs the tests that need multicast, measures; SECONDS of soak, 120 if absent
#   python3 .ci/interop-page.py        compares docs/interop.md with what ran; with --write it writes the page
set -euo pipefail
cd "$(dirname "$0")/.."

export FLOWMATCHING_INTEROP_BUILD=${FLOWMATCHING_INTEROP_BUILD:-$PWD/target/interop}
build=$FLOWMATCHING_INTEROP_BUILD
mkdir -p "$build"
rm -f "$build"/wire-*.json "$build/figures.txt" src/ros/target/surefire-reports/TEST-*InteropTest.xml
if [ -z "${FLOWMATCHING_PYTHON:-}" ]; then
  [ -x "$build/python/bin/python" ] || python3 -m venv "$build/python"
  "$build/python/bin/pip" install --quiet -r .ci/peers.txt
  export FLOWMATCHING_PYTHON=$build/python/bin/python
fi
if [ -z "${FLOWMATCHING_ROS2_CLIENT:-}" ]; then
  cargo build --quiet --release --locked --manifest-path src/testdata/tools/ros2_client_peer/Cargo.toml --target-dir "$build/rust"
  export FLOWMATCHING_ROS2_CLIENT=$build/rust/release/ros2-client-peer
fi
./mvnw -B -ntp -q -pl src/core,src/ros test-compile dependency:build-classpath -Dmdep.outputFile="$build/classpath" -Dmdep.includeScope=test
for policy in metaworld_policy delay_policy policy; do
  [ -e "$build/$policy/config.json" ] || ./flowmatching new "src/testdata/wire/$policy.json" "$build/$policy"
done

# Pictures wait in a socket while the machine is busy. The limit belongs to the whole machine.
largest=$(cat /proc/sys/net/core/rmem_max)
if [ "$largest" -lt 16777216 ]; then
  echo 16777216 >/proc/sys/net/core/rmem_max || echo "net.core.rmem_max is $largest and cannot be set to 16777216: pictures may be lost"
fi

# Everything is here now: from here on without a network but this one.
exec unshare --net -- bash -euo pipefail -c '
  build=$FLOWMATCHING_INTEROP_BUILD
  ip link set lo up multicast on
  ip route add 224.0.0.0/4 dev lo
  export ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET
  ./mvnw -B -o -pl src/core,src/ros test -Dtest="*InteropTest,IndependentCodecTest" -Dsurefire.failIfNoSpecifiedTests=false
  java -Dflowmatching.home=. -cp "src/ros/target/test-classes:src/ros/target/classes:src/core/target/classes:$(cat "$build/classpath")" \
    flowmatching.ros.wire.WireFigures 600 30 2000 100 | tee "$build/figures.txt"
  "$FLOWMATCHING_PYTHON" .ci/wire.py loop "$build/metaworld_policy"
  "$FLOWMATCHING_PYTHON" .ci/wire.py delay "$build/delay_policy"
  "$FLOWMATCHING_PYTHON" .ci/wire.py parameters "$build/policy"
  "$FLOWMATCHING_PYTHON" .ci/wire.py death "$build/policy"
  "$FLOWMATCHING_PYTHON" .ci/wire.py soak "$build/policy" "$1"
  ./flowmatching run --robot=replay --transport=dds --episode=3 --dataset.root=src/testdata/datasets/reach_v30_image \
    --policy.path=src/testdata/golden_checkpoint/checkpoints/000003/pretrained_model | tee "$build/replay.txt"
  grep -qE "^[1-9][0-9]* frames replayed, [1-9][0-9]* commands received" "$build/replay.txt"
' interop "${1:-120}"
