#!/usr/bin/env bash
# The fastest values of a tunable are wrong at sizes that only hidden shapes
# of the last stages have: the search ends with the fastest of the right ones
# and not with nothing.
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
SECONDS_TO_SEARCH=6
host_file '"baselines": {"seconds": 0}'
start_team
mkdir kernels/decay
cat >kernels/decay/decay.kernel <<'END'
kernel decay {
    size N in 1..=65536
    in  x: f32[N]
    out y: f32[N]
    reference c "ref.c" tolerance 1e-5 1e-5
    workload small N = 2048
}
END
cat >kernels/decay/ref.c <<'END'
#include <stdint.h>

void decay(const float *x, double *y, int64_t N)
{
        for (int64_t i = 0; i < N; i++)
                y[i] = 0.5 * x[i];
}
END
cat >kernels/decay/generic.c <<'END'
// kevo: kernel decay
// kevo: tune AGAIN = 64 in 64 16 4 3 2 1
void decay(const float *x, float *y, long N)
{
        for (long i = 0; i < N; i++) {
                volatile double in = x[i], sum = 0;

                for (int again = 0; again < AGAIN; again++)
                        sum += in;
                y[i] = (float)(sum / AGAIN / 2);
        }
        if (AGAIN < 16 && N > 6000)
                y[N - 1] += 1;
}
END
publish Start

expect 0 kevo search decay --seconds 6
says "faster"
won=$(rows "select schedule from node join verdict on verdict.node = node.id
        where verdict.verdict in ('accepted', 'first')")
[ "$won" = "tune generic.c AGAIN=16" ] || fail "won: $won; $out"
wrong=$(rows "select count(*) from node where state = 'wrong'")
[ "$wrong" -ge 1 ] || fail "nothing proved wrong: $out"
