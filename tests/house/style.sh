#!/usr/bin/env bash
# Every C file of the program and its tests is as clang-format leaves it and within 79 columns.
set -euo pipefail
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
format=$(command -v clang-format || command -v clang-format-14) || {
        echo "SKIPPED: clang-format is not installed"
        exit 77
}
# Only names on the output, a file each, whatever is wrong in it.
bad=$(find daemon backends tests -path tests/adversary -prune -o \
        \( -name '*.c' -o -name '*.h' \) -print0 |
        xargs -0 -P "$(nproc)" -n 40 \
                "$format" --style=file --dry-run --ferror-limit=1 2>&1 |
        sed -nE 's/^([^:]+):[0-9]+:[0-9]+: (warning|error).*/\1/p' | sort -u)
[ -z "$bad" ] && exit 0
for file in $bad; do
        echo "$file: run $format --style=file -i $file"
done
exit 1
