#!/usr/bin/env bash
# How fast the harness is: evaluations a minute through S2, and the share of
# wall time that is neither compiling nor inside either side's calls.
# usage: tests/bench/throughput.sh [SECONDS]      (kevo in PATH)
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT
seconds=${1:-60}
export KEVO_CONFIG=$box/host.json
echo "{\"kevo\": 1, \"store\": \"$box/kevo.db\", \"cache\": \"$box/cache\"}" >"$KEVO_CONFIG"
mkdir "$box/repo" && cd "$box/repo"
kevo init >/dev/null
mkdir -p kernels && cp -r "$source_dir/kernels/softmax" kernels/
sed -i 's/^ *workload.*/    workload small M=256 N=512/' kernels/softmax/softmax.kernel
kevo search softmax --seconds "$seconds" >"$box/out"
tail -n 3 "$box/out"
sqlite3 "$box/kevo.db" "
  select 'evaluations through S2: ' || count(*),
         'a minute: ' || round(60e9 * count(*) / sum(wall_ns), 1),
         'compiling: ' || round(100.0 * sum(compile_ns) / sum(wall_ns), 1) || ' %',
         'in calls: ' || round(100.0 * sum(calls_ns) / sum(wall_ns), 1) || ' %',
         'harness: ' || round(100.0 * sum(wall_ns - compile_ns - calls_ns) / sum(wall_ns), 1) || ' %'
  from run where stage = 'S2'" | tr '|' '\n'
