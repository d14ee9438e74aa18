#!/usr/bin/env bash
# kill -9 of the daemon, of a search, of a worker or of a cell at any instant
# loses nothing and repeats nothing that finished. KILLS sets how often.
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
kills=${KILLS:-6}
SECONDS_TO_SEARCH=15
host_file
team
cp -r "$SOURCE_DIR"/ci/demo.d/model/. .
git add . && git commit -q -m "Add the ranker" && git push -q origin HEAD:main

rows() { sqlite3 "$box/kevo.db" "$1" 2>/dev/null || echo 0; }

# Every process below a pid, nearest first.
below() {
        for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
                echo "$child"
                below "$child"
        done
}

finished=0
for round in $(seq "$kills"); do
        kevo daemon --once >"$box/log.$round" 2>&1 &
        daemon_pid=$!
        # From 0.3 to 9.3 s after the start, and a different victim each time.
        sleep "$((RANDOM % 10)).3"
        tree=($daemon_pid $(below "$daemon_pid"))
        victim=${tree[$((round % ${#tree[@]}))]}
        kill -9 "$victim" 2>/dev/null || true
        if [ "$victim" = "$daemon_pid" ]; then
                wait "$daemon_pid" 2>/dev/null || true
                # Children of a dead daemon end by themselves.
                for _ in $(seq 50); do
                        alive=
                        for pid in "${tree[@]:1}"; do
                                kill -0 "$pid" 2>/dev/null && alive=$pid
                        done
                        [ -z "$alive" ] && break
                        sleep 0.1
                done
                [ -z "$alive" ] || fail "child $alive outlived its daemon"
        else
                sleep 0.5
                kill -9 "$daemon_pid" 2>/dev/null || true
                wait "$daemon_pid" 2>/dev/null || true
        fi
        daemon_pid=
        [ ! -e "$box/kevo.db" ] || expect 0 kevo store check
        now=$(rows "select count(*) from run")
        [ "$now" -ge "$finished" ] || fail "runs were lost: $finished, $now"
        finished=$now
done

# What was cut off is finished by the next daemon; back-off of a killed job
# must not make us wait for minutes here.
sqlite3 "$box/kevo.db" "update job set not_before = 0 where state = 'queued'" || true
expect 0 kevo daemon --once
expect 0 kevo store check
[ "$(rows "select count(*) from job where state in ('queued', 'running')")" = 0 ] ||
        fail "jobs are left: $(kevo status)"
twice=$(rows "select count(*) from (select campaign, source from node group by 1, 2 having count(*) > 1)")
[ "$twice" = 0 ] || fail "$twice candidates were inserted twice"
branch=kevo/softmax/$(basename hardware/*.json .json)
git -C "$box/team.git" rev-parse -q --verify "refs/heads/$branch" >/dev/null ||
        fail "no branch after $kills kills: $(kevo status; kevo log)"
echo "$kills kills survived, $finished runs kept on the way"
