#!/usr/bin/env bash
# How long planning takes in a large repository: KERNELS kernels (default
# 10000), HARDWARE hardware files (default 10), 20 models. Printed are the
# seconds of the planning step for a push that changes one spec, one source,
# one model, and for the first look at all of it.
# usage: tests/bench/plan.sh [KERNELS [HARDWARE]]      (kevo in PATH)
set -euo pipefail
kernels=${1:-10000} hardware=${2:-10}
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT
export KEVO_CONFIG=$box/host.json XDG_CACHE_HOME=$box/cache HOME=$box
cat >"$KEVO_CONFIG" <<END
{"kevo": 1, "store": "$box/kevo.db", "cache": "$box/kcache",
 "socket": "$box/kevo.sock", "repositories": [{"path": "$box/team.git"}]}
END
git init -q --bare "$box/team.git"
mkdir "$box/seed" && cd "$box/seed" && kevo init >/dev/null

# The whole history as one stream: a first commit and three that change it.
python3 - "$kernels" "$hardware" "$box/seed" <<'END' | git -C "$box/team.git" fast-import --quiet
import os, sys
kernels, hardware, seed = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
spec = """kernel k%05d {
    size M, N in 1..=65536
    in   x: f32[M, N],  y: f32[M, N]
    out  z: f32[M, N]
    z[i, j] = x[i, j] * %d + max(y[i, j], 0)
    workload serving M=%d N=512
}
"""
source = """// kevo: kernel k%05d
// kevo: stage rows tasks M args x y z
#include <stdint.h>

void rows(int64_t i, const float *x, const float *y, float *z, int64_t M,
          int64_t N)
{
        (void)M;
        for (int64_t j = 0; j < N; j++)
                z[i * N + j] = x[i * N + j] * %d + (y[i * N + j] > 0 ? y[i * N + j] : 0);
}
"""
model = '{"kevo": 1, "model": "m%02d", "calls": [%s]}\n'
call = '{"kernel": "k%05d", "sizes": {"M": %d, "N": 256}, "count": 3}'
device = ('{"kevo": 1, "hardware": "h%02d", "kind": "cpu", "match": '
          '{"vendor": "Nobody", "family": %d}}\n')
out = sys.stdout
first = True

def commit(files):
    global first
    out.write("commit refs/heads/main\ncommitter B <b@localhost> 1700000000 "
              "+0000\ndata 1\nx\n")
    first = False
    for path, text in files:
        out.write("M 644 inline %s\ndata %d\n%s\n" %
                  (path, len(text.encode()), text))

def calls(i, m):
    return model % (i, ", ".join(call % (k, m) for k in
                                 range(i, kernels, max(1, kernels // 100))))

files = []
for root, _, names in os.walk(seed):
    for name in names:
        path = os.path.join(root, name)
        files.append((os.path.relpath(path, seed), open(path).read()))
for i in range(hardware - 1):
    files.append(("hardware/h%02d.json" % i, device % (i, i)))
for i in range(kernels):
    files.append(("kernels/k%05d/k%05d.kernel" % (i, i), spec % (i, 2, 1024)))
    files.append(("kernels/k%05d/generic.c" % i, source % (i, 2)))
for i in range(20):
    files.append(("models/m%02d.json" % i, calls(i, 64)))
commit(files)
commit([("kernels/k%05d/k%05d.kernel" % (7, 7), spec % (7, 3, 2048))])
commit([("kernels/k%05d/generic.c" % 9, source % (9, 2) + "\n")])
commit([("models/m03.json", calls(3, 128))])
out.write("done\n")
END

# The daemon's first turn makes the store; it looks at nothing yet.
echo '{"kevo": 1, "store": "'"$box"'/kevo.db", "cache": "'"$box"'/kcache", "socket": "'"$box"'/kevo.sock"}' >"$box/empty.json"
KEVO_CONFIG=$box/empty.json kevo daemon --once >/dev/null 2>&1 || true

# plan NAME BEFORE AFTER: an event as a push leaves it, then the step.
plan() {
        python3 - "$box/kevo.db" "$box/team.git" "$2" "$3" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("INSERT INTO event (time, kind, repository, subject, before,"
           " after, dedupe, planned) VALUES (1700000000, 'push', ?,"
           " 'refs/heads/main', ?, ?, NULL, 0)", sys.argv[2:5])
db.commit()
END
        local TIMEFORMAT='%R %U %S' spent lines
        spent=$({ time kevo daemon --step plan >"$box/decisions" 2>&1; } 2>&1)
        lines=$(wc -l <"$box/decisions")
        set -- "$1" $spent
        printf '%-28s %8.3f s, %.3f s of processor time, %d decisions shown\n' \
                "$1" "$2" "$(echo "$3 + $4" | bc)" "$lines"
}

at() { git -C "$box/team.git" rev-parse "main~$1"; }
echo "$kernels kernels, $hardware hardware files, 20 models"
plan "a spec changed" "$(at 3)" "$(at 2)"
plan "a source changed" "$(at 2)" "$(at 1)"
plan "a model changed" "$(at 1)" "$(at 0)"
plan "first look at everything" "" "$(at 0)"
