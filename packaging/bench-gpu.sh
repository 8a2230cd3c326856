#!/usr/bin/env bash
# Tries and measures every runtime on this machine, those for NVIDIA GPUs above all: in an archive of packaging/release.sh --gpu, or in a
# checkout that was built with their profiles (docs/gpu.md).
#   packaging/bench-gpu.sh RESULTS [DIR|CONFIG] [FLAG OF bench]...     a network of full size with random weights, unless one is named
# Writes runtimes.txt, conformance.txt, bench.txt and bench.html into RESULTS. Ends with 1 where the bench failed, or a GPU runtime that is
# usable failed on a golden model; one that is not usable says why and is left out.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
if [ $# = 0 ] || [[ "$1" = -* ]]; then
  echo "error: expected a directory for the results, found ${1:-nothing}" >&2
  exit 2
fi
results="$1" network="$root/src/testdata/reference/full_size_one_camera.json"
shift
if [ $# -gt 0 ] && [[ "$1" != -* ]]; then
  network="$1"
  shift
fi
mkdir -p "$results"

# Where CUDA's libraries may be: what was put into libraries/, and what NVIDIA's Python packages brought (PyTorch depends on them).
look='import glob, nvidia; print(*(d for p in nvidia.__path__ for d in glob.glob(p + "/*/lib")), sep=":")'
wheels="$("${FLOWMATCHING_PYTHON:-python3}" -c "$look" 2>/dev/null || true)"
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$root/libraries${wheels:+:$wheels}"

{
  if command -v nvidia-smi >/dev/null; then nvidia-smi || true; else echo "no nvidia-smi: no NVIDIA driver here"; fi
  "$root/flowmatching" runtimes
} 2>&1 | tee "$results/runtimes.txt"

# The models and tolerances of the tests tagged `gpu`; in float16 those of `tensorrt`.
status=0
: >"$results/conformance.txt"
for runtime in onnxruntime-cuda onnxruntime-cuda-float16 onnxruntime-tensorrt tensorrt; do
  grep -qE "^$runtime +yes " "$results/runtimes.txt" || continue
  case "$runtime" in
    onnxruntime-cuda) models='[a-f]_*' tolerance=5e-5 ;;
    onnxruntime-tensorrt) models='[a-f]_*' tolerance=0.015 ;;
    *) models='[b-f]_*' tolerance=2e-3 ;;
  esac
  for model in "$root"/src/testdata/golden_models/$models; do
    echo "$(basename "$model")" | tee -a "$results/conformance.txt"
    "$root/flowmatching" conformance "$model" --runtime="$runtime" --tolerance="$tolerance" 2>&1 | tee -a "$results/conformance.txt" || status=1
  done
done

device=cpu
if [ -e /dev/nvidia0 ]; then device=cuda; fi
"$root/flowmatching" bench "$network" --runtime=all --peers=pytorch,pytorch-bf16 --peers.device="$device" --report="$results/bench.html" "$@" 2>&1 |
  tee "$results/bench.txt" || status=1
exit "$status"
