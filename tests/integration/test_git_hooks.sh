#!/usr/bin/env bash
# Git hooks: they reach the daemon, keep older hooks, and never fail git.
. "$SOURCE_DIR/tests/integration/lib.sh" || exit 1
host_file '"poll_seconds": 3600'
team

# Beside a hook that is there already.
cat >"$box/team.git/hooks/post-receive" <<E2
#!/bin/sh
cat >>"$box/older"
echo "older hook ran"
E2
chmod +x "$box/team.git/hooks/post-receive"
cd "$box/team.git"
expect 0 kevo hook install
says "1 hook"
expect 0 kevo hook list
says "kevo's, before an older one"
cd "$box/clone"

push() {
        echo "$RANDOM $RANDOM" >>notes.md
        git add notes.md
        git commit -q -m "Note" 2>&1
        git push origin HEAD:main 2>&1
}

# No daemon: the push goes through, the older hook got its input.
expect 0 push
says "older hook ran"
grep -q "refs/heads/main" "$box/older" || fail "the older hook had no input"

# A kevo that is gone does not matter either.
sed -i "s|^kevo=.*|kevo='/nonexistent/kevo'|" "$box/team.git/hooks/post-receive"
expect 0 env PATH=/usr/bin:/bin git push origin HEAD:refs/heads/other
says "older hook ran"
expect 0 kevo hook install "$box/team.git"

# A repository that the daemon does not watch: only a hook can tell it.
git init -q --bare "$box/other.git"
expect 0 kevo hook install "$box/other.git"
says "{\"path\": \"$box/other.git\"}"
expect 0 kevo hook install
says "3 hooks"
kevo daemon >"$box/log" 2>&1 &
daemon_pid=$!
wait_for() {
        for _ in $(seq 150); do
                grep -q "$1" "$box/log" && return
                sleep 0.1
        done
        fail "no \"$1\" in: $(cat "$box/log")"
}
wait_for ready
expect 0 git push "$box/other.git" HEAD:refs/heads/main
wait_for "other.git is not watched"
# A commit in the clone: its post-commit hook says so too.
expect 0 git commit --allow-empty -q -m "Empty"
wait_for "clone is not watched"
git worktree add -q "$box/linked" -b linked
(cd "$box/linked" && git commit --allow-empty -q -m "Linked")
wait_for "clone/.git/worktrees/linked is not watched"
git checkout -q -b side
git commit --allow-empty -q -m "Aside"
git checkout -q -
expect 0 git merge -q --no-ff -m "Merge" side

# And the one that is watched: the push becomes decisions.
expect 0 push
wait_for "kernels/ differs in $(git rev-parse --short=12 HEAD)"
kill "$daemon_pid" && wait "$daemon_pid" || true
daemon_pid=

# Out again: what was there before is back.
expect 0 kevo hook uninstall "$box/team.git"
grep -q "older hook ran" "$box/team.git/hooks/post-receive" ||
        fail "the older hook did not come back"
[ ! -e "$box/team.git/hooks/post-receive.before-kevo" ] || fail "a copy is left"
expect 0 push
says "older hook ran"
expect 0 kevo hook uninstall "$box/other.git"
[ ! -e "$box/other.git/hooks/post-receive" ] || fail "the hook is still there"
expect 2 kevo hook install "$box"
expect 2 kevo hook explode
