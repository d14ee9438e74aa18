#!/usr/bin/env bash
# Every C file of the program and its tests is as clang-format leaves it and within 79 columns.
set -euo pipefail
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
format=$(command -v clang-format clang-format-14 | head -n 1) || {
        echo "SKIPPED: clang-format is not installed"
        exit 77
}
mapfile -t files < <(find daemon backends tests -path tests/adversary -prune -o \
        \( -name '*.c' -o -name '*.h' \) -print | sort)
bad=0
for file in "${files[@]}"; do
        if ! "$format" --style=file "$file" | cmp -s - "$file"; then
                echo "$file: run $format --style=file -i $file"
                bad=1
        fi
done
exit $bad
