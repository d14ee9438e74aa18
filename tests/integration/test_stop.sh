#!/usr/bin/env bash
# A daemon or a search that is told to stop does so at once, also while a
# worker measures, says so in the store, and goes on where it was.
. "$SOURCE_DIR/tests/integration/lib.sh" || exit 1
SECONDS_TO_SEARCH=1 host_file '"baselines": {"seconds": 0}'
small_team
wait_for() {
        for _ in $(seq 1200); do
                grep -q "$1" "$box/log" && return
                sleep 0.1
        done
        fail "no \"$1\" in: $(cat "$box/log")"
}

# In the middle of the proof: what was searched is not searched again.
kevo daemon >"$box/log" 2>&1 &
daemon_pid=$!
wait_for "grow: confirming: "
kill "$daemon_pid"
code=0
wait "$daemon_pid" || code=$?
daemon_pid=
[ "$code" = 0 ] || fail "SIGTERM ended it with $code: $(cat "$box/log")"
grep -q "ended .*interrupted while confirming" "$box/log" ||
        fail "not interrupted: $(cat "$box/log")"
[ "$(rows "select state, attempts from job where kind = 'search'")" = \
        "queued|0" ] || fail "jobs: $(rows 'select * from job')"
[ "$(rows "select state, ending from campaign")" = "ended|interrupted" ] ||
        fail "campaigns: $(rows 'select * from campaign')"
expect 0 kevo status
says "interrupted: the daemon was stopped"
nodes=$(rows "select count(*) from node")
expect 0 kevo daemon --once
[ "$(rows "select count(*) from node")" = "$nodes" ] || fail "searched again"
one_proposal

# A person's search, by ctrl-C: what was being tried is tried again.
sed -i 's/exp(x\[i\])/exp(-x[i])/' kernels/grow/grow.kernel
rm kernels/grow/generic.c
kevo search grow --seconds 60 >"$box/out" 2>"$box/log" &
search=$!
wait_for "searching"
sleep 1
kill -INT "$search"
code=0
wait "$search" || code=$?
[ "$code" = 130 ] || fail "SIGINT ended it with $code: $(cat "$box/log")"
grep -q "interrupted while searching" "$box/out" ||
        fail "not said: $(cat "$box/out")"
expect 0 kevo log --limit 1
says "by hand: "
says "interrupted while searching"
[ "$(rows "select count(*) from node where state = 'failed'
        or failure = 'interrupted'")" = 0 ] ||
        fail "nodes: $(rows "select state, failure from node")"
expect 0 kevo store check
