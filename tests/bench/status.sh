#!/usr/bin/env bash
# How long people wait for `kevo status` and its like on a store of SAMPLES
# samples (default 1000000): runs with their checks, measures and packed
# samples, verdicts, campaigns with nodes, jobs, events and decisions.
# Printed is the least of five runs.
# usage: tests/bench/status.sh [SAMPLES]      (kevo in PATH)
set -euo pipefail
samples=${1:-1000000}
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT
export KEVO_CONFIG=$box/host.json XDG_CACHE_HOME=$box/cache HOME=$box
cat >"$KEVO_CONFIG" <<END
{"kevo": 1, "store": "$box/kevo.db", "cache": "$box/kcache", "socket": "$box/kevo.sock"}
END
kevo daemon --once >/dev/null 2>&1 || true
python3 - "$box/kevo.db" "$samples" <<'END'
import hashlib, os, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
runs = int(sys.argv[2]) // 80  # 40 samples a side
row = lambda table, values: db.execute(
    "INSERT INTO %s VALUES (%s)" % (table, ",".join("?" * len(values))), values)
name = lambda text: hashlib.sha256(text.encode()).hexdigest()
kernels, t = 200, 1700000000
row("environment", (name("e"), '{"compiler": "gcc 12"}', t))
for k in range(kernels):
    row("spec", (name("s%d" % k), "k%d" % k, "kernel k {}", t))
for c in range(kernels):
    db.execute("INSERT INTO campaign (key, repository, revision, kernel,"
               " hardware, spec, environment, workloads, policy, seed, state,"
               " ending, seconds, best, started, ended) VALUES (?, '/r', 'c',"
               " ?, 'h', ?, ?, '[]', 'greedy', 1, 'ended', 'stall', 60, NULL,"
               " ?, ?)", (name("c%d" % c), "k%d" % c, name("s%d" % c),
                          name("e"), t, t))
reason = "faster: 1.5 times, 95 % interval 1.4 to 1.6, needs 1.02"
for i in range(runs):
    k = i % kernels
    source = name("src%d" % i)
    row("source", (source, "c", 3000, os.urandom(900), t))
    db.execute("INSERT INTO node (campaign, parent, phase, origin, move,"
               " language, source, schedule, state, stage, fitness, failure,"
               " created) VALUES (?, NULL, 'draft', 'schedule', 'm', 'c', ?,"
               " 's', 'evaluated', 'S4', 1.5, '', ?)", (k + 1, source, t))
    run = db.execute(
        "INSERT INTO run (time, node, spec, source, environment, stage,"
        " correct, fitness, ratio, low, high, method, threads, grade, cold,"
        " wall_ns, compile_ns, calls_ns, identity, seeds, reason) VALUES"
        " (?, ?, ?, ?, ?, 'S4', 1, 1.5, 1.5, 1.4, 1.6, 1, 2, 'A', 0, 9, 9, 9,"
        " 'i', '[]', ?)", (t + i, i + 1, name("s%d" % k), source, name("e"),
                           reason)).lastrowid
    for n in range(10):
        row("run_check", (run, n, "check%d" % n, "S1", 1, ""))
    measure = db.execute(
        "INSERT INTO measure (run, workload, stage, baseline, identical,"
        " ratio, low, high, null_low, null_high, candidate_ns, baseline_ns,"
        " rounds) VALUES (?, 'M=1 N=2', 'S4', 'g', 0, 1.5, 1.4, 1.6, 1, 1,"
        " 1e5, 1.5e5, 40)", (run,)).lastrowid
    for side in "candidate", "baseline":
        db.execute("INSERT INTO sample (measure, side, count, minimum_ns,"
                   " tenth_ns, median_ns, ninetieth_ns, mean_ns, data) VALUES"
                   " (?, ?, 40, 1, 1, 1, 1, 1, ?)",
                   (measure, side, os.urandom(300)))
    verification = db.execute("INSERT INTO verification (run, passed) VALUES"
                              " (?, 1)", (run,)).lastrowid
    db.execute("INSERT INTO verdict (time, campaign, node, run, verification,"
               " passed, verdict, repository, kernel, hardware, spec, source,"
               " environment, inputs, reason, ratio, low, high, method,"
               " threads, grade) VALUES (?, ?, ?, ?, ?, 1, 'accepted', '/r',"
               " ?, 'h', ?, ?, ?, ?, ?, 1.5, 1.4, 1.6, 1, 2, 'A')",
               (t + i, k + 1, i + 1, run, verification, "k%d" % k,
                name("s%d" % k), source, name("e"), "{}" + " " * 3000,
                reason))
    job = db.execute("INSERT INTO job (kind, repository, kernel, hardware,"
                     " key, payload, priority, score, state, attempts,"
                     " created, not_before, started, finished, pid, note)"
                     " VALUES ('search', '/r', ?, 'h', ?, '{}', 4, 1, ?, 1,"
                     " ?, 0, ?, ?, 0, 'done')",
                     ("k%d" % k, "key%d" % i,
                      "queued" if i % 50 == 0 else "done", t, t,
                      t)).lastrowid
    event = db.execute("INSERT INTO event (time, kind, repository, subject,"
                       " before, after, dedupe, planned) VALUES (?, 'push',"
                       " '/r', 'refs/heads/main', 'a', 'b', NULL, 1)",
                       (t + i,)).lastrowid
    db.execute("INSERT INTO decision (event, time, kernel, hardware,"
               " workload, action, reason, job) VALUES (?, ?, ?, 'h', '',"
               " 'search', 'because', ?)", (event, t, "k%d" % k, job))
db.commit()
END
kevo store rebuild >/dev/null

# least COMMAND...: milliseconds
least() {
        local best= began ended
        for _ in 1 2 3 4 5; do
                began=$(date +%s%N)
                "$@" >/dev/null 2>&1
                ended=$(date +%s%N)
                best=$(printf '%s\n' ${best:-} $((ended - began)) | sort -n | head -n 1)
        done
        printf '%-24s %8.1f ms\n' "$*" "$(echo "$best / 1000000" | bc -l)"
}
echo "$samples samples, $(du -m "$box/kevo.db" | cut -f 1) MiB"
least kevo status
least kevo log
least kevo proposal
least kevo log --kernel k7
