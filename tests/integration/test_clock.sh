#!/usr/bin/env bash
# The wall clock is set, by hours and by years, back and forth, between jobs
# and in the middle of them: work is neither lost nor held back nor repeated,
# and everything ends.
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
SECONDS_TO_SEARCH=1
faults
host_file '"second_seconds": 0, "poll_seconds": 1, "baselines": {"seconds": 0}'
small_team
remember_answers
memory=$KEVO_WORKER
hour=3600 year=31557600

# jump SECONDS...: set the clock to one of them, five times a second
jump() {
        while :; do
                fault 3 "${@:RANDOM % $# + 1:1}"
                sleep 0.2
        done &
        jumping=$!
}
still() {
        kill "$jumping"
        wait "$jumping" 2>/dev/null || true
}

# A main job while the clock jumps, by up to 24 days: after 30 the proposal that
# nobody looked at would be frozen, as it should.
jumps=(0 $hour -$hour $((12 * 24 * hour)) $((-12 * 24 * hour)) 60 -60)
jump "${jumps[@]}"
expect 0 timeout 300 "${faulty[@]}" kevo daemon --once
still
one_proposal
[ "$(rows "select sum(attempts) from job")" = 2 ] || fail "tried more than once"

# A daemon that stays, with nothing to do: it does nothing.
jump "${jumps[@]}"
decided=$(rows "select count(*) from decision")
"${faulty[@]}" kevo daemon >"$box/out/log" 2>&1 &
daemon_pid=$!
sleep 5
kill "$daemon_pid"
code=0
wait "$daemon_pid" || code=$?
daemon_pid=
still
[ "$code" = 0 ] || fail "SIGTERM ended it with $code: $(cat "$box/out/log")"
[ "$(rows "select count(*) from decision")" = "$decided" ] ||
        fail "decided again: $(cat "$box/out/log")"
[ "$(wc -l <"$box/out/log")" -lt 20 ] || fail "it says: $(cat "$box/out/log")"
one_proposal

# The clock is years ahead while a search is put off for a minute; then it is
# set right. The search is done now, not in nine years.
start_over
fault 3 $((9 * year))
export KEVO_WORKER=false
expect 1 timeout 300 "${faulty[@]}" kevo daemon --once
[ "$(rows "select count(*) from job where state = 'queued'")" -gt 0 ] ||
        fail "nothing was put off: $(kevo status)"
fault 3 0
export KEVO_WORKER=$memory
expect 0 timeout 300 "${faulty[@]}" kevo daemon --once
expect 0 timeout 300 "${faulty[@]}" kevo daemon --once
one_proposal

# Set back by years after a proposal was opened: the day's count and the ages
# of proposals come from the future, and nothing waits for them.
branch=$(rows "select branch from proposal where state = 'open'")
kevo refuse "$branch" "once more" >/dev/null
kevo proposal reopen "$branch" >/dev/null
fault 3 $((-9 * year))
expect 0 timeout 300 "${faulty[@]}" kevo daemon --once
one_proposal
expect 0 "${faulty[@]}" kevo status
expect 0 "${faulty[@]}" kevo log
