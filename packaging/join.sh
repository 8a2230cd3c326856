#!/usr/bin/env bash
# Checks the pieces that lie beside it (packaging/release.sh --split) and unpacks the archive they are, here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if ! sha256sum --check --quiet SHA256SUMS; then
  echo "error: a piece is missing or damaged, see above; copy it again. Nothing was unpacked" >&2
  exit 1
fi
sed 's/^[^ ]* .//' SHA256SUMS | xargs cat | tar xz # joined on the way, so that the disk holds it once
echo "unpacked: $PWD/$(sed -n '1s/^[^ ]* .\(.*\)\.tar\.gz\..*/\1/p' SHA256SUMS)"
