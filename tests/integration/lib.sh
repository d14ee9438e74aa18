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

# team: a bare repository and a clone in $box/work with the demo's softmax
team() {
        git init -q --bare "$box/team.git"
        git clone -q "$box/team.git" "$box/work" 2>/dev/null
        cd "$box/work"
        kevo init >/dev/null
        cp -r "$SOURCE_DIR"/ci/demo.d/first/. .
        git add . && git commit -q -m "Start" && git push -q origin HEAD:main
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
