#!/usr/bin/env bash
# A source that was wrong is repaired: it is proved, and measured against its
# last version that was right, however the ones in between were wrong.
. "$SOURCE_DIR/tests/integration/lib.sh" || exit 1
host_file
start_team

# source BODY: the next version of it, for a kernel that is not searched. What
# is right later is so much slower that no noise makes it a close contest.
source() {
        printf 'void twice(const float *x, float *y, long N)\n{\n%s\n}\n' \
                "        for (long i = 0; i < N; i++) { $1; }" \
                >kernels/twice/generic.c
}
push() {
        publish "$1"
        want=$2
        out=$(kevo daemon --once 2>&1) && code=0 || code=$?
        [ "$code" = "$want" ] || fail "$1: exit $code instead of $want: $out"
}
mkdir kernels/twice
cat >kernels/twice/twice.kernel <<'END'
kernel twice {
    size N
    in  x: f32[N]
    out y: f32[N]
    y[i] = 2 * x[i]
    workload w N=4096
}
END
echo '{"kevo": 1, "kernels": {"twice": {"freeze": true}}}' >kevo.json
source 'y[i] = 2 * x[i]'
push "Start" 0
good=$(git rev-parse --short=10 HEAD)

# It computes something else, it does not build, it crashes, its header is
# refused.
source 'y[i] = 3 * x[i]'
push "Wrong" 1
source 'y[i] = retrun'
push "Worse" 1
says "WRONG: build: does not build: kernels/twice/generic.c:3:"
source '*(volatile int *)8 = 1'
push "Still wrong" 1
sed -i '1i // kevo: tune W = 3 in 1 2' kernels/twice/generic.c
push "A header that is refused" 0
source 'for (volatile int k = 0; k < 300; k++) ; y[i] = 2 * x[i]'
push "Repaired" 0
says "against kernels/twice/generic.c at $good:"
says "kernels/twice/generic.c: correct"

# After the spec changed, no version of the past is known to be right.
sed -i 's/2 \* x/3 * x/' kernels/twice/twice.kernel
push "Thrice" 1
source 'for (volatile int k = 0; k < 300; k++) ; y[i] = 3 * x[i]'
push "Follow it" 0
says "against generated code:"
says "kernels/twice/generic.c: correct"

# kevo.json was broken when a source came that is wrong.
cp kevo.json "$box/keep"
echo '{"kevo": 1, "kernels": {"twice": {"frieze": true}}}' >kevo.json
source 'y[i] = 4 * x[i]'
push "Two mistakes" 1
says "freeze"
cp "$box/keep" kevo.json
push "One of them mended" 1
says "WRONG"
