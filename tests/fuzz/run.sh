#!/usr/bin/env bash
# Run one fuzzer for a while, from what its build folder has kept of earlier
# runs and from the repository's own files. usage: run.sh PROGRAM SECONDS
#
# An input that crashes, hangs, leaks or takes too much memory is kept and its
# path told with the command that repeats it. KEVO_FUZZ_SECONDS in the
# environment is for longer runs by hand, which begin with other random numbers
# each time; without it they are always the same.
set -euo pipefail
program=$1
seconds=${KEVO_FUZZ_SECONDS:-$2}
seed=${KEVO_FUZZ_SECONDS:+0} # 0: of the time
name=$(basename "$program")
source_dir=${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
corpus=$(dirname "$program")/corpus/$name
found=$(dirname "$program")/found
mkdir -p "$corpus" "$found"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
seeds=$scratch/seeds
mkdir "$seeds"

# take FILE...: as seeds, named by their paths; what follows the header of a
# long source teaches nothing
take() {
        for file in "$@"; do
                head -c 6000 "$file" >"$seeds/$(echo "${file#"$source_dir"/}" |
                        tr / -)"
        done
}

# take_examples PAGE...: each block of a page that is no prose
take_examples() {
        awk -v to="$seeds/example-" '
                /^```/ { fenced = !fenced; inside = 0; next }
                fenced || /^    / {
                        n += !inside
                        inside = 1
                        sub(/^    /, "")
                        print > (to n)
                        next
                }
                NF { inside = 0 }' "$@"
}

shopt -s nullglob
cd "$source_dir"
case $name in
fuzz_language)
        take kernels/*/*.kernel tests/adversary/*.kernel
        take_examples docs/language.md
        ;;
fuzz_headers)
        take kernels/*/*.c tests/adversary/*.c ci/demo.d/*/kernels/*/*.c
        take_examples docs/sources.md
        ;;
fuzz_manifests)
        take models/*.json ci/demo.d/*/models/*.json
        take_examples docs/repository.md
        ;;
fuzz_configuration)
        take kevo.json hardware/*.json
        take_examples docs/configuration.md docs/repository.md
        ;;
fuzz_worker | fuzz_commits)
        KEVO_FUZZ_SEEDS=$seeds "$program" -runs=0 >/dev/null 2>&1
        ;;
esac

# The words of the seeds, for mutations that keep to the language, and numbers
# at the ends of what types hold.
printf '"%s"\n' 0 -1 2147483648 9007199254740993 9223372036854775807 \
        18446744073709551616 1e400 -1e39 1e-320 inf nan null true >"$scratch/words"
cat "$seeds"/* | grep -aoE '[A-Za-z_][A-Za-z_0-9-]*|[-+*/%=<>!&|^.:]{2,3}' |
        sort | uniq -c | sort -rn | sed -n 1,300p |
        sed -E 's/^ *[0-9]+ (.*)$/"\1"/' >>"$scratch/words"

export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
code=0
"$program" -seed="${seed:-1}" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1536 \
        -max_len=16384 -len_control=20 -dict="$scratch/words" \
        -artifact_prefix="$found/$name-" -print_final_stats=1 -verbosity=1 \
        "$corpus" "$seeds" >"$scratch/log" 2>&1 || code=$?
grep -E 'INITED|DONE|^stat::(number|average|peak)' "$scratch/log" || true
[ "$code" -eq 0 ] && exit 0
tail -n 60 "$scratch/log"
input=$(grep -oE "Test unit written to .*" "$scratch/log" | tail -n 1)
echo "$name: ${input:-it ended with $code}"
[ -z "$input" ] || echo "again: $program ${input#Test unit written to }"
exit 1
