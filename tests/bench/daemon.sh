#!/usr/bin/env bash
# The daemon's own cost: from push to the first job running, memory and
# processor time when idle.
# usage: tests/bench/daemon.sh [IDLE_SECONDS]      (kevo in PATH)
set -euo pipefail
SOURCE_DIR=$(cd "$(dirname "$0")/../.." && pwd)
KEVO=$(command -v kevo)
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
idle=${1:-60}
SECONDS_TO_SEARCH=1
host_file
team
(cd "$box/team.git" && kevo hook install >/dev/null)
kevo daemon --once >/dev/null 2>&1
kevo daemon >"$box/log" 2>&1 &
daemon_pid=$!
for _ in $(seq 100); do [ -S "$box/kevo.sock" ] && break; sleep 0.05; done
sleep 2
ticks() { awk '{print $14 + $15}' "/proc/$daemon_pid/stat"; }
before=$(ticks)
sleep "$idle"
after=$(ticks)
echo "idle memory: $(awk '/VmRSS/ {print $2 / 1024 " MB"}' "/proc/$daemon_pid/status")"
echo "idle processor time: $(echo "$before $after $idle $(getconf CLK_TCK)" |
        awk '{printf "%.3f %%", 100 * ($2 - $1) / $4 / $3}')"
cp -r "$SOURCE_DIR"/ci/demo.d/model/. .
git add . && git commit -q -m "Add the ranker"
known=$(sqlite3 "$box/kevo.db" "select coalesce(max(id), 0) from job")
began=$(date +%s%N)
git push -q origin HEAD:main
pushed=$(date +%s%N)
while [ "$(sqlite3 "$box/kevo.db" "select count(*) from job where id > $known and started > 0" 2>/dev/null || echo 0)" = 0 ]; do
        sleep 0.02
        [ $(($(date +%s%N) - began)) -lt 30000000000 ] || fail "no job in 30 s: $(cat "$box/log")"
done
ran=$(date +%s%N)
first=$(sqlite3 "$box/kevo.db" "select kind || ' ' || kernel from job where id > $known and started > 0 limit 1")
echo "git push: $(((pushed - began) / 1000000)) ms; from its end to the first job running ($first): $(((ran - pushed) / 1000000)) ms"
