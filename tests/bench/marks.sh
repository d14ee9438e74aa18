#!/usr/bin/env bash
# What a search wins here: each kernel of the library against its plain C
# (generic.c: three passes, compiled with the same gcc -O3 -march=native, on
# the same threads), in one run, with the interval of the confirmation.
# usage: tests/bench/marks.sh [SECONDS [KERNEL ...]]      (kevo in PATH)
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT
seconds=${1:-120}
shift || true
[ $# -gt 0 ] || set -- softmax layer_norm bias_gelu matmul linear_relu embedding_bag \
        cumsum scatter_add map_id
export KEVO_CONFIG=$box/host.json
echo "{\"kevo\": 1, \"store\": \"$box/kevo.db\", \"cache\": \"$box/cache\"}" >"$KEVO_CONFIG"
mkdir "$box/repo" && cd "$box/repo"
kevo init >/dev/null
mkdir -p kernels
for kernel in "$@"; do
        cp -r "$source_dir/kernels/$kernel" kernels/
        kevo search "$kernel" --seconds "$seconds"
done
