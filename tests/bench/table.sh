#!/usr/bin/env bash
# The table of docs/benchmarks.md: a search of SECONDS for every kernel of the
# library, then each at each of its workloads against plain C, OpenBLAS,
# PyTorch eager and torch.compile, in turn on the same threads.
# usage: tests/bench/table.sh [SECONDS [KERNEL ...]]      (kevo in PATH)
# KEVO_BENCH_PYTHON names a Python with PyTorch; KEVO_BENCH_STORE a database
# to keep, so that a second run searches on and measures anew. On a larger
# machine KEVO_BENCH_AT_ONCE kernels are searched at a time, each on two
# processors of its own; what is in the table is measured one by one.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT
seconds=${1:-120}
shift || true
[ $# -gt 0 ] || set -- $(cd "$source_dir/kernels" && ls -d */ | tr -d /)
python=$(command -v "${KEVO_BENCH_PYTHON:-python3}")
# The outside baselines are measured once, by the table.
for use in search:0 table:600; do
        cat >"$box/${use%:*}.json" <<END
{"kevo": 1, "store": "${KEVO_BENCH_STORE:-$box/kevo.db}", "cache": "$box/cache",
 "baselines": {"python": "$python", "seconds": ${use#*:}}}
END
done
export KEVO_CONFIG=$box/search.json
at_once=${KEVO_BENCH_AT_ONCE:-0}
pin=()
[ "$at_once" = 0 ] || pin=(taskset -c 0,1)

mkdir -p "$box/repo/kernels" && cd "$box/repo"
"${pin[@]}" kevo init >/dev/null
for kernel in "$@"; do
        cp -r "$source_dir/kernels/$kernel" kernels/
done
if [ "$at_once" = 0 ]; then
        for kernel in "$@"; do
                kevo search "$kernel" --seconds "$seconds" >&2 ||
                        echo "$kernel: no search" >&2
        done
else
        printf '%s\n' "$@" |
                xargs -P "$at_once" --process-slot-var=SLOT -I{} bash -c '
                        taskset -c $((2 * SLOT)),$((2 * SLOT + 1)) \
                                kevo search {} --seconds "$0" ||
                                echo "{}: no search"' "$seconds" >&2
fi
KEVO_CONFIG=$box/table.json "${pin[@]}" kevo bench --table "$@"
