#!/usr/bin/env bash
# Every kernel of the library: the oracle's values against PyTorch's in
# float64, in every distribution of inputs, at three drawn shapes; and that the
# comparison notices a wrong script.
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
find_torch
host_file

cd "$SOURCE_DIR"
check=baselines/check.py
"$python" "$check" || fail "the oracle and PyTorch differ"

# One that errs a little, one of another shape, one that raises, one of other
# integers, and none.
mkdir "$box/scripts"
cat >"$box/scripts/row_sum.py" <<'EOF'
def run(x):
    return x.sum(1) - x[:, -1] * 1e-9
EOF
echo 'def run(x): return x' >"$box/scripts/transpose.py"
echo 'def run(x): return x[len(x)]' >"$box/scripts/silu.py"
echo 'def run(x): return x.argmin(1)' >"$box/scripts/argmax.py"
for kernel in row_sum transpose silu argmax gelu; do
        expect 1 "$python" "$check" --scripts "$box/scripts" "$kernel"
        says "0 of 1 kernels agree"
done
