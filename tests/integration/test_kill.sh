#!/usr/bin/env bash
# kill -9 at any instant loses nothing and repeats nothing that finished: of
# everything at once, of the daemon alone, of any one process below it; at
# moments by chance and right behind whatever was stored; over planning,
# verifying, searching, confirming and delivering. KILLS sets how often,
# KILL_SEED repeats a run's choices.
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
kills=${KILLS:-50}
seed=${KILL_SEED:-$RANDOM}
RANDOM=$seed
echo "KILL_SEED=$seed"
export TMPDIR=$box/tmp
mkdir "$TMPDIR"
SECONDS_TO_SEARCH=1
host_file '"second_seconds": 0, "baselines": {"seconds": 0}'
small_team
remember_answers
memory=$KEVO_WORKER

stored='select (select count(*) from run) + (select count(*) from node)
        + (select count(*) from verdict) + (select count(*) from decision)
        + (select count(*) from proposal_step) + (select count(*) from value)
        + (select sum(attempts) from job)
        + (select count(*) from job where state = "done")'

# Every process below a pid, nearest first.
below() {
        for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
                echo "$child"
                below "$child"
        done
}

# gone PID...: all have ended, or end by themselves within ten seconds
gone() {
        for _ in $(seq 100); do
                alive=
                for pid in "$@"; do
                        kill -0 "$pid" 2>/dev/null && alive=$pid
                done
                [ -z "$alive" ] && return
                sleep 0.1
        done
        fail "process $alive outlived its daemon: $(ps -fj "$@" || true)"
}

# Wait for a moment: by chance, or until something more was stored.
moment() {
        local before steps
        if [ "$1" = chance ]; then
                sleep "$((RANDOM % 2)).$((RANDOM % 900 + 100))"
                return
        fi
        steps=$((RANDOM % 4 + 1))
        before=$(rows "$stored")
        for _ in $(seq 500); do
                if [ "$(rows "$stored")" != "$before" ]; then
                        before=$(rows "$stored")
                        steps=$((steps - 1))
                fi
                [ "$steps" -gt 0 ] || break
                kill -0 "$daemon_pid" 2>/dev/null || break
                sleep 0.01
        done
        sleep "0.0$((RANDOM % 10))"
}

# strike WHOM: all | daemon | child
strike() {
        tree=($(below "$daemon_pid"))
        case $1 in
        all) kill -9 "$daemon_pid" "${tree[@]}" 2>/dev/null || true ;;
        daemon) kill -9 "$daemon_pid" 2>/dev/null || true ;;
        child)
                [ ${#tree[@]} = 0 ] ||
                        kill -9 "${tree[$((RANDOM % ${#tree[@]}))]}" \
                                2>/dev/null || true
                sleep "0.$((RANDOM % 9))"
                tree=($(below "$daemon_pid"))
                kill -9 "$daemon_pid" 2>/dev/null || true
                ;;
        esac
        wait "$daemon_pid" 2>/dev/null || true
        gone "${tree[@]}"
        daemon_pid=
}

number=0 finished=0
# round KIND: a daemon is started and killed; all is in order
round() {
        whom=(all daemon child)
        number=$((number + 1))
        kevo daemon --once >"$box/log" 2>&1 &
        daemon_pid=$!
        moment "$1"
        strike "${whom[$((RANDOM % 3))]}"
        [ ! -s "$box/kevo.db" ] || expect 0 kevo store check
        now=$(rows "select count(*) from run")
        [ "$now" -ge "$finished" ] ||
                fail "runs were lost: $finished, $now"
        finished=$now
        # Back-off must not make us wait for minutes here, and what was ended
        # eight times is parked.
        sqlite3 "$box/kevo.db" "update job set not_before = 0, attempts = 0
                where state in ('queued', 'running')" 2>/dev/null || true
}

# finish: the next daemon does the rest, once. A lock of git's that a kill
# left would be old by then.
finish() {
        find "$box/team.git" -name '*.lock' -exec touch -d '1 hour ago' {} +
        expect 0 kevo daemon --once
        one_proposal
}

jobs=0
while [ "$number" -lt "$kills" ]; do
        jobs=$((jobs + 1))
        start_over
        finished=0
        while [ "$number" -lt "$kills" ] &&
                [ "$(rows "select count(*) from proposal where state = 'open'")" = 0 ]; do
                # Some with a worker and cells that work.
                [ $((number % 8)) = 7 ] && export KEVO_WORKER= ||
                        export KEVO_WORKER=$memory
                [ $((RANDOM % 2)) = 0 ] && round stored || round chance
        done
        export KEVO_WORKER=$memory
        finish
        # Delivering alone: the branch goes and comes back.
        for _ in 1 2; do
                branch=$(rows "select branch from proposal where state = 'open'")
                kevo refuse "$branch" "once more" >/dev/null
                kevo proposal reopen "$branch" >/dev/null
                round stored
                finish
        done
done

# Nothing is left that would grow: the next process that needs a temporary
# folder takes those of the killed away.
export KEVO_WORKER=
expect 0 kevo verify grow
left=$(find "$TMPDIR" "$box/kcache" "$box/team.git" -mindepth 1 \
        \( -name 'kevo-*' -o -name '*.tmp' -o -name '*.lock' \) | head -3)
[ -z "$left" ] || fail "left behind: $left"
echo "$number kills survived in $jobs main jobs"
