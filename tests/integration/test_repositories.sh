#!/usr/bin/env bash
# Repositories as people have them: shallow, partial, of another owner, of a
# format that kevo cannot read, packed, rewritten, damaged, in use. Where kevo
# can work it works; where not, one sentence names the repository and the
# command that mends it, and following it does. Nothing of a person's changes.
. "$SOURCE_DIR/tests/integration/lib.sh" || exit 1
git config --file "$GIT_CONFIG_GLOBAL" protocol.file.allow always
git config --file "$GIT_CONFIG_GLOBAL" safe.directory '*'
git config --file "$GIT_CONFIG_GLOBAL" uploadpack.allowFilter true
cat >"$KEVO_CONFIG" <<EOF
{"kevo": 1, "store": "$box/store/kevo.db", "cache": "$box/kcache",
 "socket": "$box/kevo.sock", "poll_seconds": 1, "free_bytes": 1048576,
 "repositories": [{"path": "$box/clone"}, {"path": "$box/other"}]}
EOF

work=$box/clone
mkdir "$box/origin" && cd "$box/origin"
git init -q && kevo init >/dev/null
hardware=$(basename hardware/*.json .json)
ours=kevo/twice/$hardware
path=kernels/twice/$hardware.c
mkdir kernels/twice
cat >kernels/twice/twice.kernel <<'END'
kernel twice {
    size N
    in   x: f32[N]
    out  y: f32[N]
    y[i] = x[i] * 2
    workload w N=4096
}
END
cat >kernels/twice/generic.c <<'END'
void twice(const float *x, float *y, long N)
{
        for (long i = 0; i < N; i++) {
                volatile float v = 0;
                for (int slow = 0; slow < 20; slow++)
                        v = x[i] + 0 * v;
                y[i] = v * 2;
        }
}
END
git add . && git commit -q -m "Start"
for i in 1 2 3; do git commit -q --allow-empty -m "Commit $i"; done

# One search; every repository below takes its place at the same path.
git clone -q "$box/origin" "$work" && cd "$work"
for i in 1 2 3; do
        expect 0 kevo search twice --seconds 2
        case $out in *": accepted"*) break ;; esac
done
says ": accepted"
cp -a "$box/store" "$box/seed"
# From here on jobs wait for space: nothing is measured, all else goes on.
sed -i 's/1048576/9007199254740992/' "$KEVO_CONFIG"

# case_of NAME [ARGUMENTS of git clone]: the repository and the store anew
case_of() {
        name=$1
        shift
        cd "$box"
        rm -rf "$work" "$box/store"
        cp -a "$box/seed" "$box/store"
        git clone -q "$@" "file://$box/origin" "$work" 2>/dev/null ||
                fail "$name: no clone"
        cd "$work"
}
state() { kevo proposal --all | awk 'NR == 1 { print $1 }'; }
is() { [ "$(state)" = "$1" ] || fail "$name: $(kevo proposal --all), not $1"; }
tip() { git -C "$work" rev-parse -q --verify "refs/heads/$1" || true; }
opens() {
        local before
        before=$(tip main)
        expect 0 kevo deliver "$work"
        is open
        [ "$(tip main)" = "$before" ] || fail "$name: main moved"
        [ "$(git -C "$work" diff-tree --no-commit-id --name-only -r "$ours")" = "$path" ] ||
                fail "$name: the commit holds something else"
}
# refuses PART: the delivery says so, naming the repository; nothing is lost
refuses() {
        expect 2 kevo deliver "$work"
        says "$1"
        says "$work"
}
# doctor marks a line for a person to read
doctor_says() {
        out=$(kevo doctor --quick "$work" 2>&1 || true)
        says "$1"
}

case_of "plain"
opens
[ -z "$(git status --porcelain)" ] || fail "the work tree was touched"

# --- history that ends early

case_of "shallow" --depth 1
doctor_says "shallow"
opens
git merge -q --squash "$ours" >/dev/null
git commit -q -m "Take it" && echo "// mine" >>"$path" && git commit -qam "Edit"
git branch -q -D "$ours"
expect 0 kevo deliver "$work"
is merged
git fetch -q --unshallow
expect 0 kevo deliver "$work"
is merged

case_of "partial" --bare --filter=blob:none
doctor_says "partial clone"
refuses "git fetch --refetch"
git config --unset remote.origin.partialclonefilter
git fetch -q --refetch
opens

case_of "borrowed objects"
git clone -q --bare --shared "$box/origin" "$box/borrower"
rm -rf "$work" && mv "$box/borrower" "$work" && cd "$work"
mv "$box/origin" "$box/away"
refuses "alternates"
mv "$box/away" "$box/origin"
opens

# --- formats

case_of "sparse"
git config core.repositoryformatversion 1
git sparse-checkout set kernels
[ "$(git config extensions.worktreeConfig)" = true ] || fail "nothing tested"
opens

for format in "refStorage reftable|git refs migrate" \
        "objectFormat sha256|git fast-export" "unheardOf 1|git clone --mirror"; do
        case_of "$format"
        setting=${format%|*}
        git config core.repositoryformatversion 1
        git config "extensions.${setting% *}" "${setting#* }" 2>/dev/null
        refuses "${format#*|}"
        doctor_says "${format#*|}"
        git config --file .git/config --unset "extensions.${setting% *}" \
                2>/dev/null
        opens
done

# The way out of SHA-256 that the sentence names.
case_of "sha256"
rm -rf "$work"
git init -q --object-format=sha256 "$box/sha256"
cp -r "$box/origin"/{kevo.json,hardware,kernels,models} "$box/sha256"
git -C "$box/sha256" add . && git -C "$box/sha256" commit -q -m "Start"
git init -q --bare --object-format=sha1 "$work"
git -C "$box/sha256" fast-export --all | git -C "$work" fast-import --quiet
opens

# --- branches in the way, and branches of a person

for other in kevo kevo/twice "$ours" "$ours/mine"; do
        case_of "branch $other"
        git branch "$other" main
        git commit -q --allow-empty -m "Further"
        git pack-refs --all
        expect 0 kevo deliver "$work"
        is ready
        says "is in the way"
        [ "$(tip "$other")" = "$(git rev-parse main~)" ] || fail "$other moved"
        ${out#*rename it: }
        opens
        [ -n "$(tip "old-$other")" ] || fail "$other is lost"
done
case_of "kevo/x is a person's"
git branch kevo/x main
opens
[ "$(tip kevo/x)" = "$(tip main)" ] || fail "kevo/x moved"

# --- a proposal in use, with changes that are not committed

edit_there() {
        echo "// being edited" >>"$1/$path"
        git -C "$1" add "$path"
        echo "// and more" >>"$1/$path"
}
untouched_there() {
        [ "$(git -C "$1" status --porcelain -- "$path")" = "MM $path" ] ||
                fail "$name: $(git -C "$1" status --porcelain)"
        is taken
}
case_of "checked out"
opens
git checkout -q "$ours"
edit_there .
expect 0 kevo deliver "$work"
untouched_there .

case_of "linked work tree"
opens
git worktree add -q "$box/linked" "$ours"
edit_there "$box/linked"
[ "$(id -u)" != 0 ] || chown -R nobody "$work" "$box/linked"
expect 0 kevo deliver "$work"
untouched_there "$box/linked"
rm -rf "$box/linked"

case_of "rebase under way"
opens
git checkout -q "$ours"
GIT_SEQUENCE_EDITOR='sed -i s/pick/edit/' git rebase -q -i main >/dev/null 2>&1
expect 0 kevo deliver "$work"
is taken
git rebase --abort >/dev/null 2>&1

case_of "a left over work tree"
opens
git worktree add -q "$box/linked" "$ours" && rm -rf "$box/linked"
expect 0 kevo deliver "$work"
is open

# --- packed, rewritten, renamed

case_of "packed"
opens
git gc -q --prune=now && git pack-refs --all
git merge -q "$ours" && git pack-refs --all
expect 0 kevo deliver "$work"
is merged
[ -z "$(tip "$ours")" ] || fail "our branch is left"

case_of "rewritten"
opens
git checkout -q --orphan new && git commit -q -m "A new history"
git branch -q -M new main
git reflog expire --expire=now --all && git gc -q --prune=now
expect 0 kevo deliver "$work"
is open
git rm -q -r kernels && git commit -q --amend -m "Without kernels"
expect 0 kevo deliver "$work"
is withdrawn

case_of "renamed" --bare
opens
git update-ref refs/heads/trunk main && git update-ref -d refs/heads/main
refuses "symbolic-ref HEAD"
is open
git symbolic-ref HEAD refs/heads/trunk
expect 0 kevo deliver "$work"
is open

case_of "detached"
git checkout -q --detach && git branch -q -D main
refuses "HEAD is detached"
git checkout -q -b topic
expect 0 kevo deliver "$work"
is open

# --- damaged, and restored

case_of "damaged"
opens
git pack-refs --all
cp .git/packed-refs "$box/keep"
echo garbage >>.git/packed-refs
sed -i '2s/^...../zzzzz/' .git/packed-refs
refuses "packed-refs"
doctor_says "packed-refs"
cp "$box/keep" .git/packed-refs
git unpack-objects <"$(ls .git/objects/pack/*.pack)" 2>/dev/null || true
mv .git/objects "$box/objects" && mkdir .git/objects
refuses "damaged"
rmdir .git/objects && mv "$box/objects" .git/objects
echo "[core" >>.git/config
refuses "git config --edit"
sed -i '$d' .git/config
git config core.worktree /nonexistent
refuses "core.worktree"
git config --file .git/config --unset core.worktree
expect 0 kevo deliver "$work"
is open

# --- configuration, hooks and locks of a person

case_of "configuration"
for hook in pre-receive update reference-transaction post-commit; do
        printf '#!/bin/sh\ntouch %s/ran\nexit 1\n' "$box" >".git/hooks/$hook"
        chmod +x ".git/hooks/$hook"
done
for setting in commit.gpgsign=true gpg.program=/nonexistent \
        core.fsmonitor=/nonexistent core.autocrlf=true user.useConfigOnly=true \
        core.logAllRefUpdates=always include.path=/nonexistent; do
        git config "${setting%%=*}" "${setting#*=}"
done
git config --file "$GIT_CONFIG_GLOBAL" --rename-section user nobody
touch .git/index.lock .git/HEAD.lock .git/packed-refs.lock
opens
git config --file "$GIT_CONFIG_GLOBAL" --rename-section nobody user
[ ! -e "$box/ran" ] || fail "a hook ran"
[ -e .git/index.lock ] || fail "a lock of a person is gone"
mkdir shared && git config core.hooksPath "$box/hooks"
expect 2 kevo hook install "$work"
says "core.hooksPath"

case_of "a lock of this ref"
mkdir -p ".git/refs/heads/$(dirname "$ours")"
touch ".git/refs/heads/$ours.lock"
expect 0 kevo deliver "$work"
is ready
says "lock"
rm ".git/refs/heads/$ours.lock"
opens

# --- whose it is, and whether it can be written

case_of "read-only" --bare
if [ "$(id -u)" = 0 ]; then
        chown -R nobody "$box/store" && chmod 755 "$box"
        chmod -R go+rX "$work"
        other() { setpriv --reuid nobody --clear-groups "$@"; }
else
        chmod -R a-w "$work"
        other() { "$@"; }
fi
expect 0 other kevo deliver "$work"
says "write there"
says "$work"
out=$(other kevo doctor --quick "$work" 2>&1 || true)
says "may not write"
if [ "$(id -u)" = 0 ]; then
        says "safe.directory"
        chown -R nobody "$work"
        expect 0 other kevo deliver "$work"
        is open
        chown -R root "$box/store"
        doctor_says "belongs to nobody"
else
        chmod -R u+w "$work"
fi

# --- files that are not what they seem

case_of "files"
mkdir kernels/a kernels/b kernels/'odd "name' kernels/-x
ln -s /etc/passwd kernels/a/a.kernel
ln -s twice kernels/c
ln -s /etc/hostname models/m.json
echo x >$'kernels/twice/\xff\n.c'
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' \
        >kernels/b/b.kernel
git submodule --quiet add "file://$box/origin" kernels/d
sed -i 's/$/\r/' kernels/twice/twice.kernel kevo.json hardware/*.json
git add . && git commit -q -m $'Files \xff' 2>/dev/null
expect 1 kevo check .
for part in "kernels/a/a.kernel: a symbolic link" "kernels/c: a symbolic link" \
        "models/m.json: a symbolic link" "git lfs untrack" "a submodule" \
        "1 kernel,"; do
        says "$part"
done
! grep -q "root:" <<<"$out" || fail "a link was followed"
mv kernels real && ln -s real kernels
expect 1 kevo check .
says "kernels: a symbolic link"

mkdir -p "$box/mono/sub"
git -C "$box/mono" init -q
cp -r "$box/origin"/{kevo.json,hardware,kernels,models} "$box/mono/sub"
expect 2 kevo deliver "$box/mono/sub"
says "name the top of that repository"

# --- the daemon: one broken repository stops no other, and is taken up again

case_of "daemon"
git clone -q "$box/origin" "$box/other"
kevo daemon >"$box/log" 2>&1 &
daemon_pid=$!
wait_for() {
        for _ in $(seq 300); do
                grep -q "$1" "$box/log" && return
                sleep 0.1
        done
        fail "no \"$1\" in: $(cat "$box/log")"
}
push() {
        mkdir -p "$1/knowledge"
        echo "$2" >"$1/knowledge/$2.md"
        git -C "$1" add knowledge
        git -C "$1" commit -q -m "$2"
}
wait_for "open twice"
mv "$work/.git/objects" "$box/objects"
wait_for "missing .*$work"
push "$box/other" served
wait_for "knowledge/served.md"
mv "$box/objects" "$work/.git/objects"
wait_for "$work is back"
push "$work" mended
wait_for "knowledge/mended.md"
git -C "$work" config core.repositoryformatversion 1
git -C "$work" config extensions.refStorage reftable 2>/dev/null
wait_for "git refs migrate"
git config --file "$work/.git/config" --unset extensions.refStorage 2>/dev/null
push "$work" again
wait_for "knowledge/again.md"
kill -0 "$daemon_pid" || fail "the daemon ended"
[ "$(grep -c " missing " "$box/log")" = 2 ] || fail "said again and again: $(cat "$box/log")"
kill "$daemon_pid" && wait "$daemon_pid" || true
daemon_pid=
is open
expect 0 kevo store check
echo "every repository was served, or refused with the way to mend it"
