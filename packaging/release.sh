#!/usr/bin/env bash
# Makes target/flowmatching-VERSION-OS-ARCH.tar.gz: the command, its libraries and a Java runtime of its own, for machines of this kind that
# have nothing installed. Needs a JDK with jlink and its modules (Debian, Ubuntu: openjdk-17-jdk-headless).
#   packaging/release.sh              everything
#   packaging/release.sh --robot      without libtorch: run, record and check-robot, but not train
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

suffix="" left_out=()
case "${1:-}" in
  "") ;;
  --robot) suffix=-robot left_out=('pytorch-*.jar' 'openblas-*.jar') ;;
  *) echo "error: expected --robot or nothing, found $1" >&2; exit 2 ;;
esac

# What the libraries' classes name (jdeps), and elliptic curves for https.
modules=java.base,java.compiler,java.desktop,java.logging,java.management,java.naming,java.net.http,java.rmi,java.scripting,java.sql,jdk.crypto.ec
modules+=,jdk.jfr,jdk.management,jdk.unsupported

version="$(./flowmatching --version | sed 's/flowmatching \(.*\),.*/\1/')" # builds where that is due
name="flowmatching-$version-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)$suffix"
tree="target/release/$name"
rm -rf "$tree"
mkdir -p "$tree/java"

cp src/app/target/lib/*.jar "$tree/java/"
for pattern in "${left_out[@]}"; do
  (cd "$tree/java" && rm $pattern)
done
cp -r flowmatching LICENSE README.md CHANGELOG.md docs config launch models worlds "$tree/"
jlink --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --compress=2 --output "$tree/runtime"
"$tree/runtime/bin/java" -Xshare:dump >/dev/null # classes of the JDK, ready to use: starts sooner

tar -C target/release -czf "target/$name.tar.gz" --owner=0 --group=0 "$name"
echo "target/$name.tar.gz: $(du -h "target/$name.tar.gz" | cut -f1), unpacked $(du -sh "$tree" | cut -f1), of which the runtime $(du -sh "$tree/runtime" | cut -f1)"
