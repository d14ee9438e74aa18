#!/usr/bin/env bash
# A push of a model ends in a verified, faster kernel on a branch; the commit
# can be measured again; a wrong kernel is turned down.
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"

host_file
team
expect 0 kevo daemon --once
cp -r "$SOURCE_DIR"/ci/demo.d/model/. .
git add . && git commit -q -m "Add the ranker" && git push -q origin HEAD:main
expect 0 kevo daemon --once

# What was built lies where the host file says: there it is tidied up.
[ -n "$(find "$box/kcache" -name 'oracle-*.so')" ] || fail "no oracle is kept"
[ ! -e "$box/cache/kevo" ] || fail "the user's cache is used: $(ls "$box/cache/kevo")"

hardware=$(basename hardware/*.json .json)
branch=kevo/softmax/$hardware
git -C "$box/team.git" rev-parse -q --verify "refs/heads/$branch" >/dev/null ||
        fail "no branch $branch: $(kevo status; kevo log)"
git fetch -q origin
files=$(git diff-tree --no-commit-id --name-only -r "origin/$branch")
[ "$files" = "kernels/softmax/$hardware.c" ] || fail "the commit holds: $files"
out=$(git log -1 --format=%B "origin/$branch")
for trailer in Kevo-Kernel Kevo-Hardware Kevo-Environment Kevo-Against \
        Kevo-Workloads Kevo-Threads Kevo-Method Kevo-Speedup Kevo-Verified; do
        says "$trailer:"
done
git merge-base --is-ancestor origin/main "origin/$branch" ||
        fail "the branch does not start at main"

# The search timed candidates against its own best, and the kernel that is
# generated without a schedule was one of them; what is published was measured
# against the repository's source alone.
rows() { sqlite3 "$box/kevo.db" "$1"; }
blob=$(git -C "$box/team.git" rev-parse main:kernels/softmax/generic.c)
earlier="baseline = 'an earlier candidate'"
[ "$(rows "select count(*) from measure where stage <> 'S2'
        and baseline <> '$blob'")" = 0 ] || fail "measured against something else"
[ "$(rows "select count(*) from node")" -lt 4 ] ||
        [ "$(rows "select count(*) from measure where stage = 'S2'
                and $earlier")" != 0 ] || fail "no candidate was an opponent"
[ "$(rows "select count(*) from node")" -lt 4 ] ||
        [ "$(rows "select count(*) from node where schedule = 'first'")" = 1 ] ||
        fail "the generated kernel was not tried"

# The speedup of a SIMD softmax over a scalar one leaves no room for doubt.
expect 0 kevo reproduce "origin/$branch"

# A second run repeats nothing.
before=$(sqlite3 "$box/kevo.db" 'select count(*) from node')
expect 0 kevo daemon --once
after=$(sqlite3 "$box/kevo.db" 'select count(*) from node')
[ "$before" = "$after" ] || fail "searched again: $before, $after nodes"

# The work tree of the clone and the bare main are untouched.
git diff --quiet && git diff --cached --quiet || fail "work tree was touched"

cp -r "$SOURCE_DIR"/ci/demo.d/wrong/. .
git add . && git commit -q -m "Vectorise by hand" && git push -q origin HEAD:main
kevo daemon --once || true
expect 0 kevo log
says "wrong"

# The person's file is wrong, so it is not what others are measured against;
# the proposal is closed with a reason that stays.
expect 0 kevo refuse "$branch" "we drop this kernel"
expect 0 kevo status
says "refused"
# A proposal by its branch, in short too; one that is not there, by the name
# that may be meant.
expect 0 kevo proposal "${branch#kevo/}"
says "refused    $branch"
expect 2 kevo proposal "${branch}x"
says "no proposal has the branch ${branch}x; did you mean $branch?"
expect 2 kevo proposal something/else/entirely
says "there is $branch; \`kevo proposal --all\` lists all"
# Whole sentences, one a line where no terminal reads them.
expect 0 kevo log --limit 200
grep -q "^        job [0-9]* ended: .*WRONG: .*rounding explains" <<<"$out" ||
        fail "no whole sentence of the wrong job: $out"
expect 0 kevo store check
