# Shared by the integration tests: a private folder with its own store,
# cache, socket and git identity; removed at the end.
set -euo pipefail
: "${KEVO:?path of the kevo binary}" "${SOURCE_DIR:?source tree}"

user_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}
box=$(mktemp -d)
trap 'code=$?; [ -z "${daemon_pid:-}" ] || kill "$daemon_pid" 2>/dev/null || true; rm -rf "$box"; exit $code' EXIT
export KEVO_CONFIG=$box/host.json GIT_CONFIG_GLOBAL=$box/gitconfig HOME=$box
export XDG_CACHE_HOME=$box/cache XDG_STATE_HOME=$box/state
export PATH="$(dirname "$KEVO"):$PATH"
git config --file "$GIT_CONFIG_GLOBAL" user.name Tester
git config --file "$GIT_CONFIG_GLOBAL" user.email tester@localhost
git config --file "$GIT_CONFIG_GLOBAL" init.defaultBranch main

fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "SKIPPED: $*" >&2; exit 77; }

# host_file [MORE JSON]: one repository, $box/team.git
host_file() {
        cat >"$KEVO_CONFIG" <<EOF
{"kevo": 1, "store": "$box/kevo.db", "cache": "$box/kcache",
 "socket": "$box/kevo.sock", "search_seconds": ${SECONDS_TO_SEARCH:-8},
 "repositories": [{"path": "$box/team.git"}] ${1:+, $1}}
EOF
}

# start_team: a bare repository and a clone in $box/clone, with kevo's files
start_team() {
        git init -q --bare "$box/team.git"
        git clone -q "$box/team.git" "$box/clone" 2>/dev/null
        cd "$box/clone"
        kevo init >/dev/null
}

# publish MESSAGE: what is in the clone becomes main
publish() {
        git add . && git commit -q -m "$1" && git push -q origin HEAD:main
}

# team: with the demo's softmax
team() {
        start_team
        cp -r "$SOURCE_DIR"/ci/demo.d/first/. .
        publish Start
}

# small_team: with a kernel whose search is short, and whose source is so slow
# that no noise of the machine hides the win; one task, because threads wait
# for each other where other programs run
small_team() {
        start_team
        mkdir kernels/grow
        cat >kernels/grow/grow.kernel <<'END'
kernel grow {
    size N in 1..=65536
    in  x: f32[N]
    out y: f32[N]
    y[i] = exp(x[i])
    workload small N = 256
}
END
        cat >kernels/grow/generic.c <<'END'
#include <math.h>

void grow(const float *x, float *y, long N)
{
        for (long i = 0; i < N; i++) {
                volatile double in = x[i], sum = 0;

                for (int again = 0; again < 16; again++)
                        sum += exp(in);
                y[i] = (float)(sum / 16);
        }
}
END
        publish Start
}

# tool NAME FLAGS...: $box/NAME from tests/integration/SOURCE.c
tool() {
        local name=$1
        shift
        "${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O1 "$@" -o "$box/$name" \
                "$SOURCE_DIR/tests/integration/${name%.so}.c"
}

# remember_answers: from now on a main job of the small team takes seconds.
# KEVO_TEST_ANSWERS: a folder that keeps them for the next test of this kevo.
remember_answers() {
        local answers=${KEVO_TEST_ANSWERS:-$box/answers}
        tool memo_worker
        (
                flock 9
                [ "$KEVO" -ot "$answers/made" ] || rm -rf "$answers"
                mkdir -p "$answers"
                touch "$answers/made"
        ) 9>"$answers.lock"
        export KEVO_WORKER="exec $box/memo_worker $answers $KEVO"
        expect 0 kevo daemon --once
        one_proposal
        start_over
}

# start_over: the store and what it delivered are gone
start_over() {
        rm -f "$box"/kevo.db*
        git -C "$box/team.git" for-each-ref --format='delete %(refname)' \
                refs/heads/kevo | git -C "$box/team.git" update-ref --stdin
}

# faults: what runs with "${faulty[@]}" in front meets the disk and the clock
# of tests/integration/faults.c; fault sets them
faults() {
        ldd "$KEVO" | grep -q 'lib[at]san' &&
                skip "a sanitizer wants to be loaded before all others"
        tool faults.so -shared -fPIC
        mkdir "$box/out"
        head -c 32 /dev/zero >"$box/out/page"
        faulty=(env "LD_PRELOAD=$box/faults.so" "KEVO_FAULTS=$box/out/page"
                "KEVO_FAULTS_BELOW=$box" "KEVO_FAULTS_BUT=$box/out")
}

# fault NUMBER VALUE: writes so far 0, first that fails 1, failed 2, seconds
# that the wall clock is ahead 3. In place: the page is mapped.
fault() {
        local i bytes=
        for i in 0 8 16 24 32 40 48 56; do
                bytes+=$(printf '\\x%02x' $((($2 >> i) & 255)))
        done
        printf '%b' "$bytes" | dd of="$box/out/page" bs=8 seek="$1" \
                conv=notrunc status=none
}

rows() { sqlite3 "$box/kevo.db" "$1" 2>/dev/null || echo 0; }

# one_proposal: exactly what a main job of the small team ends in, once
one_proposal() {
        local hardware branch path
        hardware=$(basename "$box"/clone/hardware/*.json .json)
        branch=$(git -C "$box/team.git" for-each-ref \
                --format='%(refname:short)' refs/heads/kevo)
        [ "$branch" = "kevo/grow/$hardware" ] ||
                fail "branches: $branch; $(kevo status; kevo log)"
        [ "$(git -C "$box/team.git" rev-list "main..$branch" | wc -l)" = 1 ] ||
                fail "the branch has more than one commit"
        path=$(git -C "$box/team.git" diff-tree --no-commit-id --name-only \
                -r "$branch")
        [ "$(git -C "$box/team.git" rev-parse "$branch:$path")" = \
                "$(rows "select blob from proposal where state = 'open'")" ] ||
                fail "not the file of the open proposal: $(kevo proposal)"
        all_sound
        [ "$(rows "select group_concat(kind || ' ' || state)
                from (select kind, state from job order by id)")" = \
                "verify done,search done" ] ||
                fail "jobs: $(rows 'select * from job')"
        [ "$(rows "select count(*) from event
                where kind = 'push' and subject like '%/main'")" = 1 ] ||
                fail "the push was planned more than once"
        [ "$(rows "select count(*) from campaign")" = 1 ] || fail "campaigns"
        [ "$(rows "select count(*) from (select 1 from node
                group by campaign, source having count(*) > 1)")" = 0 ] ||
                fail "a candidate was inserted twice"
}

# all_sound: whatever happened, nothing is half, and no kernel is called wrong
all_sound() {
        [ ! -s "$box/kevo.db" ] || expect 0 kevo store check
        git -C "$box/team.git" fsck --strict >"$box/fsck" 2>&1 ||
                fail "git fsck: $(cat "$box/fsck")"
        [ "$(rows "select count(*) from verification where passed = 0")" = 0 ] ||
                fail "a kernel is called wrong: $(rows "select * from run_check
                        where not passed")"
}

# expect STATUS COMMAND...: its output lands in $out
expect() {
        local want=$1 got=0
        shift
        out=$("$@" 2>&1) || got=$?
        [ "$got" = "$want" ] ||
                fail "exit $got instead of $want: $*"$'\n'"$out"
}

# says TEXT: the last command's output holds it
says() {
        case "$out" in *"$1"*) ;; *) fail "no \"$1\" in: $out" ;; esac
}

# torch_python: print a Python that has PyTorch, or nothing
torch_python() {
        for python in "${KEVO_TORCH_PYTHON:-}" \
                "$user_cache/kevo/torch/bin/python3" python3; do
                [ -n "$python" ] || continue
                "$python" -c 'import torch' 2>/dev/null || continue
                command -v "$python"
                return
        done
}

# find_torch: $python becomes a Python that has PyTorch; skips without one
find_torch() {
        python=$(torch_python)
        [ -n "$python" ] || skip "no Python with PyTorch: run ci/setup tests," \
                "or python3 -m venv $user_cache/kevo/torch &&" \
                "$user_cache/kevo/torch/bin/pip install torch==2.13.0 numpy"
}
