#!/usr/bin/env bash
# A main job of the small team, measured while nothing else runs, ends in one
# proposal; so does one that hears the same answers again, as the tests do
# that stop, starve and kill it.
set -euo pipefail
. "$SOURCE_DIR/tests/integration/lib.sh"
SECONDS_TO_SEARCH=1
host_file '"second_seconds": 0, "baselines": {"seconds": 0}'
small_team
remember_answers
expect 0 kevo daemon --once
one_proposal
