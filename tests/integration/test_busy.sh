#!/usr/bin/env bash
# Another process keeps the store locked, for longer than a person would wait:
# no job and no measurement is lost, and who gives up says why.
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
SECONDS_TO_SEARCH=1
host_file '"second_seconds": 0, "poll_seconds": 1, "baselines": {"seconds": 0}'
small_team
remember_answers

# hold SECONDS: returns when the lock is taken
hold() {
        rm -f "$box/held"
        (
                echo "PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE;"
                echo ".shell touch $box/held"
                sleep "$1"
                echo "COMMIT;"
        ) | sqlite3 "$box/kevo.db" >/dev/null &
        holder=$!
        for _ in $(seq 600); do
                [ -e "$box/held" ] && return
                sleep 0.1
        done
        fail "no lock"
}

# All the time, with breaks of a moment, while everything is done.
expect 0 kevo store rebuild
while [ ! -e "$box/enough" ]; do
        hold 7
        wait "$holder"
        sleep 0.3
done &
holding=$!
expect 0 kevo daemon --once
touch "$box/enough"
one_proposal
[ "$(rows "select sum(attempts) from job")" = 2 ] || fail "tried more than once"
wait "$holding" || true

# A person is told after five seconds; readers are not in its way.
hold 12
expect 0 kevo status
expect 0 kevo log
expect 2 kevo search grow --seconds 1
says "busy"
says "try again"
wait "$holder"

# A daemon that stays, and whose store is locked when its job ends.
start_over
kevo daemon >"$box/log" 2>&1 &
daemon_pid=$!
for _ in $(seq 600); do
        grep -q "start .*search" "$box/log" && break
        sleep 0.1
done
hold 20
wait "$holder"
for _ in $(seq 600); do
        [ "$(rows "select count(*) from proposal where state = 'open'")" = 1 ] &&
                break
        sleep 0.1
done
kill "$daemon_pid"
wait "$daemon_pid" || fail "the daemon ended with $?: $(cat "$box/log")"
daemon_pid=
one_proposal
