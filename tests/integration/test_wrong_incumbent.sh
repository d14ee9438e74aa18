#!/usr/bin/env bash
# A person's source is wrong: the search names it and says what to do; once
# that is known, the next search and `kevo show` say that it is passed over.
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
host_file '"baselines": {"seconds": 0}'
small_team
file=kernels/grow/generic.c

expect 0 kevo show grow
says "variant      $file"
says "x            f32[N]"
cat >$file <<'END'
void grow(const float *x, float *y, long N)
{
        for (long i = 0; i < N; i++)
                y[i] = x[i];
}
END
expect 2 kevo search grow --seconds 2
says "$file is wrong: workload small"
says "\`kevo verify grow $file\` shows it: mend or remove the file"
expect 0 kevo show grow
says "$file: not verified yet"

expect 1 kevo verify grow $file
says "$file: building, "
reason=$(sed -n "s|^$file: WRONG: [^:]*: ||p" <<<"$out")
[ -n "$reason" ] && [ "$(grep -cF "$reason" <<<"$out")" = 1 ] ||
        fail "the failure is not said once: $out"
expect 0 kevo show grow
says "$file: WRONG and passed over; \`kevo verify grow $file\` shows why"
says "generated@"

# Only what is said before the search: its worker is none.
expect 2 kevo search grow --seconds 2 --worker false
says "$file is wrong and passed over"
says "candidates are compared with generated code"
says "it is wrong here: mend it first"
expect 0 kevo bench grow
says "$file is wrong and passed over"
git checkout -q $file
expect 0 kevo verify grow $file
expect 0 kevo show grow
says "$file: verified"
