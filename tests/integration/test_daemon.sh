#!/usr/bin/env bash
# The daemon as a process: one a store, killed and started again, a
# repository that goes away, stopping, and what it costs when idle.
. "$SOURCE_DIR/tests/integration/lib.sh" || exit 1
host_file '"poll_seconds": 1'
team

# A kernel without a workload is planned and not run: no device needed here.
start() {
        kevo daemon >"$box/log" 2>&1 &
        daemon_pid=$!
        wait_for ready
}
wait_for() {
        for _ in $(seq 200); do
                grep -q "$1" "$box/log" && return
                sleep 0.1
        done
        fail "no \"$1\" in: $(cat "$box/log")"
}
start
wait_for "wait softmax"

# Two on one store.
expect 2 kevo daemon
says "already"
says "$daemon_pid"
expect 2 kevo daemon --once
expect 0 kevo status
says "running, pid $daemon_pid"

# kill -9: the next one starts at once, finds its socket's file in the way
# and what was pushed meanwhile.
kill -9 "$daemon_pid"
wait "$daemon_pid" 2>/dev/null || true
[ -S "$box/kevo.sock" ] || fail "a killed daemon cannot have removed its socket"
mkdir knowledge
echo "about softmax" >knowledge/index.md
git add . && git commit -q -m "Know" && git push -q origin HEAD:main
start
wait_for "knowledge/index.md"
expect 0 kevo log
[ "$(grep -c 'knowledge changes' <<<"$out")" = 1 ] || fail "planned twice: $out"

# The repository goes away, is said once, and comes back.
mv "$box/team.git" "$box/away.git"
wait_for "missing .*team.git"
sleep 3
[ "$(grep -c ' missing ' "$box/log")" = 1 ] || fail "said again and again"
kill -0 "$daemon_pid" || fail "the daemon ended"
expect 0 kevo status
says "team.git"
mv "$box/away.git" "$box/team.git"
wait_for "team.git is back"
echo "more" >>knowledge/index.md
git add . && git commit -q -m "More" && git push -q origin HEAD:main
for _ in $(seq 100); do
        [ "$(kevo log | grep -c 'knowledge changes')" = 2 ] && break
        sleep 0.1
done
[ "$(kevo log | grep -c 'knowledge changes')" = 2 ] || fail "not found again"

# Corrupt refs are no reason to end.
cp -r "$box/team.git" "$box/good.git"
echo "no id" >"$box/team.git/refs/heads/main"
sleep 2
kill -0 "$daemon_pid" || fail "a damaged ref ended the daemon"
rm -r "$box/team.git" && mv "$box/good.git" "$box/team.git"

# Idle: small. (A sanitizer's shadow is not its own.)
if ! ldd "$KEVO" | grep -q asan; then
        rss=$(awk '/VmRSS/ { print $2 }' "/proc/$daemon_pid/status")
        [ "$rss" -lt 20480 ] || fail "the idle daemon has $rss KiB"
fi

# SIGTERM: ends with 0 and leaves no socket.
kill "$daemon_pid"
code=0
wait "$daemon_pid" || code=$?
[ "$code" = 0 ] || fail "SIGTERM ended it with $code: $(cat "$box/log")"
daemon_pid=
[ ! -e "$box/kevo.sock" ] || fail "the socket is left"
expect 0 kevo status
says "not running"
expect 0 kevo store check

# A read-only store, a full disk of its limits: clear words, no crash.
host_file '"free_bytes": 9007199254740992'
cp -r "$SOURCE_DIR"/ci/demo.d/model/. .
git add . && git commit -q -m "Add the ranker" && git push -q origin HEAD:main
old=$box/kcache/objects/ab/ab$(printf '%062d' 0)
mkdir -p "${old%/*}"
echo built >"$old"
touch -d '1 hour ago' "$old"
expect 1 kevo daemon --once
says "MiB free"
[ ! -e "$old" ] || fail "the cache does not give its space back"
expect 0 kevo status
says "jobs wait"
[ "$(sqlite3 "$box/kevo.db" "select count(*) from job where state = 'queued'")" -gt 0 ] ||
        fail "no job waits for space"

# A repository that has had its device seconds today waits for tomorrow.
sqlite3 "$box/kevo.db" "update job set state = 'queued', not_before = 0"
sed -i "s|\"path\": \"$box/team.git\"|&, \"device_seconds_per_day\": 60|; s|, \"free_bytes\": [0-9]*||" "$KEVO_CONFIG"
sqlite3 "$box/kevo.db" "insert or replace into value (name, value) values ('device-seconds $box/team.git', '$(date +%F) 60')"
expect 0 kevo daemon --once
says "waits for tomorrow"
expect 0 kevo status
says "parked"
sqlite3 "$box/kevo.db" "update value set value = '2000-01-01 60' where name like 'device-seconds%'"
# Nor does one that the host file has ceased to name wait for ever.
sqlite3 "$box/kevo.db" "update job set repository = '$box/gone.git'
        where id = (select max(id) from job where state = 'parked')"
kevo daemon >"$box/log" 2>&1 &
daemon_pid=$!
wait_for "start "
[ "$(rows "select count(*) from job where state = 'parked'")" = 0 ] ||
        fail "still parked: $(rows 'select * from job')"
kill "$daemon_pid"
wait "$daemon_pid" || true
daemon_pid=
