#!/usr/bin/env bash
# What people get wrong: each gives a clear error with its place, a non-zero
# exit, and the rest keeps working.
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
host_file

# Commands and options.
expect 2 kevo
expect 2 kevo serach
says 'did you mean "search"'
expect 2 kevo search --secnds 3
says "did you mean --seconds"
expect 0 kevo search --help
says "--worker COMMAND"
expect 0 kevo eval --help
says "--raw DIR"
says "--raw writes too"
expect 2 kevo search --seconds soon
expect 2 kevo check a b c

# No repository here.
mkdir "$box/empty" && cd "$box/empty"
expect 2 kevo check
says "kevo init"
expect 2 kevo search
# This host's own file of that name, further up, makes none.
cp "$KEVO_CONFIG" "$box/kevo.json"
KEVO_CONFIG=$box/kevo.json expect 2 kevo check
says "kevo init"
rm "$box/kevo.json"
# Nor for a delivery, unless the host file names some.
echo '{"kevo": 1}' >"$box/none.json"
KEVO_CONFIG=$box/none.json expect 2 kevo deliver
says "not inside a kernel repository"
KEVO_CONFIG=$box/nope.json expect 2 kevo deliver
says "KEVO_CONFIG"
# A repository below another one has files of its own.
mkdir -p "$box/outer/inner"
expect 0 kevo init "$box/outer"
says "git init"
expect 0 kevo init "$box/outer/inner"
for file in "$box"/outer/hardware/*.json; do
        cmp "$file" "$box/outer/inner/hardware/${file##*/}" ||
                fail "init below a repository wrote no hardware file"
done
rm -r "$box/outer"

# A daemon whose repository is missing, empty or no repository says so and
# goes on.
kevo daemon --once >"$box/log" 2>&1 || true
grep -q "team.git" "$box/log" || fail "the missing repository is not named: $(cat "$box/log")"
mkdir "$box/team.git"
kevo daemon --once >"$box/log" 2>&1 || true
grep -q "team.git" "$box/log" || fail "the folder that is none is not named"
rmdir "$box/team.git"
git init -q --bare "$box/team.git"
expect 0 kevo daemon --once
rm -rf "$box/team.git"

team
expect 0 kevo check

# Specs: line and column.
mkdir kernels/broken
printf 'kernel broken {\n    size N\n    in x: f32[N]\n    out y: f32[N]\n    y[i] = x[i] + z[i]\n}\n' \
        >kernels/broken/broken.kernel
expect 1 kevo check
says "broken.kernel:5:"
expect 2 kevo search broken
says "broken.kernel:5:"
expect 0 kevo show softmax
printf 'kernel other {\n size N\n in x: f32[N]\n out y: f32[N]\n y[i] = x[i]\n}\n' \
        >kernels/broken/broken.kernel
expect 1 kevo check
says "other"
head -c 300000 /dev/zero | tr '\0' '#' >kernels/broken/broken.kernel
expect 1 kevo check
says "262144"
rm -r kernels/broken

# A power is no exclusive or; two extents of one index.
mkdir kernels/power
printf 'kernel power {\n size N, M\n in x: f32[N], z: f32[M]\n out y: f32[N]\n y[i] = x[i]^2\n}\n' \
        >kernels/power/power.kernel
expect 1 kevo check
says "pow(x, y)"
sed -i 's/x.i.^2/x[i] + z[i]/' kernels/power/power.kernel
expect 1 kevo check
says "(z[...] else 0)"
sed -i 's/x.i. + z.i./sum[k] x[k] * z[k]/' kernels/power/power.kernel
expect 1 kevo check
says "sum[k in 0..min(N, M)]"
rm -r kernels/power

# Help of a command, by either way; which kernels there are.
expect 0 kevo help search
says "--seconds"
expect 2 kevo help serach
expect 0 kevo show
says "softmax"

# A source that cannot be used is not passed over for the generated one.
mkdir kernels/scale
printf 'kernel scale {\n size N\n in x: f32[N]\n out y: f32[N]\n y[i] = 2 * x[i]\n workload w N=64\n}\n' \
        >kernels/scale/scale.kernel
echo 'void scael(void) {}' >kernels/scale/generic.c
expect 2 kevo verify scale
says "kernels/scale/generic.c"
rm -r kernels/scale

# The slip in a reduction, not the range that is lost by it.
while IFS='|' read -r statement message; do
        printf 'kernel slip {\n size M, N\n in x: f32[M, N]\n out y: f32[M]\n %s\n}\n' \
                "$statement" >"$box/slip.kernel"
        expect 1 kevo check "$box/slip.kernel"
        says "$message"
done <<'E2'
y[i] = sum[j] x[i, jj]|'jj' is not declared
y[i] = sum[j] inptu[i, j]|there is no tensor 'inptu'
y[i] = sum[j] x[i, j, 0]|'x' has 2 dimensions, but here are 3
y[i] = sum[j] sum[k] x[i, k]|the range of 'j' is not known
y[i] = sum[j] x[i, 2*j]|the range of 'j' is not known
E2

# Names that are not there, with those that are; words that are too many.
expect 2 kevo eval softmx
says 'no kernel "softmx"'
says "did you mean softmax?"
expect 2 kevo search something_else --seconds 1
says "; it has softmax"
expect 2 kevo search softmax another
says 'search takes one KERNEL: "another" is too much'
expect 2 kevo refuse
says "refuse needs BRANCH"
expect 2 kevo log today
says 'log takes options only, and no "today"'
expect 2 kevo proposal kevo/softmax/nowhere
says "no proposal has the branch kevo/softmax/nowhere; there are none yet"
expect 2 kevo reproduce nope
says "nope: no branch, tag or commit is called so"

# A repository is checked on any machine, and says where nothing can be
# measured.
expect 0 kevo check
mv hardware "$box/hardware"
expect 0 kevo check
says "note: no hardware file of"
says "run \`kevo hardware add\`"
mv "$box/hardware" hardware

# The Python of the baselines: what it has, or that it does not work.
expect_pytorch() {
        host_file "\"baselines\": {\"python\": \"$1\"}"
        out=$(kevo doctor --quick 2>&1) || true
        says "$2"
}
expect_pytorch /nowhere/python3 "pytorch      ! /nowhere/python3 does not run"
expect 1 kevo doctor --quick
python3 -m venv --without-pip "$box/venv" 2>/dev/null || mkdir -p "$box/venv/bin"
if [ -x "$box/venv/bin/python3" ]; then
        expect_pytorch "$box/venv/bin/python3" \
                "pytorch      ! PyTorch is not installed for $box/venv/bin/python3"
        torch=$("$box/venv/bin/python3" -c 'import site; print(site.getsitepackages()[0])')/torch
        mkdir -p "$torch"
        printf 'print("a greeting")\n__version__ = "9.8.7"\n' \
                >"$torch/__init__.py"
        expect_pytorch "$box/venv/bin/python3" "pytorch      PyTorch 9.8.7, Python 3."
fi
host_file '"baselines": {"seconds": 0}'
out=$(kevo doctor --quick 2>&1) || true
says "pytorch      not measured: "
host_file

# Evaluations: sizes come from what is given, also of offsets.
printf 'kernel bags {\n size T, B\n in x: f32[T], off: i64[B + 1] offsets T\n out y: f32[B]\n y[b] = sum[p in off[b]..off[b + 1]] x[p]\n}\n' \
        >"$box/bags.kernel"
expect 0 kevo eval "$box/bags.kernel" 'x=[1, 2, 4]' 'off=[0, 1, 3]'
says "y = [1, 6]"
expect 2 kevo eval "$box/bags.kernel" T=4 'off=[0, 1, 4]' 'x=[1, 2, 4]'
says "x has 1 dimension and needs 4 values for T=4 B=2, but got 3"
mkdir kernels/bags && mv "$box/bags.kernel" kernels/bags
expect 0 kevo eval bags 'x=[1, 2, 4]' 'off=[0, 1, 3]'
says "y = [1, 6]"
rm -r kernels/bags
expect 2 kevo eval softmax M=2 N=3
says "--seed"
expect 2 kevo eval softmax M=2 N=3 --distribution tie
says "did you mean ties?"
expect 2 kevo eval softmax 'x=[[1, 2], [3]]'
says "x has rows of different length, 2 and 1"
expect 2 kevo eval softmax M=3 'x=[[1, 2]]'
says "dimension 1 of x must be 3 for these sizes, but 1 is given"
expect 0 kevo eval softmax M=1 N=2 'x=[1, 1]'
says "[0.5, 0.5]"
expect 2 kevo eval softmax 'xx=[[1, 2]]'
says "no size, parameter or input 'xx'; did you mean x?"
expect 2 kevo eval softmax 'tensor=[[1, 2]]'
says "its inputs are x"
expect 2 kevo eval softmax --seed 1
says "size M is missing"
expect 0 kevo eval softmax M=2 --hidden 1 --raw "$box/raw"
grep -q '"M":2' "$box/raw/eval.json" || fail "M was not kept"
mkdir kernels/segments
cat >kernels/segments/segments.kernel <<'E2'
kernel segments {
    size B, T
    in  off: i64[B + 1] offsets T
    in  x: f32[T]
    out y: f32[B]
    y[b] = sum[p in off[b]..off[b + 1]] x[p]
}
E2
expect 0 kevo eval segments --seed 1 B=3 T=5 'off=[0, 2, 3, 5]'
expect 2 kevo eval segments --seed 1 B=3 T=5 'off=[0, 3, 2, 5]'
says "off[2] = 2 follows off[1] = 3"
expect 2 kevo eval segments --seed 1 B=3 T=6 'off=[0, 2, 3, 5]'
says "off[3] = 5: the last of these"
rm -r kernels/segments

# Manifests: file and field; the others still count.
cat >models/bad.json <<'E2'
{"kevo": 1, "model": "bad", "calls": [{"kernel": "softmx", "sizes": {"M": 1, "N": 1}}]}
E2
expect 1 kevo check
says "bad.json"
says "softmx"
cat >models/bad.json <<'E2'
{"kevo": 1, "model": "bad", "calls": [{"kernel": "softmax", "sizes": {"M": 1}}]}
E2
expect 1 kevo check
says "N"
echo '{"kevo": 1, "model": "worse"}' >models/bad.json
expect 1 kevo check
says "bad"
rm models/bad.json

# Policy, hardware, host file.
cp kevo.json keep
echo '{"kevo": 1, "brnches": ["main"]}' >kevo.json
expect 1 kevo check
says "branches"
mv keep kevo.json
mine=$(basename hardware/*.json .json)
echo '{"kevo": 1,' >hardware/broken.json
expect 1 kevo check
says "broken.json:2:"
sed "s/$mine/broken/; s/\"fma\"/\"fmaa\"/" "hardware/$mine.json" \
        >hardware/broken.json
expect 1 kevo check
says 'did you mean "fma"'
sed "s/$mine/broken/" "hardware/$mine.json" >hardware/broken.json
expect 1 kevo check
says "both match this machine"
rm hardware/broken.json
cp "$KEVO_CONFIG" "$box/keep"
echo '{"kevo": 1, "stroe": "x"}' >"$KEVO_CONFIG"
expect 2 kevo status
says '"store"'
mv "$box/keep" "$KEVO_CONFIG"

# Source headers.
cp kernels/softmax/generic.c "$box/generic.c"
sed -i 's/tasks ceil(M, ROWS)/tasks ceil(M, ROWZ)/' kernels/softmax/generic.c
expect 1 kevo check
says "generic.c:3"
says "ROWZ"
expect 2 kevo search softmax --seconds 1
says "left out of the search: kernels/softmax/generic.c:3"
cp "$box/generic.c" kernels/softmax/generic.c
# A search of what is not committed says so before it begins.
sed -i 's/^}/    workload tried M=4 N=8\n}/' kernels/softmax/softmax.kernel
expect 2 kevo search softmax --policy nope
says "kernels/softmax/softmax.kernel is not on main as it is here"
git checkout -q kernels/softmax/softmax.kernel

# A source that does not build, hangs, crashes, or writes out of bounds.
printf 'void softmax(const float *x, float *y, long M, long N) { retrun; }\n' >"$box/bad.c"
expect 1 kevo verify softmax "$box/bad.c"
says "$box/bad.c:1:"
[ "$(grep -c "'retrun' undeclared" <<<"$out")" = 2 ] ||
        fail "once with its check, once as the conclusion: $out"
for body in 'for (;;) ;' '*(volatile int *)8 = 1;' 'y[M * N] = 1;' \
        'y[-1] = 1;' '((float *)x)[0] = 1;' '__builtin_trap();' ''; do
        printf 'void softmax(const float *x, float *y, long M, long N)\n{\n%s\n}\n' \
                "$body" >"$box/bad.c"
        expect 1 kevo verify softmax "$box/bad.c"
        says "FAILED"
done

# A compiler that prints without end, and one that does not end.
{
        for i in $(seq 20000); do echo "int a$i = b$i;"; done
        echo 'void softmax(const float *x, float *y, long M, long N) { }'
} >"$box/flood.c"
expect 1 kevo verify softmax "$box/flood.c"
says "FAILED"
[ "${#out}" -lt 20000 ] || fail "${#out} bytes of compiler output were kept"
{
        echo '#define A0 x = x + 1.0f;'
        for i in $(seq 40); do echo "#define A$i A$((i - 1)) A$((i - 1))"; done
        echo 'void softmax(const float *a, float *y, long M, long N)'
        echo '{ volatile float x = 0; A40 }'
} >"$box/bomb.c"
expect 1 kevo verify softmax "$box/bomb.c"
says "FAILED"

# The database: of a newer kevo, of another program, not one at all.
expect 0 kevo store check
expect 2 kevo store expire --days -1
says "--days -1"
expect 2 kevo store expire --days 4294967296
sqlite3 "$box/kevo.db" 'pragma user_version = 999'
expect 2 kevo status
says "999"
rm -f "$box"/kevo.db*
sqlite3 "$box/kevo.db" 'create table t(a); pragma application_id = 7'
expect 2 kevo search softmax
rm -f "$box"/kevo.db*
head -c 10000 /dev/urandom >"$box/kevo.db"
expect 2 kevo search softmax
rm -f "$box"/kevo.db*

# Two daemons on one store.
kevo daemon >"$box/first" 2>&1 &
daemon_pid=$!
for _ in $(seq 100); do [ -S "$box/kevo.sock" ] && break; sleep 0.1; done
expect 2 kevo daemon
says "already"
kill "$daemon_pid" && wait "$daemon_pid" || true
daemon_pid=
