#!/usr/bin/env bash
# Makes target/flowmatching-VERSION-OS-ARCH.tar.gz: the command, its libraries and a Java runtime of its own, for machines of this kind that
# have nothing installed. Needs a JDK with jlink and its modules (Debian, Ubuntu: openjdk-17-jdk-headless), and binutils.
#   packaging/release.sh              everything
#   packaging/release.sh --robot      without libtorch: run, record and check-robot, but not train
#   packaging/release.sh --gpu        the same with the runtimes for NVIDIA GPUs and what packaging/bench-gpu.sh measures (docs/gpu.md)
#   --split=SIZE, with any of them    also target/flowmatching-...-pieces: pieces of SIZE (60M, as `split -b` takes it) and what joins them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kind="" size=""
for argument in "$@"; do
  case "$argument" in
    --robot | --gpu)
      if [ -n "$kind" ] && [ "$kind" != "${argument#-}" ]; then
        echo "error: expected --robot or --gpu, found both" >&2
        exit 2
      fi
      kind="${argument#-}"
      ;;
    --split=?*) size="${argument#*=}" ;;
    *) echo "error: expected --robot, --gpu or --split=SIZE, found $argument" >&2; exit 2 ;;
  esac
done
if [ -n "$size" ] && ! split -b "$size" /dev/null 2>/dev/null; then
  echo "error: --split: expected a size as \`split -b\` takes it, as 60M, found $size" >&2
  exit 2
fi
# Those of the Java that runs the command.
if [ -n "${JAVA_HOME:-}" ]; then PATH="$JAVA_HOME/bin:$PATH"; fi
for tool in jlink jar objcopy; do
  if ! command -v "$tool" >/dev/null; then
    echo "error: no $tool found (Debian, Ubuntu: openjdk-17-jdk-headless, binutils); JAVA_HOME names another JDK" >&2
    exit 2
  fi
done
machine="$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)"
if [ "$kind" = -gpu ] && [ "$machine" != linux-x86_64 ]; then
  echo "error: --gpu: ONNX Runtime with CUDA is published for linux-x86_64 only, this is $machine" >&2
  exit 2
fi

# What the libraries' classes name (jdeps), and elliptic curves for https.
modules=java.base,java.compiler,java.desktop,java.logging,java.management,java.naming,java.net.http,java.rmi,java.scripting,java.sql,jdk.crypto.ec
modules+=,jdk.jfr,jdk.management,jdk.unsupported

version="$(./flowmatching --version | sed 's/flowmatching \(.*\),.*/\1/')" # builds where that is due
name="flowmatching-$version-$machine$kind"
tree="target/release/$name"
rm -rf "$tree"
mkdir -p "$tree/java"

# Takes out of the jar that matches the first pattern what matches the others.
without() {
  local jar unpacked="$PWD/$tree/unpacked"
  jar="$(echo "$PWD/$tree/java"/$1)"
  shift
  mkdir "$unpacked"
  (cd "$unpacked" && jar xf "$jar" && rm -r $* "$jar" && jar cfM "$jar" .)
  rm -r "$unpacked"
}

if [ "$kind" = -gpu ]; then
  # The checkout's own class path stays as it is.
  ./mvnw -B -ntp -q -DskipTests -Ponnxruntime-gpu,tensorrt,tensorrt-redist -Dlibraries="$PWD/$tree/java" package
  without onnxruntime_gpu-*.jar ai/onnxruntime/native/win-x64 # a third of it
  # Of CUDA TensorRT takes libcudart alone, see TensorRt.java.
  without cuda-redist-*.jar org/bytedeco/cuda/linux-x86_64/lib{cufft,cufftw,cufile,cufile_rdma,cupti,curand,nvJitLink,nvjpeg,nvrtc,nvrtc-builtins}.so*
  without tensorrt-*-redist.jar org/bytedeco/tensorrt/linux-x86_64/libnvinfer{,_vc}_plugin.so*
  mkdir -p "$tree/packaging" "$tree/src/testdata/tools"
  cp packaging/bench-gpu.sh "$tree/packaging/"
  cp -r src/testdata/golden_models src/testdata/reference "$tree/src/testdata/"
  cp src/testdata/tools/peer_latency.py "$tree/src/testdata/tools/"
else
  cp src/app/target/lib/*.jar "$tree/java/"
fi
if [ -n "$kind" ]; then rm "$tree"/java/pytorch-*.jar "$tree"/java/openblas-*.jar; fi
cp -r flowmatching LICENSE README.md CHANGELOG.md docs config launch models worlds "$tree/"
jlink --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --compress=2 --output "$tree/runtime"
"$tree/runtime/bin/java" -Xshare:dump >/dev/null # classes of the JDK, ready to use: starts sooner

archive="target/$name.tar.gz"
# For all users of a machine on which root unpacks it, whatever the umask is here.
tar -C target/release -czf "$archive" --owner=0 --group=0 --mode=u+rw,go+rX,go-w "$name"
echo "$archive: $(du -h "$archive" | cut -f1), unpacked $(du -sh "$tree" | cut -f1), of which the runtime $(du -sh "$tree/runtime" | cut -f1)"

if [ -n "$size" ]; then
  pieces="target/$name-pieces"
  rm -rf "$pieces"
  mkdir "$pieces"
  cp packaging/join.sh "$pieces/"
  split -b "$size" -d -a 3 "$archive" "$pieces/$name.tar.gz."
  (cd "$pieces" && sha256sum "$name".tar.gz.* >SHA256SUMS)
  echo "$pieces: $(wc -l <"$pieces/SHA256SUMS") pieces; with all of them in one directory: bash join.sh"
fi
