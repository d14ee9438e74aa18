#!/usr/bin/env bash
# Outside baselines through the whole program: OpenBLAS, PyTorch eager and
# torch.compile where they are installed, reasons where they are not.
. "$(dirname "$0")/lib.sh"

python=$(torch_python)
torch=$python
blas=$(find /usr/lib /usr/lib64 /usr/local/lib -name 'libopenblas.so.0' \
        2>/dev/null | head -n 1)

mkdir -p "$box/mine/kernels/product" "$box/mine/kernels/half"
cd "$box/mine"
git init -q .
host_file "\"baselines\": {\"python\": \"${python:-/nowhere/python3}\"}"
kevo init >/dev/null
cat >kernels/product/product.kernel <<'END'
kernel product {
    size M, N, K
    in  a: f32[M, K], w: f32[N, K], bias: f32[N]
    out c: f32[M, N]
    c[i, j] = bias[j] + sum[k] a[i, k] * w[j, k]
    workload w M=40 N=56 K=24
}
END
cat >kernels/product/baseline.py <<'END'
import torch


def run(a, w, bias, M):
    assert a.shape[0] == M
    print("to nobody")
    return torch.nn.functional.linear(a, w, bias)
END
# A script that computes in a lower precision than the spec is found out.
cat >kernels/half/half.kernel <<'END'
kernel half {
    size M, K, N
    in  a: f32[M, K], b: f32[K, N]
    out c: f32[M, N]
    c[i, j] = sum[k] a[i, k] * b[k, j]
    workload w M=32 N=32 K=64
}
END
cat >kernels/half/baseline.py <<'END'
def run(a, b):
    return (a.bfloat16() @ b.bfloat16()).float()
END

# Whatever is or is not there, the command works and says what it found.
expect 0 kevo bench product --baselines
says "openblas"
says "pytorch"
[ -z "$blas" ] || says "OpenBLAS 0."
[ -n "$blas" ] || says "OpenBLAS is not installed"
[ -n "$torch" ] || says "not measured"
# What was measured is not proved.
[ "$(rows "select count(*) from run where stage = 'S3' and correct")" = 1 ] ||
        fail "the run is not stored"
[ "$(rows "select count(*) from verification")" = 0 ] || fail "it was verified"

if [ -n "$torch" ]; then
        says "PyTorch "
        expect 0 kevo bench half --baselines
        says "pytorch        not measured: wrong, or of lower precision"
        expect 0 kevo bench product --baselines --json
        "$python" - "$out" <<'END' || fail "the JSON lacks what was measured"
import json, sys
rows = json.loads(sys.argv[1])["outside"]
row = [r for r in rows if r["name"] == "pytorch"][0]
assert 0 < row["low"] <= row["ratio"] <= row["high"], row
assert row["outside_ns"] > 0 and row["rounds"] >= 5, row
END
fi

# No seconds: none is measured, and nothing else changes.
host_file '"baselines": {"seconds": 0}'
expect 0 kevo bench product --baselines
says "no outside baseline measured"
# The table says why a cell is empty, what is what, and rows as they come.
expect 0 kevo bench --table product
says "| product | M=40 N=56 K=24 |"
says "GFLOP/s"
says "g: the code that kevo generates"
says "pytorch: no time was left"
expect 0 kevo bench --table --json product
says '"not_measured"'
# So it does of a workload without a row.
mkdir kernels/half_of_it
cat >kernels/half_of_it/half_of_it.kernel <<'END'
kernel half_of_it {
    size N in 1..=4096
    in  x: f32[N]
    out y: f32[N]
    y[i] = x[i] * 0.5
    workload small N=64
    workload large N=4096
}
END
cat >"kernels/half_of_it/$(basename hardware/*.json .json).c" <<'END'
// kevo: kernel half_of_it
// kevo: when N > 64
// kevo: stage all tasks 1 args x y
#include <stdint.h>

void all(int64_t task, const float *x, float *y, int64_t N)
{
        (void)task;
        for (int64_t i = 0; i < N; i++)
                y[i] = 0.5f * x[i];
}
END
expect 0 kevo bench --table half_of_it
says "| half_of_it | N=4096 |"
says "N=64: the source does not apply (half_of_it)"
expect 0 kevo bench --table --json half_of_it
says '"workload":"N=64","not_measured":"the source does not apply"'
# A Python that is not there is a reason, not an error.
host_file '"baselines": {"python": "/nowhere/python3"}'
expect 0 kevo bench product --baselines
says "/nowhere/python3 does not run"
says "preparing outside baselines"

[ -n "$blas" ] || skip "OpenBLAS is not installed: only its absence was tested"
[ -n "$torch" ] || skip "PyTorch is not installed: only its absence was tested"
echo "outside baselines: measured, checked, named"
