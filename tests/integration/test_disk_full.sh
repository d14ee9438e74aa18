#!/usr/bin/env bash
# The disk is full from the k-th write on: of the store, of temporary files
# and caches, of git's objects and refs, of hooks and exported files. Whatever
# runs says so and names the place, nothing is left half, no kernel is called
# wrong for it, and with space again the same command does its work.
#
# FULL_ALL=1 tries every k, otherwise a part of them by chance (FULL_SEED
# repeats a run's choices).
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
seed=${FULL_SEED:-$RANDOM}
RANDOM=$seed
echo "FULL_SEED=$seed"
step() { [ -n "${FULL_ALL:-}" ] && echo 1 || echo $((RANDOM % (2 * $1) + 1)); }
export TMPDIR=$box/tmp
mkdir "$TMPDIR"
faults
SECONDS_TO_SEARCH=1
host_file '"second_seconds": 0, "baselines": {"seconds": 0}'
small_team
remember_answers
memory=$KEVO_WORKER

# full_from K COMMAND...: run it on a disk that takes K - 1 more writes; its
# exit status in $status, its output in $out, whether it met the end in $hit
full_from() {
        fault 0 0
        fault 2 0
        fault 1 "$1"
        shift
        status=0
        out=$(timeout 600 "${faulty[@]}" "$@" 2>&1) || status=$?
        hit=$(od -An -t d8 -j 16 -N 8 "$box/out/page" | tr -d ' ')
        [ "$status" -lt 124 ] || fail "ended with $status at full disk: $out"
}

# told K: a full disk that was met was said, with a place and what to do; or
# it was met when all was done (SQLite tidies up when it closes)
told() {
        [ "$hit" -gt 0 ] || return 0
        if [ "$status" = 0 ]; then
                [ -n "${delivers:-}" ] ||
                        fail "write $1 failed, and nobody heard: $out"
                one_proposal
                return
        fi
        grep -qE '/[a-z]+.*(No space left|disk is full|ree some space|Check the disk)' <<<"$out" ||
                fail "write $1: what is wrong? $out"
}

# every COMMAND...: at full disk from each k-th write on, until it needs no
# more; $reset before and $check after each
every() {
        local k=1 met=0
        while :; do
                $reset
                full_from "$k" "$@"
                told "$k"
                $check "$@"
                [ "$hit" -gt 0 ] || break
                met=$((met + 1))
                k=$((k + $(step "$stride")))
        done
        [ "$met" -gt 0 ] || fail "it never wrote: $*"
        echo "$met of $k writes of: kevo ${*:2}"
}

# --- files --------------------------------------------------------------------
stride=1

fresh_folder() { rm -rf "$box/new" && mkdir "$box/new" && cd "$box/new"; }
init_again() {
        expect 0 kevo init
        for file in kevo.json kernels/README.md models/README.md; do
                cmp -s "$file" "$box/clone/$file" || fail "torn: $file"
        done
}
reset=fresh_folder check=init_again every kevo init

no_hooks() { rm -rf "$box/team.git/hooks"; }
hooks_again() {
        for hook in "$box"/team.git/hooks/*; do
                [ ! -e "$hook" ] || bash -n "$hook" || fail "torn: $hook"
        done
        expect 0 kevo hook install "$box/team.git"
}
reset=no_hooks check=hooks_again every kevo hook install "$box/team.git"
no_hooks

cd "$box/clone"
expect 0 kevo export --c "$box/whole"
no_export() { rm -rf "$box/part"; }
export_again() {
        for file in $(cd "$box/whole" && find . -type f); do
                [ ! -e "$box/part/$file" ] ||
                        cmp -s "$box/part/$file" "$box/whole/$file" ||
                        fail "torn: $file"
        done
        expect 0 kevo export --c "$box/part"
        diff -r "$box/part" "$box/whole" || fail "not the same export"
}
reset=no_export check=export_again stride=2 every kevo export --c "$box/part"

# --- the main job -------------------------------------------------------------
# Not from the beginning each time: what was stored stays, and the next k are
# in what is left to do.
sane() {
        all_sound
        [ "$(rows "select count(*) from job where state = 'failed'")" = 0 ] ||
                fail "a job failed for good: $(kevo status)"
        [ "$(rows "select count(*) from verdict where verdict <> 'accepted'")" = 0 ] ||
                fail "a verdict without a reason: $(kevo status)"
        for ref in $(git -C "$box/team.git" for-each-ref \
                --format='%(objectname)' refs/heads/kevo); do
                [ "$(rows "select count(*) from proposal
                        where tip = '$ref' or intent = '$ref'")" = 1 ] ||
                        fail "a branch that the store does not know"
        done
        sqlite3 "$box/kevo.db" "update job set not_before = 0, attempts = 0
                where state in ('queued', 'running')" 2>/dev/null || true
}
again() {
        sane
        expect 0 kevo daemon --once
        one_proposal
}
delivers=1

if [ -n "${FULL_ALL:-}" ]; then
        reset=start_over check=again every kevo daemon --once
else
        start_over
        for i in $(seq 9); do
                k=$((RANDOM % 120 + 1))
                export KEVO_WORKER=$memory
                # Some with a worker that works, and so writes.
                if [ $((i % 4)) = 1 ]; then
                        export KEVO_WORKER= k=$((k / 2 + 1))
                fi
                full_from "$k" kevo daemon --once
                told "by chance"
                sane
                [ "$hit" -gt 0 ] || start_over
        done
        export KEVO_WORKER=$memory
        again
fi

# --- delivering ---------------------------------------------------------------
back_to_ready() {
        branch=$(rows "select branch from proposal where state = 'open'")
        kevo refuse "$branch" "once more" >/dev/null
        kevo proposal reopen "$branch" >/dev/null
}
reset=back_to_ready check=again stride=3 every kevo daemon --step deliver
