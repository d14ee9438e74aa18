#!/usr/bin/env bash
# Lower rooms never include higher ones. The order is CMakeLists.txt's.
set -euo pipefail
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
rooms=($(sed -n '/^set(rooms/,/)/p' CMakeLists.txt | tr -d '()' |
        sed 's/^set//; s/rooms//'))
declare -A height
for i in "${!rooms[@]}"; do height[${rooms[$i]}]=$i; done
bad=0
check() { # ROOM FILE
        while read -r included; do
                other=${included%%/*}
                [ -n "${height[$other]:-}" ] || continue
                if [ "${height[$other]}" -gt "${height[$1]}" ]; then
                        echo "$2: includes $included, which is above $1"
                        bad=1
                fi
        done < <(sed -n 's/^#include "\(.*\)"/\1/p' "$2")
}
for room in "${rooms[@]}"; do
        folder=daemon/$room
        [ "$room" = backends ] && folder=backends
        while read -r file; do check "$room" "$file"; done < \
                <(find "$folder" -name '*.[ch]' | sort)
done
# SQL stands in the store only.
if grep -rlE 'sqlite3_' daemon backends --include='*.[ch]' |
        grep -v '^daemon/store/'; then
        echo "the files above use SQLite outside daemon/store"
        bad=1
fi
echo "${#rooms[@]} rooms checked"
exit $bad
